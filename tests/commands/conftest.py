"""Commands run in this process, on an empty machine, a released one, and one with somebody enrolled."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.commands import commands
from tests.commands.entered import AMINA, HEADER, SAM


@pytest.fixture
def run(environ: dict[str, str], empty_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command in this process, with this test's own database and mail."""
    for name in ("DATABASE_URL", "REDIS_URL", "MAIL_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    def run(*words: str, code: int = 0) -> Result:
        done = CliRunner().invoke(commands, words)
        assert done.exit_code == code, done.output
        assert "Traceback" not in done.output
        return done

    return run


@pytest.fixture
def released(run: Callable[..., Result]) -> Callable[..., Result]:
    run("release")
    run(*SAM)
    return run


@pytest.fixture
def enrolled(released: Callable[..., Result], tmp_path: Path) -> Callable[..., Result]:
    (tmp_path / "people.csv").write_text(f"{HEADER}\n{AMINA}\n")
    released("people", "import", str(tmp_path / "people.csv"))
    return released

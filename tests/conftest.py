"""What every area of tests shares: settings, a real Valkey, a browser, and the word on what was not run."""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import hypothesis
import pytest

from bot.embedded import valkey
from bot.settings import ROOT, Settings

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
NO_BROWSER = "no Chromium was found: apt-get install chromium"

# The first example builds the word tables, and a busy machine is slower than any deadline.
hypothesis.settings.register_profile("no deadline", deadline=None)
hypothesis.settings.load_profile("no deadline")


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment that keeps everything in this test's own folder; a test may change it."""
    return {
        "PATH": os.environ["PATH"],
        "CHANNEL": "phone",
        "VAR_DIR": str(tmp_path / "var"),
        "FLOWS_DIR": str(ROOT / "flows"),
        "SECRET_KEY": "a secret for tests, long enough for anything",
    }


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    """The phone channel, an SQLite file and mail in this test's own folder."""
    return Settings.from_env(environ)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Valkey, one for each process that runs tests; a test empties it if it must be empty."""
    # pytest's own folders make too long a path for a socket.
    with tempfile.TemporaryDirectory(prefix="stepalong-") as folder:
        socket = Path(folder) / "valkey.sock"
        with valkey(socket, Path(folder)):
            yield f"unix://{quote(str(socket))}"


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium, or the test ends here: mark it `browser`."""
    path = find_chromium()
    if path is None:
        pytest.skip(NO_BROWSER)
    return path


def find_chromium() -> str | None:
    """The first Chromium on this machine's path."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") is None or find_chromium():
        return
    if os.environ.get("STEPALONG_REQUIRE_BROWSER"):
        pytest.fail(f"a browser is required here, and {NO_BROWSER}", pytrace=False)
    pytest.skip(NO_BROWSER)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in the last lines what was not run and why: a skip that nobody sees proves nothing."""
    reasons = Counter(_reason(report) for report in terminalreporter.stats.get("skipped", []))
    for reason, tests in sorted(reasons.items()):
        terminalreporter.write_line(f"NOT RUN: {tests} test{'s'[: tests > 1]}: {reason}", yellow=True)


def _reason(report: pytest.TestReport) -> str:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return reason.removeprefix("Skipped: ")

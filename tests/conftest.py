"""What every area of tests shares: settings, a database, a real Valkey, a browser, and the word on what was not run."""

import logging
import os
import shutil
import sys
import tempfile
import threading
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import NoReturn, TypeVar
from urllib.parse import quote

import hypothesis
import pytest
import structlog

from bot import links
from bot.database import Database
from bot.embedded import valkey
from bot.settings import ROOT, Settings
from bot.suppression import INFO_KEY, address_hasher
from tests import real_postgresql
from tests.databases import KINDS, SQLITE, Databases, PostgresqlDatabases, SqliteFiles
from tests.real_postgresql import NoPostgresql, Server

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
NO_BROWSER = "no Chromium was found: apt-get install chromium"

# The first example builds the word tables, and a busy machine is slower than any deadline.
hypothesis.settings.register_profile("no deadline", deadline=None)
hypothesis.settings.load_profile("no deadline")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A PostgreSQL server, one for each process that runs tests: the address of its maintenance database."""
    with ExitStack() as running:
        yield _started(running, real_postgresql.server())


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A PostgreSQL of this test's own, which it may kill: the others go on with theirs."""
    with ExitStack() as running:
        yield _started(running, real_postgresql.embedded())


Running = TypeVar("Running")


def _started(running: ExitStack, server: AbstractContextManager[Running]) -> Running:
    try:
        return running.enter_context(server)
    except NoPostgresql as error:
        _missing("POSTGRESQL", f"PostgreSQL cannot run on this machine: {error}")


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    """A line a record: where nothing is configured, an exception is painted with every variable on its way."""
    structlog.configure(processors=[structlog.processors.JSONRenderer()])
    yield
    structlog.reset_defaults()


@pytest.fixture
def own_logs() -> Iterator[None]:
    """What ``logs.configure`` changes for a whole process is put back."""
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook, warnings.showwarning)
    before = (root.handlers[:], root.level, logging.raiseExceptions)
    yield
    root.handlers[:], root.level, logging.raiseExceptions = before
    sys.excepthook, threading.excepthook, warnings.showwarning = hooks
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Where the databases of this run are made; a test that has a database is marked `database`."""
    if request.config.getoption("--database") == SQLITE:
        databases: Databases = SqliteFiles(tmp_path_factory.mktemp("databases"))
    else:
        databases = PostgresqlDatabases(request.getfixturevalue("postgresql"))
    yield databases
    databases.close()


@pytest.fixture
def database_url(databases: Databases, tmp_path: Path) -> Iterator[str]:
    """A migrated database without rows, this test's own. Ask for this one, or for `empty_url`, or for neither."""
    with databases.migrated(tmp_path / "var") as url:
        yield url


@pytest.fixture
def empty_url(databases: Databases, tmp_path: Path) -> Iterator[str]:
    """A database without tables, this test's own."""
    with databases.empty(tmp_path / "var") as url:
        yield url


@pytest.fixture
def database(database_url: str, settings: Settings) -> Iterator[Database]:
    database = Database(database_url, {INFO_KEY: address_hasher("a secret for tests"), links.INFO_KEY: settings})
    yield database
    database.close()


@pytest.fixture
def environ(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """An environment that keeps everything in this test's own folder and database; a test may change it."""
    own = [name for name in ("database_url", "empty_url") if name in request.fixturenames]
    database = {"DATABASE_URL": request.getfixturevalue(own[0])} if own else {}
    return plain_environ(tmp_path) | database


def plain_environ(folder: Path) -> dict[str, str]:
    """What is the same for every test but where it keeps its files."""
    return {
        "PATH": os.environ["PATH"],
        "CHANNEL": "phone",
        "VAR_DIR": str(folder / "var"),
        "FLOWS_DIR": str(ROOT / "flows"),
        "SECRET_KEY": "a secret for tests, long enough for anything",
    }


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    """The phone channel, and mail in this test's own folder. For rows ask for `database_url` too."""
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


def _missing(what: str, reason: str) -> NoReturn:
    """Skip what this machine lacks, or fail where it is required."""
    if os.environ.get(f"STEPALONG_REQUIRE_{what}"):
        pytest.fail(f"required here: {reason}", pytrace=False)
    pytest.skip(reason)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=KINDS, default=SQLITE, help="where the rows of the tests are kept")
    parser.addoption("--pictures", action="store_true", help="take the pictures of the pages in docs/ anew")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what touches a database, and leave out what is about the other one: `make test` runs both."""
    kind = config.getoption("--database")
    [other] = set(KINDS) - {kind}
    left_out = [item for item in items if item.get_closest_marker(other)]
    items[:] = [item for item in items if not item.get_closest_marker(other)]
    config.hook.pytest_deselected(items=left_out)
    for item in items:
        if "databases" in getattr(item, "fixturenames", ()) or item.get_closest_marker(kind):
            item.add_marker("database")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") is None or find_chromium():
        return
    _missing("BROWSER", NO_BROWSER)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in the last lines what was not run and why: a skip that nobody sees proves nothing."""
    reasons = Counter(_reason(report) for report in terminalreporter.stats.get("skipped", []))
    for reason, tests in sorted(reasons.items()):
        terminalreporter.write_line(f"NOT RUN: {tests} test{'s'[: tests > 1]}: {reason}", yellow=True)


def _reason(report: pytest.TestReport) -> str:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return reason.removeprefix("Skipped: ")

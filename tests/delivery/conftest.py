"""The databases of these tests: each test runs on SQLite and on PostgreSQL, each time on its own."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from bot.channels.twilio import TwilioChannel
from bot.database import Database, upgrade
from bot.library import Library
from bot.service import Service
from bot.settings import ROOT, Settings
from bot.suppression import INFO_KEY, address_hasher
from tests.delivery import real_postgresql, stand_in
from tests.delivery.people import Cast, HandClock, World
from tests.delivery.stand_in import StandIn


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    with real_postgresql.server() as url:
        yield url


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: str) -> Iterator[str]:
    """The name of a migrated database that others are copied from."""
    with new_database(postgresql) as url:
        upgrade(url)
        yield str(make_url(url).database)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    with new_database(request.getfixturevalue("postgresql")) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database without rows."""
    if request.param == "sqlite":
        file = tmp_path / "test.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), file)
        yield f"sqlite:///{file}"
        return
    template = request.getfixturevalue("migrated_postgresql")
    with new_database(request.getfixturevalue("postgresql"), template) as url:
        yield url


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.close()


class new_database:
    """A database of its own on the server, dropped at the end."""

    def __init__(self, server: str, template: str = "template0") -> None:
        self.engine = create_engine(server, isolation_level="AUTOCOMMIT")
        self.name = f"t{uuid.uuid4().hex}"
        self.template = template

    def __enter__(self) -> str:
        self._do(f"CREATE DATABASE {self.name} TEMPLATE {self.template}")
        return self.engine.url.set(database=self.name).render_as_string(hide_password=False)

    def __exit__(self, *_: object) -> None:
        self._do(f"DROP DATABASE {self.name} WITH (FORCE)")
        self.engine.dispose()

    def _do(self, statement: str) -> None:
        with self.engine.connect() as connection:
            connection.execute(text(statement))


@pytest.fixture(scope="session")
def library() -> Library:
    return Library.load(ROOT / "flows")


@pytest.fixture
def twilio() -> Iterator[StandIn]:
    with stand_in.running() as running:
        yield running


@pytest.fixture
def world(url: str, library: Library, twilio: StandIn, environ: dict[str, str]) -> Iterator[World]:
    """A service that texts by the stand-in; its clock stands at noon until it is moved."""
    yield from make_world(url, library, twilio, environ)


@pytest.fixture
def small_world(
    migrated_sqlite: Path, tmp_path: Path, library: Library, twilio: StandIn, environ: dict[str, str]
) -> Iterator[World]:
    """The same on SQLite alone, for what has nothing to do with the database."""
    file = tmp_path / "small.db"
    shutil.copy(migrated_sqlite, file)
    yield from make_world(f"sqlite:///{file}", library, twilio, environ)


def make_world(url: str, library: Library, twilio: StandIn, environ: dict[str, str]) -> Iterator[World]:
    settings = Settings.from_env(
        environ
        | {
            "CHANNEL": "twilio",
            "TWILIO_ACCOUNT_SID": stand_in.ACCOUNT,
            "TWILIO_AUTH_TOKEN": "token",
            "TWILIO_API_URL": twilio.url,
            "SENDERS": f"tyneside={stand_in.NUMBER}",
            "DATABASE_URL": url.replace("postgresql+psycopg:", "postgresql:"),
        }
    )
    database = Database(url, {INFO_KEY: address_hasher("a key for tests")})
    clock = HandClock()
    twilio.now = clock.now
    service = Service(settings, database, library, clock, TwilioChannel(settings, seconds=0.5))
    yield World(service, Cast(database), clock, twilio)
    database.close()


@pytest.fixture(autouse=True)
def plain_logs() -> Iterator[None]:
    """A line a record: where nothing is configured, an exception is painted with every variable on its way."""
    structlog.configure(processors=[structlog.processors.JSONRenderer()])
    yield
    structlog.reset_defaults()

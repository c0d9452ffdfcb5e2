"""How a process is connected to PostgreSQL: known by name, in UTC, hanging on nothing, back by itself."""

import socket
import time
from contextlib import ExitStack

import pytest
from sqlalchemy import make_url, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot import postgresql
from bot.database import Database, upgrade
from bot.models import Heartbeat, Scheme
from bot.settings import Settings
from bot.web import create_app
from tests.delivery.people import NOON
from tests.real_postgresql import Server
from tests.web.conftest import ACCOUNT, NEW_TOKEN, PUBLIC_URL, SENDER, Twilio

pytestmark = pytest.mark.postgresql


def shown(database: Database, *names: str) -> dict[str, str]:
    with database.read() as db:
        return {name: db.execute(text(f"SHOW {name}")).scalar_one() for name in names}


def test_every_connection_is_as_promised(database: Database) -> None:
    wanted = {
        "timezone": "UTC",
        "lock_timeout": "10s",
        "statement_timeout": "30s",
        "idle_in_transaction_session_timeout": "1min",
    }
    assert shown(database, *wanted) == wanted
    with database.read() as db:
        said = db.connection().connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    assert {name: said[name] for name in postgresql.NOTICED} == {
        name: str(value) for name, value in postgresql.NOTICED.items()
    }
    assert said["connect_timeout"] == "3"


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        (["/srv/.venv/bin/gunicorn", "app:app"], "stepalong web"),
        (["worker.py"], "stepalong worker"),
        (["worker.py", "clock"], "stepalong clock"),
        (["/srv/bot/__main__.py", "release"], "stepalong release"),
        ([""], "stepalong"),
    ],
)
def test_a_process_is_known_by_what_it_does(
    database_url: str, monkeypatch: pytest.MonkeyPatch, argv: list[str], name: str
) -> None:
    monkeypatch.setattr("sys.argv", argv)
    database = Database(database_url)
    assert shown(database, "application_name") == {"application_name": name}
    database.close()


def test_what_the_address_says_goes_before_ours(database_url: str) -> None:
    said = {"options": "-c lock_timeout=123ms", "application_name": "somebody", "sslmode": "verify-full"}
    url = make_url(database_url).update_query_dict(said)
    database = Database(url.render_as_string(hide_password=False))
    assert shown(database, "lock_timeout", "statement_timeout", "application_name") == {
        "lock_timeout": "123ms",
        "statement_timeout": "0",
        "application_name": "somebody",
    }
    with database.read() as db:
        parameters = db.connection().connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    assert parameters["sslmode"] == "verify-full"
    database.close()


def test_somebody_elses_lock_is_not_waited_for_for_ever(database: Database, database_url: str) -> None:
    hasty = Database(make_url(database_url).update_query_dict({"options": "-c lock_timeout=50ms"}).render_as_string())
    with database.write() as db:
        db.add(Scheme(id="tyneside", created_at=NOON))
    with database.write() as db:
        db.execute(select(Scheme).with_for_update())
        with pytest.raises(OperationalError, match="lock timeout"), hasty.write() as other:
            other.execute(select(Scheme).with_for_update())
    hasty.close()


def test_a_text_with_a_nul_is_kept(database: Database) -> None:
    """PostgreSQL has no such character. Who sends one is not refused; all else of the text is there."""
    with database.write() as db:
        db.add(Scheme(id="tyne\0side", created_at=NOON))
    with database.read() as db:
        assert db.scalars(select(Scheme.id)).all() == ["tyneside"]


def test_a_process_keeps_two_connections_at_most(database: Database) -> None:
    """However many it used at once: docs/postgresql.md counts on it."""
    with ExitStack() as at_once:
        for _ in range(5):
            at_once.enter_context(database.read()).execute(text("SELECT 1"))
    with database.read() as db:
        ours = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle'"
        assert db.execute(text(ours)).scalar_one() == postgresql.KEPT - 1


def beat(database: Database) -> None:
    with database.write() as db:
        db.merge(Heartbeat(name="sweep", at=NOON))


def cut_short(db: Session, server: Server) -> None:
    db.add(Scheme(id="tyneside", created_at=NOON))
    db.flush()
    server.kill()


def test_a_server_killed_and_started_again_is_there_again(own_server: Server) -> None:
    """What was committed is kept; what was being done is not; the next transaction finds a connection."""
    upgrade(own_server.url)
    database = Database(own_server.url)
    beat(database)
    with pytest.raises(OperationalError), database.write() as db:
        cut_short(db, own_server)
    for _ in range(2):
        with pytest.raises(OperationalError):
            beat(database)
    own_server.start()
    with database.read() as db:
        assert db.scalars(select(Heartbeat.name)).all() == ["sweep"]
        assert db.scalars(select(Scheme.id)).all() == []
    beat(database)
    database.close()


def test_a_text_that_comes_while_the_database_is_away_is_refused_in_time(environ: dict[str, str]) -> None:
    """Twilio waits 15 seconds, and is to try its fallback: a server that takes the call and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://somebody@127.0.0.1:{silent.getsockname()[1]}/stepalong"
        twilio = {
            "CHANNEL": "twilio", "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": NEW_TOKEN,
            "SENDERS": f"tyneside={SENDER}", "PUBLIC_URL": PUBLIC_URL, "REDIS_URL": "unix:///nobody.sock",
        }  # fmt: skip
        app = create_app(Settings.from_env(environ | twilio | {"DATABASE_URL": url}))
        began = time.monotonic()
        answer = Twilio(app.test_client()).text("hello", MessagingServiceSid="")
    assert answer.status_code >= 500
    assert time.monotonic() - began < 15

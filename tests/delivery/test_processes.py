"""Real processes: told to stop, killed in the middle, forked; the rows know how far they got."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import jobs, outbox
from bot.database import Database
from bot.service import Service
from bot.settings import ROOT
from tests.databases import POSTGRESQL, Databases
from tests.delivery import stand_in
from tests.delivery.people import NOON, World
from tests.delivery.stand_in import StandIn

PATIENCE = 30


@pytest.fixture
def live(small_world: World, redis_url: str) -> Iterator[tuple[World, Service]]:
    """A world at the machine's own time, and a queue that other processes can reach."""
    small_world.clock.at = datetime.now(UTC)
    settings = replace(small_world.service.settings, redis_url=redis_url)
    with jobs.connect(redis_url) as connection:
        connection.flushall()
        yield small_world, replace(small_world.service, settings=settings)
        connection.flushall()


def surroundings(service: Service) -> dict[str, str]:
    settings = service.settings
    return {
        "PATH": os.environ["PATH"],
        "CHANNEL": "twilio",
        "TWILIO_ACCOUNT_SID": stand_in.ACCOUNT,
        "TWILIO_AUTH_TOKEN": "token",
        "TWILIO_API_URL": settings.twilio_api_url,
        "SENDERS": f"tyneside={stand_in.NUMBER}",
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "VAR_DIR": str(settings.var_dir),
        "SECRET_KEY": "a secret for tests, long enough for anything",
    }


def started(
    service: Service, *arguments: str, stderr: int = subprocess.DEVNULL, **besides: str
) -> "subprocess.Popen[bytes]":
    command = [sys.executable, str(ROOT / "worker.py"), *arguments]
    return subprocess.Popen(command, env=surroundings(service) | besides, cwd=ROOT, stderr=stderr)


def waiting_answer(world: World) -> uuid.UUID:
    """An answer goes at any hour, whenever the tests are run."""
    return world.cast.text(world.cast.person(), kind="reply", now=world.clock.at)


def ring_for(service: Service, *rows: uuid.UUID) -> None:
    """For these texts, or for all."""
    with jobs.connect(service.settings.redis_url) as connection:
        jobs.queue(connection).enqueue(jobs.work, jobs.TEXTS, [str(row) for row in rows], result_ttl=0)


def stopped(process: "subprocess.Popen[bytes]") -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(PATIENCE)


def test_a_worker_sends_and_stops_when_told(live: tuple[World, Service]) -> None:
    world, service = live
    row = waiting_answer(world)
    ring_for(service, row)
    worker = started(service)
    assert world.twilio.arrived.wait(PATIENCE)
    assert stopped(worker) == 0
    assert world.cast.row(row).state == "accepted"


def test_a_worker_with_much_to_send_stops_when_told(live: tuple[World, Service]) -> None:
    """It hands over nothing more; what it had claimed leaves, and the rest stays due for another."""
    world, service = live
    rows = [waiting_answer(world) for _ in range(60)]
    ring_for(service)
    worker = started(service, SMS_PER_SECOND="5")
    assert world.twilio.arrived.wait(PATIENCE)
    assert stopped(worker) == 0
    states = world.cast.states()
    assert states["queued"] > len(rows) / 2
    assert states == {"accepted": len(world.twilio.ledger), "queued": len(rows) - len(world.twilio.ledger)}


def test_a_clock_rings_and_stops_when_told(live: tuple[World, Service]) -> None:
    """Nobody answers its bell, so it sends what is due itself."""
    world, service = live
    waiting_answer(world)
    clock = started(service, "clock")
    assert world.twilio.arrived.wait(PATIENCE)
    assert stopped(clock) == 0


def test_a_worker_killed_while_handing_over(live: tuple[World, Service]) -> None:
    """Twilio has taken the text; we died before it said so. It is found there, and not sent again."""
    world, service = live
    row = waiting_answer(world)
    world.twilio.plan.append("swallow")
    ring_for(service, row)
    worker = started(service)
    assert world.twilio.arrived.wait(PATIENCE)
    worker.kill()
    worker.wait(PATIENCE)
    assert world.cast.row(row).state == "submitting"
    for seconds in (61, 61, 241, 61):
        world.clock.at = max(world.clock.at, datetime.now(UTC)) + timedelta(seconds=seconds)
        outbox.recover(service)
        outbox.deliver(service)
    kept = world.cast.row(row)
    assert (kept.state, kept.provider_id) == ("accepted", world.twilio.ledger[0]["Sid"])
    assert len(world.twilio.ledger) == 1


def test_a_worker_whose_redis_is_away_still_stops_when_told(live: tuple[World, Service], tmp_path: Path) -> None:
    _, service = live
    away = replace(service.settings, redis_url=f"unix://{tmp_path}/nobody.sock")
    worker = started(replace(service, settings=away), stderr=subprocess.PIPE)
    assert worker.stderr is not None
    assert b"the doorbell is dead" in worker.stderr.readline()
    assert stopped(worker) == 0
    worker.stderr.close()


def test_what_is_asked_for_wrongly_is_said() -> None:
    command = [sys.executable, str(ROOT / "worker.py"), "clocks"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (2, "usage: python worker.py [clock]\n")


@pytest.mark.parametrize("entry", [["worker.py"], ["worker.py", "clock"], ["-c", "import app"]])
def test_a_number_of_a_scheme_that_is_not_there_is_said_at_the_start(
    live: tuple[World, Service], entry: list[str]
) -> None:
    environ = surroundings(live[1]) | {"SENDERS": f"wearside={stand_in.NUMBER}"}
    said = subprocess.run(
        [sys.executable, *entry], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert said.returncode == 1
    assert "SENDERS names the scheme wearside, which has no folder" in said.stderr


FORKING = """
import os, sys
from sqlalchemy import text
from bot.database import Database
database = Database(sys.argv[1])
with database.write() as db:
    db.execute(text("CREATE TABLE IF NOT EXISTS counted (who INTEGER)"))
child = os.fork()
for _ in range(50):
    with database.write() as db:
        db.execute(text("INSERT INTO counted VALUES (:who)"), {"who": os.getpid()})
if child == 0:
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_database_carried_through_a_fork(database_url: str) -> None:
    subprocess.run([sys.executable, "-c", FORKING, database_url], cwd=ROOT, check=True, timeout=60)
    database = Database(database_url)
    with database.read() as db:
        assert len(db.connection().exec_driver_sql("SELECT who FROM counted").all()) == 100
    database.close()


# ---------------------------------------------------------------- SQLite, as promised


@pytest.mark.sqlite
def test_sqlite_is_set_up_as_promised(small_world: World) -> None:
    wanted = {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "secure_delete": 1, "busy_timeout": 10000}
    with small_world.service.database.read() as db:
        connection = db.connection()
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
    assert found == wanted


@pytest.mark.sqlite
def test_a_transaction_that_may_write_takes_the_lock_at_once(small_world: World) -> None:
    """A second writer waits for the first; it is not refused when it comes to write."""
    database = small_world.service.database
    order: list[str] = []
    holding = threading.Event()

    def second() -> None:
        holding.wait(PATIENCE)
        with database.write() as db:
            db.connection().exec_driver_sql("SELECT 1")
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with database.write() as db:
        # Nothing but a reading statement.
        db.connection().exec_driver_sql("SELECT 1")
        holding.set()
        file = small_world.service.settings.database_url.removeprefix("sqlite:///")
        other = sqlite3.connect(file, timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_an_error_leaves_nothing_behind(database: Database) -> None:
    from bot.models import Heartbeat

    def fails() -> None:
        with database.write() as db:
            db.add(Heartbeat(name="sweep"))
            db.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    with database.read() as db:
        assert db.get(Heartbeat, "sweep") is None
        db.add(Heartbeat(name="read"))
        db.flush()
    with database.read() as db:
        assert db.get(Heartbeat, "read") is None


def test_killed_at_every_step_of_a_send(
    request: pytest.FixtureRequest, databases: Databases, tmp_path: Path, twilio: StandIn
) -> None:
    """Wherever the process dies, the text is sent, and sent once; the ledger says so."""
    twilio.now = lambda: NOON
    server = request.getfixturevalue("postgresql") if databases.kind == POSTGRESQL else ""
    command = [sys.executable, "-m", "tests.delivery.crash_points", str(tmp_path), server, twilio.url]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=PATIENCE * 8)
    ended = json.loads(said.stdout)
    assert len(ended) > 30
    assert set(ended) == {"accepted"}
    assert sorted(twilio.bodies()) == sorted(f"text {number + 1}" for number in range(len(ended)))

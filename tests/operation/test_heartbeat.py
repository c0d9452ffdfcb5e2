"""The word to whoever watches from outside: given while all is well, and then alone (a real server listens)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import structlog
from flask.testing import FlaskClient

from bot import duties, heartbeat, jobs
from bot.heartbeat import beat
from bot.models import Event, Heartbeat
from bot.outbox.halted import COPY
from bot.service import Service
from bot.vitals import INBOUND_LIST, SWEEP, WORKER
from bot.web import create_app
from tests.delivery.people import World
from tests.operation.watcher import Watcher, watching

SECRET = "/ping/a-secret-path"


@pytest.fixture
def watcher() -> Iterator[Watcher]:
    with watching() as found:
        yield found


@pytest.fixture
def service(world: World, watcher: Watcher) -> Service:
    """A service of which everything has just beaten, but the clock."""
    settings = replace(world.service.settings, heartbeat_url=watcher.url + SECRET)
    with world.service.database.write() as db:
        for name in (WORKER, SWEEP, INBOUND_LIST):
            duties.beat(db, name, world.clock.at)
    return replace(world.service, settings=settings)


@pytest.fixture
def client(service: Service) -> FlaskClient:
    return create_app(service.settings, service).test_client()


def last(service: Service, name: str, **ago: float) -> None:
    with service.database.write() as db:
        db.get_one(Heartbeat, name).at = service.clock.now() - timedelta(**ago)


def test_all_is_well_and_somebody_hears_it(service: Service, watcher: Watcher) -> None:
    assert beat(service) == []
    [asked] = watcher.asked
    assert asked.startswith(f"GET {SECRET}\n")


def test_once_a_minute_over_all_clocks(service: Service, world: World, watcher: Watcher) -> None:
    for _ in range(9):
        beat(service)
        beat(replace(service))
        world.clock.move(seconds=15)
        for name in (WORKER, SWEEP):
            last(service, name, seconds=0)
    assert len(watcher.asked) == 3


@pytest.mark.parametrize("name", [WORKER, SWEEP, INBOUND_LIST])
def test_what_has_stopped_takes_the_word_away(service: Service, watcher: Watcher, name: str) -> None:
    last(service, name, hours=1, seconds=1)
    assert beat(service) == [name]
    last(service, name, seconds=0)
    assert watcher.asked == []


def test_what_never_was_takes_it_away_too(service: Service, watcher: Watcher) -> None:
    with service.database.write() as db:
        db.delete(db.get_one(Heartbeat, WORKER))
    assert beat(service) == [WORKER]
    assert watcher.asked == []


def test_a_beat_of_a_time_to_come_is_none(service: Service, watcher: Watcher) -> None:
    """Of a clock that ran ahead."""
    last(service, WORKER, hours=-3)
    assert beat(service) == [WORKER]
    assert watcher.asked == []


def test_what_halts_sending_takes_it_away(service: Service, watcher: Watcher) -> None:
    with service.database.write() as db:
        db.add(Heartbeat(name=COPY))
    assert beat(service) == [COPY]
    assert watcher.asked == []


@pytest.mark.parametrize("status", [404, 500])
def test_a_watcher_that_does_not_take_it_is_told_without_its_address(
    service: Service, watcher: Watcher, status: int
) -> None:
    watcher.status = status
    with structlog.testing.capture_logs() as logs:
        assert beat(service) == []
    [line] = logs
    assert (line["event"], line["status"]) == ("the heartbeat was not taken", status)
    assert "secret" not in str(logs)
    assert watcher.url not in str(logs)


def test_a_watcher_that_hangs_is_not_waited_for(watcher: Watcher) -> None:
    watcher.status = 0
    with structlog.testing.capture_logs() as logs:
        assert not heartbeat.give(watcher.url, seconds=0.2)
    # Whichever of the two notices first: the socket or whoever waits for it.
    assert logs[0]["why"] in ("time-out", "TimeoutError")
    assert watcher.heard.is_set()


def test_nobody_there_is_no_trouble_of_ours(service: Service) -> None:
    settings = replace(service.settings, heartbeat_url="http://127.0.0.1:1/x")
    assert beat(replace(service, settings=settings)) == []


# ---------------------------------------------------------------- red within two minutes


def wrong(client: FlaskClient) -> list[str]:
    return list((client.get("/readyz").json or {})["wrong"])


@pytest.mark.parametrize(("killed", "named"), [(WORKER, [WORKER]), ("clock", ["clock"])])
def test_a_worker_or_a_clock_that_stops_is_red_within_two_minutes(
    service: Service, world: World, client: FlaskClient, killed: str, named: list[str]
) -> None:
    """Everything else beats on. It can serve all the same: the webhook needs neither."""
    for second in range(0, 120, 15):
        with service.database.write() as db:
            for name in {WORKER, SWEEP, INBOUND_LIST, "clock"} - ({killed} if second else set()):
                duties.beat(db, name, world.clock.at)
        if second < 60:
            assert wrong(client) == []
            assert client.get("/readyz?well").status_code == 200
        world.clock.move(seconds=15)
    assert wrong(client) == named
    assert client.get("/readyz").status_code == 200
    assert client.get("/readyz?well").status_code == 503
    assert f'stepalong_well{{duty="{killed}"}} 0.0' in client.get("/metrics").text


def test_with_both_dead_the_clock_cannot_say_that_all_is_well(service: Service, watcher: Watcher, world: World) -> None:
    world.clock.move(seconds=100)
    assert WORKER in beat(service)
    assert watcher.asked == []


def test_a_worker_with_much_to_do_is_not_dead(service: Service, world: World) -> None:
    jobs.serve(service)
    world.clock.move(minutes=4)
    jobs.work(jobs.TEXTS, [])
    assert beat(service) == []


def test_what_halts_is_named(service: Service, client: FlaskClient, world: World) -> None:
    beat(service)
    with service.database.write() as db:
        at = world.clock.at + timedelta(minutes=6)
        db.add(Event(scheme_id="tyneside", at=at, who="a clock that ran ahead", what="x"))
    told = client.get("/readyz").json or {}
    assert (told["halted"], told["halted_clock_moved_back"], told["wrong"]) == (
        "clock_moved_back",
        True,
        ["clock_moved_back"],
    )
    assert 'stepalong_halted{why="clock_moved_back"} 1.0' in client.get("/metrics").text

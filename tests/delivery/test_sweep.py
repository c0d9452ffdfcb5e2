"""A sweep does everything that is due, once, in order; what fails is put off; Redis may be dead or empty."""

import base64
import json
import signal
import threading
import uuid
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import func, select

from bot import duties, flags, jobs
from bot.models import CheckIn, Email, Event, Heartbeat, Message, ServiceUser
from bot.outbox import clock_moved
from bot.reconcile import reconcile
from bot.service import Service
from bot.sweep import sweep
from tests.delivery.people import NOON, World
from worker import Listener


def due_people(world: World, count: int = 3) -> list[uuid.UUID]:
    return [world.cast.person(next_check_in_at=NOON, slot_weekday=1, slot_minute=12 * 60) for _ in range(count)]


def test_check_ins_that_are_due_go_out_once(world: World) -> None:
    due_people(world)
    counts = sweep(world.service)
    assert (counts["check-ins"], counts["sent"]) == (3, 3)
    assert len(world.twilio.ledger) == 3
    again = sweep(world.service)
    assert (again["check-ins"], again["sent"]) == (0, 0)
    assert "check-ins: 3\n" in f"{counts}\n"


def test_ten_sweeps_at_once_do_everything_once(world: World) -> None:
    due_people(world, 5)
    threads = [threading.Thread(target=sweep, args=(world.service,)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(world.twilio.ledger) == 5
    assert len({form["To"] for form in world.twilio.ledger}) == 5


def test_after_three_days_away_nobody_gets_more_than_one_text(small_world: World) -> None:
    world = small_world
    due_people(world)
    sweep(world.service)
    world.clock.move(days=24)
    sweep(world.service)
    received = [form["To"] for form in world.twilio.ledger]
    assert all(received.count(to) == 2 for to in received)


def broken(world: World, person: uuid.UUID) -> None:
    """Their practitioner's hours cannot be read, so nothing about them can be decided."""
    with world.service.database.write() as db:
        row = db.get_one(ServiceUser, person)
        row.zone = "Nowhere/At_All"
        row.slot_weekday = 99


def test_one_that_fails_is_put_off_an_hour_and_stops_nobody(world: World) -> None:
    bad, *others = due_people(world)
    broken(world, bad)
    counts = sweep(world.service)
    assert counts["put off"] == 1
    assert len(world.twilio.ledger) == len(others)
    with world.service.database.read() as db:
        assert db.get_one(ServiceUser, bad).next_check_in_at == NOON + timedelta(hours=1)


def test_an_alarm_left_ringing_is_put_off(small_world: World) -> None:
    world = small_world
    person = world.cast.person(resume_at=NOON)
    left = replace(duties.BY_KIND["pauses and holds over"], act=lambda *_: None)
    duties.do(world.service, left, [person], duties.Counts())
    with world.service.database.read() as db:
        assert db.get_one(ServiceUser, person).resume_at == NOON + duties.LEFT_RINGING


def test_every_alarm_has_an_index(world: World) -> None:
    for duty in duties.DUTIES:
        columns = [list(index.columns)[0].name for index in duty.table.__table__.indexes]
        assert duty.alarm.key in columns


def test_a_clock_moved_back_stops_everything_and_says_so(small_world: World) -> None:
    world = small_world
    due_people(world)
    with world.service.database.write() as db:
        db.add(Event(scheme_id="tyneside", at=NOON + timedelta(minutes=6), who="sam", what="looked"))
    counts = sweep(world.service)
    assert "halted" in str(counts)
    assert world.twilio.ledger == []
    with world.service.database.read() as db:
        assert db.get(Heartbeat, "sweep") is None
    world.clock.move(minutes=2)
    assert sweep(world.service)["sent"] == 3


def test_a_clock_that_ran_ahead_and_is_put_right_is_accepted_by_the_operator(world: World) -> None:
    """A day ahead, then right again: it goes on at once, and the next jump back halts it as the first did."""
    world.clock.move(days=1)
    sweep(world.service)
    with world.service.database.write() as db:
        db.add(Event(scheme_id="tyneside", at=world.clock.at, who="sam", what="looked"))
    world.clock.at = NOON
    due_people(world)
    assert "halted" in str(sweep(world.service))
    with world.service.database.write() as db:
        assert clock_moved.accept(db, NOON) == timedelta(days=1)
    with world.service.database.write() as db:
        assert clock_moved.accept(db, NOON) is None
        written = db.scalars(select(Event).where(Event.what == "clock_accepted")).one()
        assert (written.at, written.before) == (NOON, {"at": "2026-06-03T11:00:00+00:00"})
    assert sweep(world.service)["sent"] == 3
    with world.service.database.read() as db:
        assert db.get_one(Heartbeat, "inbound_list").at == NOON
    world.clock.move(minutes=-6)
    assert "halted" in str(sweep(world.service))
    world.clock.move(days=3)
    sweep(world.service)
    world.clock.move(days=-1)
    with world.service.database.write() as db:
        db.add(Event(scheme_id="tyneside", at=world.clock.at + timedelta(days=1), who="sam", what="looked"))
    assert "halted" in str(sweep(world.service))


# ---------------------------------------------------------------- what nobody delivered to us


def wrote(world: World, number: int, body: str, sid: str) -> None:
    world.twilio.add(sid, "+447400999000", f"+447700900{number:03}", body, "inbound", "received")


def test_what_nobody_delivered_is_fetched_once_in_order_and_answered(world: World) -> None:
    world.cast.person()
    wrote(world, 1, "MY STEP", "SMfirst")
    world.clock.move(minutes=1)
    wrote(world, 1, "WINS", "SMsecond")
    world.clock.move(minutes=30)
    counts = sweep(world.service)
    assert counts["late texts"] == 2
    with world.service.database.read() as db:
        taken = db.scalars(select(Message.provider_id).where(Message.direction == "in").order_by(Message.sent_at)).all()
        assert taken == ["SMfirst", "SMsecond"]
        assert db.get_one(Heartbeat, "inbound_list").at == world.clock.at
    answered = len(world.twilio.ledger)
    assert answered
    world.clock.move(minutes=10)
    sweep(world.service)
    assert len(world.twilio.ledger) == answered


def test_a_text_with_what_no_database_keeps_is_kept_without_it(world: World) -> None:
    """A NUL, and half of a surrogate pair; other control characters are text like any other."""
    world.cast.person()
    wrote(world, 1, "i want\0 to \ud83ddie\x01\x1b", "SMnul")
    assert sweep(world.service)["late texts"] == 1
    with world.service.database.read() as db:
        kept = db.scalars(select(Message.body).where(Message.provider_id == "SMnul")).one()
    assert kept == "i want to die\x01\x1b"
    assert "116 123" in str(world.twilio.bodies())


def test_a_list_that_cannot_be_read_is_not_noted_as_read(small_world: World) -> None:
    world = small_world
    world.twilio.readable = False
    assert reconcile(world.service) == {"inbound list unreadable": 1}
    with world.service.database.read() as db:
        assert db.get(Heartbeat, "inbound_list") is None


def test_the_list_is_read_every_few_minutes_and_no_more(small_world: World) -> None:
    world = small_world
    reconcile(world.service)
    world.twilio.readable = False
    assert reconcile(world.service) == {}
    world.clock.move(minutes=3)
    assert reconcile(world.service) == {"inbound list unreadable": 1}


# ---------------------------------------------------------------- with a queue, and without


@pytest.fixture
def ringing(world: World, redis_url: str) -> Iterator[tuple[World, Service, Redis]]:
    service = replace(world.service, settings=replace(world.service.settings, redis_url=redis_url))
    with jobs.connect(redis_url) as connection:
        connection.flushall()
        yield world, service, connection
        connection.flushall()


def work_off(service: Service, url: str) -> None:  # pytest keeps its own way to be told to stop
    before = {told: signal.getsignal(told) for told in (signal.SIGTERM, signal.SIGINT)}
    jobs.serve(service)
    with jobs.connect(url, patience=None) as connection:
        Listener(connection, threading.Event()).work(burst=True, logging_level="WARNING")
    for told, handler in before.items():
        signal.signal(told, handler)


def answered(service: Service) -> None:
    """A worker has just said that it is there."""
    with service.database.write() as db:
        duties.beat(db, jobs.WORKER, service.clock.now())


def test_the_clock_rings_and_a_worker_does_it(ringing: tuple[World, Service, Redis], redis_url: str) -> None:
    world, service, _ = ringing
    due_people(world)
    answered(service)
    assert jobs.tick(service)["rung"] >= 1
    assert world.twilio.ledger == []
    work_off(service, redis_url)
    assert len(world.twilio.ledger) == 3
    with service.database.read() as db:
        assert db.get_one(Heartbeat, "sweep").at == world.clock.at


def test_two_clocks_ring_twice_and_it_is_done_once(ringing: tuple[World, Service, Redis], redis_url: str) -> None:
    world, service, _ = ringing
    due_people(world)
    answered(service)
    jobs.tick(service)
    jobs.tick(service)
    work_off(service, redis_url)
    assert len(world.twilio.ledger) == 3


def test_a_queue_that_is_emptied_loses_nothing(ringing: tuple[World, Service, Redis], redis_url: str) -> None:
    world, service, connection = ringing
    due_people(world)
    answered(service)
    jobs.tick(service)
    connection.flushall()
    work_off(service, redis_url)
    assert world.twilio.ledger == []
    jobs.tick(service)
    work_off(service, redis_url)
    assert len(world.twilio.ledger) == 3


def test_nobody_answers_the_bell_so_the_clock_helps_itself(ringing: tuple[World, Service, Redis]) -> None:
    world, service, _ = ringing
    due_people(world)
    answered(service)
    jobs.tick(service)
    assert world.twilio.ledger == []
    world.clock.move(seconds=61)
    assert jobs.tick(service)["sent"] == 3


def test_with_redis_dead_the_clock_does_it_itself(world: World, tmp_path: Path) -> None:
    due_people(world)
    dead = replace(world.service.settings, redis_url=f"unix://{tmp_path}/nobody.sock")
    service = replace(world.service, settings=dead)
    answered(service)
    assert jobs.tick(service)["sent"] == 3
    person = world.cast.person()
    with service.database.write() as db:
        row = db.get_one(ServiceUser, person)
        flag = flags.raise_flag(db, service.library, row, "safety", NOON, why="in danger", loud=True)
    assert not jobs.ring(service, flag.id)


def test_what_waits_in_redis_is_ids_and_json(ringing: tuple[World, Service, Redis]) -> None:
    world, service, connection = ringing
    person, *_ = due_people(world)
    world.cast.text(person, body="a text about a canary")
    answered(service)
    jobs.tick(service)
    found = [connection.hgetall(key) for key in connection.keys("rq:job:*")]
    kept = str([{**job, b"data": zlib.decompress(job[b"data"])} for job in found])
    assert "canary" not in kept
    assert "+447700900" not in kept
    assert "Leon" not in kept
    for job in found:
        name, _, args, _ = json.loads(zlib.decompress(job[b"data"]))
        assert name == "bot.jobs.work"
        for row_id in args[1]:
            uuid.UUID(row_id)


def test_a_job_that_fails_leaves_nothing_in_redis(
    ringing: tuple[World, Service, Redis], redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even where the error gets past our own net, as it would from what runs the job."""
    _, service, connection = ringing

    def quotes(*_: object) -> Counter[str]:
        raise LookupError("Leon canary +447700900001")

    def gets_past(kind: str, ids: list[str]) -> None:
        raise LookupError("Leon canary +447700900001")

    monkeypatch.setattr(jobs, "_do", quotes)
    jobs.queue(connection).enqueue(jobs.work, jobs.TEXTS, [], result_ttl=0)
    work_off(service, redis_url)
    monkeypatch.setattr(jobs, "work", gets_past)
    jobs.queue(connection).enqueue("bot.jobs.work", jobs.TEXTS, [], result_ttl=0)
    work_off(service, redis_url)
    assert (connection.zcard(f"rq:failed:{jobs.QUEUE}"), len(kept_in(connection))) == (1, 1)
    assert "canary" not in str(kept_in(connection))
    assert "LookupError" not in str(kept_in(connection))


def kept_in(connection: Redis) -> list[str]:
    """Whatever Redis keeps of results and failures, unpacked."""
    streams = [connection.xrange(key) for key in connection.keys("rq:results:*")]
    failures = [fields.get(b"exc_string", b"") for stream in streams for _, fields in stream]
    hashes = [connection.hgetall(key).get(b"exc_info") for key in connection.keys("rq:job:*")]
    packed = [base64.b64decode(each) for each in failures] + [each for each in hashes if each]
    return [zlib.decompress(each).decode() for each in packed]


def test_an_urgent_flag_rings_for_its_mails(ringing: tuple[World, Service, Redis], redis_url: str) -> None:
    world, service, _ = ringing
    person = world.cast.person()
    with service.database.write() as db:
        row = db.get_one(ServiceUser, person)
        flag = flags.raise_flag(db, service.library, row, "safety", NOON, why="in danger", loud=True)
    assert jobs.ring(service, flag.id)
    work_off(service, redis_url)
    with service.database.read() as db:
        states = db.execute(select(Email.state, func.count()).group_by(Email.state)).all()
    assert [state for state, _ in states] == ["sent"]


def test_nudges_follow_and_stop_when_they_answer(small_world: World) -> None:
    world = small_world
    due_people(world, 1)
    sweep(world.service)
    with world.service.database.read() as db:
        wake_at = db.scalars(select(CheckIn.wake_at)).one()
    assert wake_at is not None
    world.clock.at = wake_at
    sweep(world.service)
    assert len(world.twilio.ledger) == 2

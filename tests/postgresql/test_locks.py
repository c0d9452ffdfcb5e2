"""Who waits for whom: two that want the same rows take turns, and never each wait for the other.

PostgreSQL would find such a pair after a second, and let one of them fail: a text put off, a send left behind.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import make_url, text, update
from sqlalchemy.orm import Session

from bot import digests, flags, outbox, practitioners, queries
from bot.database import Database
from bot.models import Flag, Message, Practitioner, ServiceUser
from tests.delivery.people import NOON, World

pytestmark = pytest.mark.postgresql

PATIENCE = 20
# Whoever waits for a lock in these tests waits in vain.
AT_ONCE = {"options": "-c lock_timeout=200ms"}


@pytest.fixture
def hasty(database_url: str) -> Iterator[Database]:
    """A database whose locks are had at once or not at all."""
    database = Database(make_url(database_url).update_query_dict(AT_ONCE).render_as_string())
    yield database
    database.close()


@contextmanager
def meanwhile(what: Callable[[], Any], database: Database) -> Iterator["Future[Any]"]:
    """Do this in a thread, and go on here once it waits for a lock or has ended. What it raised is raised here."""
    with ThreadPoolExecutor(1) as pool:
        doing = pool.submit(what)
        pause = threading.Event()
        for _ in range(PATIENCE * 50):
            if doing.done() or _somebody_waits(database):
                break
            pause.wait(0.02)
        yield doing
        doing.result(PATIENCE)


def _somebody_waits(database: Database) -> bool:
    waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with database.read() as db:
        return bool(db.execute(text(waits)).scalar_one())


def raised(world: World, db: Session, person: UUID, kind: str) -> Flag:
    return flags.raise_flag(
        db, world.service.library, db.get_one(ServiceUser, person), kind, world.clock.now(), why="x"
    )


def points_at(db: Session, person: UUID) -> None:
    """A row of theirs, with nothing decided."""
    theirs = {"scheme_id": "tyneside", "service_user_id": person, "channel": "sms", "address": "+447700900001"}
    db.add(Message(**theirs, direction="in", kind="text", body="x", state="handled", created_at=NOON))
    db.flush()


def test_a_row_is_written_of_a_person_whom_somebody_has_locked(world: World, hasty: Database) -> None:
    """A row that points at a person asks only that they stay: that is no reason to wait for a decision of theirs."""
    person = world.cast.person()
    with world.service.database.write() as db:
        assert queries.locked_person(db, person)
        with hasty.write() as other:
            points_at(other, person)


def test_a_text_locks_its_writer_alone_and_as_gently(world: World, hasty: Database) -> None:
    person = world.cast.person()
    with world.service.database.write() as db:
        found = queries.locked_writer(db, "tyneside", "sms", "+447700900001")
        assert found is not None
        with hasty.write() as other:
            points_at(other, person)


def test_two_decisions_about_a_person_take_turns(world: World) -> None:
    person = world.cast.person()
    seen = []

    def second() -> None:
        with world.service.database.write() as db:
            locked = queries.locked_person(db, person)
            seen.append(locked and locked.state)

    with world.service.database.write() as db:
        locked = queries.locked_person(db, person)
        assert locked is not None
        with meanwhile(second, world.service.database) as doing:
            assert not doing.done()
            locked.state = "paused"
            db.commit()
    assert seen == ["paused"]


def test_a_flag_that_wakes_holds_up_nobody_who_has_the_person(world: World, hasty: Database) -> None:
    """Its alarm rings while the person writes again about the same: person first, then flag, everywhere."""
    person = world.cast.person()
    with world.service.database.write() as db:
        flag = raised(world, db, person, "safety")
        flag.wake_at = NOON

    def wake() -> None:
        with world.service.database.write() as db:
            flags.wake(db, world.service.library, flag.id, NOON)

    with hasty.write() as db:
        assert queries.locked_person(db, person)
        with meanwhile(wake, world.service.database):
            raised(world, db, person, "safety")
            db.commit()


def test_what_was_left_behind_is_taken_up_without_holding_up_a_send(world: World, hasty: Database) -> None:
    """Claims that are over are taken back by themselves, before anybody waits for a person."""
    first, second = world.cast.person(), world.cast.person()
    over = {"due_at": NOON - timedelta(minutes=1), "submitted_at": NOON - timedelta(minutes=2)}
    claimed = world.cast.text(first, state="claimed", **over)
    world.cast.text(second, state="submitting", **over)
    with hasty.write() as db:
        assert queries.locked_person(db, second)
        with meanwhile(lambda: outbox.recover(world.service), world.service.database):
            db.execute(update(Message).where(Message.id == claimed).values(attempts=1))
            db.commit()


def test_people_who_change_hands_are_locked_in_the_order_of_all(world: World, hasty: Database) -> None:
    """A claim locks the people of its texts by their ids: so does whoever moves all of one practitioner's."""
    people = [world.cast.person() for _ in range(20)]
    first = min(people)
    # Without an order they would be locked as they lie in the table: these before the first.
    before = next(person for person in people if person != first)
    with world.service.database.write() as db:
        named = {"email": "kim@example.org", "first_name": "Kim", "phone": "+441632960102", "hours": ""}
        db.add(Practitioner(id=uuid4(), scheme_id="tyneside", created_at=NOON, **named))

    def retire() -> None:
        with world.service.database.write() as db:
            retired = {"people_to": "kim@example.org", "now": NOON}
            practitioners.retire(db, "tyneside", "sam@example.org", **retired)

    with hasty.write() as db:
        assert queries.locked_person(db, first)
        with meanwhile(retire, world.service.database):
            assert queries.locked_person(db, before)
            db.commit()


def test_two_releases_at_once_both_make_the_schemes(world: World) -> None:
    def release() -> None:
        with world.service.database.write() as db:
            practitioners.ensure_schemes(db, ["tyneside", "wearside"], NOON)

    with world.service.database.write() as db:
        practitioners.ensure_schemes(db, ["wearside"], NOON)
        with meanwhile(release, world.service.database) as doing:
            assert not doing.done()
            db.commit()


def test_nobody_waits_for_each_other_when_everything_happens_at_once(world: World) -> None:
    """Texts, sends, sweeps and flags of the same three people, side by side, for some rounds."""
    people = [world.cast.person(next_check_in_at=NOON) for _ in range(3)]
    for person in people * 4:
        world.cast.text(person, kind="staff", due_at=NOON)
    with world.service.database.write() as db:
        found = [raised(world, db, person, kind).id for person in people for kind in ("safety", "asked_for_you")]

    def text_in(turn: int) -> None:
        from bot import door
        from bot.channels import Inbound

        number = f"+447700900{turn % 3 + 1:03}"
        words = ("can somebody ring me", "i want to die", "yes", "6")[turn % 4]
        heard = Inbound(provider_id=f"IN{turn:032}", channel="sms", address=number, sender="+447400999000", body=words)
        assert door.take(world.service, "tyneside", heard).seen_before is False

    def act(turn: int) -> None:
        with world.service.database.write() as db:
            by = {"by": "sam@example.org", "note": "seen to", "now": NOON}
            (flags.acknowledge if turn % 2 else flags.close)(db, found[turn % len(found)], **by)

    def wake(turn: int) -> None:
        flag_id = found[turn % len(found)]
        world.cast.change(Flag, flag_id, wake_at=NOON)
        with world.service.database.write() as db:
            flags.wake(db, world.service.library, flag_id, NOON)

    def send(_: int) -> None:
        outbox.recover(world.service)
        outbox.deliver(world.service)

    with ThreadPoolExecutor(8) as pool:
        done = [pool.submit(what, turn) for turn in range(24) for what in (text_in, act, wake, send)]
    for each in done:
        each.result()
    with world.service.database.read() as db:
        deadlocks = (
            "SELECT pg_stat_force_next_flush(), deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )
        assert db.execute(text(deadlocks)).one()[1] == 0
        assert not {"claimed", "unhandled"} & world.cast.states().keys()


def test_good_news_that_comes_while_a_digest_is_made_is_told_by_the_next(world: World, hasty: Database) -> None:
    person = world.cast.person()
    with world.service.database.write() as db:
        flag = raised(world, db, person, "good_news")

    def open_after_a_digest() -> bool:
        with hasty.write() as db:
            assert digests.make(db, world.service.library, world.cast.sam, NOON, by_hand=True)
        with hasty.read() as db:
            return db.get_one(Flag, flag.id).closed_at is None

    with world.service.database.write() as db:
        raised(world, db, person, "good_news")
        assert open_after_a_digest()
    assert not open_after_a_digest()

"""The drill: life goes on, a copy is made, more life, the database is lost, and the copy is put back.

Twilio's ledger is the judge of what was sent. On PostgreSQL with its own tools: --database=postgresql.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from bot import outbox, restoring
from bot.channels import Unreadable
from bot.models import CheckIn, Event, Flag, Heartbeat, Message, ServiceUser, Suppression, Tally
from bot.outbox import halted
from bot.people import forgetting
from bot.service import Service
from bot.sweep import sweep
from tests.databases import Databases
from tests.delivery.people import NOON, World
from tests.operation.drill import Drill
from tests.operation.life import Life

AMINA, BEN, CARA, DEV, EVE, FIN = (f"+4477009000{number:02}" for number in range(1, 7))
DAY = timedelta(days=1)


@pytest.fixture
def drill(world: World, databases: Databases, tmp_path: Path) -> Iterator[Drill]:
    with ExitStack() as over:
        yield Drill(Life(world, world.service), databases, tmp_path, over)


def enrol(drill: Drill, **days: float) -> None:
    """Six people, each with a check-in so many days from Tuesday noon."""
    for name in ("amina", "ben", "cara", "dev", "eve", "fin"):
        at = NOON + days.get(name, 6) * DAY
        person = drill.life.world.cast.person(next_check_in_at=at, slot_weekday=at.weekday())
        drill.life.world.cast.change(ServiceUser, person, first_name=name.title())


def rows(service: Service, model: Any, *where: Any) -> int:
    with service.database.read() as db:
        return db.scalar(select(func.count()).select_from(model).where(*where)) or 0


def state(service: Service, name: str) -> str:
    with service.database.read() as db:
        return db.scalars(select(ServiceUser.state).where(ServiceUser.first_name == name)).one()


def test_the_drill(drill: Drill) -> None:
    life, twilio = drill.life, drill.life.world.twilio
    enrol(drill, amina=0.05, ben=1, cara=1.01, dev=2)
    # Tuesday: Amina gets hers and answers. Then the copy is made.
    life.hours(2)
    life.text(AMINA, "yes")
    drill.copy()
    # Wednesday: Ben and Cara get theirs. Ben goes on talking, Cara has enough, Fin is in danger, Amina wants a call.
    life.text(AMINA, "8")
    life.hours(24)
    since = [
        life.text(*each) for each in ((BEN, "no"), (BEN, "bus never came"), (CARA, "STOP"), (FIN, "I want to die"))
    ]
    since.append(life.text(AMINA, "can someone ring me please"))
    with life.service.database.write() as db:
        eve = db.scalars(select(ServiceUser).where(ServiceUser.first_name == "Eve")).one()
        forgetting.forget(db, eve, "sam@example.org", life.world.clock.now())
    with life.service.database.read() as db:
        forgotten = restoring.written_forgotten(db)
    life.hours(1)
    before, alive = len(twilio.ledger), rows(life.service, Message, Message.direction == "in")
    # The database is lost; while it is, Ben writes and nobody tells us. Dev's check-in falls due.
    life.world.clock.move(hours=5)
    missed = life.missed(BEN, "oh and I rang the college")
    life.world.clock.move(hours=18)
    after, counts = drill.restore(forgotten)
    assert len(twilio.ledger) == before, "a restore sends nothing"
    after.hours(20)
    assert life.sent_to(DEV) == []
    # Everything that came in is there, once; nothing that had left leaves again, and life goes on.
    after.hours(24 * 2)
    assert life.sent_twice() == []
    assert [after.taken(sid) for sid in (*since, missed)] == [1] * 6
    assert rows(after.service, Message, Message.direction == "in") == alive + 1
    assert counts["texts that had left"] == before - 2, "all but the two from before the copy"
    assert counts["texts found that no row had decided"] == 0, "what was decided then is decided again"
    assert state(after.service, "Cara") == "opted_out"
    assert rows(after.service, ServiceUser, ServiceUser.first_name == "Eve") == 0
    assert rows(after.service, Suppression) == 2
    assert rows(after.service, Flag, Flag.kind == "safety", Flag.closed_at.is_(None)) == 1
    assert rows(after.service, Flag, Flag.kind == "asked_for_you") == 1
    # What fell due while the database was away is asked, a day later, and once.
    asked = rows(
        after.service, Message, Message.address == DEV, Message.kind == "check_in", Message.state == "delivered"
    )
    assert asked == 1


def test_a_copy_that_nobody_made_good_sends_nothing(drill: Drill) -> None:
    """Whoever starts the processes on it by accident texts nobody; the commands and the health page say why."""
    enrol(drill, amina=0.05)
    drill.life.hours(1)
    drill.copy()
    drill.life.hours(1)
    service, ledger = drill.put_back(), drill.life.world.twilio.ledger
    left = len(ledger)
    drill.life.world.clock.move(hours=1)
    with service.database.write() as db:
        # A release does not make it good.
        halted.know_your_place(db)
    assert "put back from a copy" in str(sweep(service))
    assert +outbox.deliver(service) == {"halted": 1}
    with service.database.read() as db:
        assert halted.halted(db, drill.life.world.clock.now()) == halted.COPY
    assert len(ledger) == left


def test_without_the_providers_list_nothing_is_changed(drill: Drill) -> None:
    enrol(drill, amina=0.05)
    drill.life.hours(0.5)
    drill.copy()
    drill.life.hours(2)
    drill.life.world.twilio.readable = False
    service = drill.put_back()
    with pytest.raises(Unreadable):
        restoring.make_good(service)
    with service.database.read() as db:
        assert halted.is_copy(db)
        assert db.scalar(select(func.count()).select_from(CheckIn)) == 0


def test_made_good_twice_is_made_good_once(drill: Drill) -> None:
    enrol(drill, amina=0.05, ben=0.1)
    drill.copy()
    drill.life.hours(6)
    drill.life.text(AMINA, "yes")
    after, first = drill.restore()
    assert first["texts that had left"] == 3
    again = restoring.make_good(after.service)
    assert not +again
    after.hours(24)
    assert after.sent_twice() == []
    assert rows(after.service, Event, Event.what == "restored") == 2


@pytest.mark.parametrize("state", ["queued", "claimed", "submitting", "unknown"])
@pytest.mark.parametrize("left", [True, False], ids=["had left", "had not left"])
def test_what_was_under_way_when_the_copy_was_made(drill: Drill, state: str, left: bool) -> None:
    """In the list it is settled by it. Not in the list: an unasked text does not leave any more, an answer does."""
    world = drill.life.world
    one, other = world.cast.person(), world.cast.person()
    facts = {"state": state, "submitted_at": NOON, "claimed_until": NOON}
    world.cast.text(one, kind="nudge", body="No rush at all.", **facts)
    world.cast.text(other, kind="reply", body="Good one!", **facts)
    with world.service.database.write() as db:
        db.add(Event(scheme_id="tyneside", at=NOON, who="test", what="begun"))
    drill.copy()
    world.clock.move(minutes=2)
    if left:
        for number, body in ((AMINA, "No rush at all."), (BEN, "Good one!")):
            world.twilio.take({"To": number, "Body": body})
    world.clock.move(hours=3)
    after, _ = drill.restore()
    # A text of which nobody knows whether it left is looked for twice before it leaves.
    after.hours(3)
    assert after.sent_twice() == []
    assert after.sent_to(AMINA) == (["No rush at all."] if left else [])
    assert after.sent_to(BEN) == ["Good one!"]


def test_a_text_in_other_words_keeps_us_from_sending_ours(drill: Drill) -> None:
    """They wrote, and something left for them after it: whatever it said, they have been answered."""
    life = drill.life
    person = life.world.cast.person()
    with life.service.database.write() as db:
        db.add(Event(scheme_id="tyneside", at=NOON, who="test", what="begun"))
    drill.copy()
    life.world.clock.move(hours=1)
    life.missed(AMINA, "who is this")
    life.world.clock.move(minutes=1)
    life.world.twilio.take({"To": AMINA, "Body": "Written by hand."})
    life.world.clock.move(hours=1)
    after, counts = drill.restore()
    assert counts["texts found that no row had decided"] == 1
    with after.service.database.read() as db:
        kept = db.scalars(select(Message).where(Message.kind == "found")).one()
        assert (kept.body, kept.service_user_id, kept.state) == ("Written by hand.", person, "accepted")
    after.hours(24)
    assert after.sent_to(AMINA) == ["Written by hand."]


def test_what_had_left_counts_toward_the_caps(drill: Drill) -> None:
    enrol(drill, amina=0.05, ben=0.06)
    drill.life.hours(1)
    drill.copy()
    drill.life.hours(2)
    after, _ = drill.restore()
    with after.service.database.read() as db:
        assert db.scalars(select(Tally.sent).where(Tally.scope == "tyneside")).one() == 2


@pytest.mark.postgresql
def test_a_copy_put_back_into_the_same_database_is_known_as_one(drill: Drill) -> None:
    enrol(drill)
    drill.copy()
    database = drill.life.service.database
    with database.read() as db:
        assert not halted.is_copy(db)
    drill.put_back_in_place()
    with database.write() as db:
        assert halted.is_copy(db)
        halted.know_your_place(db)
        assert halted.is_copy(db), "a release does not make it good"
        halted.settle_here(db)
        assert not halted.is_copy(db)


@pytest.mark.postgresql
def test_a_place_written_down_by_an_older_version_is_still_the_place(drill: Drill) -> None:
    with drill.life.service.database.write() as db:
        [name] = db.scalars(select(Heartbeat.name).where(Heartbeat.name.startswith("place:")))
        server, database, _ = (int(each, 16) for each in name.split(":")[1:])
        older = f"place:{server}:{database}"
        db.execute(update(Heartbeat).where(Heartbeat.name == name).values(name=older))
        assert not halted.is_copy(db)
        halted.know_your_place(db)
        assert db.scalars(select(Heartbeat.name).where(Heartbeat.name.startswith("place:"))).all() == [name]
        db.execute(update(Heartbeat).where(Heartbeat.name == name).values(name=f"{older}0"))
        assert halted.is_copy(db)


def test_the_mark_can_be_set_by_hand(drill: Drill) -> None:
    """As docs/operating.md says, where a snapshot of PostgreSQL's files was put back."""
    with drill.life.service.database.write() as db:
        db.execute(text("INSERT INTO heartbeat (name, seconds) VALUES ('a_copy', 0)"))
        halted.know_your_place(db)
        assert halted.halted(db, drill.life.world.clock.now()) == halted.COPY

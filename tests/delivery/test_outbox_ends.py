"""The ends of texts: answers nobody took, stops, caps, and clocks that were moved."""

import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from bot import outbox
from bot.conversation.scheme import Caps
from bot.models import Message, ServiceUser
from tests.delivery.people import NOON, Cast, World
from tests.delivery.sending import deliver


def answer(cast: Cast, kind: str = "reply") -> uuid.UUID:
    return cast.text(cast.person(), kind=kind, state="submitting", via="twiml", submitted_at=NOON)


def test_an_answer_nobody_took_is_sent_by_rest(small_world: World) -> None:
    world = small_world
    row = answer(world.cast)
    world.clock.move(minutes=9)
    assert not any(outbox.recover(world.service).values())
    world.clock.move(minutes=1)
    outbox.recover(world.service)
    assert deliver(world) == {"sent": 1}
    assert world.cast.row(row).via == "rest"


def test_an_answer_found_in_the_list_is_not_sent_again(small_world: World) -> None:
    world = small_world
    row = answer(world.cast)
    world.twilio.add("SMtwiml", "+447700900001", "+447400999000", world.cast.row(row).body, "outbound-reply", "sent")
    world.clock.move(minutes=10)
    outbox.recover(world.service)
    kept = world.cast.row(row)
    assert (kept.state, kept.provider_id) == ("sent", "SMtwiml")


@pytest.mark.parametrize(("kind", "state"), [("reply", "failed"), ("safety", "queued")])
def test_an_answer_lost_for_an_hour_is_over_but_a_safety_text_never(small_world: World, kind: str, state: str) -> None:
    world = small_world
    row = answer(world.cast, kind)
    world.clock.move(minutes=61)
    outbox.recover(world.service)
    assert world.cast.row(row).state == state


def test_stop_at_the_carrier_is_an_opt_out(world: World) -> None:
    person = world.cast.person()
    world.cast.text(person)
    waiting = world.cast.text(person, due_at=NOON + timedelta(hours=2))
    world.twilio.plan.append("21610")
    assert deliver(world) == {"failed": 1}
    with world.service.database.read() as db:
        assert db.get_one(ServiceUser, person).state == "opted_out"
    kept = world.cast.row(waiting)
    assert (kept.state, kept.not_sent_reason) == ("cancelled", "opted_out")
    assert world.twilio.ledger == []


def test_a_setting_of_ours_holds_texts_back_without_blaming_anybody(small_world: World) -> None:
    world = small_world
    person = world.cast.person()
    row = world.cast.text(person)
    world.twilio.plan.append("21606")
    assert deliver(world) == {"waiting": 1}
    with world.service.database.read() as db:
        assert db.get_one(ServiceUser, person).undelivered == 0
    world.clock.move(hours=1)
    assert deliver(world) == {"sent": 1}
    assert world.cast.row(row).error_code is None


def stopped(world: World, person: uuid.UUID) -> None:
    world.cast.change(ServiceUser, person, state="opted_out")


def test_stop_between_claim_and_hand_over(world: World) -> None:
    """The gate is asked again just before: what was committed meanwhile is seen."""
    from bot.outbox.claim import claim, submit

    person = world.cast.person()
    row = world.cast.text(person)
    counts = outbox.Counts()
    with world.service.database.write() as db:
        [claimed] = claim(world.service, db, None, 10, counts).rows
    stopped(world, person)
    with world.service.database.write() as db:
        assert submit(world.service, db, [claimed], counts) == []
    kept = world.cast.row(row)
    assert (kept.state, kept.not_sent_reason) == ("cancelled", "opted_out")


@pytest.mark.parametrize("at_once", [1, 6])
def test_exactly_as_many_as_the_caps_allow(world: World, at_once: int) -> None:
    """A person has two texts a day; claims side by side do not see more room than there is."""
    person = world.cast.person()
    for _ in range(6):
        world.cast.text(person, expires_at=NOON + timedelta(days=9))
    run: list[Callable[[], object]] = [partial(deliver, world, limit=1 if at_once > 1 else 10)] * at_once
    threads = [threading.Thread(target=each) for each in run]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deliver(world)
    assert len(world.twilio.ledger) == 2
    assert world.cast.states() == {"accepted": 2, "queued": 4}
    for _ in range(4):
        world.clock.move(days=1)
        deliver(world)
    # Three in seven days, and the fourth a week after the first ones.
    assert len(world.twilio.ledger) == 3


def test_the_scheme_sends_exactly_its_limit_a_day(world: World) -> None:
    """Six workers see the last two places at once; two texts leave, and the others wait for tomorrow."""
    library = world.service.library
    scheme = replace(library.scheme("tyneside"), caps=Caps(scheme_day=2))
    service = replace(world.service, library=replace(library, schemes={"tyneside": scheme}))
    rows = [world.cast.text(world.cast.person(), expires_at=NOON + timedelta(days=9)) for _ in range(6)]
    threads = [threading.Thread(target=outbox.deliver, args=(service, [row])) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(world.twilio.ledger) == 2
    assert sorted(world.cast.row(row).not_sent_reason or "" for row in rows) == ["", "", *["scheme_day"] * 4]
    # Answers do not count, and are not counted against.
    world.cast.text(world.cast.person(), kind="reply")
    assert outbox.deliver(service) == {"sent": 1}
    world.clock.move(days=1)
    assert outbox.deliver(service)["sent"] == 2


def test_a_clock_that_was_moved_back_sends_nothing(small_world: World) -> None:
    from bot.models import Event

    world = small_world
    world.cast.text(world.cast.person(), due_at=NOON - timedelta(days=400), created_at=NOON - timedelta(days=366))
    with world.service.database.write() as db:
        db.add(Event(scheme_id="tyneside", at=NOON, who="sam", what="looked"))
    world.clock.move(days=-365)
    assert deliver(world) == {"halted": 1}
    assert world.twilio.asked == []


def test_the_due_rows_are_found_by_their_index(world: World) -> None:
    from sqlalchemy import select, text

    from bot.outbox.states import WAITS

    query = select(Message.id).where(WAITS, Message.state == "queued", Message.due_at <= NOON)
    with world.service.database.read() as db:
        engine = db.get_bind()
        if engine.dialect.name == "postgresql":
            db.execute(text("SET enable_seqscan = off"))
        compiled = query.compile(engine, compile_kwargs={"literal_binds": True})
        explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
        plan = str(db.execute(text(f"{explain} {str(compiled).replace(':', chr(92) + ':')}")).all())
    assert "ix_message_due" in plan

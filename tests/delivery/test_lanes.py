"""Several numbers: one that is full or rests holds up no text of another, and a safety text waits behind nothing."""

import threading
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import outbox
from bot.channels.twilio import TwilioChannel
from bot.models import Address, Message, ServiceUser
from bot.outbox import numbers, pace
from bot.outbox.claim import claim
from bot.settings import Sender
from tests.delivery.people import NOON, SCHEME, World
from tests.delivery.stand_in import NUMBER

SECOND_NUMBER, OTHER = "+447400999777", "+447400999778"
SOON = timedelta(seconds=1)


def of_numbers(world: World, *senders: Sender, service_sid: str = "", rate: int = 10) -> World:
    settings = replace(
        world.service.settings, senders=senders, sms_per_second=rate, twilio_messaging_service_sid=service_sid
    )
    return replace(world, service=replace(world.service, settings=settings, channel=TwilioChannel(settings, 0.5)))


@pytest.fixture
def two(world: World) -> World:
    return of_numbers(world, Sender(SCHEME, "sms", NUMBER), Sender(SCHEME, "sms", SECOND_NUMBER))


def rests(world: World, *our_numbers: str) -> None:
    with world.service.database.write() as db:
        for number in our_numbers:
            pace.slow(db, ("sms", number), world.clock.at)


def texts(world: World, count: int, kind: str = "check_in", sender: str | None = None) -> set[uuid.UUID]:
    """The longest waiting first."""
    return {
        world.cast.text(world.cast.person(), NOON - timedelta(minutes=9) + n * SOON, kind=kind, sender=sender)
        for n in range(count)
    }


def taken(world: World, limit: int = 32) -> set[uuid.UUID]:
    with world.service.database.write() as db:
        return {each.message_id for each in claim(world.service, db, None, limit, outbox.Counts()).rows}


def drawn(world: World, number: str) -> set[uuid.UUID]:
    """The texts whose lot is this number."""
    with world.service.database.read() as db:
        rows = db.scalars(select(Message))
        return {row.id for row in rows if numbers.leaves_from(world.service, row, None) == number}


@pytest.mark.parametrize("kind", ["reply", "staff"])
@pytest.mark.parametrize("nobody_else", [True, False])
def test_a_safety_text_waits_behind_nobodys_answer(two: World, kind: str, nobody_else: bool) -> None:
    """Forty have waited longer, for a number that rests; the group that is taken is less."""
    texts(two, 40, kind, NUMBER)
    safety = two.cast.text(two.cast.person(), kind="safety", sender=NUMBER)
    rests(two, NUMBER, *([SECOND_NUMBER] if nobody_else else []))
    assert taken(two) == {safety}


@pytest.mark.parametrize("kind", ["reply", "staff", "check_in"])
def test_what_waits_for_a_number_that_rests_holds_up_no_other(two: World, kind: str) -> None:
    texts(two, 40, kind, NUMBER)
    other = two.cast.text(two.cast.person(), kind=kind, sender=SECOND_NUMBER)
    rests(two, NUMBER)
    assert taken(two) == {other}


@pytest.mark.parametrize("at_rest", [NUMBER, SECOND_NUMBER])
def test_a_number_that_was_never_used_has_its_share_by_lot(two: World, at_rest: str) -> None:
    """Texts to people who have no number of ours yet are told apart as they will leave."""
    everything = texts(two, 40)
    resting = drawn(two, at_rest)
    assert 9 < len(resting) < 31
    rests(two, at_rest)
    gone = set[uuid.UUID]()
    for _ in range(16):
        gone |= taken(two)
        two.clock.move(seconds=0.25)
    assert gone == everything - resting


def test_a_long_queue_of_one_number_leaves_the_other_its_turns(two: World) -> None:
    """Each claim gives every number what it may send, also where one has waited longer with more than a group."""
    texts(two, 60, sender=NUMBER)
    others = texts(two, 12, sender=SECOND_NUMBER)
    assert len(taken(two) & others) == 6
    two.clock.move(seconds=0.25)
    assert len(taken(two) & others) in (2, 3)


def test_the_query_and_the_row_in_hand_agree_on_the_number(world: World) -> None:
    """Whatever a row and its address say, and whichever numbers are ours."""
    lasts = (None, "", NUMBER, SECOND_NUMBER, OTHER)
    for last in lasts:
        for own in lasts:
            with world.service.database.write() as db:
                person = ServiceUser(
                    id=uuid.uuid4(),
                    scheme_id=SCHEME,
                    practitioner_id=world.cast.sam,
                    first_name="Ada",
                    enrolled_at=NOON,
                    state="active",
                )
                db.add(person)
                db.flush()
                to = f"+4477009{uuid.uuid4().int % 10**5:05}"
                owned = {"scheme_id": SCHEME, "service_user_id": person.id, "channel": "sms", "address": to}
                db.add(Address(**owned, sender=last, consented=True))
            world.cast.text(person.id, sender=own)
            world.cast.text(None, sender=own, address="nobody")
    ours = [Sender(SCHEME, "sms", NUMBER), Sender(SCHEME, "sms", SECOND_NUMBER)]
    ways = [ours, ours[:1], [], [Sender("elsewhere", "sms", OTHER), *ours]]
    for senders in ways:
        for sid in ("", "MG1"):
            _agree(of_numbers(world, *senders, service_sid=sid))


def _agree(world: World) -> None:
    everything = frozenset({("sms", number) for number in (NUMBER, SECOND_NUMBER, OTHER, "")})
    with world.service.database.read() as db:
        asked = select(Message, Address, numbers.number(world.service, everything))
        found = db.execute(asked.outerjoin(Address, numbers.THEIRS)).all()
    assert len(found) == 50
    wrong = [
        said for message, address, said in found if said != (numbers.leaves_from(world.service, message, address) or "")
    ]
    assert wrong == []


@pytest.mark.postgresql
def test_nobody_waits_for_a_person_who_is_being_written_to(two: World) -> None:
    """Theirs is left for a moment; all the others leave, while somebody else has the person's row."""
    busy, free = two.cast.person(), two.cast.person()
    theirs, ours = two.cast.text(busy, kind="safety"), two.cast.text(free, kind="reply")
    with two.service.database.write() as other:
        other.execute(select(ServiceUser.id).where(ServiceUser.id == busy).with_for_update())
        with two.service.database.write() as db:
            found = claim(two.service, db, None, 32, outbox.Counts())
        assert ([each.message_id for each in found.rows], found.passed_over) == ([ours], True)
    assert taken(two) == {theirs}


@pytest.mark.postgresql
def test_what_was_left_for_a_moment_is_sent_by_the_same_delivery(two: World) -> None:
    person = two.cast.person()
    row = two.cast.text(person, kind="safety")
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with two.service.database.write() as db:
            db.execute(select(ServiceUser.id).where(ServiceUser.id == person).with_for_update())
            held.set()
            let_go.wait(9)

    other = threading.Thread(target=hold)
    other.start()
    held.wait(9)

    def rest(seconds: float) -> None:
        assert seconds > 0.1
        let_go.set()
        other.join()

    assert outbox.deliver(two.service, [row], rest=rest, jitter=lambda: 0.0) == {"sent": 1}

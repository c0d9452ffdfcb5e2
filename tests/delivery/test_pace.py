"""How fast our numbers send: turns that all workers take from the same rows, and rests that the provider asks for."""

import threading
import uuid
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from bot import outbox
from bot.channels import Fault, Refused
from bot.channels.twilio import TwilioChannel
from bot.clock import monotonic
from bot.models import Address, Message
from bot.outbox import pace
from bot.outbox.claim import Claimed, claim, submit
from bot.outbox.numbers import leaves_from
from bot.outbox.settle import settle
from bot.settings import Sender
from tests.delivery.people import NOON, HandClock, World
from tests.delivery.sending import receipt
from tests.delivery.stand_in import NUMBER

SMS, WHATSAPP = ("sms", NUMBER), ("whatsapp", NUMBER)
SECOND = timedelta(seconds=1)


def paced(world: World, sms: int = 10, whatsapp: int = 80) -> World:
    """Our number is on both channels, as fast as that."""
    senders = (Sender("tyneside", "sms", NUMBER), Sender("tyneside", "whatsapp", NUMBER))
    settings = replace(world.service.settings, sms_per_second=sms, whatsapp_per_second=whatsapp, senders=senders)
    return replace(world, service=replace(world.service, settings=settings, channel=TwilioChannel(settings, 0.5)))


@pytest.fixture
def slow_world(world: World) -> World:
    return paced(world)


def texts(world: World, number: int, **facts: object) -> list[uuid.UUID]:
    return [world.cast.text(world.cast.person(), **facts) for _ in range(number)]


def claimed(world: World, limit: int = 99) -> list[Claimed]:
    with world.service.database.write() as db:
        return claim(world.service, db, None, limit, outbox.Counts()).rows


def turns(taken: list[Claimed]) -> list[float]:
    return [each.after.total_seconds() for each in taken]


def deliver(world: World, **more: object) -> outbox.Counts:
    """Each rest moves the clock, and nobody waits."""

    def rest(seconds: float) -> None:
        world.clock.move(seconds=seconds)

    return outbox.deliver(world.service, jitter=lambda: 0.0, rest=rest, **more)  # type: ignore[arg-type]


class Running(HandClock):
    """A clock that is moved, and goes on by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = monotonic()

    def now(self) -> datetime:
        return self.at + timedelta(seconds=monotonic() - self.begun)


# ---------------------------------------------------------------- turns


def test_only_what_leaves_within_half_a_second_is_taken(slow_world: World) -> None:
    texts(slow_world, 9)
    assert turns(claimed(slow_world)) == [n / 10 for n in range(6)]
    assert slow_world.cast.states() == {"claimed": 6, "queued": 3}
    assert claimed(slow_world) == []
    slow_world.clock.move(seconds=0.4)
    assert turns(claimed(slow_world)) == [0.2, 0.3, 0.4]


def test_what_was_not_used_is_not_saved_up(slow_world: World) -> None:
    texts(slow_world, 1)
    claimed(slow_world)
    slow_world.clock.move(hours=1)
    texts(slow_world, 20)
    assert turns(claimed(slow_world)) == [n / 10 for n in range(6)]


def test_a_clock_that_stands_still_holds_nobody_up(slow_world: World) -> None:
    """A machine whose wall clock is held at an hour sends all that is due then, at its number's pace."""
    for number in (30, 10):
        texts(slow_world, number)
        counts = outbox.deliver(slow_world.service, rest=lambda seconds: None)
        assert counts["sent"] == number
    assert slow_world.clock.now() == NOON


def test_a_schemes_numbers_share_its_people(world: World) -> None:
    """Each keeps theirs while it is the scheme's; a new number takes its share and moves nobody between the others."""
    people = [Message(scheme_id="tyneside", channel="sms", address=f"+4477009{n:05}") for n in range(300)]

    def theirs(numbers: int) -> list[str | None]:
        senders = tuple(Sender("tyneside", "sms", f"+44740099900{n}") for n in range(numbers))
        service = replace(world.service, settings=replace(world.service.settings, senders=senders))
        return [leaves_from(service, each, None) for each in people]

    three, four = theirs(3), theirs(4)
    assert sorted(set(three)) == ["+447400999000", "+447400999001", "+447400999002"]
    assert min(Counter(three).values()) > 70
    moved = {after for before, after in zip(three, four, strict=True) if before != after}
    assert moved == {"+447400999003"}
    assert 40 < four.count("+447400999003") < 110


def test_six_workers_at_once_take_each_turn_once(slow_world: World) -> None:
    texts(slow_world, 20)
    taken: list[Claimed] = []
    threads = [threading.Thread(target=lambda: taken.extend(claimed(slow_world, 3))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(turns(taken)) == [n / 10 for n in range(6)]
    assert len({each.message_id for each in taken}) == 6


def test_no_text_leaves_ahead_of_its_turn(slow_world: World) -> None:
    """Whoever delivers, and however often it is begun anew: ten a second from the first moment on, and none is lost."""
    clock = Running()
    world = replace(slow_world, clock=clock, service=replace(slow_world.service, clock=clock))
    world.twilio.now = clock.now
    rows, begun = texts(world, 45), clock.now()
    for _ in range(99):
        if not deliver(world, seconds=1):
            break
    times = sorted(datetime.fromisoformat(sent["Now"]) for sent in world.twilio.ledger)
    assert len(times) == len(rows)
    early = [number for number, at in enumerate(times) if at < begun + number * SECOND / 10 - SECOND / 100]
    assert early == []
    # A number that is free is used: it does not take twice as long as it must.
    assert times[-1] - begun < 9 * SECOND


def test_a_number_that_is_full_holds_up_no_other(slow_world: World) -> None:
    texts(slow_world, 30)
    person = slow_world.cast.person()
    with slow_world.service.database.write() as db:
        theirs = update(Address).where(Address.service_user_id == person)
        db.execute(theirs.values(channel="whatsapp", window_until=NOON + timedelta(days=1)))
    by_whatsapp = slow_world.cast.text(person, channel="whatsapp")
    claimed(slow_world, 6)
    # Twenty-four that have waited longer are of the number that is full.
    assert [each.message_id for each in claimed(slow_world, 1)] == [by_whatsapp]
    assert claimed(slow_world, 1) == []


def test_the_order_is_danger_answers_staff_and_then_the_longest_waiting(slow_world: World) -> None:
    person = slow_world.cast.person
    young = slow_world.cast.text(person(), due_at=NOON - timedelta(minutes=1))
    old = slow_world.cast.text(person(), due_at=NOON - timedelta(minutes=9))
    staff = slow_world.cast.text(person(), kind="staff")
    reply = slow_world.cast.text(person(), kind="reply")
    safety = slow_world.cast.text(person(), kind="safety")
    taken = claimed(slow_world)
    assert [each.message_id for each in taken] == [safety, reply, staff, old, young]
    # The safety text has used up the first turn, and waits for none.
    assert turns(taken) == [0, 0.1, 0.2, 0.3, 0.4]


def test_a_safety_text_waits_for_no_turn_and_no_rest(slow_world: World) -> None:
    texts(slow_world, 30)
    claimed(slow_world)
    with slow_world.service.database.write() as db:
        pace.slow(db, SMS, NOON)
    safety = [slow_world.cast.text(slow_world.cast.person(), kind="safety") for _ in range(3)]
    taken = claimed(slow_world)
    assert {each.message_id for each in taken} == set(safety)
    assert turns(taken) == [0, 0, 0]
    with slow_world.service.database.write() as db:
        ready = submit(slow_world.service, db, taken, outbox.Counts())
    assert {each.id for each in ready} == set(safety)


def test_a_clock_that_ran_ahead_does_not_stop_a_number(slow_world: World) -> None:
    slow_world.clock.move(days=2)
    texts(slow_world, 3, expires_at=NOON + timedelta(days=9))
    assert len(claimed(slow_world)) == 3
    with slow_world.service.database.write() as db:
        pace.slow(db, SMS, slow_world.clock.at)
    slow_world.clock.at = NOON
    texts(slow_world, 3)
    assert len(claimed(slow_world)) == 3


# ---------------------------------------------------------------- rests


def test_a_wish_to_go_slower_is_for_the_whole_number(slow_world: World) -> None:
    """What was claimed goes back, what is due waits; the text that was refused has its own wait."""
    world, counts = slow_world, outbox.Counts()
    texts(world, 6)
    first, *others = claimed(world)
    with world.service.database.write() as db:
        [sent] = submit(world.service, db, [first], counts)
    settle(world.service, [(sent, Refused("429", Fault.TEMPORARY))], lambda: 0.0, counts)
    with world.service.database.write() as db:
        assert submit(world.service, db, others, counts) == []
    assert counts == {"to be tried again": 1, "waiting": 5}
    kept = [world.cast.row(each.message_id) for each in others]
    assert {(row.state, row.not_sent_reason, row.due_at) for row in kept} == {("queued", "slowed", NOON + pace.REST)}
    texts(world, 1)
    assert deliver(world, seconds=0) == {}
    world.clock.at = NOON + pace.REST
    assert deliver(world) == {"sent": 6}
    world.clock.at = NOON + timedelta(minutes=1)
    assert deliver(world) == {"sent": 1}


REFUSED = ["429", "20429", "21611", "63018"]


@pytest.mark.parametrize("code", REFUSED)
def test_the_words_for_slower(slow_world: World, code: str) -> None:
    texts(slow_world, 1)
    slow_world.twilio.plan.append("429" if code == "20429" else code)
    deliver(slow_world, seconds=0)
    with slow_world.service.database.read() as db:
        assert pace.resting(db, slow_world.clock.at) == {SMS: slow_world.clock.at + pace.REST}


@pytest.mark.parametrize("status", ["failed", "undelivered"])
def test_a_receipt_can_ask_for_it_too(slow_world: World, status: str) -> None:
    """Full queues are told of afterwards where a messaging service sends."""
    [row] = texts(slow_world, 1)
    deliver(slow_world, seconds=0)
    assert slow_world.cast.row(row).sender == NUMBER
    receipt(slow_world, row, status, "30001")
    with slow_world.service.database.read() as db:
        assert pace.resting(db, slow_world.clock.at) == {SMS: slow_world.clock.at + pace.REST}


RESTS = [
    # minutes after the one before, and the rest that is given
    ([0, 0, 0], [5, None, None]),
    ([0, 1, 1, 1, 1, 2, 3, 6, 6], [5, 10, 20, 40, 80, 160, 300, 300, 300]),
    ([0, 1, 30, 1], [5, 10, 5, 10]),
]


@pytest.mark.parametrize(("waits", "rests"), RESTS)
def test_a_rest_is_doubled_while_it_is_not_enough(slow_world: World, waits: list[int], rests: list[int | None]) -> None:
    given = []
    for minutes in waits:
        now = slow_world.clock.move(minutes=minutes)
        with slow_world.service.database.write() as db:
            fresh = pace.slow(db, SMS, now)
            until = pace.resting(db, now)[SMS]
        given.append(int((until - now).total_seconds()) if fresh else None)
    assert given == rests


def test_nobody_there_is_no_wish_to_go_slower(slow_world: World) -> None:
    texts(slow_world, 2)
    client = slow_world.service.channel._client.http_client  # type: ignore[attr-defined]
    client._base = client._base._replace(netloc="127.0.0.1:1")
    assert deliver(slow_world) == {"to be tried again": 2}
    with slow_world.service.database.read() as db:
        assert pace.resting(db, slow_world.clock.at) == {}

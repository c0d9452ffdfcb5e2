"""Sends whose outcome nobody knows: looked for as the provider lists them, in bounded time, each by its own id."""

import uuid
from datetime import timedelta
from importlib import import_module
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from bot import outbox
from bot.channels import Outgoing
from bot.channels.matching import same
from bot.models import Address, Message
from tests.delivery.people import NOON, World
from tests.delivery.sending import deliver

PHONE = "+447700900001"
OURS = "+447400999000"


@pytest.fixture
def world(small_world: World) -> World:
    return small_world


def recover(world: World, minutes: float = 0) -> outbox.Counts:
    world.clock.move(minutes=minutes)
    return outbox.recover(world.service)


def lost(world: World, person: uuid.UUID, **facts: Any) -> uuid.UUID:
    """A text that was handed over a minute ago, and nobody knows what became of it."""
    given = {"state": "unknown", "submitted_at": NOON, "attempts": 1, "kind": "staff", **facts}
    return world.cast.text(person, **given)


def taken(world: World, body: str, sid: str, to: str = PHONE, direction: str = "outbound-api") -> None:
    world.twilio.add(sid, to, OURS, body, direction, "sent")


# ---------------------------------------------------------------- which text in the list is it?

TEXT = {"channel": "sms", "address": PHONE, "sender": OURS}
TEMPLATE = {"sid": "HX1", "variables": {"1": "Leon", "2": "ring the college", "3": "0a1b2c3d"}}
WORDS = "Hi Leon \N{EN DASH} don\N{RIGHT SINGLE QUOTATION MARK}t rush\N{HORIZONTAL ELLIPSIS}  ok? \N{PARTY POPPER}"
LISTED = [
    # ours, what the list shows, how it left, whether it is ours
    ("Hi Leon\nok?", "Hi Leon ok?", "outbound-api", True),
    (WORDS, "Hi Leon - don't rush... ok? \N{PARTY POPPER}", "outbound-api", True),
    ("Hi Leon", "Hi Kim", "outbound-api", False),
    ("Hi Leon", "Hi Leon, ok?", "outbound-api", False),
    ("Hi Leon", "Hi Leon", "outbound-reply", True),
    ("Hi Leon", "Hi Leon", "inbound", False),
    ("Hi Leon", "Sent from your Twilio trial account - Hi Leon", "outbound-api", True),
    # An account that keeps no words: address and time have to do.
    ("Hi Leon", "", "outbound-api", True),
    ("\N{THUMBS UP SIGN}", "\N{THUMBS UP SIGN}", "outbound-api", True),
    ("\N{THUMBS UP SIGN}", "\N{PARTY POPPER}", "outbound-api", False),
]
FILLED_IN = [
    ("Hello Leon! Last time you meant to: ring the  college. How did it go?", "outbound-api", True),
    ("Hello Leon! Are you all right?", "outbound-api", False),
    ("Hello Leon! You meant to: ring the college.", "outbound-reply", False),
    ("", "outbound-api", True),
]


@pytest.mark.parametrize(("body", "shown", "direction", "is_it"), LISTED)
def test_it_is_known_by_its_words(body: str, shown: str, direction: str, is_it: bool) -> None:
    assert same(Outgoing(id=uuid.uuid4(), body=body, **TEXT), shown, direction) == is_it  # type: ignore[arg-type]


@pytest.mark.parametrize(("shown", "direction", "is_it"), FILLED_IN)
def test_a_template_is_known_by_what_was_filled_in(shown: str, direction: str, is_it: bool) -> None:
    """The provider lists the words it made of the template, which need not be ours; no answer to a webhook is one."""
    sent = Outgoing(id=uuid.uuid4(), body="Hi Leon, ring the college?", template=TEMPLATE, **TEXT)  # type: ignore[arg-type]
    assert same(sent, shown, direction) == is_it


def templated(world: World, person: uuid.UUID, step: str, **facts: Any) -> uuid.UUID:
    template = {"name": "weekly_check_in", "variables": {"1": "Leon", "2": step}}
    return lost(world, person, channel="whatsapp", address=PHONE, template=template, **facts)


@pytest.fixture
def on_whatsapp(world: World) -> World:
    """Leon, on WhatsApp alone, has not written for a day; what Meta approved is not quite what our file says."""
    [sid] = world.service.library.scheme("tyneside").template_ids("weekly_checkin").values()
    world.twilio.templates[sid] = "Hello {{1}}! It is the check-in from {{2}}. You meant to: {{3}}. How did it go?"
    leon = world.cast.person(channel="whatsapp")
    with world.service.database.write() as db:
        db.scalars(select(Address).where(Address.service_user_id == leon)).one().channel = "whatsapp"
    return world


def check_in(world: World, step: str) -> uuid.UUID:
    with world.service.database.read() as db:
        address = db.scalars(select(Address)).one()
    variables = {"name": "Leon", "practitioner": "Sam", "step": step}
    template = {"name": "weekly_checkin", "language": "en", "variables": variables}
    to = {"channel": "whatsapp", "address": address.address, "template": template}
    return world.cast.text(address.service_user_id, kind="staff", body=f"Hi Leon. And: {step}?", **to)


@pytest.mark.parametrize(("what", "sent"), [("swallow", 1), ("hang", 1)])
def test_a_template_that_left_is_found_and_one_that_did_not_is_sent_once_more(
    on_whatsapp: World, what: str, sent: int
) -> None:
    world = on_whatsapp
    check_in(world, "write a letter")
    deliver(world)
    row = check_in(world, "ring the college")
    world.twilio.plan.append(what)
    deliver(world)
    for _ in range(7):
        recover(world, minutes=1)
        deliver(world)
    assert [form["ContentVariables"].count("college") for form in world.twilio.ledger] == [0, sent]
    kept = world.cast.row(row)
    assert (kept.state, kept.provider_id) == ("accepted", world.twilio.ledger[1]["Sid"])


# ---------------------------------------------------------------- none is settled with another's


@pytest.mark.parametrize("left", [0, 1, 2])
def test_the_same_words_twice_to_one_person_are_two_texts(world: World, left: int) -> None:
    """Two rows, and nobody knows what became of either: as many as the provider has are settled, each by its own."""
    person = world.cast.person()
    rows = [lost(world, person, body="Hi Leon") for _ in range(2)]
    for number in range(left):
        taken(world, "Hi Leon", f"SM{number}")
    for _ in range(8):
        recover(world, minutes=1)
        deliver(world)
    kept = [world.cast.row(row) for row in rows]
    assert len({each.provider_id for each in kept} - {None}) == 2
    # What the provider has of them: found, or sent once more.
    assert len(world.twilio.records) == 2


def test_what_left_from_another_number_of_ours_is_another_text(world: World) -> None:
    """Two schemes may text one phone, in the same words."""
    person = world.cast.person()
    row, nobodys = lost(world, person, body="Hi Leon", sender=OURS), lost(world, person, body="Hi Kim", sender=None)
    for words in ("Hi Leon", "Hi Kim"):
        world.twilio.add(f"SM{words[3:]}", PHONE, "+447400999777", words, "outbound-api", "sent")
    recover(world, minutes=1)
    assert (world.cast.row(row).state, world.cast.row(nobodys).state) == ("unknown", "sent")
    taken(world, "Hi Leon", "SMours")
    recover(world, minutes=5)
    assert world.cast.row(row).provider_id == "SMours"


def test_a_text_that_waited_long_has_its_own_id(world: World) -> None:
    """A welcome may wait for two weeks: its id is taken all the same."""
    person = world.cast.person()
    waited = {"created_at": NOON - timedelta(days=10), "submitted_at": NOON, "state": "sent"}
    world.cast.text(person, body="Hi Leon", provider_id="SMwelcome", kind="welcome", **waited)
    taken(world, "Hi Leon", "SMwelcome")
    row = lost(world, person, body="Hi Leon")
    recover(world, minutes=1)
    assert world.cast.row(row).state == "unknown"


def test_found_in_the_very_moment_a_receipt_comes(world: World) -> None:
    """A receipt gave the id to another row after we had asked which are taken: we look again."""
    person = world.cast.person()
    row, other = lost(world, person, body="Hi Leon"), lost(world, person, body="Hi Leon")
    taken(world, "Hi Leon", "SM1")
    find = world.service.channel.find

    def slow(*given: Any, **more: Any) -> Any:
        found = find(*given, **more)
        world.cast.change(Message, other, provider_id="SM1", state="sent", due_at=None)
        return found

    world.service.channel.find = slow  # type: ignore[method-assign]
    recover(world, minutes=1)
    kept = world.cast.row(row)
    assert (kept.state, kept.provider_id) == ("unknown", None)


# ---------------------------------------------------------------- in bounded time


def test_a_list_that_hangs_does_not_stall_the_sweep(world: World) -> None:
    """Forty texts, and half a second of patience for each: a turn waits for one round of them, not for all."""
    for _ in range(40):
        lost(world, world.cast.person())
    world.twilio.list_hangs = True
    counts = recover(world, minutes=1)
    assert 0 < len(world.twilio.listed) <= world.service.channel.at_once
    assert counts["still unknown"] == len(world.twilio.listed)


def test_each_has_its_turn_though_the_list_hangs(world: World) -> None:
    rows = [lost(world, world.cast.person()) for _ in range(20)]
    world.twilio.list_hangs = True
    for _ in range(3):
        recover(world, minutes=1)
    looked_for = {query["To"][0] for query in world.twilio.listed}
    assert len(looked_for) == len(rows)


def test_a_text_for_somebodys_safety_is_looked_for_first(world: World) -> None:
    for _ in range(20):
        lost(world, world.cast.person())
    row = lost(world, world.cast.person(), kind="safety", looked_up=2)
    taken(world, world.cast.row(row).body, "SMsafe", to=world.cast.row(row).address)
    world.clock.move(minutes=1)
    assert outbox.recover(world.service, limit=1)["found"] == 1
    assert world.cast.row(row).provider_id == "SMsafe"


def test_one_that_cannot_be_settled_stops_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module("bot.outbox.recover")
    bad, good = lost(world, world.cast.person()), lost(world, world.cast.person())
    for row in (bad, good):
        taken(world, world.cast.row(row).body, f"SM{row.hex}", to=world.cast.row(row).address)
    record, numbers = module.record, count()

    def breaks(*given: Any, **more: Any) -> Any:
        if next(numbers) == 0:
            raise LookupError("a canary")
        return record(*given, **more)

    monkeypatch.setattr(module, "record", breaks)
    assert recover(world, minutes=1)["went wrong"] == 1
    assert sorted(world.cast.row(row).state for row in (bad, good)) == ["sent", "unknown"]
    recover(world, minutes=1)
    assert world.cast.states() == {"sent": 2}


def test_it_is_looked_for_by_to_after_one_minute_and_five(world: World) -> None:
    row = world.cast.text(world.cast.person())
    world.twilio.plan.append("500")
    deliver(world)
    looked = []
    for seconds in range(0, 420, 15):
        recover(world)
        if len(world.twilio.listed) > len(looked):
            looked.append(seconds)
        world.clock.move(seconds=15)
    assert looked == [60, 300]
    assert world.cast.row(row).state == "queued"

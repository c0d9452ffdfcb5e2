"""Code -> consequences, from the API's answer and from a callback: for the row, the person, those who look after
them, and the operator. A row a code; a colleague can correct it.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import notices
from bot.channels.codes import CODES
from bot.models import Address, ConsentEvent, Email, Flag, Message, Notice, ServiceUser, Suppression
from bot.sweep import sweep
from tests.delivery.people import NOON, SCHEME, World
from tests.delivery.sending import deliver, receipt

SMS, WHATSAPP = "+447700900001", "+447700900801"
TOMORROW = NOON + timedelta(days=1)
USUAL = NOON + timedelta(days=7)


@dataclass(frozen=True)
class Then:
    """What has followed. ``next`` is their next check-in; ``told`` the flags; ``operator`` what he is told."""

    state: str = "active"
    next: object = USUAL
    channel: str = "sms"
    told: tuple[str, ...] = ()
    operator: str = ""
    consent: tuple[str, ...] = ()
    suppressed: bool = False
    copies: tuple[str, ...] = ()  # what was written instead: channel, how
    marked: tuple[str, ...] = ()  # channels that do not reach them


TOMORROW_AGAIN = Then(next=TOMORROW)
CANT_REACH = Then("unreachable", None, told=("cant_reach",), marked=("sms",))
STOPPED = Then("opted_out", None, told=("opted_out",), consent=("opted_out",), suppressed=True)
OUR_SETTING = Then(next=TOMORROW, operator="setting")
OUR_ACCOUNT = Then(next=TOMORROW, operator="auth")
AGAIN = Then(copies=("sms again",))

# By SMS alone, when a callback tells it.
BY_SMS = {
    "21610": STOPPED,
    **dict.fromkeys(("21211", "21614", "30004", "30005", "30006"), CANT_REACH),
    **dict.fromkeys(("30003", "30008", "30036"), TOMORROW_AGAIN),
    **dict.fromkeys(("30001", "21611", "20429"), AGAIN),
    "30007": OUR_SETTING,
    **dict.fromkeys(("21408", "21606", "21612", "21617", "21620", "30018", "30019", "11200", "12100"), OUR_SETTING),
    **dict.fromkeys(("20003", "20404", "30002"), OUR_ACCOUNT),
    "12345": Then(next=TOMORROW, operator="new_code"),
    "": TOMORROW_AGAIN,
}
# On WhatsApp, and they have agreed to SMS as well.
WITH_SMS = {
    "63014": Then(next=TOMORROW, channel="sms", consent=("blocked",), marked=("whatsapp",)),
    "63003": Then(channel="sms", copies=("sms sms",), marked=("whatsapp",)),
    "63024": Then(channel="sms", copies=("sms sms",), marked=("whatsapp",)),
    "63049": Then(channel="whatsapp", copies=("sms sms",)),
    "63016": Then(channel="whatsapp", copies=("sms sms",), operator="template"),
    "63018": Then(channel="whatsapp", copies=("whatsapp again",)),
    "63007": Then(channel="whatsapp", next=TOMORROW, operator="setting"),
    "30003": Then(channel="whatsapp", next=TOMORROW),
}
# On WhatsApp, and by no other way.
ALONE = {
    "63014": Then("opted_out", None, "whatsapp", told=("opted_out",), consent=("blocked",), marked=("whatsapp",)),
    "63003": Then("unreachable", None, "whatsapp", told=("cant_reach",), marked=("whatsapp",)),
    "63024": Then("unreachable", None, "whatsapp", told=("cant_reach",), marked=("whatsapp",)),
    "63049": Then(channel="whatsapp", told=("cant_reach",)),
    "63016": Then(channel="whatsapp", told=("cant_reach",), operator="template"),
}
CASES = [
    *(("sms", code, then) for code, then in BY_SMS.items()),
    *(("both", code, then) for code, then in WITH_SMS.items()),
    *(("whatsapp", code, then) for code, then in ALONE.items()),
]


@pytest.fixture
def world(small_world: World) -> World:
    named = replace(small_world.service.settings, operator_email="operator@example.org")
    return replace(small_world, service=replace(small_world.service, settings=named))


def somebody(world: World, ways: str) -> uuid.UUID:
    channel = "sms" if ways == "sms" else "whatsapp"
    person = world.cast.person(channel=channel, next_check_in_at=USUAL, slot_weekday=1, slot_minute=12 * 60)
    with world.service.database.write() as db:
        mobile = db.scalars(select(Address).where(Address.service_user_id == person)).one()
        mobile.consented = ways != "whatsapp"
        if ways != "sms":
            open_until = NOON + timedelta(hours=5)
            facts = {"channel": "whatsapp", "address": WHATSAPP, "consented": True, "window_until": open_until}
            db.add(Address(scheme_id=SCHEME, service_user_id=person, **facts))
    return person


def text(world: World, person: uuid.UUID, ways: str, **facts: object) -> uuid.UUID:
    channel, address = ("sms", SMS) if ways == "sms" else ("whatsapp", WHATSAPP)
    given = {"kind": "check_in", "channel": channel, "address": address, **facts}
    return world.cast.text(person, **given)


def what_followed(world: World, person: uuid.UUID, row: uuid.UUID) -> Then:
    with world.service.database.read() as db:
        them = db.get_one(ServiceUser, person)
        others = db.scalars(select(Message).where(Message.id != row, Message.state != "failed"))
        addresses = db.scalars(select(Address).where(Address.unreachable_since.is_not(None)))
        return Then(
            them.state,
            them.next_check_in_at,
            them.channel,
            tuple(db.scalars(select(Flag.kind).where(Flag.closed_at.is_(None)))),
            ", ".join(db.scalars(select(Notice.kind))),
            tuple(db.scalars(select(ConsentEvent.what))),
            bool(db.scalars(select(Suppression.why)).all()),
            tuple(f"{each.channel} {(each.intention or '').rpartition(':')[2]}" for each in others),
            tuple(each.channel for each in addresses),
        )


@pytest.mark.parametrize(("ways", "code", "then"), CASES)
def test_by_callback(world: World, ways: str, code: str, then: Then) -> None:
    person = somebody(world, ways)
    row = text(world, person, ways, state="sent", sent_at=NOON, provider_id="SM1")
    receipt(world, row, "undelivered", code or None, "SM1")
    receipt(world, row, "failed", code or None, "SM1")
    assert what_followed(world, person, row) == then
    kept = world.cast.row(row)
    assert (kept.state, kept.error_code, kept.not_sent_reason) == ("undelivered", code or None, "refused")


# The provider says at once that it will not take it. What is ours to mend, and what is too fast, waits.
WAITS = {"30007", "20429", "21611", "30001", "63018"}


@pytest.mark.parametrize(("ways", "code", "then"), [case for case in CASES if case[1]])
def test_by_the_apis_answer(world: World, ways: str, code: str, then: Then) -> None:
    person = somebody(world, ways)
    row = text(world, person, ways)
    world.twilio.plan.append(code)
    deliver(world)
    kept = world.cast.row(row)
    if code in WAITS or then.operator in ("setting", "auth"):
        assert (kept.state, kept.error_code) == ("queued", code)
        assert what_followed(world, person, row) == Then(channel=then.channel, operator=then.operator)
    else:
        assert what_followed(world, person, row) == then
        assert (kept.state, kept.error_code, kept.not_sent_reason) == ("failed", code, "refused")


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_we_know_ends_somewhere(world: World, code: str) -> None:
    """No code is without consequence for a question: it is asked again or another way, or somebody is told."""
    person = somebody(world, "both" if code.startswith("63") else "sms")
    row = text(world, person, "both" if code.startswith("63") else "sms", state="sent", provider_id="SM1")
    receipt(world, row, "failed", code, "SM1")
    then = what_followed(world, person, row)
    assert then.copies or then.told or then.operator or then.next == TOMORROW


def test_a_template_is_used_where_the_window_was_over_after_all(world: World) -> None:
    person = somebody(world, "whatsapp")
    variables = {"name": "Leon", "practitioner": "Sam", "step": "ring the college"}
    template = {"name": "weekly_checkin", "language": "en", "variables": variables}
    row = text(world, person, "whatsapp", template=template)
    deliver(world)
    receipt(world, row, "failed", "63016")
    deliver(world)
    assert [("ContentSid" in form) for form in world.twilio.ledger] == [False, True]
    assert what_followed(world, person, row).told == ()


def test_no_copy_of_a_copy_leaves_once_the_first_has_arrived_after_all(world: World) -> None:
    """By template, then by SMS: the person would read the same words twice."""
    person = somebody(world, "both")
    variables = {"name": "Leon", "practitioner": "Sam", "step": "ring the college"}
    template = {"name": "weekly_checkin", "language": "en", "variables": variables}
    row = text(world, person, "both", template=template)
    other = world.cast.text(person, address=SMS, due_at=NOON + timedelta(days=1))
    deliver(world)
    receipt(world, row, "failed", "63016")
    deliver(world)
    by_template = world.twilio.ledger[-1]["StatusCallback"].rpartition("=")[2]
    receipt(world, uuid.UUID(by_template), "undelivered", "63049")
    assert world.cast.states() == {"failed": 1, "undelivered": 1, "queued": 2}
    receipt(world, row, "delivered")
    assert world.cast.states() == {"delivered": 1, "undelivered": 1, "cancelled": 1, "queued": 1}
    assert world.cast.row(other).state == "queued"


def test_what_the_provider_was_too_slow_for_is_sent_once_more_and_then_asked_the_next_day(world: World) -> None:
    person = somebody(world, "sms")
    row = text(world, person, "sms")
    deliver(world)
    receipt(world, row, "failed", "30001")
    assert deliver(world) == {}
    world.clock.move(minutes=5)
    assert deliver(world) == {"sent": 1}
    again = world.twilio.ledger[-1]["StatusCallback"].rpartition("=")[2]
    receipt(world, uuid.UUID(again), "failed", "30001")
    then = what_followed(world, person, row)
    assert (then.copies, then.next, then.told) == ((), TOMORROW, ())


@pytest.mark.parametrize("code", ["30003", "30005", "63003", "63014", "63016", "21606", "30007", "99999", "30001"])
def test_a_safety_text_is_told_of_whatever_the_code(world: World, code: str) -> None:
    """And it goes by SMS where it was WhatsApp that would not have it."""
    on_whatsapp = code.startswith("63")
    person = somebody(world, "both" if on_whatsapp else "sms")
    row = text(world, person, "both" if on_whatsapp else "sms", kind="safety", state="sent")
    receipt(world, row, "undelivered", code)
    with world.service.database.read() as db:
        flag = db.scalars(select(Flag).where(Flag.kind == "safety")).one()
    assert flag.evidence["details"]["answer_undelivered"]
    if on_whatsapp:
        assert what_followed(world, person, row).copies == ("sms sms",)


def test_a_text_that_a_practitioner_wrote_and_that_did_not_arrive_is_told(world: World) -> None:
    person = somebody(world, "sms")
    receipt(world, text(world, person, "sms", kind="staff", state="sent"), "undelivered", "30003")
    with world.service.database.read() as db:
        flag = db.scalars(select(Flag)).one()
    assert (flag.kind, flag.evidence["why"]) == ("cant_reach", "a text that a practitioner wrote was not delivered")
    assert what_followed(world, person, uuid.uuid4()).state == "active"


def test_who_has_gone_stays_gone(world: World) -> None:
    for state in ("opted_out", "closed"):
        person = somebody(world, "sms") if state == "opted_out" else world.cast.person()
        world.cast.change(ServiceUser, person, state=state, next_check_in_at=None)
        receipt(world, world.cast.text(person, state="sent", kind="check_in"), "undelivered", "30005")
        with world.service.database.read() as db:
            assert db.get_one(ServiceUser, person).state == state
            assert db.scalars(select(Flag)).all() == []


def test_the_operator_reads_the_codes_and_nothing_of_anybody(world: World) -> None:
    for code in ("21606", "21606", "21408"):
        person = world.cast.person()
        receipt(world, world.cast.text(person, state="sent", body="a canary"), "failed", code)
    world.clock.move(minutes=6)
    sweep(world.service)
    with world.service.database.read() as db:
        [mail] = db.scalars(select(Email).where(Email.kind == notices.MAIL))
    assert "So far:  3 texts were refused" in mail.body
    assert "21606, 2 times: the number we send from is not ours" in mail.body
    assert not any(word in mail.body + mail.subject for word in ("canary", "Leon", "+4477", "Sam"))

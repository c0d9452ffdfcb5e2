"""Texts that nobody delivered to us: fetched from the provider's list, in order, each once, whatever it is in them."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot import door
from bot.channels import Inbound
from bot.channels.twilio import TwilioChannel
from bot.models import CheckIn, ConsentEvent, Email, Flag, Heartbeat, Message, Notice, ServiceUser
from bot.outbox import Counts
from bot.reconcile import INBOUND_LIST, reconcile
from bot.settings import Sender
from bot.sweep import sweep
from tests.delivery.people import NOON, SCHEME, World

OURS = "+447400999000"


@pytest.fixture
def world(small_world: World) -> World:
    """The list has just been read, and an operator is there to be told."""
    settings = replace(small_world.service.settings, operator_email="operator@example.org")
    world = replace(small_world, service=replace(small_world.service, settings=settings))
    reconcile(world.service)
    return world


def wrote(world: World, body: str, number: int = 1, sid: str = "", to: str = OURS, **record: Any) -> str:
    """A text comes in, and its webhook does not."""
    sid = sid or f"SM{uuid.uuid4().hex}"
    world.twilio.add(sid, to, f"+447700900{number:03}", body, "inbound", "received").update(record)
    return sid


def brought(world: World, body: str, number: int = 1) -> None:
    """A text comes in by its webhook."""
    sid = f"SM{uuid.uuid4().hex}"
    place = {"channel": "sms", "address": f"+447700900{number:03}", "sender": OURS}
    door.take(world.service, SCHEME, Inbound(provider_id=sid, body=body, **place))
    wrote(world, body, number, sid)


def fetch(world: World, **later: float) -> Counts:
    world.clock.move(**later)
    return reconcile(world.service)


def them(world: World, person: uuid.UUID) -> ServiceUser:
    with world.service.database.read() as db:
        return db.get_one(ServiceUser, person)


def rows(world: World, table: Any, *where: Any) -> list[Any]:
    with world.service.database.read() as db:
        return list(db.scalars(select(table).where(*where)))


def texts(world: World) -> list[str]:
    found = rows(world, Message, Message.direction == "in")
    return [each.provider_id for each in sorted(found, key=lambda row: (row.sent_at, row.created_at))]


def read_at(world: World) -> datetime | None:
    with world.service.database.read() as db:
        row = db.get(Heartbeat, INBOUND_LIST)
        return row.at if row else None


# ---------------------------------------------------------------- long lists


def test_a_long_list_is_read_page_by_page_and_no_further_than_needed(world: World) -> None:
    for number in range(9):
        wrote(world, f"old {number}", 100 + number)
    world.clock.move(hours=3)
    reconcile(world.service)
    sids = []
    for number in range(7):
        world.clock.move(seconds=1)
        sids.append(wrote(world, f"text {number}", number))
    world.twilio.most_a_page = 3
    world.twilio.listed.clear()
    assert fetch(world, minutes=4)["late texts"] == 7
    # Seven in three pages; the third is older than asked for, and ends it.
    assert len(world.twilio.listed) == 3
    assert texts(world)[-7:] == sids


def test_every_number_of_ours_has_its_own_list_and_all_are_taken_in_order(world: World) -> None:
    person = world.cast.person()
    senders = (Sender(SCHEME, "sms", OURS), Sender(SCHEME, "whatsapp", OURS))
    settings = replace(world.service.settings, senders=senders)
    service = replace(world.service, settings=settings, channel=TwilioChannel(settings))
    bodies = []
    for turn in range(6):
        on = "whatsapp:" if turn % 2 else ""
        world.clock.move(seconds=2)
        body = f"text {turn}"
        world.twilio.add(f"SM{turn}", f"{on}{OURS}", f"{on}+447700900001", body, "inbound", "received")
        bodies.append(body)
    world.clock.move(minutes=4)
    reconcile(service)
    kept = sorted(rows(world, Message, Message.direction == "in"), key=lambda row: row.sent_at)
    assert [row.body for row in kept] == bodies
    assert {(row.channel, row.service_user_id) for row in kept} == {("sms", person), ("whatsapp", person)}


def test_after_an_outage_of_hours_a_day_is_looked_back_on_and_each_is_taken_once(world: World) -> None:
    world.cast.person()
    first = wrote(world, "MY STEP")
    world.clock.move(hours=9)
    second = wrote(world, "WINS")
    assert fetch(world, hours=9)["late texts"] == 2
    assert texts(world) == [first, second]
    for _ in range(3):
        assert fetch(world, minutes=4)["late texts"] == 0


def test_pictures_and_whatsapp_ids_come_along(world: World) -> None:
    senders = (Sender(SCHEME, "whatsapp", OURS),)
    settings = replace(world.service.settings, senders=senders)
    service = replace(world.service, settings=settings, channel=TwilioChannel(settings))
    record = world.twilio.add("SMpic", f"whatsapp:{OURS}", "whatsapp:GB.1234", "", "inbound", "received")
    record["num_media"] = "2"
    world.clock.move(minutes=4)
    assert reconcile(service)["late texts"] == 1
    [kept] = rows(world, Message, Message.direction == "in")
    assert (kept.channel, kept.address, kept.media, kept.body) == ("whatsapp", "GB.1234", 2, "")


# ---------------------------------------------------------------- late, and what it still means


def asked_meanwhile(world: World) -> uuid.UUID:
    """Somebody who writes while we are away, and is asked a question before their text is fetched."""
    return world.cast.person(next_check_in_at=NOON + timedelta(minutes=5), slot_weekday=1, slot_minute=725)


def test_a_text_older_than_the_question_is_kept_and_shown_and_not_run(world: World) -> None:
    person = asked_meanwhile(world)
    wrote(world, "7")
    world.twilio.readable = False
    world.clock.move(minutes=5)
    sweep(world.service)
    world.twilio.readable = True
    assert fetch(world, minutes=4)["late texts"] == 1
    [flag] = rows(world, Flag)
    assert (flag.kind, flag.service_user_id) == ("message", person)
    [open_one] = rows(world, CheckIn, CheckIn.ended_at.is_(None))
    assert open_one.answered_at is None


def test_a_crisis_is_answered_however_late_and_the_alert_says_when_it_was_written(world: World) -> None:
    asked_meanwhile(world)
    wrote(world, "i want to kill myself")
    world.twilio.readable = False
    world.clock.move(minutes=5)
    sweep(world.service)
    world.twilio.readable = True
    world.clock.move(hours=2)
    sweep(world.service)
    assert "116 123" in world.twilio.bodies()[-1]
    [flag] = rows(world, Flag, Flag.kind == "safety")
    assert "reached us late" in flag.evidence["why"]
    mails = rows(world, Email, Email.kind == "alert")
    assert mails
    assert all("It was written Tue 2 Jun 12:00, and reached us 2 hours later." in mail.body for mail in mails)


def test_a_stop_is_obeyed_however_late(world: World) -> None:
    person = asked_meanwhile(world)
    wrote(world, "STOP")
    world.twilio.readable = False
    world.clock.move(minutes=5)
    sweep(world.service)
    brought(world, "7")
    world.twilio.readable = True
    fetch(world, minutes=4)
    assert them(world, person).state == "opted_out"


def test_a_stop_that_they_have_undone_since_is_over(world: World) -> None:
    """STOP was missed, START was not: the last word is theirs, in the order in which they wrote."""
    person = world.cast.person()
    brought(world, "STOP")
    world.clock.move(minutes=1)
    wrote(world, "please stop texting me")
    world.clock.move(minutes=1)
    brought(world, "START")
    assert them(world, person).state == "active"
    fetch(world, minutes=4)
    assert them(world, person).state == "active"
    assert len(rows(world, Message, Message.direction == "in")) == 3


def test_a_start_from_before_the_stop_starts_nothing(world: World) -> None:
    person = world.cast.person()
    brought(world, "STOP")
    world.clock.move(minutes=1)
    wrote(world, "START")
    world.clock.move(minutes=1)
    brought(world, "stop")
    brought(world, "take me off this list")
    fetch(world, minutes=4)
    assert them(world, person).state == "opted_out"


@pytest.mark.parametrize(("words", "state"), [(("STOP", "START"), "active"), (("STOP", "START", "STOP"), "opted_out")])
def test_both_fetched_late_the_order_they_were_written_in_decides(
    world: World, words: tuple[str, ...], state: str
) -> None:
    person = world.cast.person()
    for word in words:
        world.clock.move(minutes=10)
        wrote(world, word)
    fetch(world, hours=5)
    assert them(world, person).state == state
    said = rows(world, ConsentEvent, ConsentEvent.service_user_id == person)
    # When they said it, and when we heard.
    assert all(each.at < each.recorded_at == world.clock.at for each in said)


def test_a_number_nobody_knows_is_answered_and_kept_in_the_tray(world: World) -> None:
    wrote(world, "hello is this the job club", 555)
    world.clock.move(minutes=4)
    sweep(world.service)
    [kept] = rows(world, Message, Message.direction == "in")
    assert (kept.state, kept.service_user_id) == ("unclaimed", None)
    assert [form["To"] for form in world.twilio.ledger] == ["+447700900555"]


# ---------------------------------------------------------------- what goes wrong


def test_a_number_that_has_left_senders_is_read_no_more_and_breaks_nothing(world: World) -> None:
    wrote(world, "hello", to="+447400999111")
    assert fetch(world, minutes=4)["late texts"] == 0
    listed = world.service.channel.inbound_since
    lost = Inbound(provider_id="SMx", channel="sms", address="+447700900001", sender="+447400999111", body="hi")
    world.service.channel.inbound_since = lambda since: [lost, *listed(since)]  # type: ignore[method-assign]
    world.cast.person()
    wrote(world, "MY STEP")
    assert fetch(world, minutes=4)["late texts"] == 1
    assert read_at(world) == world.clock.at


def cannot_be_kept(world: World, monkeypatch: pytest.MonkeyPatch, sid: str) -> None:
    """A text that the database will not have, for whatever reason."""
    take = door.take

    def refuses(service: Any, scheme_id: str, inbound: Inbound) -> Any:
        if inbound.provider_id == sid:
            raise LookupError("a canary")
        return take(service, scheme_id, inbound)

    monkeypatch.setattr(door, "take", refuses)


def test_a_text_that_cannot_be_kept_stops_no_other_and_not_the_look_at_silences_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For an hour it might be everything that fails; after that it is this text, and it is remembered."""
    world.cast.person()
    bad = wrote(world, "hello")
    good = wrote(world, "MY STEP")
    cannot_be_kept(world, monkeypatch, bad)
    began = world.clock.at
    counts = fetch(world, minutes=4)
    assert (counts["late texts"], counts["late texts put off"]) == (1, 1)
    assert texts(world) == [good]
    assert read_at(world) == began
    for _ in range(20):
        fetch(world, minutes=4)
    assert read_at(world) is not None
    assert world.clock.at - (read_at(world) or began) < timedelta(hours=1)
    assert [row.kind for row in rows(world, Notice)] == ["late_text"]
    # It is asked for again and again, also when it is older than what is looked back on otherwise.
    monkeypatch.undo()
    fetch(world, days=2)
    assert bad in texts(world)
    listed = len(world.twilio.listed)
    fetch(world, minutes=4)
    assert len(world.twilio.listed) == listed + 1


def test_one_that_fails_for_a_week_is_left_to_people(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    cannot_be_kept(world, monkeypatch, wrote(world, "hello"))
    for _ in range(8):
        fetch(world, days=1)
    monkeypatch.undo()
    assert fetch(world, minutes=4)["late texts"] == 0


def test_a_list_unreadable_for_an_hour_is_told_once_with_the_reason(world: World) -> None:
    world.twilio.readable = False
    for _ in range(14):
        fetch(world, minutes=4)
    assert rows(world, Notice) == []
    for _ in range(6):
        fetch(world, minutes=4)
    assert [(row.kind, row.scope, row.detail, row.count) for row in rows(world, Notice)] == [
        ("inbound_list", "*", "500", 1)
    ]
    sweep(world.service)
    [mail] = rows(world, Email)
    assert mail.subject == "Stepalong: the list of what people wrote cannot be read"


def test_refused_credentials_are_told_at_once(world: World) -> None:
    world.twilio.tokens = frozenset({"another"})
    fetch(world, minutes=4)
    assert [(row.kind, row.detail) for row in rows(world, Notice)] == [("auth", "20003")]


def test_a_list_that_hangs_is_asked_again_in_a_minute_and_not_at_every_turn(world: World) -> None:
    world.twilio.list_hangs = True
    world.clock.move(minutes=4)
    world.twilio.listed.clear()
    for _ in range(4):
        fetch(world, seconds=15)
    assert len(world.twilio.listed) == 1
    fetch(world, seconds=15)
    assert len(world.twilio.listed) == 2


def test_a_kept_text_that_has_failed_for_days_does_not_break_the_sweep(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five to the power of three hundred minutes is no time that there is."""
    row = uuid.uuid4()
    with world.service.database.write() as db:
        place = {"channel": "sms", "address": "+447700900001", "sender": OURS, "provider_id": "SMkept"}
        facts = {"direction": "in", "kind": "text", "body": "hi", "state": "unhandled", "attempts": 300}
        now = world.clock.now()
        db.add(Message(id=row, scheme_id=SCHEME, created_at=now - timedelta(days=6), due_at=now, **place, **facts))

    def fails(*_: Any) -> None:
        raise LookupError("a canary")

    monkeypatch.setattr(door.receiving, "handle", fails)
    assert door.try_again(world.service)["kept texts put off"] == 1
    assert world.cast.row(row).due_at == world.clock.at + timedelta(minutes=30)

"""Texts of which no receipt ever says what became of them: the provider is asked, and nobody's silence goes unseen."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot import checkins, duties, jobs, outbox, silence, sweep
from bot.models import CheckIn, Flag, Message, ServiceUser
from tests.delivery.people import NOON, World
from tests.delivery.sending import deliver, receipt

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOTE = "sent; the network gave no receipt"


@pytest.fixture
def world(small_world: World) -> World:
    return small_world


def asked(world: World, person: uuid.UUID, **facts: Any) -> uuid.UUID:
    """A check-in that the provider has taken."""
    row = world.cast.text(person, kind="check_in", **facts)
    deliver(world)
    assert world.cast.row(row).state == "accepted"
    return row


def confirm(world: World, **after: float) -> dict[str, int]:
    world.clock.move(**after)
    return dict(outbox.confirm(world.service))


def them(world: World, person: uuid.UUID) -> ServiceUser:
    with world.service.database.read() as db:
        return db.get_one(ServiceUser, person)


def says(world: World, status: str, code: int | None = None) -> None:
    for record in world.twilio.records:
        record |= {"status": status, "error_code": code}


def test_it_is_asked_after_once_an_hour_has_gone_by_and_not_before(world: World) -> None:
    row = asked(world, world.cast.person())
    assert confirm(world, minutes=59) == {}
    assert world.twilio.fetched == []
    says(world, "delivered")
    assert confirm(world, minutes=1) == {"receipts fetched": 1}
    assert world.cast.row(row).state == "delivered"
    assert world.twilio.fetched == [world.cast.row(row).provider_id]
    assert confirm(world, days=3) == {}


@pytest.mark.parametrize("status", ["delivered", "read"])
def test_what_is_found_to_have_arrived_begins_the_silence(world: World, status: str) -> None:
    person = world.cast.person()
    asked(world, person)
    says(world, status)
    confirm(world, hours=1)
    assert them(world, person).silent_since == NOON + HOUR


@pytest.mark.parametrize("status", ["failed", "undelivered"])
def test_what_is_found_not_to_have_arrived_is_a_receipt_like_any_other(world: World, status: str) -> None:
    person = world.cast.person()
    row = asked(world, person)
    says(world, status, 30005)
    assert confirm(world, hours=1) == {"receipts fetched": 1}
    kept = world.cast.row(row)
    assert (kept.state, kept.error_code) == (status, "30005")
    assert them(world, person).state == "unreachable"
    assert confirm(world, days=3) == {}


@pytest.mark.parametrize("status", ["queued", "sending", "sent"])
def test_what_is_on_its_way_for_a_day_counts_as_arrived(world: World, status: str) -> None:
    person = world.cast.person()
    row = asked(world, person)
    says(world, status)
    assert confirm(world, hours=1) == {"still without a receipt": 1}
    assert confirm(world, hours=22) == {}
    assert them(world, person).silent_since is None
    assert confirm(world, hours=1) == {"taken as arrived": 1}
    assert them(world, person).silent_since == NOON + DAY
    kept = world.cast.row(row)
    assert (kept.state, kept.delivered_at) == ("sent" if status == "sent" else "accepted", None)
    assert confirm(world, days=3) == {}
    assert len(world.twilio.fetched) == 2


def test_a_carrier_that_only_ever_says_sent(world: World) -> None:
    person = world.cast.person()
    row = asked(world, person)
    receipt(world, row, "sent")
    says(world, "sent")
    assert confirm(world, hours=1) == {"still without a receipt": 1}
    assert confirm(world, days=1) == {"taken as arrived": 1}
    assert them(world, person).silent_since is not None


def test_who_has_written_since_is_not_silent(world: World) -> None:
    person = world.cast.person()
    asked(world, person)
    world.cast.change(ServiceUser, person, last_inbound_at=NOON + HOUR)
    confirm(world, days=1)
    assert them(world, person).silent_since is None


def test_twelve_silent_days_are_told_of_and_the_evidence_says_what_is_known(world: World) -> None:
    person = world.cast.person()
    asked(world, person)
    confirm(world, days=1)
    now = world.clock.move(days=12, minutes=1)
    with world.service.database.write() as db:
        duties.beat(db, silence.INBOUND_LIST, now)
    with world.service.database.write() as db:
        silence.look(db, world.service.library, person, now)
    with world.service.database.read() as db:
        flag = db.scalars(select(Flag)).one()
    prompt = flag.evidence["prompts"][0]
    assert (flag.kind, prompt["delivered"], prompt["note"]) == ("quiet", None, NOTE)


@pytest.mark.parametrize("status", ["failed", "undelivered"])
def test_a_receipt_that_comes_yet_corrects_it(world: World, status: str) -> None:
    person, now = world.cast.person(), world.clock.now()
    with world.service.database.write() as db:
        checkins.begin_flow(
            db, world.service.library, db.get_one(ServiceUser, person), "weekly_check_in", now, "check_in"
        )
    with world.service.database.read() as db:
        row = db.scalars(select(Message.id)).one()
    deliver(world)
    confirm(world, days=1)
    assert them(world, person).quiet_at
    receipt(world, row, status, "30003", world.cast.row(row).provider_id or "")
    them_now = them(world, person)
    assert (them_now.silent_since, them_now.quiet_at, them_now.undelivered) == (None, None, 1)
    assert world.cast.row(row).no_receipt_at is None
    with world.service.database.read() as db:
        assert db.scalars(select(CheckIn)).one().delivered_at is None


def test_delivered_at_last_changes_nothing_but_the_row(world: World) -> None:
    person = world.cast.person()
    row = asked(world, person)
    confirm(world, days=1)
    since = them(world, person).silent_since
    world.clock.move(days=2)
    receipt(world, row, "delivered")
    assert (world.cast.row(row).state, them(world, person).silent_since) == ("delivered", since)


def test_one_that_cannot_be_read_stops_the_turn_and_is_asked_after_again(world: World) -> None:
    rows = [world.cast.text(world.cast.person(), kind="check_in") for _ in range(world.service.channel.at_once + 3)]
    deliver(world)
    says(world, "delivered")
    world.twilio.readable = False
    assert confirm(world, hours=1) == {"receipts not readable": world.service.channel.at_once}
    world.twilio.readable = True
    assert confirm(world) == {"receipts fetched": 3}
    assert confirm(world, hours=1) == {"receipts fetched": len(rows) - 3}
    assert len(world.twilio.fetched) == len(set(world.twilio.fetched)) == len(rows)


def test_nothing_is_concluded_from_one_that_the_provider_does_not_have(world: World) -> None:
    person = world.cast.person()
    asked(world, person)
    world.twilio.records.clear()
    assert confirm(world, days=1) == {"receipts not there": 1}
    assert them(world, person).silent_since is None
    assert confirm(world, days=3) == {}


def test_a_receipt_that_comes_while_the_provider_is_asked_wins(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    row = asked(world, world.cast.person())
    fetch = type(world.service.channel).fetch

    def meanwhile(channel: Any, provider_id: str) -> Any:
        receipt(world, row, "delivered")
        return fetch(channel, provider_id)

    monkeypatch.setattr(type(world.service.channel), "fetch", meanwhile)
    assert confirm(world, days=1) == {}
    assert (world.cast.row(row).state, world.cast.row(row).no_receipt_at) == ("delivered", None)


def test_an_answer_to_a_webhook_has_its_own_rule(world: World) -> None:
    row = world.cast.text(world.cast.person(), kind="reply", via="twiml", state="submitting", submitted_at=NOON)
    receipt(world, row, "sent", None, "SM1")
    assert confirm(world, days=2) == {}


def test_both_a_sweep_and_a_job_ask(world: World) -> None:
    for ask in (sweep.sweep, lambda service: jobs._WORK[jobs.LEFT_BEHIND](service, [])):
        row = asked(world, world.cast.person(), now=world.clock.now())
        says(world, "delivered")
        world.clock.move(hours=1)
        assert ask(world.service)["receipts fetched"] == 1
        assert world.cast.row(row).state == "delivered"

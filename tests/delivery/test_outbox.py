"""Rows in, texts out: each is sent once, and says what became of it. The provider's ledger is the judge."""

import threading
import uuid
from datetime import timedelta
from itertools import permutations

import pytest

from bot import outbox
from bot.models import ServiceUser
from tests.delivery.people import NOON, World
from tests.delivery.sending import deliver, receipt


def test_a_text_leaves_once_with_its_callback(world: World) -> None:
    row = world.cast.text(world.cast.person())
    assert deliver(world) == {"sent": 1}
    assert deliver(world) == {}
    [sent] = world.twilio.ledger
    assert sent["From"] == "+447400999000"
    assert sent["StatusCallback"].endswith(f"/twilio/status?message={row}")
    # Until eight in the evening, in London.
    assert sent["ValidityPeriod"] == str(8 * 3600)
    kept = world.cast.row(row)
    assert (kept.state, kept.provider_id, kept.sent_at) == ("accepted", sent["Sid"], NOON)


def test_twenty_threads_send_it_once(world: World) -> None:
    rows = [world.cast.text(world.cast.person()) for _ in range(3)]
    threads = [threading.Thread(target=deliver, args=(world,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(world.twilio.ledger) == len(rows)
    assert world.cast.states() == {"accepted": 3}


def test_receipts_in_any_order_end_the_same(small_world: World) -> None:
    """All orders of five receipts, each order twice over."""
    world = small_world
    person = world.cast.person()
    for number, order in enumerate(permutations(("queued", "sent", "delivered", "undelivered", "read"))):
        row = world.cast.text(person, state="submitting", via="twiml")
        with world.service.database.write() as db:
            for status in (*order, *order):
                code = "30003" if status == "undelivered" else None
                facts = {"provider_id": f"SM{number}", "status": status, "error_code": code, "now": NOON}
                outbox.status(db, world.service.library, message_id=row, **facts)  # type: ignore[arg-type]
        kept = world.cast.row(row)
        assert (kept.state, kept.provider_id, kept.error_code, kept.due_at) == ("read", f"SM{number}", None, None)
        assert kept.delivered_at == NOON


def test_a_receipt_for_nothing_we_know_is_harmless(small_world: World) -> None:
    assert not receipt(small_world, uuid.uuid4(), "delivered")
    row = small_world.cast.text(small_world.cast.person())
    assert not receipt(small_world, row, "a word of next year")


def test_late_delivered_corrects_failed(small_world: World) -> None:
    row = small_world.cast.text(small_world.cast.person(), state="unknown")
    receipt(small_world, row, "failed", "30008")
    assert receipt(small_world, row, "delivered")
    assert small_world.cast.row(row).not_sent_reason is None


def test_refused_for_now_is_tried_after_1_5_and_25_minutes(small_world: World) -> None:
    world = small_world
    row = world.cast.text(world.cast.person())
    world.twilio.plan += ["429"] * 4
    waits = []
    for _ in range(3):
        assert deliver(world) == {"to be tried again": 1}
        due = world.cast.row(row).due_at
        assert due is not None
        waits.append(due - world.clock.at)
        world.clock.at = due
    assert waits == [timedelta(minutes=minutes) for minutes in (1, 5, 25)]
    assert deliver(world) == {"failed": 1}
    kept = world.cast.row(row)
    assert (kept.state, kept.not_sent_reason, kept.error_code) == ("failed", "gave_up", "429")
    assert world.twilio.ledger == []


def test_a_retry_waits_for_the_morning(small_world: World) -> None:
    world = small_world
    world.clock.at = NOON.replace(hour=18, minute=58)  # two minutes to eight in London
    row = world.cast.text(world.cast.person(), now=world.clock.at)
    world.twilio.plan += ["429", "429"]
    deliver(world)
    world.clock.move(minutes=1)
    deliver(world)
    world.clock.move(minutes=5)
    assert deliver(world) == {"waiting": 1}
    kept = world.cast.row(row)
    assert (kept.state, kept.not_sent_reason) == ("queued", "quiet_hours")
    assert kept.due_at == NOON.replace(hour=8) + timedelta(days=1)


def test_a_retry_never_follows_a_reply(small_world: World) -> None:
    world = small_world
    person = world.cast.person()
    row = world.cast.text(person)
    world.twilio.plan.append("429")
    deliver(world)
    world.cast.change(ServiceUser, person, last_inbound_at=world.clock.move(minutes=1))
    assert deliver(world) == {"not sent": 1}
    kept = world.cast.row(row)
    assert (kept.state, kept.not_sent_reason) == ("cancelled", "replied")


def test_nobody_is_there(small_world: World) -> None:
    """A connection that was never made: nothing can have been taken, so it is simply tried again."""
    world = small_world
    row = world.cast.text(world.cast.person())
    channel = world.service.channel
    channel._client.http_client._base = channel._client.http_client._base._replace(netloc="127.0.0.1:1")  # type: ignore[attr-defined]
    assert deliver(world) == {"to be tried again": 1}
    assert world.cast.row(row).error_code == "connection"


UNCLEAR = ["500", "cut", "hang", "swallow"]


@pytest.mark.parametrize("what", UNCLEAR)
def test_an_unknown_send_is_looked_up_before_anything_is_sent_again(small_world: World, what: str) -> None:
    world = small_world
    row = world.cast.text(world.cast.person())
    world.twilio.plan.append(what)
    assert deliver(world) == {"unknown": 1}
    taken = len(world.twilio.ledger)
    for minutes in (0.5, 0.6, 1, 2, 3):
        world.clock.move(minutes=minutes)
        outbox.recover(world.service)
        deliver(world)
    kept = world.cast.row(row)
    assert kept.state == "accepted"
    # Found where it had been taken; sent once more where the provider's own list knew nothing of it.
    assert len(world.twilio.ledger) == 1
    assert kept.looked_up == (0 if taken else 2)


def test_a_list_that_cannot_be_read_leaves_it_unknown_for_a_day(small_world: World) -> None:
    world = small_world
    row = world.cast.text(world.cast.person())
    world.twilio.plan.append("500")
    world.twilio.readable = False
    deliver(world)
    for _ in range(23):
        world.clock.move(hours=1)
        outbox.recover(world.service)
        assert deliver(world) == {}
    assert world.cast.row(row).state == "unknown"
    world.clock.move(hours=2)
    outbox.recover(world.service)
    kept = world.cast.row(row)
    assert (kept.state, kept.not_sent_reason) == ("failed", "unknown")
    assert receipt(world, row, "delivered")


def test_never_more_than_once_more(small_world: World) -> None:
    world = small_world
    row = world.cast.text(world.cast.person())
    world.twilio.plan += ["500"] * 9
    for _ in range(60):
        deliver(world)
        world.clock.move(minutes=1)
        outbox.recover(world.service)
    kept = world.cast.row(row)
    assert (kept.state, kept.not_sent_reason, kept.attempts) == ("failed", "unknown", 2)


def test_a_safety_text_is_sent_again_at_once_and_a_person_told(small_world: World) -> None:
    from bot.models import Flag

    world = small_world
    row = world.cast.text(world.cast.person(), kind="safety")
    world.twilio.plan.append("500")
    assert deliver(world) == {"unknown": 1, "sent": 1}
    assert world.cast.row(row).state == "accepted"
    with world.service.database.read() as db:
        [flag] = db.query(Flag)
        assert (flag.kind, flag.loud) == ("safety", True)


def test_the_same_words_to_the_same_phone_are_told_apart(small_world: World) -> None:
    """The id of another row of ours is not what we look for."""
    world = small_world
    person = world.cast.person()
    world.cast.text(person, kind="staff", body="Hi Leon")
    deliver(world)
    lost = world.cast.text(person, kind="staff", body="Hi Leon")
    world.twilio.plan.append("500")
    deliver(world)
    for _ in range(7):
        world.clock.move(minutes=1)
        outbox.recover(world.service)
        deliver(world)
    assert world.cast.row(lost).looked_up == 2
    assert world.twilio.bodies() == ["Hi Leon"] * 2


def test_killed_before_it_was_handed_over(world: World) -> None:
    row = world.cast.text(
        world.cast.person(),
        state="claimed",
        due_at=NOON + timedelta(seconds=60),
        claimed_until=NOON + timedelta(seconds=60),
    )
    assert outbox.recover(world.service)["claims taken back"] == 0
    world.clock.move(seconds=61)
    assert outbox.recover(world.service)["claims taken back"] == 1
    assert deliver(world) == {"sent": 1}
    assert world.cast.row(row).state == "accepted"


@pytest.mark.parametrize("taken", [True, False])
def test_killed_while_it_was_handed_over(world: World, taken: bool) -> None:
    row = world.cast.text(
        world.cast.person(), state="submitting", submitted_at=NOON, due_at=NOON + timedelta(seconds=60), attempts=1
    )
    body = world.cast.row(row).body
    if taken:
        world.twilio.take({"To": "+447700900001", "Body": body})
    for seconds in (30, 31, 60, 60, 60, 60, 60, 60):
        world.clock.move(seconds=seconds)
        outbox.recover(world.service)
        deliver(world)
    assert world.twilio.bodies() == [body]
    assert world.cast.row(row).state == "accepted"

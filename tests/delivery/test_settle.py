"""Answers written down in groups: the same as one by one, whatever has overtaken them."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import inspect, text

from bot import outbox
from bot.channels import Fault, Outcome, Outgoing, Refused, Sent, Unknown
from bot.models import Message, ServiceUser
from bot.outbox.accepted import accept
from bot.outbox.candidates import lock_owner
from bot.outbox.claim import claim, submit
from bot.outbox.receipts import record
from bot.outbox.settle import settle
from tests.delivery.people import NOON, HandClock, World
from tests.delivery.sending import deliver, receipt

LATER = NOON + timedelta(seconds=3)


def columns(row: Any, *besides: str) -> dict[str, Any]:
    names = {column.key for column in inspect(type(row)).columns}
    return {name: getattr(row, name) for name in names - {"id", "address", "service_user_id", "intention", *besides}}


HANDED_OVER = [
    {"kind": "nudge"},
    {"kind": "check_in", "attempts": 3, "error_code": "429", "not_sent_reason": "slowed"},
    {"kind": "staff", "counted_at": NOON},
    {"kind": "safety", "looked_up": 2},
    {"kind": "reply", "via": "rest"},
]


@pytest.mark.parametrize("facts", HANDED_OVER)
@pytest.mark.parametrize("somebody", [True, False])
def test_many_at_once_is_the_same_as_one(world: World, facts: dict[str, Any], somebody: bool) -> None:
    """Every column of the text and of its person, as a receipt that says the same would leave it."""
    facts = {"state": "submitting", "submitted_at": NOON, "claimed_until": LATER, "body": "Hi Leon.", **facts}
    people = [world.cast.person() if somebody else None for _ in range(2)]
    one, many = (world.cast.text(person, **facts) for person in people)
    with world.service.database.write() as db:
        outbox.record(db, world.service.library, one, "accepted", LATER, provider_id="SM1")
    with world.service.database.write() as db:
        assert accept(db, {many: "SM2"}, LATER) == {many}
    assert columns(world.cast.row(many), "provider_id") == columns(world.cast.row(one), "provider_id")
    assert [world.cast.row(row).provider_id for row in (one, many)] == ["SM1", "SM2"]
    if somebody:
        with world.service.database.read() as db:
            first, second = (db.get_one(ServiceUser, person) for person in people)
            assert columns(second) == columns(first)


OVERTAKEN = [("sent", "sent", None), ("delivered", "delivered", None), ("undelivered", "undelivered", "30005")]


@pytest.mark.parametrize(("status", "state", "code"), OVERTAKEN)
def test_a_receipt_that_came_before_the_answer_stands(world: World, status: str, state: str, code: str | None) -> None:
    overtaken, plain = (handed_over(world) for _ in range(2))
    receipt(world, overtaken.id, status, code, sid="SM1")
    counts = outbox.Counts()
    answers = [(overtaken, Sent("SM1")), (plain, Sent("SM2"))]
    settle(world.service, answers, lambda: 0.0, counts)
    assert counts == {"sent": 2}
    kept = world.cast.row(overtaken.id)
    assert (kept.state, kept.provider_id, kept.error_code) == (state, "SM1", code)
    assert world.cast.row(plain.id).state == "accepted"


def test_one_answer_that_cannot_be_written_costs_no_other(world: World) -> None:
    """The provider's id of another row: what a provider that has lost its mind would say."""
    taken = world.cast.text(world.cast.person(), state="accepted", provider_id="SM1", due_at=None)
    twice, plain, gone = (handed_over(world) for _ in range(3))
    with world.service.database.write() as db:
        db.delete(db.get_one(Message, gone.id))
    counts = outbox.Counts()
    settle(
        world.service,
        [(each, Sent(sid)) for each, sid in ((twice, "SM1"), (plain, "SM2"), (gone, "SM3"))],
        lambda: 0.0,
        counts,
    )
    assert [world.cast.row(row).state for row in (taken, twice.id, plain.id)] == ["accepted"] * 3
    assert [world.cast.row(row).provider_id for row in (taken, twice.id, plain.id)] == ["SM1", None, "SM2"]


def handed_over(world: World) -> Any:
    row = world.cast.text(world.cast.person())
    with world.service.database.write() as db:
        taken = claim(world.service, db, [row], 1, outbox.Counts()).rows
    with world.service.database.write() as db:
        [outgoing] = submit(world.service, db, taken, outbox.Counts())
    return outgoing


def test_one_that_is_kept_waiting_holds_up_no_other(world: World) -> None:
    rows = [world.cast.text(world.cast.person()) for _ in range(40)]
    world.twilio.plan.append("hang")
    sending = threading.Thread(target=deliver, args=(world,))
    sending.start()
    until = 200
    while world.cast.states().get("accepted", 0) < len(rows) - 1 and until:
        until -= 1
        threading.Event().wait(0.05)
    assert world.cast.states() == {"accepted": len(rows) - 1, "submitting": 1}
    world.twilio.released.set()
    sending.join()
    assert world.cast.states() == {"accepted": len(rows) - 1, "unknown": 1}


class Slept(HandClock):
    """The machine was put to sleep between the commit and the call: whoever calls finds it a minute later."""

    def now(self) -> Any:
        calling = threading.current_thread().name.startswith("sender")
        return self.at + timedelta(seconds=60 if calling else 0)


def test_what_others_have_taken_up_by_now_is_not_sent(world: World) -> None:
    from dataclasses import replace

    row = world.cast.text(world.cast.person())
    assert outbox.deliver(replace(world.service, clock=Slept())) == {"went wrong": 1}
    assert world.twilio.asked == []
    for seconds in (61, 60, 300):
        world.clock.move(seconds=seconds)
        outbox.recover(world.service)
    assert deliver(world) == {"sent": 1}
    assert world.cast.row(row).state == "accepted"


@pytest.mark.postgresql
@pytest.mark.parametrize("outcome", [Unknown("timeout"), Refused("503", Fault.TEMPORARY)])
def test_an_answer_and_a_receipt_take_the_same_locks_in_the_same_order(world: World, outcome: Outcome) -> None:
    """The person first, then the text: neither is broken off because each has what the other waits for."""
    row = world.cast.text(world.cast.person(), kind="safety", state="submitting", submitted_at=NOON, attempts=9)
    sent = Outgoing(id=row, channel="sms", address="+447700900001", sender=None, body="Hi Leon.")
    counts = outbox.Counts()
    answer = threading.Thread(target=settle, args=(world.service, [(sent, outcome)], lambda: 0.0, counts))
    with world.service.database.write() as db:
        lock_owner(db, row)
        answer.start()
        until_somebody_waits(world)
        assert record(db, world.service.library, row, "delivered", LATER, provider_id="SM1")
    answer.join()
    assert counts["went wrong"] == 0
    assert (world.cast.row(row).state, world.cast.row(row).provider_id) == ("delivered", "SM1")


def until_somebody_waits(world: World) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    for _ in range(9999):
        with world.service.database.read() as db:
            if db.scalar(text(waiting)):
                return
    raise AssertionError("nobody waits for anybody")

"""Texts to a number that somebody has left: what becomes of them is nothing about the new one."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.models import ConsentEvent, Flag, Message, ServiceUser, Suppression
from bot.people import numbers
from bot.sweep import sweep
from tests.delivery.people import NOON, World
from tests.delivery.sending import deliver, receipt

NEW = "+447700900555"
DAY = timedelta(days=1)


@pytest.fixture
def leon(world: World) -> uuid.UUID:
    return world.cast.person(last_inbound_at=NOON - 30 * DAY)


def changes_number(world: World, person: uuid.UUID) -> None:
    with world.service.database.write() as db:
        row = db.get_one(ServiceUser, person)
        numbers.change(db, world.service.library, row, "07700 900555", None, "sam@example.org", world.clock.at)


def was_sent(world: World, person: uuid.UUID, days_ago: int = 0, **facts: object) -> uuid.UUID:
    at = NOON - days_ago * DAY
    given = {"kind": "check_in", "state": "accepted", "due_at": None, "created_at": at, "submitted_at": at}
    return world.cast.text(person, **{**given, **facts})


def standing(world: World, person: uuid.UUID) -> tuple[object, ...]:
    with world.service.database.read() as db:
        them = db.get_one(ServiceUser, person)
        told = tuple(db.scalars(select(Flag.kind).where(Flag.closed_at.is_(None))))
        return them.state, them.channel, them.next_check_in_at, them.undelivered, told


def test_days_without_delivery_are_those_of_the_new_number(world: World, leon: uuid.UUID) -> None:
    for days in (3, 2, 1):
        was_sent(world, leon, days, state="undelivered", error_code="30003", not_sent_reason="refused")
    changes_number(world, leon)
    for days in (0, 1, 2):
        world.clock.at = NOON + days * DAY
        now = {"created_at": world.clock.at, "submitted_at": world.clock.at}
        row = was_sent(world, leon, kind="welcome", **now)
        receipt(world, row, "undelivered", "30003", f"SM{days}")
        state, _, _, undelivered, _ = standing(world, leon)
        assert (state, undelivered) == ("unreachable" if days == 2 else "invited", days + 1)
    with world.service.database.read() as db:
        evidence = db.scalars(select(Flag)).one().evidence
    assert [each["at"][:10] for each in evidence["attempts"]] == ["2026-06-04", "2026-06-03", "2026-06-02"]


@pytest.mark.parametrize("code", ["21610", "63014", "30003", "30005", "63003", "63016", "21606", "30001", ""])
@pytest.mark.parametrize("kind", ["check_in", "staff"])
def test_what_the_old_number_answers_changes_nothing_of_the_person(
    world: World, leon: uuid.UUID, code: str, kind: str
) -> None:
    row = was_sent(world, leon, kind=kind)
    changes_number(world, leon)
    before = standing(world, leon)
    receipt(world, row, "undelivered", code, "SM1")
    assert standing(world, leon) == before
    assert world.cast.row(row).state == "undelivered"
    with world.service.database.read() as db:
        assert db.scalars(select(Suppression)).all() == []
        assert db.scalars(select(ConsentEvent.what)).all() == ["given"]
        assert db.scalars(select(Message.id)).all() == [row]


def test_an_answer_to_a_crisis_that_did_not_arrive_is_told_all_the_same(world: World, leon: uuid.UUID) -> None:
    row = was_sent(world, leon, kind="safety")
    changes_number(world, leon)
    receipt(world, row, "undelivered", "21610", "SM1")
    assert standing(world, leon)[0] == "invited"
    assert standing(world, leon)[-1] == ("safety",)


def test_what_arrives_at_the_old_number_says_nothing_of_the_new_one(world: World, leon: uuid.UUID) -> None:
    old = was_sent(world, leon)
    changes_number(world, leon)
    receipt(world, was_sent(world, leon, kind="welcome", created_at=NOON - DAY), "undelivered", "30005", "SM2")
    before = standing(world, leon)
    assert (before[0], before[-1]) == ("unreachable", ("cant_reach",))
    receipt(world, old, "delivered", None, "SM1")
    assert standing(world, leon) == before
    with world.service.database.read() as db:
        assert db.get_one(ServiceUser, leon).silent_since is None


@pytest.mark.parametrize("kind", ["reply", "staff", "check_in"])
def test_nothing_is_sent_once_more_to_a_number_they_have_left(world: World, leon: uuid.UUID, kind: str) -> None:
    """It was looked for twice in vain; whoever has the number by now would get the answer."""
    row = was_sent(world, leon, kind=kind, state="unknown", due_at=NOON, looked_up=1)
    changes_number(world, leon)
    sweep(world.service)
    assert [form["To"] for form in world.twilio.ledger if form["To"] != NEW] == []
    assert (world.cast.row(row).state, world.cast.row(row).not_sent_reason) == (
        "cancelled",
        "number_changed" if kind == "reply" else "no_consent",
    )


def test_an_answer_to_the_number_they_wrote_from_leaves(world: World, leon: uuid.UUID) -> None:
    changes_number(world, leon)
    row = world.cast.text(leon, kind="reply", address=NEW)
    stranger = world.cast.text(None, kind="reply", address="+447700900777")
    assert deliver(world) == {"sent": 2}
    assert {world.cast.row(each).state for each in (row, stranger)} == {"accepted"}

"""A check-in of which nothing is kept any more, or nothing that can be read, takes no text away from anybody."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot import checkins
from bot.models import CheckIn, Flag, Message
from tests.checkins.conftest import World

# As retention leaves it, and as a release that went wrong might.
LOST: list[dict[str, Any]] = [
    {},
    {"flow": "weekly_check_in"},
    {"flow": "weekly_check_in", "at": "x/y", "asked_at": "no time at all"},
    {"a": 1},
]


def lose(world: World, state: dict[str, Any]) -> None:
    with world.database.write() as db:
        db.execute(update(CheckIn).values(state=state))


@pytest.mark.parametrize("state", LOST)
def test_who_writes_years_after_their_last_check_in_is_answered(world: World, state: dict[str, Any]) -> None:
    world.start()
    lose(world, state)
    received = world.text("can sam ring me please", after=timedelta(days=800))
    assert received.reply is not None
    assert "Sam" in received.reply.body
    assert "asked_for_you" in world.open_flags
    [kept] = world.rows(Message, Message.body == "can sam ring me please")
    assert kept.state == "handled"


@pytest.mark.parametrize("state", LOST)
def test_in_the_middle_of_one_they_are_answered_too_and_asked_again_next_time(
    world: World, state: dict[str, Any]
) -> None:
    world.start()
    world.begin(world.person.next_check_in_at)
    [lost] = world.open_check_ins
    lose(world, state)
    assert world.text("i want to die").reply is not None
    assert [flag.kind for flag in world.rows(Flag, Flag.closed_at.is_(None), Flag.loud)] == ["safety"]
    [ended] = world.rows(CheckIn, CheckIn.id == lost.id)
    assert (ended.ended_why, ended.wake_at) == ("unreadable", None)


def test_and_its_alarm_rings_no_more(world: World) -> None:
    world.start()
    world.begin(world.person.next_check_in_at)
    [lost] = world.open_check_ins
    lose(world, LOST[2])
    with world.database.write() as db:
        assert checkins.wake(db, world.library, lost.id, lost.wake_at) is None
    assert world.open_check_ins == []
    assert world.begin(world.person.next_check_in_at) is not None

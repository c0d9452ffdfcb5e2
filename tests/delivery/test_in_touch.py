"""A practitioner holds the bot, hands back, and sets a break: what that leaves in the rows and in the history."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot import checkins, in_touch, people
from bot.models import Event
from tests.delivery.people import NOON, World
from tests.delivery.test_staff_texts import DAY, HOUR, SAM, rows


def test_handed_back_the_bot_goes_on_and_both_are_in_the_history(world: World) -> None:
    leon = world.cast.person()
    with world.service.database.write() as db:
        row = people.find(db, str(leon))
        assert in_touch.hold(db, world.service.library, row, SAM, NOON)
        assert in_touch.hold(db, world.service.library, row, SAM, NOON + HOUR)
        assert row.held_until == NOON + HOUR + 3 * DAY
        assert in_touch.hand_back(db, row, SAM, NOON + HOUR)
        assert (row.held_for, row.held_until, row.resume_at) == (None, None, NOON + HOUR)
    told = [(event.what, event.who) for event in rows(world, Event)]
    assert sorted(told) == [("handed_back", SAM), ("held", SAM)]


def test_a_break_ends_in_the_morning_of_a_day_to_come(world: World) -> None:
    leon = world.cast.person()
    library = world.service.library
    with world.service.database.write() as db:
        row = people.find(db, str(leon))
        until = in_touch.pause_until(db, library, row, date(2026, 10, 26), SAM, NOON)
        # The clocks went back the day before.
        assert (until, row.resume_at, row.state) == (datetime(2026, 10, 26, 9, 0, tzinfo=UTC), until, "paused")
        for day in (NOON.date(), NOON.date() + timedelta(days=183)):
            with pytest.raises(people.PersonRefused):
                in_touch.pause_until(db, library, row, day, SAM, NOON)
        people.resume(db, row, SAM, NOON)
        assert row.state == "active"
    [resumed] = rows(world, Event, Event.what == "resumed")
    assert resumed.before["until"] == until.isoformat()


@pytest.mark.parametrize("state", ["active", "resting", "paused"])
def test_after_a_hold_the_silence_counts_on_from_where_it_stood(world: World, state: str) -> None:
    """Handed back or run out: the alarm that a hold has stopped is set again, later by as long as the hold was."""
    library, silence = world.service.library, "last_text" if state == "resting" else ""
    again = NOON + 30 * DAY
    facts = {"silence": silence, "silent_since": NOON - 5 * DAY, "quiet_at": NOON + 7 * DAY}
    for by_hand in (True, False):
        leon = world.cast.person(state=state, resume_at=again if state == "paused" else None, **facts)
        with world.service.database.write() as db:
            row = people.find(db, str(leon))
            in_touch.hold(db, library, row, SAM, NOON)
            assert row.quiet_at is None
            if by_hand:
                in_touch.hand_back(db, row, SAM, NOON + 2 * DAY)
        ends = again if state == "paused" else NOON + (2 * DAY if by_hand else 3 * DAY)
        with world.service.database.write() as db:
            checkins.resume(db, library, leon, ends)
        with world.service.database.write() as db:
            row = people.find(db, str(leon))
            assert (row.held_for, row.silent_since) == (None, NOON - 5 * DAY + (ends - NOON))
            assert row.quiet_at is not None

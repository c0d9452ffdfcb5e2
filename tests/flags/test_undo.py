"""The last act is taken back for a day, and then everything is as it was."""

from datetime import timedelta
from typing import Any

import pytest

from bot.flag_undo import UNDO_WITHIN, Undone
from bot.models import Flag, ServiceUser
from tests.flags.acting import act, note, now_is, undo
from tests.flags.conftest import DAY, Cast

MINUTE = timedelta(minutes=1)
# What an act may change, and an undo has to put back.
OF_A_FLAG = (
    *("closed_at", "closed_by", "closed_why", "acknowledged_at", "acknowledged_by", "snoozed_until", "snooze_ends"),
    *("snoozed_by", "snoozes", "help_wanted", "passed_to", "passed_by", "passed_until", "note", "barrier", "reason"),
    *("wake_at", "evidence", "version", "told"),
)
OF_A_PERSON = ("state", "held_for", "held_until", "resume_at", "next_check_in_at", "quiet_at", "silent_since")


def seen(cast: Cast, flag: Flag) -> dict[str, Any]:
    """All of it, as it stands."""
    row, person = now_is(cast, flag), cast.get()
    return {name: getattr(row, name) for name in OF_A_FLAG} | {name: getattr(person, name) for name in OF_A_PERSON}


@pytest.mark.parametrize("what", ["in_touch", "not_a_concern", "snooze", "acknowledge", "pass_on"])
@pytest.mark.parametrize("kind", ["quiet", "asked_for_you"])
def test_everything_is_as_it_was(cast: Cast, what: str, kind: str) -> None:
    cast.practitioner("Jo")
    held = {"held_for": "asked_for_you", "held_until": cast.now + 3 * DAY, "resume_at": cast.now + 3 * DAY}
    cast.set(cast.leon, **(held if kind == "asked_for_you" else {}))
    flag = cast.flag(kind, loud=kind == "asked_for_you")
    before = seen(cast, flag)
    act(cast, flag, what, to="jo@example.org", note="rang", barrier="health")
    assert seen(cast, flag) != before
    assert undo(cast, flag, 5 * MINUTE) is Undone.DONE
    assert seen(cast, flag) == before
    assert undo(cast, flag) is Undone.NOTHING


def test_what_was_put_off_before_is_put_off_again(cast: Cast) -> None:
    flag = cast.flag("misread")
    act(cast, flag, "snooze", until=cast.now + 2 * DAY)
    before = seen(cast, flag)
    act(cast, flag, "in_touch")
    note(cast, flag, barrier="travel")
    assert undo(cast, flag, MINUTE) is Undone.DONE
    assert seen(cast, flag) == before


def test_an_open_safety_flag_goes_on_being_told(cast: Cast) -> None:
    flag = cast.flag("safety", loud=True)
    before = seen(cast, flag)
    act(cast, flag, "close", note="rang, all well")
    assert undo(cast, flag, MINUTE) is Undone.DONE
    assert seen(cast, flag) == before
    assert now_is(cast, flag).wake_at is not None


@pytest.mark.parametrize(
    ("after", "what"), [(UNDO_WITHIN, Undone.DONE), (UNDO_WITHIN + MINUTE, Undone.TOO_LATE)], ids=["a day", "later"]
)
def test_it_is_taken_back_for_a_day(cast: Cast, after: timedelta, what: Undone) -> None:
    flag = cast.flag("quiet")
    act(cast, flag, "in_touch")
    assert undo(cast, flag, after) is what
    assert (now_is(cast, flag).closed_at is None) == (what is Undone.DONE)


def test_what_came_since_is_not_undone(cast: Cast) -> None:
    """They wrote after it was put off, and the silence is over: nobody makes them silent again."""
    flag = cast.flag("quiet")
    act(cast, flag, "snooze")
    cast.wrote("hiya")
    assert undo(cast, flag, MINUTE) is Undone.NOTHING
    assert now_is(cast, flag).closed_why == "they_wrote"


def test_newer_evidence_is_not_undone(cast: Cast) -> None:
    flag = cast.flag("confidence")
    act(cast, flag, "acknowledge")
    cast.flag("confidence", why="lower still")
    assert undo(cast, flag, MINUTE) is Undone.NOTHING


def test_two_of_a_kind_are_never_open(cast: Cast) -> None:
    flag = cast.flag("asked_for_you", loud=True)
    act(cast, flag, "in_touch")
    newer = cast.flag("asked_for_you", loud=True)
    assert undo(cast, flag, MINUTE) is Undone.ANOTHER
    assert [each.id for each in cast.open_flags()] == [newer.id]


@pytest.mark.parametrize(
    ("since", "held"),
    [
        ({"held_for": "not_safe", "held_until": None}, "not_safe"),
        ({"state": "opted_out", "resume_at": None}, None),
        ({}, "asked_for_you"),
    ],
    ids=["another hold", "their own word", "nothing"],
)
def test_a_hold_comes_back_unless_something_stands_in_its_place(
    cast: Cast, since: dict[str, Any], held: str | None
) -> None:
    cast.set(cast.leon, held_for="asked_for_you", held_until=cast.now + 3 * DAY, resume_at=cast.now + 3 * DAY)
    flag = cast.flag("asked_for_you", loud=True)
    act(cast, flag, "in_touch")
    cast.set(cast.leon, **since)
    assert undo(cast, flag, MINUTE) is Undone.DONE
    assert cast.get().held_for == held


def test_a_hold_that_has_run_out_meanwhile_does_not_come_back(cast: Cast) -> None:
    cast.set(cast.leon, held_for="asked_for_you", held_until=cast.now + MINUTE, resume_at=cast.now + MINUTE)
    flag = cast.flag("asked_for_you", loud=True)
    act(cast, flag, "in_touch")
    assert undo(cast, flag, 2 * MINUTE) is Undone.DONE
    assert cast.get().held_for is None


def test_a_silence_that_began_meanwhile_is_not_counted_in_a_hold(cast: Cast) -> None:
    cast.set(cast.leon, held_for="asked_for_you", held_until=cast.now + 3 * DAY, resume_at=cast.now + 3 * DAY)
    flag = cast.flag("asked_for_you", loud=True)
    act(cast, flag, "in_touch")
    cast.set(cast.leon, resume_at=None, silent_since=cast.now, quiet_at=cast.now + 12 * DAY)
    undo(cast, flag, MINUTE)
    person: ServiceUser = cast.get()
    assert (person.quiet_at, person.silence_stopped_at) == (None, cast.now)

"""The last act on a flag is taken back: for a day, and then everything is as it was.

What stood before is kept on the flag itself (``Flag.last_act``). Whatever changes the flag meanwhile without an act
of anybody's (they wrote, it has new evidence) lets go of it: what was decided then is not what stands now.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from bot import flag_passing, flag_rows, history, holds, quiet
from bot.conversation.flag_words import N_
from bot.models import Flag, ServiceUser

UNDO_WITHIN = timedelta(hours=24)
TIMES = ("closed_at", "acknowledged_at", "snoozed_until", "passed_until", "wake_at")
WORDS = (
    *("closed_by", "closed_why", "acknowledged_by", "snooze_ends", "snoozed_by", "snoozes", "help_wanted"),
    *("passed_to", "passed_by", "note", "barrier", "reason"),
)


class Undone(StrEnum):
    """What became of it. ``SENTENCES`` says it."""

    DONE = "done"
    NOTHING = "nothing"
    TOO_LATE = "too_late"
    ANOTHER = "another"


SENTENCES: Mapping[Undone, str] = {
    Undone.DONE: N_("Taken back. It stands as it did before."),
    Undone.NOTHING: N_("There is nothing to take back: it was taken back already, or something new has come."),
    Undone.TOO_LATE: N_("It was done more than a day ago: that is not taken back any more."),
    Undone.ANOTHER: N_("A newer flag of this kind is open: act on that one."),
}


def as_it_stands(flag: Flag, person: ServiceUser | None) -> dict[str, Any]:
    """All that an act on this flag may change, as JSON can hold it."""
    times = {name: _iso(getattr(flag, name)) for name in TIMES}
    hold = (
        {
            "state": person.state,
            "held_for": person.held_for,
            "held_until": _iso(person.held_until),
            "resume_at": _iso(person.resume_at),
        }
        if person
        else {}
    )
    return {"flag": times | {name: getattr(flag, name) for name in WORDS}, "person": hold}


def remember(flag: Flag, what: str, before: Mapping[str, Any], by: str, now: datetime) -> None:
    """Keep what stood before the act that was just done."""
    flag.last_act = {"what": what, "by": by, "at": now.isoformat(), **before}


def can_undo(flag: Flag, now: datetime) -> bool:
    """Whether there is an act to take back, and time for it."""
    return flag.last_act is not None and now - datetime.fromisoformat(flag.last_act["at"]) <= UNDO_WITHIN


def undo(db: Session, flag_id: UUID, by: str, via: str, now: datetime) -> tuple[Undone, Flag]:
    """Take the last act back: the flag and the hold on the bot as they stood. FlagRefused for an unknown id.

    1. What nobody can take back stays: a check-in that has begun since, a text of theirs.
    2. A hold comes back for as long as it had to run, unless another one, or their own word, stands in its place.
    """
    flag = flag_rows.locked(db, flag_id)
    last = flag.last_act
    if last is None:
        return Undone.NOTHING, flag
    if not can_undo(flag, now):
        return Undone.TOO_LATE, flag
    person = flag_rows.person_of(db, flag)
    newer = flag_rows.open_of(db, person, flag.kind, flag.message_id)
    if newer is not None and newer.id != flag.id:
        return Undone.ANOTHER, flag
    passed_to = flag.passed_to
    _restore(flag, last["flag"], now)
    if person is not None:
        _hold_again(person, last["person"], datetime.fromisoformat(last["at"]), now)
    flag.last_act = None
    history.of_flag(db, flag, "flag_undone", now, by=by, via=via, what_was=last["what"])
    if last["what"] == "pass_on" and passed_to:
        flag_passing.tell_taken_back(db, flag, passed_to, by, now)
    return Undone.DONE, flag


def _restore(flag: Flag, before: Mapping[str, Any], now: datetime) -> None:
    for name in TIMES:
        setattr(flag, name, _time(before[name]))
    for name in WORDS:
        setattr(flag, name, before[name])


def _hold_again(person: ServiceUser, before: Mapping[str, Any], acted_at: datetime, now: datetime) -> None:
    until = _time(before["held_until"])
    if person.resume_at == acted_at:
        # The act had them brought back, and no sweep has done so yet.
        person.resume_at = _time(before["resume_at"])
    ended = before["held_for"] is None or (until is not None and until <= now)
    if ended or person.held_for is not None or person.state != before["state"]:
        return
    holds.hold(person, before["held_for"], until)
    person.next_check_in_at = None
    quiet.stop_counting(person, now)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _time(iso: str | None) -> datetime | None:
    return datetime.fromisoformat(iso) if iso else None

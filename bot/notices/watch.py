"""What no single text tells: how much of the day's texts is used, and whether that is usual."""

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversation import timing
from bot.library import Library
from bot.models import EVERYBODY, Tally
from bot.notices.notes import note_once
from bot.notices.words import Kind

# In parts of a hundred: the highest that is reached is told.
STEPS = ((100, Kind.CAP_100), (80, Kind.CAP_80), (50, Kind.CAP_50))
TIMES_THE_USUAL = 3
A_WEEK = timedelta(weeks=1)
# Weekdays differ, and few texts say nothing.
WEEKS = 4
FEWEST_WEEKS = 2
FEWEST_TEXTS = 100


def caps(db: Session, library: Library, now: datetime) -> None:
    """Note the caps that are used by half, by four fifths and whole, and a day of three times the usual."""
    capped = list(days(library, now))
    counted = sent(db, {(scope, day - week * A_WEEK) for scope, day, _ in capped for week in range(WEEKS + 1)})
    for scope, day, cap in capped:
        today = counted.get((scope, day), 0)
        before = [counted[scope, on] for week in range(1, WEEKS + 1) if (scope, on := day - week * A_WEEK) in counted]
        reached = next((kind for step, kind in STEPS if today and today * 100 >= cap * step), None)
        if reached:
            note_once(db, reached, now, scope, f"{cap} a day")
        if _unusual(today, before):
            note_once(db, Kind.SPEND, now, scope, f"usually {median(before):g}")


def sent(db: Session, wanted: Collection[tuple[str, date]]) -> dict[tuple[str, date], int]:
    """How many texts have left on each of these days, by scheme; of all schemes by EVERYBODY."""
    scopes, days = {scope for scope, _ in wanted}, {day for _, day in wanted}
    rows = db.scalars(select(Tally).where(Tally.scope.in_(scopes), Tally.day.in_(days))).all()
    return {(row.scope, row.day): row.sent for row in rows}


def days(library: Library, now: datetime) -> Iterator[tuple[str, date, int]]:
    """Each scheme's own day with its cap, and everybody's."""
    for key, scheme in library.schemes.items():
        yield key, timing.local(scheme.zone, now).date(), scheme.caps.scheme_day
    if library.schemes:
        yield EVERYBODY, now.date(), min(scheme.caps.all_day for scheme in library.schemes.values())


def _unusual(today: int, before: list[int]) -> bool:
    if today < FEWEST_TEXTS or len(before) < FEWEST_WEEKS:
        return False
    return today >= TIMES_THE_USUAL * median(before)

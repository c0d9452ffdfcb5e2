"""When: working hours, quiet hours, check-in slots, the timeline of silence. Pure, safe at clock changes.

Every local time has exactly one instant. One that the clocks skip (02:30 on a spring night) is taken as
much later as the clocks jump; one that comes twice (01:30 on an autumn night) is taken the first time.
All results are aware UTC.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.conversation.scheme import Hours, Thresholds

T = TypeVar("T")

DAY = timedelta(days=1)
SATURDAY = 5
HALF_A_WEEK = timedelta(days=3, hours=12)
LEAST_TIME_FOR_A_STEP = timedelta(days=3)
FURTHEST_FOR_A_STEP = timedelta(days=14)
# How far to look for a working day before saying that there is none.
FAR_ENOUGH = 400


def local(zone: str, now: datetime) -> datetime:
    """``now`` as the clocks of ``zone`` show it."""
    return now.astimezone(ZoneInfo(zone))


def known_zone(zone: str, otherwise: str) -> str:
    """``zone``, or ``otherwise`` (the scheme's) where nobody knows such a zone."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return otherwise
    return zone


def instant(zone: str, day: date, at: time) -> datetime:
    """The one moment that is ``at`` on ``day`` in ``zone``."""
    return datetime.combine(day, at.replace(fold=0), ZoneInfo(zone)).astimezone(UTC)


def in_hours(hours: Hours, holidays: frozenset[date], zone: str, now: datetime) -> bool:
    """Whether work is going on at ``now``. An end at or before the beginning is on the day after."""
    today = local(zone, now).date()
    spans = _spans(hours, holidays, zone, today - DAY, days=2)
    return any(begin <= now < end for begin, end in spans)


def next_open(hours: Hours, holidays: frozenset[date], zone: str, now: datetime) -> datetime:
    """When work next begins, later than ``now``. ValueError when it does not within a year."""
    spans = _spans(hours, holidays, zone, local(zone, now).date() - DAY)
    return _first((begin for begin, _ in spans if begin > now), hours)


def working_days_later(n: int, hours: Hours, holidays: frozenset[date], zone: str, now: datetime) -> datetime:
    """The same local time ``n`` working days on; outside hours it counts from when work next begins."""
    start = now if in_hours(hours, holidays, zone, now) else next_open(hours, holidays, zone, now)
    from_here = local(zone, start)
    days = (day for day in _working_days(hours, holidays, from_here.date()) if day > from_here.date())
    day = from_here.date()
    for _ in range(n):
        day = _first(days, hours)
    return instant(zone, day, from_here.time()) if n else start.astimezone(UTC)


def next_working_day(hours: Hours, holidays: frozenset[date], day: date) -> date:
    """``day`` itself when work is done on it, else the first such day after it."""
    return _first(_working_days(hours, holidays, day), hours)


def in_quiet_hours(zone: str, quiet_from: time, quiet_until: time, now: datetime) -> bool:
    """Whether ``now`` is in the quiet hours, whichever way a doubled or skipped time is read."""
    return _quiet_until(zone, quiet_from, quiet_until, now) is not None


def next_allowed(zone: str, quiet_from: time, quiet_until: time, now: datetime) -> datetime:
    """``now`` when texts may go, else the end of the quiet hours."""
    return _quiet_until(zone, quiet_from, quiet_until, now) or now


def next_in_window(zone: str, window: tuple[time, time], now: datetime) -> datetime:
    """``now`` in the window of a weekday, else when the next one opens: for what nobody chose a time for."""
    today = local(zone, now).date()
    for day in (today + n * DAY for n in range(8)):
        opens, closes = (instant(zone, day, edge) for edge in window)
        if day.weekday() < SATURDAY and now < closes:
            return max(now, opens)
    raise ValueError(f"the window {window[0]:%H:%M}-{window[1]:%H:%M} never opens")


def next_slot(after: datetime, zone: str, weekday: int, minute: int) -> datetime:
    """The first moment strictly after ``after`` that is ``minute`` of the day on a ``weekday``."""
    days = (local(zone, after).date() + n * DAY for n in range(-1, 15))
    slots = (instant(zone, day, _minute(minute)) for day in days if day.weekday() == weekday)
    return next(slot for slot in slots if slot > after)


def next_check_in(
    *,
    last: datetime,
    every_weeks: int,
    weekday: int,
    minute: int,
    zone: str,
    step_day: date | None = None,
    step_set_at: datetime | None = None,
) -> datetime:
    """When the next check-in is due.

    1. Their usual slot that is nearest to ``every_weeks`` on from ``last``.
    2. A step planned for that day or later: the day after the step, at most 14 days after it was set.
    3. Never less than three days after the step was set.
    """
    # Weeks are added on the local clock: a week in which the clocks change is not 168 hours long.
    # From half a week before: the slot nearest to the day, so that a check-in that a step had moved is not
    # followed by the next one two days later.
    weeks_on = local(zone, last) + timedelta(weeks=every_weeks) - HALF_A_WEEK
    due = next_slot(weeks_on.astimezone(UTC), zone, weekday, minute)
    if step_day and step_day >= local(zone, due).date():
        furthest = local(zone, (step_set_at or last) + FURTHEST_FOR_A_STEP).date()
        due = max(due, instant(zone, min(step_day + DAY, furthest), _minute(minute)))
    if step_set_at and due < step_set_at + LEAST_TIME_FOR_A_STEP:
        due = _daily(step_set_at + LEAST_TIME_FOR_A_STEP, zone, minute)
    return due


def quiet_at(
    silent_since: datetime | None, thresholds: Thresholds, stage: str = "", sooner: bool = False
) -> datetime | None:
    """When silence is next to be looked at; None when nothing is left to do.

    ``silent_since`` is when the first unanswered check-in was delivered; ``stage`` is how far it has gone:
    "" (not flagged), ``asked``, ``last_text``, ``tried_again``. ``sooner`` moves the flag only.
    """
    days = {
        "": thresholds.quiet_days_sooner if sooner else thresholds.quiet_days,
        "asked": thresholds.last_text_days,
        "last_text": thresholds.try_again_days,
    }
    if silent_since is None or stage not in days:
        return None
    return silent_since + days[stage] * DAY


def _minute(minute: int) -> time:
    return time(*divmod(minute, 60))


def _daily(not_before: datetime, zone: str, minute: int) -> datetime:
    """The first moment at or after ``not_before`` that is ``minute`` of a day."""
    days = (local(zone, not_before).date() + n * DAY for n in range(-1, 3))
    return next(at for at in (instant(zone, day, _minute(minute)) for day in days) if at >= not_before)


def _working_days(hours: Hours, holidays: frozenset[date], first: date, days: int = FAR_ENOUGH) -> Iterator[date]:
    every = (first + n * DAY for n in range(days))
    return (day for day in every if day.weekday() in hours.by_weekday and day not in holidays)


def _spans(
    hours: Hours, holidays: frozenset[date], zone: str, first: date, days: int = FAR_ENOUGH
) -> Iterator[tuple[datetime, datetime]]:
    for day in _working_days(hours, holidays, first, days):
        begin, end = hours.by_weekday[day.weekday()]
        last = day + DAY if end <= begin else day
        yield instant(zone, day, begin), instant(zone, last, end)


def _quiet_until(zone: str, quiet_from: time, quiet_until: time, now: datetime) -> datetime | None:
    """The end of the quiet hours that ``now`` is in. A doubled or skipped edge is read the quieter way."""
    if quiet_from == quiet_until:
        return None
    today = local(zone, now).date()
    overnight = DAY if quiet_until < quiet_from else timedelta()
    for day in (today + DAY, today, today - DAY):
        begin = min(_both(zone, day, quiet_from))
        end = max(_both(zone, day + overnight, quiet_until))
        if begin <= now < end:
            return end
    return None


def _both(zone: str, day: date, at: time) -> tuple[datetime, datetime]:
    """The two readings of a local time; they differ only when the clocks change."""
    later = datetime.combine(day, at.replace(fold=1), ZoneInfo(zone))
    return instant(zone, day, at), later.astimezone(UTC)


def _first(candidates: Iterator[T], hours: Hours) -> T:
    """The first, or the sentence that says why there is none."""
    found = next(candidates, None)
    if found is None:
        raise ValueError(f"no working day in {FAR_ENOUGH} days: see the hours {hours.words!r} and the holidays")
    return found

"""Days reckoned from today."""

from calendar import monthrange
from datetime import date, timedelta

WEEK = 7


def next_weekday(today: date, weekday: int) -> date:
    """The next such day after today."""
    return today + timedelta(days=(weekday - today.weekday() - 1) % WEEK + 1)


def start_of_week(today: date) -> date:
    return today - timedelta(days=today.weekday())


def after(today: date, many: int, unit: str) -> date:
    """So many days, weeks or months on."""
    if unit == "month":
        month = today.month - 1 + many
        year, month = today.year + month // 12, month % 12 + 1
        return date(year, month, min(today.day, monthrange(year, month)[1]))
    return today + timedelta(days=many * (1 if unit == "day" else WEEK))


def date_named(today: date, month: int, nth: int, year: str | None) -> date | None:
    """A date that exists; without a year, the next one from today."""
    years = [int(year) + (2000 if len(year) == 2 else 0)] if year else [today.year, today.year + 1]
    for candidate in years:
        try:
            day = date(candidate, month, nth)
        except ValueError:
            continue
        if year or day >= today:
            return day
    return None


def easter(year: int) -> date:
    """Easter Sunday of the western churches, by the rule of Gauss as Meeus corrected it."""
    golden, century, of_century = year % 19, year // 100, year % 100
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - moon - of_century % 4) % 7
    late = (golden + 11 * moon + 22 * sunday) // 451
    month, day = divmod(moon + sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def from_easter(today: date, days: int) -> date:
    """The next day that falls so many days after Easter."""
    candidates = (easter(today.year + years) + timedelta(days=days) for years in (0, 1))
    return next(day for day in candidates if day >= today)


def weekday_of_month(today: date, rule: tuple[int, int, int, int]) -> date:
    """The next such day: its month, which weekday of it (-1 the last), that weekday, and so many days on."""
    month, which, weekday, days = rule
    for year in (today.year, today.year + 1):
        first = date(year, month, 1)
        if which < 0:
            first = date(year, month, monthrange(year, month)[1] - WEEK + 1)
        day = first + timedelta(days=(weekday - first.weekday()) % WEEK + WEEK * max(which - 1, 0) + days)
        if day >= today:
            break
    return day

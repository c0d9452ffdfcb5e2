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

"""The days that a text names, each with its place."""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock_time

from bot.reading.moments.when_words import TimeWords

Span = tuple[int, int]
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Day:
    """A day named in a text. ``loose``: it may be meant otherwise. ``time``: where the words give one, "in an hour"."""

    day: date
    span: Span
    why: str
    evening: bool = False
    loose: bool = False
    time: clock_time | None = None


def days_in(text: str, now: datetime, words: TimeWords) -> list[Day]:
    """Every day named, in the order of the text. A part of a longer one does not count, nor what is ruled out."""
    found = [day for finder in FINDERS for day in finder(text, now, words)]
    found.sort(key=lambda day: (day.span[0], -day.span[1]))
    apart: list[Day] = []
    for day in found:
        if not apart or day.span[0] >= apart[-1].span[1]:
            apart.append(day)
    kept = [day for day in apart if not words.negation.search(text[: day.span[0]])]
    return _weekday_with_date(kept or [])


def _weekday_with_date(days: list[Day]) -> list[Day]:
    """ "sunday 6th" is one day: the date, where the weekday stands beside it."""
    out: list[Day] = []
    for day in days:
        if out and day.why == "a date" and out[-1].why.startswith("the next") and day.span[0] - out[-1].span[1] <= 4:
            out[-1] = Day(day.day, (out[-1].span[0], day.span[1]), day.why)
        else:
            out.append(day)
    return out


def _from_today(text: str, now: datetime, words: TimeWords) -> Iterator[Day]:
    for match in words.day.finditer(text):
        if match["day"] is not None:
            days = words.days[" ".join(match["day"].split())]
            yield Day(now.date() + timedelta(days=days), match.span(), "counted from today")
        else:
            at = now + _span_of(match, words)
            hours = match["an"] or str(match["unit"]).startswith(("h", "m"))
            yield Day(
                at.date(),
                match.span(),
                "counted from now",
                time=at.time().replace(second=0, microsecond=0, tzinfo=None) if hours else None,
            )
    for match in words.tonight.finditer(text):
        yield Day(now.date(), match.span(), "this evening", evening=True)


def _span_of(match: re.Match[str], words: TimeWords) -> timedelta:
    if match["an"]:
        return timedelta(hours=1)
    count = int(match["count"]) if match["count"].isdigit() else words.numbers[match["count"]]
    unit = match["unit"][0]
    return timedelta(**{{"h": "hours", "m": "minutes", "d": "days", "w": "weeks"}[unit]: count})


def _weekdays(text: str, now: datetime, words: TimeWords) -> Iterator[Day]:
    today = now.date()
    monday = today - timedelta(days=today.weekday())
    for match in words.weekday.finditer(text):
        weekday = words.weekdays[" ".join(match["weekday"].split())]
        this_weeks = monday + timedelta(days=weekday)
        following = this_weeks if this_weeks > today else this_weeks + timedelta(weeks=1)
        if match["next"]:
            day, why = this_weeks + timedelta(weeks=1), "next week's"
        elif match["this"]:
            day, why = (this_weeks if this_weeks >= today else following), "this week's"
        else:
            day, why = following, "the next such day"
        extra = 1 if match["later"] or match["week_on"] else 0
        yield Day(day + timedelta(weeks=extra), match.span(), why)


def _weekends(text: str, now: datetime, words: TimeWords) -> Iterator[Day]:
    today = now.date()
    saturday = today if today.weekday() >= SATURDAY else today + timedelta(days=SATURDAY - today.weekday())
    for match in words.weekend.finditer(text):
        ahead = timedelta(days=7 - max(0, today.weekday() - SATURDAY)) if match["next"] else timedelta()
        yield Day(saturday + ahead, match.span(), "the weekend: its Saturday", loose=True)
    for match in words.month_end.finditer(text):
        yield Day(today.replace(day=monthrange(today.year, today.month)[1]), match.span(), "the last day of the month")


def _dates(text: str, now: datetime, words: TimeWords) -> Iterator[Day]:
    for pattern in (words.date, words.month_first):
        for match in pattern.finditer(text):
            found = match.groupdict()
            number = found.get("n")
            if number:
                day, month, year = _nth(number, words), words.months[found["month"]], found.get("year")
            else:
                day, month = int(found["d"] or found["d3"]), int(found["mo"] or found["mo3"])
                year = found["y"] or found["y3"]
            named = _date(day, month, year, now.date())
            if named:
                yield Day(named, match.span(), "a date")
    for match in words.named.finditer(text):
        named = _date(*words.names[" ".join(match["name"].split())], None, now.date())
        if named:
            yield Day(named, match.span(), "a date by its name")


def _days_of_the_month(text: str, now: datetime, words: TimeWords) -> Iterator[Day]:
    for match in words.nth.finditer(text):
        day = next_nth(int(match["n"]), now.date())
        if day:
            yield Day(day, match.span(), "a date")


FINDERS = (_from_today, _weekdays, _weekends, _dates, _days_of_the_month)


def _nth(number: str, words: TimeWords) -> int:
    digits = re.match(r"\d+", number)
    return int(digits[0]) if digits else words.ordinals[" ".join(number.split())]


def _date(day: int, month: int, year: str | None, today: date) -> date | None:
    """A date that has no year is the next such date. An impossible one is none."""
    try:
        if year:
            return date(int(year) + 2000 if len(year) <= 2 else int(year), month, day)
        this_year = date(today.year, month, day)
        return this_year if this_year >= today else date(today.year + 1, month, day)
    except ValueError:
        return None


def next_nth(n: int, today: date) -> date | None:
    """The next such day of a month, today included."""
    for months in range(3):
        year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
        if 1 <= n <= monthrange(year, month + 1)[1] and date(year, month + 1, n) >= today:
            return date(year, month + 1, n)
    return None

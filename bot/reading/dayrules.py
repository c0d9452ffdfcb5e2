"""What each way of naming a day comes to. The ways themselves are templates of the language's word file."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from rapidfuzz.distance import OSA

from bot.reading.dates import WEEK, after, date_named, next_weekday, start_of_week
from bot.reading.whenwords import WhenWords

Day = date | None
Said = Mapping[str, str]
Reader = Callable[[Said, date, WhenWords], Day]
# Where the whole of what matched stands among what was said.
WHOLE = ""

# The same in every language: 2026-12-03, 3/12/26, 3.12.
_IN_FIGURES = (
    r"(?<![\d/.-])(?P<year>20\d\d)-(?P<month>\d{1,2})-(?P<nth>\d{1,2})\b",
    r"(?<![\w/.-])(?P<nth>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{2,4})\b",
    r"(?<![\w/.£-])(?P<nth>\d{1,2})/(?P<month>\d{1,2})(?P<year>)(?![\w/])",
    r"(?<![\w/.£-])(?P<nth>\d{1,2})\.(?P<month>1[0-2]|0\d)(?P<year>)(?![\w/.]|\.\d)",
    r"(?<![\w/.£-])(?P<nth>1[3-9]|2\d|3[01])\.(?P<month>[1-9])(?P<year>)(?![\w/.])",
    r"^(?P<nth>\d{1,2})\.(?P<month>[1-9])(?P<year>)$",
)
# A name of a day is long enough to stand a slip, and two in the longest.
_A_LONG_WORD = re.compile(r"(?<![\w'])[^\W\d_]{6,10}(?![\w'])")
_TWO_SLIPS = 8


@dataclass(frozen=True, slots=True)
class Rule:
    """One way of naming a day; `dated` by the calendar rather than by the week."""

    pattern: re.Pattern[str]
    reader: Reader
    dated: bool


@cache
def day_rules(words: WhenWords) -> tuple[Rule, ...]:
    """Every rule of a language, in the order they are to be tried."""
    return (
        *(Rule(re.compile(pattern), _in_figures, True) for pattern in _IN_FIGURES),
        *_of_kinds(_DATED, words, dated=True),
        *_of_kinds(_BY_WEEK, words, dated=False),
        Rule(_A_LONG_WORD, _slip_in_a_day, False),
        *_of_kinds(_LATER, words, dated=False),
    )


def _of_kinds(kinds: dict[str, Reader], words: WhenWords, *, dated: bool) -> Iterator[Rule]:
    for kind, reader in kinds.items():
        if kind in words.ways:
            yield Rule(words.ways[kind], reader, dated)


def _in_figures(said: Said, today: date, words: WhenWords) -> Day:
    return date_named(today, int(said["month"]), int(said["nth"]), said["year"])


def _nth(said: Said, words: WhenWords) -> int:
    worded = said.get("worded")
    return words.ordinals[worded] if worded else int(said.get("nth") or said.get("nth_only") or 0)


def _in_words(said: Said, today: date, words: WhenWords) -> Day:
    return date_named(today, words.months[said["month"]], _nth(said, words), said.get("year"))


def _of_this_month(said: Said, today: date, words: WhenWords) -> Day:
    """The 2nd: of this month, or of the next that has one where it has gone."""
    nth = _nth(said, words)
    for months in range(3):
        first = after(today.replace(day=1), months, "month")
        if 1 <= nth <= monthrange(first.year, first.month)[1] and first.replace(day=nth) >= today:
            return first.replace(day=nth)
    return None


def _last_of(first: date) -> date:
    return first.replace(day=monthrange(first.year, first.month)[1])


def _end_of_month(said: Said, today: date, words: WhenWords) -> Day:
    return _last_of(after(today.replace(day=1), 1, "month") if said.get("later") else today)


def _end_of_named_month(said: Said, today: date, words: WhenWords) -> Day:
    month = words.months[said["month"]]
    return _last_of(date(today.year + (month < today.month), month, 1))


def _weekday_of(said: Said, today: date, words: WhenWords) -> Day:
    """The first or the last such day of a month; without its name, the last of this one or the next."""
    weekday = words.days[said["day"]]
    if "month" not in said:
        this, next_one = (after(today.replace(day=1), months, "month") for months in (0, 1))
        day = _last_weekday(this, weekday)
        return day if day >= today else _last_weekday(next_one, weekday)
    first = date_named(today, words.months[said["month"]], 1, None)
    if first is None:
        return None
    if said.get("first"):
        return first + timedelta(days=(weekday - first.weekday()) % WEEK)
    return _last_weekday(first, weekday)


def _last_weekday(first: date, weekday: int) -> date:
    last = _last_of(first)
    return last - timedelta(days=(last.weekday() - weekday) % WEEK)


def _bare_weekday(said: Said, today: date, words: WhenWords) -> Day:
    return next_weekday(today, words.days[said["day"]])


def _slip_in_a_day(said: Said, today: date, words: WhenWords) -> Day:
    """ "thursdsy": a long word within a slip of the name of a day."""
    for name, weekday in words.long_days:
        slips = 2 if len(name) >= _TWO_SLIPS else 1
        if name[0] == said[WHOLE][0] and OSA.distance(said[WHOLE], name, score_cutoff=slips) <= slips:
            return next_weekday(today, weekday)
    return None


def _later_by(days: int) -> Reader:
    """The weekday named, and so many days on."""

    def reader(said: Said, today: date, words: WhenWords) -> Day:
        return next_weekday(today, words.days[said["day"]]) + timedelta(days=days)

    return reader


def _this_weeks(said: Said, today: date, words: WhenWords) -> Day:
    day = start_of_week(today) + timedelta(days=words.days[said["day"]])
    return day if day >= today else day + timedelta(days=WEEK)


def _next_weeks(said: Said, today: date, words: WhenWords) -> Day:
    return start_of_week(today) + timedelta(days=WEEK + words.days[said["day"]])


def _after_a_while(said: Said, today: date, words: WhenWords) -> Day:
    return after(today, words.amount(said["many"]), words.units[said["unit"]])


def _in_days(days: int) -> Reader:
    return lambda said, today, words: today + timedelta(days=days)


def _of_the_week(weekday: int, weeks: int) -> Reader:
    """A day of this week or the next, never one that has gone."""
    return lambda said, today, words: max(start_of_week(today) + timedelta(days=WEEK * weeks + weekday), today)


_DATED: dict[str, Reader] = {
    "in_words": _in_words,
    "of_this_month": _of_this_month,
    "end_of_named_month": _end_of_named_month,
    "end_of_month": _end_of_month,
    "weekday_of": _weekday_of,
}
_BY_WEEK: dict[str, Reader] = {
    "fortnight_after": _later_by(2 * WEEK),
    "three_weeks_after": _later_by(3 * WEEK),
    "week_after": _later_by(WEEK),
    "next_weeks": _next_weeks,
    "this_weeks": _this_weeks,
    "after_the_named": _later_by(1),
    "bare_weekday": _bare_weekday,
}
_LATER: dict[str, Reader] = {
    "after_a_while": _after_a_while,
    "three_weeks": _in_days(3 * WEEK),
    "two_weeks": _in_days(2 * WEEK),
    "week_from_today": _in_days(WEEK),
    "eight_days": _in_days(WEEK + 1),
    "today_too": _in_days(0),
    "next_weekend": _of_the_week(5, 1),
    "weekend": _of_the_week(5, 0),
    "friday_of_next_week": _of_the_week(4, 1),
    "friday_of_the_week": _of_the_week(4, 0),
    "monday_of_next_week": _of_the_week(0, 1),
    "wednesday_of_next_week": _of_the_week(2, 1),
}

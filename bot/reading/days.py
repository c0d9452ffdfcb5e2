"""Every day named in a line, with its place."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from bot.reading.dates import date_named, from_easter, next_weekday, weekday_of_month
from bot.reading.dayrules import WHOLE, Rule, day_rules
from bot.reading.whenwords import WhenWords, said

DayOf = Callable[[re.Match[str]], date | None]
# Stands where a day was found, so that no other is found in it.
_HIDDEN = "~"
# Nobody names more days than this in one text; the rest of a list that long says nothing.
_ENOUGH = 12
# Nor reads anybody for a day beyond this many characters, emoji as words: a text of nothing but these is longer.
LONGEST = 1600


@dataclass(frozen=True, slots=True)
class Named:
    """A day and where it was named; `dated` by the calendar, `evening` where it was tonight."""

    start: int
    end: int
    day: date
    dated: bool = False
    evening: bool = False


def days_named(line: str, today: date, words: WhenWords) -> list[Named]:
    """Every day named, in the order they were said; a longer name hides the shorter inside it."""
    found: list[Named] = []
    for pattern, day_of, dated in _ways(words, today):
        matches = list(islice(pattern.finditer(line), _ENOUGH))
        for match in matches:
            if (day := day_of(match)) is not None:
                found.append(Named(match.start(), match.end(), day, dated, evening=pattern is words.tonight))
            # Of a date that there is not ("31st feb") no part is another.
            if day is not None or dated:
                line = line[: match.start()] + _HIDDEN * len(match[0]) + line[match.end() :]
    return sorted(found, key=lambda n: n.start)


def _ways(words: WhenWords, today: date) -> Iterator[tuple[re.Pattern[str], DayOf, bool]]:
    """Every way of naming a day, in order: the days with a name of their own, the rules, the plain words."""
    yield words.easter_day, lambda m: from_easter(today, words.easter_days[m[0]]), False
    yield words.weekday_day, lambda m: weekday_of_month(today, words.weekday_days[m[0]]), False
    yield words.named_day, lambda m: date_named(today, *words.named_days[m[0]], None), False
    for rule in day_rules(words):
        yield rule.pattern, _reading(rule, today, words), rule.dated
    yield words.after_tomorrow, lambda m: today + timedelta(days=2), False
    yield words.tomorrow, lambda m: today + timedelta(days=1), False
    yield words.tonight, lambda m: today, False
    yield words.named_weekday, lambda m: next_weekday(today, words.named_weekdays[m[0]]), False
    yield words.today, lambda m: today, False


def _reading(rule: Rule, today: date, words: WhenWords) -> DayOf:
    return lambda match: rule.reader({WHOLE: match[0], **said(match)}, today, words)

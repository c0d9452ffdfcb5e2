"""Every day named in a line, with its place."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from bot.reading.dates import date_named, next_weekday
from bot.reading.dayrules import day_rules
from bot.reading.whenwords import WhenWords


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
    for rule in day_rules(words):
        for match in _free(rule.pattern, line, found):
            if (day := rule.reader(match, today, words)) is not None:
                found.append(Named(match.start(), match.end(), day, rule.dated))
    for pattern, day_of in _plain_names(words, today):
        for match in _free(pattern, line, found):
            if (day := day_of(match)) is not None:
                found.append(Named(match.start(), match.end(), day, evening=pattern is words.tonight))
    return sorted(found, key=lambda n: n.start)


def _free(pattern: re.Pattern[str], line: str, taken: list[Named]) -> Iterator[re.Match[str]]:
    """Matches that overlap nothing named before."""
    for match in pattern.finditer(line):
        if not any(match.start() < n.end and match.end() > n.start for n in taken):
            yield match


def _plain_names(
    words: WhenWords, today: date
) -> tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], date | None]], ...]:
    return (
        (words.after_tomorrow, lambda m: today + timedelta(days=2)),
        (words.tomorrow, lambda m: today + timedelta(days=1)),
        (words.tonight, lambda m: today),
        (words.named_day, lambda m: date_named(today, *words.named_days[m[0]], None)),
        (words.named_weekday, lambda m: next_weekday(today, words.named_weekdays[m[0]])),
        (words.today, lambda m: today),
    )

"""The words for times of one language, as patterns."""

import re
from dataclasses import dataclass
from datetime import time
from functools import cache
from typing import Any

from bot.reading.words import sheet


@dataclass(frozen=True, slots=True, eq=False)
class WhenWords:
    """Alternatives ready to stand in a pattern, and what each word means."""

    days: dict[str, int]
    months: dict[str, int]
    ordinals: dict[str, int]
    numbers: dict[str, int]
    day: str
    month: str
    ordinal: str
    number: str
    today: re.Pattern[str]
    tonight: re.Pattern[str]
    tomorrow: re.Pattern[str]
    after_tomorrow: re.Pattern[str]
    weekend: str
    named_days: dict[str, tuple[int, int]]
    named_day: re.Pattern[str]
    named_weekdays: dict[str, int]
    named_weekday: re.Pattern[str]
    times: dict[str, tuple[time, bool]]
    time: re.Pattern[str]
    vague: re.Pattern[str]
    vague_beside_a_step: re.Pattern[str]
    any_day: re.Pattern[str]


@cache
def when_words(language: str) -> WhenWords:
    """The words for times of a language."""
    page: dict[str, Any] = sheet(language, "when")
    days, months = _table(page["days"]), _table(page["months"])
    ordinals = {w: i for i, w in enumerate(page["ordinals"].split(), 1)}
    ordinals |= {w.replace("-", " "): i for w, i in ordinals.items()}
    numbers = {w: i for i, w in enumerate(page["numbers"].split(), 1)}
    named = {w: _month_day(d) for d, ws in page["named_days"].items() for w in ws.split("|")}
    named_weekdays = {w: int(d) for d, ws in page["named_weekdays"].items() for w in ws.split("|")}
    times = {w: (_time(t), t.endswith("m")) for t, ws in page["times"].items() for w in ws.split("|")}
    return WhenWords(
        days=days,
        months=months,
        ordinals=ordinals,
        numbers=numbers,
        day=either(days),
        month=either(months),
        ordinal=either(ordinals),
        number=either(numbers),
        today=_whole_words(page["today"]),
        tonight=_whole_words(page["tonight"]),
        tomorrow=_whole_words(page["tomorrow"]),
        after_tomorrow=_whole_words(page["after_tomorrow"]),
        weekend=either(page["weekend"].split("|")),
        named_days=named,
        named_day=_pattern(named),
        named_weekdays=named_weekdays,
        named_weekday=_pattern(named_weekdays),
        times=times,
        time=_pattern(times),
        vague=_whole_words(page["vague"]),
        vague_beside_a_step=_whole_words(page["vague_beside_a_step"]),
        any_day=_pattern(days),
    )


def either(words: Any) -> str:
    """The words as alternatives, the longest first."""
    return "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))


def _pattern(words: Any) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'-])(?:{either(words)})(?![\w'])")


def _whole_words(written: str) -> re.Pattern[str]:
    return _pattern(written.split("|"))


def _table(rows: dict[int, str]) -> dict[str, int]:
    return {w: int(number) for number, words in rows.items() for w in words.split()}


def _month_day(written: str) -> tuple[int, int]:
    month, day = str(written).split("-")
    return int(month), int(day)


def _time(written: str) -> time:
    return time.fromisoformat(written.rstrip("m"))

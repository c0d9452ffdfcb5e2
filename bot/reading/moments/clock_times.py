"""The times of day that a text names, each with its place. Half 2 is 14:30; bare 1 to 6 is after noon."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time

from bot.reading.moments.when_words import TimeWords

Span = tuple[int, int]
NOON = 12
# A bare hour from here on is before noon, unless it is an evening.
MORNING_FROM = 7


@dataclass(frozen=True, slots=True)
class Hour:
    """A time of day. ``part``: a part of the day by name; ``bare``: a figure that leaves open which half of the day."""

    at: time
    span: Span
    part: bool = False
    bare: bool = False


def hours_in(text: str, words: TimeWords, *, with_day: bool) -> list[Hour]:
    """Every time of day, in the order of the text. Beside a day a bare figure is a time, too: "thurs 2"."""
    found = [*_clocks(text, words), *_quarters(text, words), *_bare(text, words), *_parts(text, words)]
    if with_day:
        found += _after_a_day(text, words)
    found.sort(key=lambda hour: (hour.span[0], -hour.span[1]))
    apart: list[Hour] = []
    for hour in found:
        if not apart or hour.span[0] >= apart[-1].span[1]:
            apart.append(hour)
    return apart


def _clocks(text: str, words: TimeWords) -> Iterator[Hour]:
    for match in words.clock.finditer(text):
        if match["h"]:
            made = _halved(int(match["h"]), int(match["m"] or 0), match["half"], words)
        elif match["h24"]:
            made = _plain(int(match["h24"]), int(match["m24"]))
        else:
            made = _plain(_number(match["ho"], words), 0)
        if made:
            bare = match["half"] is None and made.hour < NOON
            yield Hour(made, match.span(), bare=bare)


def _quarters(text: str, words: TimeWords) -> Iterator[Hour]:
    for match in words.quarter.finditer(text):
        half = match["part"] == "half"
        if not half and match["way"] is None:
            continue
        minutes = {"half": 30, "quarter": 15, "qtr": 15}.get(match["part"]) or _number(match["part"], words)
        hour = _number(match["qh"], words)
        base = _halved(hour, 0, match["half"], words) if match["half"] else _plain(hour, 0)
        if base is None or not 0 < minutes < 60:
            continue
        total = base.hour * 60 + (-minutes if match["way"] == "to" else minutes)
        yield Hour(time(*divmod(total % 1440, 60)), match.span(), bare=match["half"] is None and total < NOON * 60)


def _bare(text: str, words: TimeWords) -> Iterator[Hour]:
    for match in words.bare_hour.finditer(text):
        made = _plain(_number(match["bare"], words), 0)
        if made:
            yield Hour(made, match.span(), bare=made.hour < NOON)


def _after_a_day(text: str, words: TimeWords) -> Iterator[Hour]:
    """A figure right behind the name of a day: "thurs 2", "tomorrow 10"."""
    for pattern in (words.weekday, words.day, words.tonight):
        for day in pattern.finditer(text):
            match = re.match(r"[\s,]+(\d{1,2})(?![\w/:.%-])", text[day.end() :])
            made = _plain(int(match[1]), 0) if match else None
            if match and made:
                yield Hour(made, (day.end() + match.start(1), day.end() + match.end(1)), bare=made.hour < NOON)


def _parts(text: str, words: TimeWords) -> Iterator[Hour]:
    for match in words.part.finditer(text):
        yield Hour(words.times[" ".join(match["part"].split())], match.span(), part=True)


def _number(word: str, words: TimeWords) -> int:
    return int(word) if word.isdigit() else words.numbers.get(word, 0)


def _halved(hour: int, minute: int, half: str, words: TimeWords) -> time | None:
    """An hour whose half of the day was said."""
    if hour > NOON:
        return _plain(hour, minute)
    if not 1 <= hour <= NOON:
        return None
    return time(hour % NOON + (0 if " ".join(half.split()) in words.am else NOON), minute)


def _plain(hour: int, minute: int) -> time | None:
    """An hour as it is said of a day: 1 to 6 after noon, 7 to 11 before it, 12 at noon, 13 and on as they are."""
    if not 0 < hour < 24:
        return None
    return time(hour + NOON if hour < MORNING_FROM else hour, minute)

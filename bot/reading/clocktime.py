"""A time of day, in figures or in words."""

import re
from dataclasses import dataclass
from datetime import time

from bot.reading.whenwords import ClockWords, WhenWords, said

_AFTERNOON_FROM = 7  # bare 1 to 6 are afternoon; 7 to 11 morning; 12 noon
_MORNING_BEGINS = time(9)


@dataclass(frozen=True, slots=True)
class Clock:
    """A time as said: `hour` may still be either half of the day.

    `figures` it was said in figures; `rolls` it means tomorrow once it has gone, and `roughly` once it has long
    gone; `morning` it means the next morning; `bare` it is a number that only a day beside it makes a time.
    """

    start: int
    end: int
    hour: int
    minute: int
    half: str | None
    figures: bool
    rolls: bool = True
    roughly: bool = False
    morning: bool = False
    bare: bool = False

    def time_on(self, *, evening: bool = False, after: time | None = None) -> time | None:
        """The time of day, by the rule for bare hours, or the evening where that was said."""
        hour = self.hour
        if self.half == "p" and hour < 12:
            hour += 12
        elif self.half == "a" and hour == 12:
            hour = 0
        elif self.half is None and self.figures and hour <= 12:
            hour = self._guessed(hour, evening, after)
        return time(hour, self.minute) if hour < 24 else None

    def _guessed(self, hour: int, evening: bool, after: time | None) -> int:
        if 1 <= hour < _AFTERNOON_FROM or (evening and hour < 12):
            return hour + 12
        gone = after is not None and time(hour % 24, self.minute) <= after
        # "at 8", said at ten in the morning, is tonight.
        return hour + 12 if gone and _AFTERNOON_FROM <= hour < 12 else hour


def time_said(line: str, lists: WhenWords) -> Clock | None:
    """The first time of day in a cleaned line: figures before words."""
    for pattern in lists.clock.ways:
        for match in pattern.finditer(line):
            if clock := _from_figures(match, line, lists):
                return clock
    for pattern, moment in lists.times_said:
        if words := pattern.search(line):
            return Clock(words.start(), words.end(), moment.hour, moment.minute, None, False, False, roughly=True)
    if words := lists.time_word.search(line):
        moment, morning = lists.times[words[0]]
        # A school run or a meal comes round again today, and is no minute of the day.
        rolls = moment == _MORNING_BEGINS
        return Clock(words.start(), words.end(), moment.hour, moment.minute, None, False, rolls, not rolls, morning)
    return _bare_beside_a_day(line, lists)


def _from_figures(match: re.Match[str], line: str, lists: WhenWords) -> Clock | None:
    groups, clock = said(match), lists.clock
    hour = _number(groups["hour"], lists)
    half = clock.half_of(groups) or _half_after(line, match.end(), clock)
    if hour is None or hour > 23 or (half and hour > 12):
        return None
    hour, minute = _past_or_to(hour, groups, lists)
    # "0 to 10" is a scale, and "70 past" no time of day.
    return None if not 0 <= minute < 60 else Clock(match.start(), match.end(), hour, minute, half, True)


def _half_after(line: str, end: int, clock: ClockWords) -> str | None:
    match = clock.then_a_daypart.match(line, end)
    return clock.half_of(said(match)) if match else None


def _past_or_to(hour: int, groups: dict[str, str], lists: WhenWords) -> tuple[int, int]:
    part = groups.get("part")
    if not part:
        return hour, int(groups.get("minute") or 0)
    first = part.split()[0]
    minutes = lists.clock.minutes.get(part) or _number(first, lists) or 0
    if groups.get("way") in lists.clock.before:
        return (hour - 1) % 12 or 12, 60 - minutes
    return hour, minutes


def _number(word: str, lists: WhenWords) -> int | None:
    return int(word) if word.isdecimal() else lists.numbers.get(word)


def _bare_beside_a_day(line: str, lists: WhenWords) -> Clock | None:
    """ "thurs 2": a lone hour right after a day."""
    clock = lists.clock
    for day in lists.any_day.finditer(line):
        match = clock.lone_hour.match(line, day.end())
        if not match or not 1 <= int(match[1]) <= 12:
            continue
        if not clock.not_an_hour.match(line, match.end()) and not clock.month_next.match(line, match.end()):
            return Clock(match.start(1), match.end(1), int(match[1]), 0, None, True, bare=True)
    return None

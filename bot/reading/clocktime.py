"""A time of day, in figures or in words."""

import re
from dataclasses import dataclass
from datetime import time
from functools import cache

from bot.reading.whenwords import WhenWords

_HALF_DAY = re.compile(r" ?([ap])\.?m\b\.?")
_AFTERNOON_FROM = 7  # bare 1 to 6 are afternoon; 7 to 11 morning; 12 noon


@dataclass(frozen=True, slots=True)
class Clock:
    """A time as said: `hour` may still be either half of the day.

    `figures` it was said in figures; `rolls` it means tomorrow once it has gone; `morning` it means the next
    morning; `bare` it is a number that only a day beside it makes a time.
    """

    start: int
    end: int
    hour: int
    minute: int
    half: str | None
    figures: bool
    rolls: bool = True
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


# What may follow a bare hour; anything else and it counts something ("ask about 2 jobs").
_AFTER_AN_HOUR = (
    r"(?=\s*$|[,!?)]|\.(?!\d)| (?:on|in|today|tomorrow|tmrw|tomoz|then|and|tonight|sharp|this|the|x|pls|please|if|to|so"
    r"|when|with|or|mon|tue|wed|thu|fri|sat|sun|next|every|cos|but|for me)|ish)"
)


@cache
def _patterns(number: str) -> tuple[re.Pattern[str], ...]:
    hour = rf"(?P<hour>\d{{1,2}}|{number})"
    half = r"(?: ?(?P<half>[ap])\.?m\b\.?)?"
    return tuple(
        re.compile(p)
        for p in (
            r"\b(?P<part>half|quarter|5|10|20|25|five|ten|twenty|\d{1,2} mins?) (?P<way>past|to|after|before) "
            rf"{hour}{half}(?![\w:/.])",
            rf"\b(?P<part>half)(?P<way>) {hour}{half}(?![\w:/])(?! hours?| days?| an)",
            r"(?<![\w/.:£-])(?P<hour>\d{1,2}) ?(?:-|to|til|till) ?\d{1,2} ?(?P<half>[ap])\.?m\b",
            rf"(?<![\w/.:-]){hour}[:.](?P<minute>[0-5]\d){half}(?:ish)?(?![\w/.]\w|\d)",
            r"(?<![\w/.:£-])(?P<hour>\d{1,2})(?P<half>[ap])\.?m?\b\.?",
            r"(?<![\w/.:£-])(?P<hour>\d{1,2}) (?P<half>[ap])\.?m\b",
            rf"(?<![\w/.:£-]){hour} (?:in the |this )?(?P<daypart>morn|aft|even|eve\b)\w*",
            rf"(?<![\w/.:£-]){hour} ?o'?clock(?: in the (?P<daypart>morn|aft|even)\w+)?",
            r"(?<![\w/.:£-])(?P<hour>[012]\d)(?P<minute>[0-5]\d) ?(?:hrs|hours|h)\b",
            rf"\b(?:at|about|around|by|after|before|from|@|till|til|roughly|approx) ?(?:about |around |bout )?"
            rf"{hour}(?:ish)?{_AFTER_AN_HOUR}",
            r"(?<![\w/.:£-])(?P<hour>\d{1,2})ish\b",
        )
    )


def time_said(line: str, lists: WhenWords) -> Clock | None:
    """The first time of day in a cleaned line: figures before words."""
    for pattern in _patterns(lists.number):
        for match in pattern.finditer(line):
            if clock := _from_figures(match, line, lists):
                return clock
    if words := lists.time.search(line):
        moment, morning = lists.times[words[0]]
        # A school run or a meal comes round again today; nobody means it for the time that has gone.
        rolls = moment == time(9)
        return Clock(words.start(), words.end(), moment.hour, moment.minute, None, False, rolls, morning)
    return _bare_beside_a_day(line, lists)


def _from_figures(match: re.Match[str], line: str, lists: WhenWords) -> Clock | None:
    groups = match.groupdict()
    hour = _number(groups["hour"] or "", lists)
    half = groups.get("half") or _half_after(line, match.end())
    if hour is None or hour > 23 or (half and hour > 12):
        return None
    hour, minute = _past_or_to(hour, groups, lists)
    if daypart := groups.get("daypart"):
        half = "a" if daypart == "morn" else "p"
    return Clock(match.start(), match.end(), hour, minute, half, True)


def _half_after(line: str, end: int) -> str | None:
    if re.match(r" (?:in the |this |tomorrow )?(?:aft|after ?noon|evening|tonight|night|at night|eve)\b", line[end:]):
        return "p"
    if re.match(r" (?:in the |this |tomorrow )?morn", line[end:]):
        return "a"
    return None


def _past_or_to(hour: int, groups: dict[str, str | None], lists: WhenWords) -> tuple[int, int]:
    part = groups.get("part")
    if not part:
        return hour, int(groups.get("minute") or 0)
    minutes = {"half": 30, "quarter": 15}.get(part) or _number(part.split()[0], lists) or {"twenty": 20}.get(part, 0)
    if groups.get("way") in ("to", "before"):
        return (hour - 1) % 12 or 12, 60 - minutes
    return hour, minutes


def _number(word: str, lists: WhenWords) -> int | None:
    return int(word) if word.isdecimal() else lists.numbers.get(word)


def _bare_beside_a_day(line: str, lists: WhenWords) -> Clock | None:
    """ "thurs 2": a lone hour right after a day."""
    for day in lists.any_day.finditer(line):
        match = re.match(
            r",? (\d{1,2})(?:ish)?(?= |$|[,.!?])(?! (?:or|jobs?|places|people|days?|weeks?))", line[day.end() :]
        )
        if match and 1 <= int(match[1]) <= 12 and not _a_month_follows(line[day.end() + match.end() :], lists):
            return Clock(day.end() + match.start(1), day.end() + match.end(1), int(match[1]), 0, None, True, bare=True)
    return None


def _a_month_follows(rest: str, lists: WhenWords) -> bool:
    return re.match(rf" (?:of )?(?:{lists.month})\b", rest) is not None

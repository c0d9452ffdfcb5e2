"""The end of a break, where one was named."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from bot.reading.dates import after
from bot.reading.days import days_named
from bot.reading.normalise import clean
from bot.reading.whenwords import WhenWords, when_words

_LONGEST = 366


def until(text: str, now: datetime, language: str = "en") -> date | None:
    """The day a break ends: a length ("2 weeks"), a season ("after xmas"), a month or a day; else None."""
    line, lists, today = clean(text), when_words(language), now.date()
    end = (
        _length(line, today, lists)
        or _season(line, today)
        or _named_day(line, today, lists)
        or _month(line, today, lists)
    )
    return end if end and today < end <= today + timedelta(days=_LONGEST) else None


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _length(line: str, today: date, lists: WhenWords) -> date | None:
    if re.search(r"\bfortnight\b", line):
        return after(today, 2, "week")
    match = re.search(rf"\b(\d{{1,2}}|{_any_of(lists.numbers)}|an?|couple|few)(?: of)? (day|week|wk|month)s?\b", line)
    if not match:
        return _this_or_next(line, today)
    # "A few" is three: short enough to be asked again, long enough to be a break.
    many = {"a": 1, "an": 1, "couple": 2, "few": 3}.get(match[1]) or lists.numbers.get(match[1]) or int(match[1])
    return after(today, many, match[2]) if many <= 52 else None


def _this_or_next(line: str, today: date) -> date | None:
    """ "no texts next week": until the Monday after it."""
    match = re.search(r"\b(this|next|nxt) (?:week|wk)\b", line)
    if not match:
        return None
    monday = today + timedelta(days=7 - today.weekday())
    return monday if match[1] == "this" else monday + timedelta(days=7)


def _season(line: str, today: date) -> date | None:
    if re.search(r"\bnew year'?s?\b", line):
        return date(today.year + 1, 1, 2)
    if re.search(r"\b(?:xmas|christmas|crimbo|the holidays)\b", line):
        day = date(today.year, 12, 27)
        return day if day > today else date(today.year + 1, 12, 27)
    return None


def _named_day(line: str, today: date, lists: WhenWords) -> date | None:
    return max((n.day for n in days_named(line, today, lists) if n.day > today), default=None)


def _month(line: str, today: date, lists: WhenWords) -> date | None:
    match = re.search(rf"\b(?:til+|until+|in|to|for|after|start of|beginning of|of) ({_any_of(lists.months)})\b", line)
    if not match:
        return None
    month = lists.months[match[1]]
    return date(today.year + (month <= today.month), month, 1)

"""The end of a break, where one was named."""

from datetime import date, datetime, timedelta

from bot.reading.dates import WEEK, after, start_of_week
from bot.reading.days import LONGEST, days_named
from bot.reading.normalise import clean
from bot.reading.whenwords import WhenWords, said, when_words

_LONGEST = 366
_MOST = 52


def until(text: str, now: datetime, language: str = "en") -> date | None:
    """The day a break ends: a length ("2 weeks"), a season ("after xmas"), a month or a day; else None."""
    line, lists, today = clean(text)[:LONGEST], when_words(language), now.date()
    end = (
        _length(line, today, lists)
        or _season(line, today, lists)
        or _named_day(line, today, lists)
        or _month(line, today, lists)
    )
    return end if end and today < end <= today + timedelta(days=_LONGEST) else None


def _length(line: str, today: date, lists: WhenWords) -> date | None:
    if lists.until.fortnight.search(line):
        return after(today, 2, "week")
    match = lists.until.lengths.search(line)
    if not match:
        return _this_or_next(line, today, lists)
    length = said(match)
    # "A few" is three: short enough to be asked again, long enough to be a break.
    many = lists.until.amounts.get(length["many"]) or lists.amount(length["many"])
    return after(today, many, lists.units[length["unit"]]) if many <= _MOST else None


def _this_or_next(line: str, today: date, lists: WhenWords) -> date | None:
    """ "no texts next week": until the Monday after it."""
    for pattern, later in lists.until.weeks:
        if pattern.search(line):
            return start_of_week(today) + timedelta(days=WEEK * (later + 1))
    return None


def _season(line: str, today: date, lists: WhenWords) -> date | None:
    for pattern, (month, nth) in lists.until.seasons:
        if pattern.search(line):
            day = date(today.year, month, nth)
            return day if day > today else date(today.year + 1, month, nth)
    return None


def _named_day(line: str, today: date, lists: WhenWords) -> date | None:
    return max((n.day for n in days_named(line, today, lists) if n.day > today), default=None)


def _month(line: str, today: date, lists: WhenWords) -> date | None:
    match = lists.until.months.search(line)
    if not match:
        return None
    month = lists.months[said(match)["month"]]
    return date(today.year + (month <= today.month), month, 1)

"""Days as people name them, against today."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from bot.reading.whenwords import WhenWords

_WEEK = 7


@dataclass(frozen=True, slots=True)
class Named:
    """A day and where it was named; `dated` by the calendar, `evening` where it was tonight."""

    start: int
    end: int
    day: date
    dated: bool = False
    evening: bool = False


Reader = Callable[[re.Match[str], date, WhenWords], date | None]


def days_named(line: str, today: date, lists: WhenWords) -> list[Named]:
    """Every day named, in the order they were said; a longer name hides the shorter inside it."""
    found: list[Named] = []
    for pattern, reader, dated in _rules(lists.day, lists.month, lists.ordinal, lists.weekend, lists.number):
        found += _hits(pattern.finditer(line), lambda m, r=reader: r(m, today, lists), found, dated)  # type: ignore[misc]
    for pattern, word_reader in _word_rules(lists, today):
        evening = pattern is lists.tonight
        for n in list(_hits(pattern.finditer(line), word_reader, found, False)):
            found.append(Named(n.start, n.end, n.day, False, evening))
    return sorted(found, key=lambda n: n.start)


def _hits(
    matches: Iterator[re.Match[str]], reader: Callable[[re.Match[str]], date | None], taken: list[Named], dated: bool
) -> Iterator[Named]:
    for match in matches:
        if any(match.start() < n.end and match.end() > n.start for n in taken):
            continue
        if (day := reader(match)) is not None:
            yield Named(match.start(), match.end(), day, dated)


def _word_rules(
    lists: WhenWords, today: date
) -> tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], date | None]], ...]:
    return (
        (lists.after_tomorrow, lambda m: today + timedelta(days=2)),
        (lists.tomorrow, lambda m: today + timedelta(days=1)),
        (lists.tonight, lambda m: today),
        (lists.named_day, lambda m: _next_date(today, *lists.named_days[m[0]])),
        (lists.named_weekday, lambda m: _after(today, lists.named_weekdays[m[0]])),
        (lists.today, lambda m: today),
    )


@cache
def _rules(
    day: str, month: str, ordinal: str, weekend: str, number: str
) -> tuple[tuple[re.Pattern[str], Reader, bool], ...]:
    weekday = rf"(?P<day>{day})(?![\w'])"
    nth = r"(?P<nth>\d{1,2})(?:st|nd|rd|th)?"
    many = rf"(?P<many>\d{{1,2}}|{number}|an?|couple of|a couple of|a few_)"
    rules: list[tuple[str, Reader, bool]] = [
        (r"(?<![\d/.-])(?P<year>20\d\d)-(?P<month>\d{1,2})-(?P<nth>\d{1,2})\b", _in_figures, True),
        (r"(?<![\w/.-])(?P<nth>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{2,4})\b", _in_figures, True),
        (r"(?<![\w/.£-])(?P<nth>\d{1,2})/(?P<month>\d{1,2})(?![\w/])", _in_figures, True),
        (r"(?<![\w/.£-])(?P<nth>\d{1,2})\.(?P<month>1[0-2]|0\d)(?![\w/.]|\.\d)", _in_figures, True),
        (
            rf"\b(?:the )?(?P<nth>\d{{1,2}})(?: ?(?:st|nd|rd|th))?(?: of)?[ -]?(?P<named>{month})\b\.?(?:,? (?P<year>20\d\d))?",
            _in_words,
            True,
        ),
        (
            rf"\b(?P<named>{month})\b\.?(?: the)? (?P<nth>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,? (?P<year>20\d\d))?",
            _in_words,
            True,
        ),
        (rf"\b(?:the )?(?P<worded>{ordinal})(?: of)? (?P<named>{month})\b", _in_words, True),
        (rf"\b(?:{day}) (?:the )?(?P<worded>{ordinal})\b", _of_this_month, True),
        (rf"\b(?:end|last day) of (?P<named>{month})\b", _end_of_named_month, True),
        (r"\b(?P<last>end|last day) of (?P<which>the|this|next|)? ?month\b", _end_of_month, True),
        (
            rf"\b(?P<worded>first|last|1st) (?P<day>{day}) (?:of|in) (?:the )?(?P<named>{month})\b",
            _first_weekday_of,
            True,
        ),
        (
            rf"\b(?:the )?{nth}(?<=[tdh])(?: of (?:the|this) month)?(?![\w/])(?! (?:thing|floor|one|bit|time|place|job|page|interview))",
            _of_this_month,
            True,
        ),
        (rf"\b(?:the )(?P<worded>{ordinal})(?: of (?:the|this) month)?$", _of_this_month, True),
        (
            rf"\b(?:a )?week (?:on |from |today |this |come )?{weekday}|{weekday} week\b|{weekday} after next\b",
            _week_after_weekday_two,
            False,
        ),
        (
            rf"\b(?:nxt|next|following) week,? ?(?:on |this |the )?{weekday}|{weekday},? ?(?:of |in )?(?:nxt|next|following) (?:week|wk)\b",
            _next_weeks_two,
            False,
        ),
        (rf"\b(?:nxt|next|following) {weekday}", _next_weeks, False),
        (rf"\b(?:this|dis|this coming) {weekday}", _this_weeks, False),
        (
            r"\b(?P<one>a|1|one) (?:week|wk) (?:from )?(?P<base>today|now|the day|tomorrow|tmrw|tomoz)\b|\b(?P<two>2|two|a couple of) (?:weeks|wks) (?:from )?(?:today|now)\b|\btoday (?:next )?week\b|\bthis time next week\b",
            _weeks_from,
            False,
        ),
        (r"\b(?:in )?(?:(?:a|1|one) )?(?:fortnight|fortnights time|fortnight's time)\b", _fortnight, False),
        (
            rf"\b(?:in |within )?{many} (?P<unit>day|week|wk|month)s?'?s?(?: time|'s time|s time)\b|\bin {many.replace('many', 'many2')} (?P<unit2>day|week|wk|month)s?\b|\b{many.replace('many', 'many3')} (?P<unit3>day|week|wk)s? (?:from now|from today)\b",
            _after_a_while,
            False,
        ),
        (
            rf"\b(?:in|within) (?:an?|half an?|the|\d+|a couple of|couple of|a few|{number}) ?(?:hour|hr|min|minute)s?\b|\bwithin the hour\b",
            lambda m, today, lists: today,
            False,
        ),
        (
            rf"\b(?:(?P<rel>next|nxt|following|this|dis|the|at|coming|over) )?(?:the )?(?:{weekend})\b(?P<later> after)?",
            _weekend,
            False,
        ),
        (
            r"\b(?:end of|the end of|by the end of|back end of) (?P<rel>the|this|next|nxt|)? ?(?:week|wk)\b",
            _end_of_week,
            False,
        ),
        (
            r"\b(?:start of|beginning of|early|start) (?:next|nxt|the next) (?:week|wk)\b|\b(?:next|nxt) week early\b",
            _start_of_next_week,
            False,
        ),
        (
            r"\b(?:middle of|mid) (?:next|nxt) (?:week|wk)\b",
            lambda m, today, lists: _start_of_week(today) + timedelta(days=9),
            False,
        ),
        (rf"(?<![\w'/]){weekday}(?! (?:and|&) (?:every|each))", _bare_weekday, False),
    ]
    return tuple((re.compile(_unique(p)), reader, dated) for p, reader, dated in rules)


def _unique(pattern: str) -> str:
    """A pattern may name its day in each of its alternatives: day, day2, day3."""
    count = 0

    def rename(match: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return f"(?P<{match[1]}{'' if count == 1 else count}>"

    return re.sub(r"\(\?P<(day)>", rename, pattern)


def _group(match: re.Match[str], *names: str) -> str | None:
    groups = match.groupdict()
    return next((groups[n] for n in names if groups.get(n)), None)


def _weekday(match: re.Match[str], lists: WhenWords) -> int:
    return lists.days[_group(match, "day", "day2", "day3") or ""]


def _after(today: date, weekday: int) -> date:
    """The next such day after today."""
    return today + timedelta(days=(weekday - today.weekday() - 1) % _WEEK + 1)


def _start_of_week(today: date) -> date:
    return today - timedelta(days=today.weekday())


def _bare_weekday(match: re.Match[str], today: date, lists: WhenWords) -> date | None:
    # "sun" and "sat" are words too: "sat waiting", "nice sun".
    return _after(today, _weekday(match, lists))


def _this_weeks(match: re.Match[str], today: date, lists: WhenWords) -> date | None:
    day = _start_of_week(today) + timedelta(days=_weekday(match, lists))
    return day if day >= today else day + timedelta(days=_WEEK)


def _next_weeks(match: re.Match[str], today: date, lists: WhenWords) -> date | None:
    return _start_of_week(today) + timedelta(days=_WEEK + _weekday(match, lists))


_next_weeks_two = _next_weeks


def _week_after_weekday_two(match: re.Match[str], today: date, lists: WhenWords) -> date | None:
    return _after(today, _weekday(match, lists)) + timedelta(days=_WEEK)


def _weeks_from(match: re.Match[str], today: date, lists: WhenWords) -> date | None:
    if _group(match, "two"):
        return today + timedelta(days=2 * _WEEK)
    extra = 1 if (_group(match, "base") or "").startswith(("tom", "tm")) else 0
    return today + timedelta(days=_WEEK + extra)


def _fortnight(match: re.Match[str], today: date, lists: WhenWords) -> date | None:
    return today + timedelta(days=2 * _WEEK)


def _after_a_while(match: re.Match[str], today: date, lists: WhenWords) -> date | None:
    word = _group(match, "many", "many2", "many3") or ""
    unit = _group(match, "unit", "unit2", "unit3") or ""
    many = 1 if word in ("a", "an") else 2 if "couple" in word else lists.numbers.get(word) or int(word)
    return after(today, many, unit)


def after(today: date, many: int, unit: str) -> date:
    """So many days, weeks or months on."""
    if unit == "month":
        month = today.month - 1 + many
        year, month = today.year + month // 12, month % 12 + 1
        return date(year, month, min(today.day, monthrange(year, month)[1]))
    return today + timedelta(days=many * (1 if unit == "day" else _WEEK))


def _weekend(match: re.Match[str], today: date, lists: WhenWords) -> date | None:
    saturday = _start_of_week(today) + timedelta(days=5)
    if match["later"] or match["rel"] in ("next", "nxt", "following"):
        return saturday + timedelta(days=_WEEK)
    return max(saturday, today)


def _end_of_week(match: re.Match[str], today: date, lists: WhenWords) -> date | None:
    friday = _start_of_week(today) + timedelta(days=4)
    if match["rel"] in ("next", "nxt"):
        return friday + timedelta(days=_WEEK)
    return max(friday, today)


def _start_of_next_week(match: re.Match[str], today: date, lists: WhenWords) -> date | None:
    return _start_of_week(today) + timedelta(days=_WEEK)


def _end_of_month(match: re.Match[str], today: date, lists: WhenWords) -> date | None:
    first = after(today.replace(day=1), 1, "month") if match["which"] == "next" else today
    return first.replace(day=monthrange(first.year, first.month)[1])


def _end_of_named_month(match: re.Match[str], today: date, lists: WhenWords) -> date | None:
    month = lists.months[match["named"]]
    year = today.year + (month < today.month)
    return date(year, month, monthrange(year, month)[1])


def _in_figures(match: re.Match[str], today: date, lists: WhenWords) -> date | None:
    return _date(today, int(match["month"]), int(match["nth"]), _group(match, "year"))


def _in_words(match: re.Match[str], today: date, lists: WhenWords) -> date | None:
    worded = _group(match, "worded")
    nth = lists.ordinals[worded] if worded else int(match["nth"])
    return _date(today, lists.months[match["named"]], nth, _group(match, "year"))


def _of_this_month(match: re.Match[str], today: date, lists: WhenWords) -> date | None:
    """The 2nd: of this month, or of the next where it has gone."""
    worded = _group(match, "worded")
    nth = lists.ordinals[worded] if worded else int(match["nth"])
    for months in range(3):
        first = after(today.replace(day=1), months, "month")
        if 1 <= nth <= monthrange(first.year, first.month)[1] and first.replace(day=nth) >= today:
            return first.replace(day=nth)
    return None


def _first_weekday_of(match: re.Match[str], today: date, lists: WhenWords) -> date | None:
    first = _date(today, lists.months[match["named"]], 1, None)
    if first is None:
        return None
    if match["worded"] == "last":
        last = first.replace(day=monthrange(first.year, first.month)[1])
        return last - timedelta(days=(last.weekday() - _weekday(match, lists)) % _WEEK)
    return first + timedelta(days=(_weekday(match, lists) - first.weekday()) % _WEEK)


def _next_date(today: date, month: int, nth: int) -> date | None:
    return _date(today, month, nth, None)


def _date(today: date, month: int, nth: int, year: str | None) -> date | None:
    """A date that exists; without a year, the next one from today."""
    years = [int(year) + (2000 if len(year) == 2 else 0)] if year else [today.year, today.year + 1]
    for candidate in years:
        try:
            day = date(candidate, month, nth)
        except ValueError:
            continue
        if year or day >= today:
            return day
    return None

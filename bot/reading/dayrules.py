"""The ways of naming a day, each a pattern and what it comes to. A longer way stands before a shorter."""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from rapidfuzz.distance import OSA

from bot.reading.dates import WEEK, after, date_named, next_weekday, start_of_week
from bot.reading.whenwords import WhenWords

Day = date | None
Reader = Callable[[re.Match[str], date, WhenWords], Day]

_NEXT = "(?:nxt|next|following)"
_WEEK_WORD = "(?:week|wk)"
_NO_DAY_AFTER = r"(?! (?:thing|floor|one|bit|time|place|job|page|interview))"
# A name of a day is long enough to stand a slip, and two in the longest.
_TWO_SLIPS = 8


@dataclass(frozen=True, slots=True)
class Rule:
    """One way of naming a day; `dated` by the calendar rather than by the week."""

    pattern: re.Pattern[str]
    reader: Reader
    dated: bool


@cache
def day_rules(language_words: WhenWords) -> tuple[Rule, ...]:
    """Every rule of a language, in the order they are to be tried."""
    dated = [*_figures(), *_words(language_words), *_of_months(language_words)]
    by_week = [*_weekdays(language_words), *_weeks(), *_spans_of_time(language_words), *_ends_of_weeks(language_words)]
    return (
        *(Rule(re.compile(p), reader, True) for p, reader in dated),
        *(Rule(re.compile(p), reader, False) for p, reader in by_week),
    )


def _figures() -> list[tuple[str, Reader]]:
    return [
        (r"(?<![\d/.-])(?P<year>20\d\d)-(?P<month>\d{1,2})-(?P<nth>\d{1,2})\b", _in_figures),
        (r"(?<![\w/.-])(?P<nth>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{2,4})\b", _in_figures),
        (r"(?<![\w/.£-])(?P<nth>\d{1,2})/(?P<month>\d{1,2})(?P<year>)(?![\w/])", _in_figures),
        (r"(?<![\w/.£-])(?P<nth>\d{1,2})\.(?P<month>1[0-2]|0\d)(?P<year>)(?![\w/.]|\.\d)", _in_figures),
    ]


def _words(words: WhenWords) -> list[tuple[str, Reader]]:
    month, year = rf"(?P<named>{words.month})\b\.?", r"(?:,? (?P<year>20\d\d))?"
    return [
        (rf"\b(?:the )?(?P<nth>\d{{1,2}})(?: ?(?:st|nd|rd|th))?(?: of)?[ -]?{month}{year}", _in_words),
        (rf"\b{month}(?: the)? (?P<nth>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:){year}", _in_words),
        (rf"\b(?:the )?(?P<worded>{words.ordinal})(?: of)? {month}{year}", _in_words),
    ]


def _of_months(words: WhenWords) -> list[tuple[str, Reader]]:
    this_month = "(?: of (?:the|this) month)?"
    return [
        (rf"\b(?:{words.day}) (?:the )?(?P<worded>{words.ordinal})\b", _of_this_month),
        (rf"\b(?:end|last day) of (?P<named>{words.month})\b", _end_of_named_month),
        (r"\b(?:end|last day) of (?P<which>the|this|next|)? ?month\b", _end_of_month),
        (
            rf"\b(?P<which>first|last|1st) (?P<day>{words.day}) (?:of|in) (?:the )?(?P<named>{words.month})\b",
            _weekday_of,
        ),
        (rf"\b(?:the )?(?P<nth>\d{{1,2}})(?:st|nd|rd|th){this_month}(?![\w/]){_NO_DAY_AFTER}", _of_this_month),
        (rf"\b(?:the )(?P<worded>{words.ordinal}){this_month}$", _of_this_month),
    ]


def _weekdays(words: WhenWords) -> list[tuple[str, Reader]]:
    day = rf"(?P<day>{words.day})(?![\w'])"
    return [
        (rf"\b(?:a )?week (?:on |from |today |this |come )?{day}", _week_after),
        (rf"\b{day} week\b", _week_after),
        (rf"\b{day} after next\b", _week_after),
        (rf"\b{_NEXT} week,? ?(?:on |this |the )?{day}", _next_weeks),
        (rf"\b{day},? ?(?:of |in )?{_NEXT} {_WEEK_WORD}\b", _next_weeks),
        (rf"\b{_NEXT} {day}", _next_weeks),
        (rf"\b(?:this|dis|this coming) {day}", _this_weeks),
        (rf"(?<![\w']){day}(?! (?:and|&) (?:every|each))", _bare_weekday),
        (r"(?<![\w'])[mtwfs][a-z]{5,9}(?![\w'])", _slip_in_a_day),
    ]


def _weeks() -> list[tuple[str, Reader]]:
    return [
        (rf"\b(?:a|1|one) {_WEEK_WORD} (?:from )?(?:today|now|the day)\b", lambda m, today, _: after(today, 1, "week")),
        (
            rf"\b(?:a|1|one) {_WEEK_WORD} (?:from )?(?:tomorrow|tmrw|tomoz)\b",
            lambda m, today, _: after(today, 8, "day"),
        ),
        (r"\btoday (?:next )?week\b|\bthis time next week\b", lambda m, today, _: after(today, 1, "week")),
        (
            r"\b(?:2|two|a couple of) (?:weeks|wks) (?:from )?(?:today|now)\b",
            lambda m, today, _: after(today, 2, "week"),
        ),
        (
            r"\b(?:in )?(?:(?:a|1|one) )?fortnight(?:'?s time| (?:from )?today)?\b",
            lambda m, today, _: after(today, 2, "week"),
        ),
    ]


def _spans_of_time(words: WhenWords) -> list[tuple[str, Reader]]:
    many = rf"(?P<many>\d{{1,2}}|{words.number}|an?|couple of|a couple of)"
    unit = r"(?P<unit>day|week|wk|month)s?"
    return [
        (rf"\b(?:in |within )?{many} {unit}'?s?(?: time|'s time|s time)\b", _after_a_while),
        (rf"\bin {many} {unit}\b", _after_a_while),
        (rf"\b{many} {unit} (?:from now|from today)\b", _after_a_while),
        (
            rf"\b(?:in|within) (?:(?:half )?an?|the|\d+|(?:a )?couple of|a few|{words.number}) ?"
            r"(?:hour|hr|min|minute)s?\b",
            lambda m, today, _: today,
        ),
    ]


def _ends_of_weeks(words: WhenWords) -> list[tuple[str, Reader]]:
    rel = "(?P<rel>next|nxt|following|this|dis|the|at|coming|over)"
    return [
        (rf"\b(?:{rel} )?(?:the )?(?:{words.weekend})\b(?P<later> after)?", _weekend),
        # "by the end of the week" names no day; "end of the week" is its Friday.
        (
            rf"\b(?<!by )(?<!by the )(?:end of|the end of|back end of) (?P<rel>the|this|next|nxt|)? ?{_WEEK_WORD}\b",
            _friday,
        ),
        (rf"\b(?:start of|beginning of|early|start) (?:the )?{_NEXT} {_WEEK_WORD}\b", _monday),
        (rf"\b{_NEXT} {_WEEK_WORD} early\b", _monday),
        (rf"\b(?:middle of|mid) {_NEXT} {_WEEK_WORD}\b", lambda m, today, _: start_of_week(today) + timedelta(days=9)),
    ]


def _in_figures(match: re.Match[str], today: date, words: WhenWords) -> Day:
    return date_named(today, int(match["month"]), int(match["nth"]), match["year"])


def _nth(match: re.Match[str], words: WhenWords) -> int:
    groups = match.groupdict()
    return words.ordinals[groups["worded"]] if groups.get("worded") else int(groups["nth"])


def _in_words(match: re.Match[str], today: date, words: WhenWords) -> Day:
    return date_named(today, words.months[match["named"]], _nth(match, words), match["year"])


def _of_this_month(match: re.Match[str], today: date, words: WhenWords) -> Day:
    """The 2nd: of this month, or of the next that has one where it has gone."""
    nth = _nth(match, words)
    for months in range(3):
        first = after(today.replace(day=1), months, "month")
        if 1 <= nth <= monthrange(first.year, first.month)[1] and first.replace(day=nth) >= today:
            return first.replace(day=nth)
    return None


def _last_of(first: date) -> date:
    return first.replace(day=monthrange(first.year, first.month)[1])


def _end_of_month(match: re.Match[str], today: date, words: WhenWords) -> Day:
    return _last_of(after(today.replace(day=1), 1, "month") if match["which"] == "next" else today)


def _end_of_named_month(match: re.Match[str], today: date, words: WhenWords) -> Day:
    month = words.months[match["named"]]
    return _last_of(date(today.year + (month < today.month), month, 1))


def _weekday_of(match: re.Match[str], today: date, words: WhenWords) -> Day:
    """The first or the last such day of a month."""
    first = date_named(today, words.months[match["named"]], 1, None)
    if first is None:
        return None
    weekday = words.days[match["day"]]
    if match["which"] == "last":
        last = _last_of(first)
        return last - timedelta(days=(last.weekday() - weekday) % WEEK)
    return first + timedelta(days=(weekday - first.weekday()) % WEEK)


def _bare_weekday(match: re.Match[str], today: date, words: WhenWords) -> Day:
    return next_weekday(today, words.days[match["day"]])


def _slip_in_a_day(match: re.Match[str], today: date, words: WhenWords) -> Day:
    """ "thursdsy": a long word within a slip of the name of a day, or of tomorrow."""
    for name, weekday in words.days.items():
        slips = 2 if len(name) >= _TWO_SLIPS else 1
        if len(name) >= 6 and name[0] == match[0][0] and OSA.distance(match[0], name, score_cutoff=slips) <= slips:
            return next_weekday(today, weekday)
    return None


def _week_after(match: re.Match[str], today: date, words: WhenWords) -> Day:
    return next_weekday(today, words.days[match["day"]]) + timedelta(days=WEEK)


def _this_weeks(match: re.Match[str], today: date, words: WhenWords) -> Day:
    day = start_of_week(today) + timedelta(days=words.days[match["day"]])
    return day if day >= today else day + timedelta(days=WEEK)


def _next_weeks(match: re.Match[str], today: date, words: WhenWords) -> Day:
    return start_of_week(today) + timedelta(days=WEEK + words.days[match["day"]])


def _after_a_while(match: re.Match[str], today: date, words: WhenWords) -> Day:
    word = match["many"]
    many = 1 if word in ("a", "an") else 2 if "couple" in word else words.numbers.get(word) or int(word)
    return after(today, many, match["unit"])


def _weekend(match: re.Match[str], today: date, words: WhenWords) -> Day:
    saturday = start_of_week(today) + timedelta(days=5)
    if match["later"] or match["rel"] in ("next", "nxt", "following"):
        return saturday + timedelta(days=WEEK)
    return max(saturday, today)


def _friday(match: re.Match[str], today: date, words: WhenWords) -> Day:
    friday = start_of_week(today) + timedelta(days=4)
    return friday + timedelta(days=WEEK) if match["rel"] in ("next", "nxt") else max(friday, today)


def _monday(match: re.Match[str], today: date, words: WhenWords) -> Day:
    return start_of_week(today) + timedelta(days=WEEK)

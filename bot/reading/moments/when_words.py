"""The words for times of one language, ready to match. Made once from ``words/<language>/moments.yaml``."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from functools import cache

from rapidfuzz.distance import OSA

from bot.reading.normalise import clean
from bot.reading.words import sheet

LONG_ENOUGH = 5
TWO_SLIPS = 8


@dataclass(frozen=True, slots=True)
class TimeWords:
    """Each pattern matches whole words; each table says what a match stands for."""

    weekday: re.Pattern[str]
    weekdays: Mapping[str, int]
    months: Mapping[str, int]
    days: Mapping[str, int]
    day: re.Pattern[str]
    tonight: re.Pattern[str]
    weekend: re.Pattern[str]
    month_end: re.Pattern[str]
    named: re.Pattern[str]
    names: Mapping[str, tuple[int, int]]
    times: Mapping[str, time]
    part: re.Pattern[str]
    school_run: time
    clock: re.Pattern[str]
    quarter: re.Pattern[str]
    bare_hour: re.Pattern[str]
    numbers: Mapping[str, int]
    date: re.Pattern[str]
    month_first: re.Pattern[str]
    nth: re.Pattern[str]
    ordinals: Mapping[str, int]
    am: frozenset[str]
    correction: re.Pattern[str]
    negation: re.Pattern[str]
    vague: re.Pattern[str]
    tail: re.Pattern[str]
    little: frozenset[str]
    slips: tuple[str, ...]
    known: frozenset[str]

    def mended(self, word: str) -> str:
        """A slip of the keys in a name of a day or a part of it, put right; any other word as it is."""
        if len(word) < LONG_ENOUGH or not word.isalpha() or word in self.known:
            return word
        most = 2 if len(word) >= TWO_SLIPS else 1
        near = min(self.slips, key=lambda name: OSA.distance(word, name, score_cutoff=most))
        return near if OSA.distance(word, near) <= most and near[0] == word[0] else word


def either(words: Iterable[object]) -> str:
    """A pattern for any of these, the longest first."""
    phrases = sorted({clean(str(word)) for word in words}, key=lambda w: (-len(w), w))
    return "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in phrases)


def whole(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w/.:-])(?:{pattern})(?![\w/])")


def _flat(table: Mapping[object, list[str]]) -> dict[str, object]:
    return {clean(str(word)): value for value, words in table.items() for word in words}


@cache
def time_words(language: str) -> TimeWords:
    """The time words of a language; one without a file of its own is read as English."""
    words = sheet(language, "moments")
    weekdays, months = _flat(words["weekdays"]), _flat(words["months"])
    days, parts, names = _flat(words["days"]), _flat(words["times"]), _flat(words["named"])
    numbers = {str(word): number for number, word in words["numbers"].items()}
    ordinals = {str(word): number for number, word in words["ordinals"].items()}
    hour = rf"\d{{1,2}}|{either(w for w, n in numbers.items() if n <= 12)}"
    half_day = either([*words["am"], *words["pm"]])
    around = rf"(?:(?P<next>{either(words['next'])})\s+|(?P<this>{either(words['this'])})\s+)?"
    later = rf"(?:\s+(?P<later>{either(words['a_week_later'])}))?"
    week_on = rf"(?:(?P<week_on>{either(words['a_week_on'])})\s+)?"
    nth = rf"(?:the\s+)?(?P<n>\d{{1,2}}(?:st|nd|rd|th)?|{either(ordinals)})"
    month = rf"(?P<month>{either(months)})"
    year = r"(?:,?\s+(?P<year>20\d\d))?"
    minutes = rf"(?:\d{{1,2}}|{either(numbers)})"
    after_hour = either([*words["after_hour"], *weekdays, *days, *words["tonight"]])
    return TimeWords(
        weekday=whole(rf"{week_on}{around}(?P<weekday>{either(weekdays)}){later}"),
        weekdays={w: int(str(v)) for w, v in weekdays.items()},
        months={w: int(str(v)) for w, v in months.items()},
        days={w: int(str(v)) for w, v in days.items()},
        day=whole(rf"(?P<day>{either(days)})|in\s+(?P<count>{minutes})\s+(?P<unit>hours?|hrs?|mins?|minutes?|days?|weeks?)"
                  r"|in\s+(?P<an>an?)\s+(?P<hour>hour|hr)"),
        tonight=whole(either(words["tonight"])),
        weekend=whole(rf"{around}(?:{either(words['weekend'])})"),
        month_end=whole(either(words["month_end"])),
        named=whole(rf"(?P<name>{either(names)})"),
        names={w: (int(str(v).split("/")[0]), int(str(v).split("/")[1])) for w, v in names.items()},
        times={w: time.fromisoformat(str(v)) for w, v in parts.items()},
        part=whole(rf"(?P<part>{either(parts)})"),
        school_run=time.fromisoformat(words["school_run"]),
        clock=whole(
            rf"(?P<h>\d{{1,2}})(?:[:.](?P<m>[0-5]\d))?\s*(?P<half>{half_day})"
            r"|(?P<h24>[01]?\d|2[0-3])[:.](?P<m24>[0-5]\d)"
            rf"|(?P<ho>{hour})\s*(?:{either(words['oclock'])})"
        ),
        quarter=whole(
            rf"(?P<part>half|quarter|qtr|{minutes})\s+(?P<way>past|to|after)?\s*(?P<qh>{hour})"
            rf"(?:\s*(?P<half>{half_day}))?(?!\s*(?:weeks?|days?|hours?|jobs?))"
        ),
        bare_hour=whole(rf"(?:{either(words['before_hour'])})\s+(?P<bare>{hour})(?=\s*(?:$|[,.!?&-]|(?:{after_hour})\b))"),
        numbers=numbers,
        date=whole(rf"{nth}(?:\s+of)?\s+{month}{year}|(?P<d>\d{{1,2}})\s?[/-]\s?(?P<mo>\d{{1,2}})(?:\s?[/-]\s?(?P<y>\d{{2,4}}))?"
                   r"|(?P<d3>\d{1,2})\.(?P<mo3>\d{1,2})\.(?P<y3>\d{2,4})"),
        month_first=whole(rf"{month}\s+{nth}{year}"),
        nth=whole(r"(?:on\s+)?(?:the\s+)?(?P<n>\d{1,2})(?:st|nd|rd|th)"),
        ordinals=ordinals,
        am=frozenset(clean(str(w)) for w in words["am"]),
        correction=whole(either(words["corrections"])),
        negation=re.compile(rf"(?<!\w)(?:{either(words['negations'])})\s+(?:on\s+|the\s+)?$"),
        vague=whole(either(words["vague"])),
        tail=whole(rf"(?:{either(words['tails'])})\s.*"),
        little=frozenset(str(word) for word in words["little"]),
        slips=tuple(words["slips"]),
        known=frozenset(str(w) for w in words["not_slips"]) | frozenset([*weekdays, *months, *days, *parts]),
    )  # fmt: skip

"""The words for times of one language, as patterns."""

import re
from dataclasses import dataclass
from datetime import time
from functools import cache
from typing import Any

from bot.reading.layered import layered

# No figure before it as in a date, and no letter round it.
_EDGE, _END = r"(?<![\w'£])(?=[\w@])(?<!\d[/.:-])", r"(?![\w'])"

_GROUP, _OF = re.compile(r"\(\?P<(\w+)>"), "__"
# A language without such words names nothing by them.
_NOTHING = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True, eq=False)
class ClockWords:
    """The ways to say a time in figures."""

    ways: tuple[re.Pattern[str], ...]
    minutes: dict[str, int]
    before: frozenset[str]
    halves: tuple[tuple[re.Pattern[str], str], ...]
    then_a_daypart: re.Pattern[str]
    lone_hour: re.Pattern[str]
    not_an_hour: re.Pattern[str]
    month_next: re.Pattern[str]

    def half_of(self, groups: dict[str, str]) -> str | None:
        """Which half of the day was said, as "a" or "p"."""
        mark = groups.get("half") or groups.get("half_joined") or groups.get("daypart")
        return next((half for pattern, half in self.halves if mark and pattern.fullmatch(mark)), None)


@dataclass(frozen=True, slots=True, eq=False)
class UntilWords:
    """The ways to say when a break ends."""

    amounts: dict[str, int]
    lengths: re.Pattern[str]
    fortnight: re.Pattern[str]
    weeks: tuple[tuple[re.Pattern[str], int], ...]
    seasons: tuple[tuple[re.Pattern[str], tuple[int, int]], ...]
    months: re.Pattern[str]


@dataclass(frozen=True, slots=True, eq=False)
class WhenWords:
    """Alternatives ready to stand in a pattern, and what each word means."""

    days: dict[str, int]
    long_days: tuple[tuple[str, int], ...]
    months: dict[str, int]
    ordinals: dict[str, int]
    numbers: dict[str, int]
    amounts: dict[str, int]
    units: dict[str, str]
    slots: dict[str, str]
    ways: dict[str, re.Pattern[str]]
    no_day: re.Pattern[str]
    today: re.Pattern[str]
    tonight: re.Pattern[str]
    tomorrow: re.Pattern[str]
    after_tomorrow: re.Pattern[str]
    named_days: dict[str, tuple[int, int]]
    named_day: re.Pattern[str]
    easter_days: dict[str, int]
    easter_day: re.Pattern[str]
    weekday_days: dict[str, tuple[int, int, int, int]]
    weekday_day: re.Pattern[str]
    named_weekdays: dict[str, int]
    named_weekday: re.Pattern[str]
    times: dict[str, tuple[time, bool]]
    time_word: re.Pattern[str]
    times_said: tuple[tuple[re.Pattern[str], time], ...]
    vague: re.Pattern[str]
    vague_beside_a_step: re.Pattern[str]
    any_day: re.Pattern[str]
    phrases: dict[str, re.Pattern[str]]
    clock: ClockWords
    until: UntilWords

    def amount(self, said: str) -> int:
        """The number that figures or a word for one stand for."""
        return int(said) if said.isdecimal() else self.amounts.get(said) or self.numbers[said]


@cache
def when_words(language: str) -> WhenWords:
    """The words for times of a language."""
    page: dict[str, Any] = layered(language, "when")
    days, months = _table(page["days"]), _table(page["months"])
    ordinals = {w: i for i, w in enumerate(page["ordinals"].split(), 1)}
    ordinals |= {w.replace("-", " "): i for w, i in ordinals.items()}
    numbers = {w: i for i, w in enumerate(page["numbers"].split(), 1)}
    amounts = {w: int(many) for many, ws in page["an_amount"].items() for w in ws.split("|")}
    units = {w: unit for unit, ws in page["units"].items() for w in ws.split()}
    named = {w: _month_day(d) for d, ws in page["named_days"].items() for w in ws.split("|")}
    easter_days = {w: int(d) for d, ws in page["easter_days"].items() for w in ws.split("|")}
    weekday_days = {w: _weekday_rule(d) for d, ws in page["weekday_days"].items() for w in ws.split("|")}
    named_weekdays = {w: int(d) for d, ws in page["named_weekdays"].items() for w in ws.split("|")}
    times = {w: (_time(t), t.endswith("m")) for t, ws in page["times"].items() for w in ws.split("|")}
    slots = _slots(page, days, months, ordinals, (numbers, amounts, units))
    return WhenWords(
        days=days,
        long_days=tuple((w, day) for w, day in days.items() if len(w) >= 6),
        months=months,
        ordinals=ordinals,
        numbers=numbers,
        amounts=amounts,
        units=units,
        slots=slots,
        ways={kind: template(written, slots) for kind, written in page["ways"].items()},
        no_day=template(page["no_day"], slots),
        today=_whole_words(page["today"]),
        tonight=_whole_words(page["tonight"]),
        tomorrow=_whole_words(page["tomorrow"]),
        after_tomorrow=_whole_words(page["after_tomorrow"]),
        named_days=named,
        named_day=_pattern(named),
        easter_days=easter_days,
        easter_day=_pattern(easter_days),
        weekday_days=weekday_days,
        weekday_day=_pattern(weekday_days),
        named_weekdays=named_weekdays,
        named_weekday=_pattern(named_weekdays),
        times=times,
        time_word=_pattern(times),
        times_said=tuple((template(ways, slots), _time(t)) for t, ways in page["times_said"].items()),
        vague=_whole_words(page["vague"]),
        vague_beside_a_step=_whole_words(page["vague_beside_a_step"]),
        any_day=_pattern(days),
        phrases={name: re.compile(_body(written, slots)) for name, written in page["phrases"].items()},
        clock=_clock(page["clock"], slots),
        until=_until(page["until"], slots, [*numbers, *amounts]),
    )


def _clock(page: dict[str, Any], slots: dict[str, str]) -> ClockWords:
    minutes = {w: int(many) for many, ws in page["minutes"].items() for w in ws.split("|")}
    halves = [
        (re.escape(w), half)
        for name in ("halves", "halves_joined")
        for half, ws in page[name].items()
        for w in ws.split("|")
    ]
    halves += [(w, half) for half, ws in page["dayparts"].items() for w in ws.split("|")]
    hour = r"\d{1,2}"
    slots = slots | {
        "hour": rf"(?P<hour>{hour}|{slots['number']})",
        "hour_figures": rf"(?P<hour>{hour})",
        "minutes": either(minutes),
        "half": rf" ?(?P<half>{_halves(page['halves'])})(?![\w'])",
        "half_joined": rf"(?P<half_joined>{_halves(page['halves_joined'])})",
        "daypart": rf"(?P<daypart>{'|'.join(page['dayparts'].values())})(?![\w'])",
    }
    slots["half"] = f"(?:{slots['half']})"
    slots["then"] = _body(page["then"], slots)
    return ClockWords(
        ways=tuple(template([written], slots) for written in page["ways"]),
        minutes=minutes,
        before=frozenset(page["before"].split("|")),
        halves=tuple((re.compile(pattern), half) for pattern, half in halves),
        then_a_daypart=re.compile(_body(page["then_a_daypart"], slots)),
        lone_hour=re.compile(page["lone_hour"]),
        not_an_hour=re.compile(page["not_an_hour"]),
        month_next=re.compile(_body(page["month_next"], slots)),
    )


def _until(page: dict[str, Any], slots: dict[str, str], numbers: list[str]) -> UntilWords:
    amounts = {w: int(many) for many, ws in page["amounts"].items() for w in ws.split("|")}
    slots = slots | {"many": rf"(?P<many>\d{{1,2}}|{either([*numbers, *amounts])})"}
    return UntilWords(
        amounts=amounts,
        lengths=template(page["lengths"], slots),
        fortnight=template(page["fortnight"], slots),
        weeks=tuple((template(ways, slots), int(later)) for later, ways in page["weeks"].items()),
        seasons=tuple((template(ways, slots), _month_day(day)) for day, ways in page["seasons"].items()),
        months=template(page["months"], slots),
    )


def _halves(page: dict[str, str]) -> str:
    return either(w for ws in page.values() for w in ws.split("|"))


def _slots(
    page: dict[str, Any], days: Any, months: Any, ordinals: Any, counting: tuple[Any, Any, Any]
) -> dict[str, str]:
    """What each `{slot}` of a template stands for."""
    numbers, amounts, units = counting
    slots = {name: f"(?:{either(written.split('|'))})" for name, written in page["lists"].items()}
    endings = "|".join(page["nth_endings"].split())
    return slots | {
        "day": f"(?P<day>{either(days)})",
        "a_day": f"(?:{either(days)})",
        "month": f"(?P<month>{either(months)})",
        "a_month": f"(?:{either(months)})",
        "worded": f"(?P<worded>{either(ordinals)})",
        "nth": rf"(?P<nth>\d{{1,2}})(?: ?(?:{endings}))?",
        "nth_only": rf"(?P<nth_only>\d{{1,2}})(?:{endings})",
        "nothing_numbered": f"(?! (?:{either(page['nothing_numbered'].split('|'))})(?!\\w))",
        "year": r"(?P<year>20\d\d)",
        "number": f"(?:{either(numbers)})",
        "many": rf"(?P<many>\d{{1,2}}|{either([*numbers, *amounts])})",
        "unit": f"(?P<unit>{either(units)})",
        "weekend": f"(?:{either(page['weekend'].split('|'))})",
    }


def template(ways: list[str], slots: dict[str, str]) -> re.Pattern[str]:
    """Templates of the word file as one pattern of whole words. Raises KeyError for a slot that is none."""
    if not ways:
        return _NOTHING
    # A group may stand in a pattern but once, and each template has its own.
    bodies = (_GROUP.sub(rf"(?P<\1{_OF}{i}>", _body(str(written), slots)) for i, written in enumerate(ways))
    return re.compile(f"{_EDGE}(?:{'|'.join(bodies)}){_END}")


def said(match: re.Match[str]) -> dict[str, str]:
    """What stood in each slot of the template that matched."""
    return {name.split(_OF)[0]: words for name, words in match.groupdict().items() if words is not None}


def _body(written: str, slots: dict[str, str]) -> str:
    body = re.sub(r"\((?!\?)", "(?:", written)
    return re.sub(r"\{([a-z_]+)\}", lambda slot: slots[slot[1]], body)


def either(words: Any) -> str:
    """The words as alternatives, the longest first; by first letter, for a pattern tries each in turn."""
    shelves: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        shelves.setdefault(word[:1], []).append(re.escape(word[1:]))
    return "|".join(f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in shelves.items())


def _pattern(words: Any) -> re.Pattern[str]:
    if not words:
        return _NOTHING
    return re.compile(rf"(?<![\w'-])(?=\w)(?:{either(words)})(?![\w'])")


def _whole_words(written: str) -> re.Pattern[str]:
    return _pattern(written.split("|"))


def _table(rows: dict[int, str]) -> dict[str, int]:
    return {w: int(number) for number, words in rows.items() for w in words.split()}


def _month_day(written: str) -> tuple[int, int]:
    month, day = str(written).split("-")
    return int(month), int(day)


def _weekday_rule(written: str) -> tuple[int, int, int, int]:
    month, which, weekday, days = (int(part) for part in written.split())
    return month, which, weekday, days


def _time(written: str) -> time:
    return time.fromisoformat(written.rstrip("m"))

"""The words round a number from 0 to 10, of one language, as patterns."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from bot.reading.layered import layered


@dataclass(frozen=True, slots=True)
class ScaleWords:
    """The word file of the scale, ready to match."""

    numbers: dict[str, str]
    long_numbers: tuple[tuple[str, str], ...]
    nothing_at_all: frozenset[str]
    full_marks: frozenset[str]
    small_talk: frozenset[str]
    not_counted: frozenset[str]
    not_numbers: frozenset[str]
    suffixes: tuple[str, ...]
    plural: str
    no_plural: tuple[str, ...]
    ambiguous: str
    after_it: frozenset[str]
    after_it_alone: frozenset[str]
    before_it: frozenset[str]
    number: re.Pattern[str]
    counted: re.Pattern[str]
    named: re.Pattern[str]
    not_named: re.Pattern[str]
    at_words: frozenset[str]
    at: frozenset[str]
    correction: re.Pattern[str]
    between: re.Pattern[str]
    past: re.Pattern[str]
    present: re.Pattern[str]
    past_first: re.Pattern[str]
    present_first: re.Pattern[str]
    clause: re.Pattern[str]
    negated: re.Pattern[str]
    below: re.Pattern[str]
    sounds_like: re.Pattern[str]
    homophones: dict[str, str]
    run_on: re.Pattern[str]
    run_out: re.Pattern[str]
    asks: re.Pattern[str]
    sayings: re.Pattern[str]
    aside: tuple[tuple[str, re.Pattern[str]], ...]
    fifty_fifty: re.Pattern[str]
    half: re.Pattern[str]
    per_cent: re.Pattern[str]
    out_of_ten: re.Pattern[str]
    out_of_other: re.Pattern[str]


@cache
def scale_words(language: str) -> ScaleWords:
    """The words round a score in a language."""
    page: dict[str, Any] = layered(language, "scale")
    slots = {name: f"(?:{either(page[name])})" for name in page["slots"].split()}
    numbers = {w: str(figure) for figure, words in page["numbers"].items() for w in str(words).split()}
    homophones = {w: str(figure) for figure, words in page["homophones"].items() for w in words.split()}
    one = page["one"]

    def pattern(name: str) -> re.Pattern[str]:
        return _pattern(page["patterns"][name], slots)

    return ScaleWords(
        numbers=numbers,
        long_numbers=tuple((w, figure) for w, figure in numbers.items() if len(w) >= 4),
        nothing_at_all=_each(page["nothing_at_all"]),
        full_marks=_each(page["full_marks"]),
        small_talk=_each(page["small_talk"]),
        not_counted=frozenset(page["not_counted"].split()),
        not_numbers=frozenset(page["not_numbers"].split()),
        suffixes=tuple(page["suffixes"].split()),
        plural=page["plural"],
        no_plural=tuple(page["no_plural"].split()),
        ambiguous=one["word"],
        after_it=_each(one["after"]),
        after_it_alone=_each(one["after_alone"]) | {""},
        before_it=_each(one["before"]),
        number=pattern("number"),
        counted=re.compile(rf" ?(?:{either(page['counted'])})(?!\w)"),
        named=re.compile(rf"(?:^|.*\s)(?:{either(page['named'])}) ?$"),
        not_named=pattern("not_named"),
        at_words=frozenset(page["at_words"].split()),
        at=_each(page["at"]),
        correction=re.compile(rf"(?:^|[\s,.])(?:{either(page['corrections'])})(?=[\s,.]|$)"),
        between=re.compile(rf"[\s,?]*(?:(?:{either(page['ranges'])})[\s,]*){{0,3}}(?:{either(page['articles'])})? ?"),
        past=re.compile(rf"\b(?:{either(page['past'])})\b"),
        present=re.compile(rf"\b(?:{either(page['present'])})\b"),
        past_first=re.compile(rf"[\s,]*(?:{either(page['past_first'])})\b"),
        present_first=re.compile(rf"\s*(?:{either(page['present'])})\b"),
        clause=pattern("clause"),
        negated=pattern("negated"),
        below=pattern("below"),
        sounds_like=_pattern(page["patterns"]["sounds_like"], {**slots, "homophone": f"(?:{'|'.join(homophones)})"}),
        homophones=homophones,
        run_on=pattern("run_on"),
        run_out=pattern("run_out"),
        asks=pattern("asks"),
        sayings=pattern("sayings"),
        aside=tuple((row["why"], _pattern(row["is"], slots)) for row in page["aside"]),
        fifty_fifty=pattern("fifty_fifty"),
        half=pattern("half"),
        per_cent=pattern("per_cent"),
        out_of_ten=pattern("out_of_ten"),
        out_of_other=pattern("out_of_other"),
    )


def either(written: str) -> str:
    """The words between the bars as alternatives, the longest first."""
    return "|".join(re.escape(w) for w in sorted(written.split("|"), key=len, reverse=True))


def _each(written: str) -> frozenset[str]:
    return frozenset(written.split("|"))


def _pattern(written: str, slots: dict[str, str]) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{([a-z_]+)\}", lambda slot: slots[slot[1]], written.strip()))

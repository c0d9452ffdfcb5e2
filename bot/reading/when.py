"""When they will do it: a day, and a time of day where one was said.

Steps: every day and every time named in the text, with where it stands; those they took back dropped; the
earlier of two days, or the later said where they put it right; then the time joined to the day.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.reading.clocktime import Clock, time_said
from bot.reading.days import Named, days_named
from bot.reading.normalise import clean
from bot.reading.types import Reading, When, likely, sure, unclear
from bot.reading.whenwords import when_words

_TAKEN_BACK = re.compile(
    r"\b(?:not|isn'?t|can'?t(?: do)?|instead of|rather than|except|apart from)(?: on| do| make)? (?:the )?$"
)
_SOMETHING = re.compile(r"(?<!in )(?<!over )(?<!by )\b(?:an?|the|my|our|their|his|her|some) $")
_CORRECTION = re.compile(
    r"\b(?:no|nah|actually|sorry|wait|i mean|meant|make that|make it|hang on|scrap that|or rather|change|instead)\b|\*"
)
_BETWEEN = re.compile(
    r"[\s,.-]*(?:(?:at|on|or|and|in|the|by|about|around|maybe|no|not|sometime|actually|sorry|wait|&)[\s,.-]*){0,3}"
)
_DONE = re.compile(r"^(?:i )?(?:already|have|i've|ive)? ?(?:did|done|sent|finished|been)(?: it)?(?: already)?$")


Piece = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Span:
    """Where in the cleaned line the time words stand, and what they came to."""

    pieces: tuple[Piece, ...]
    when: When
    reason: str


def find_when(line: str, now: datetime, language: str = "en", *, beside_a_step: bool = False) -> Span | None:
    """The time named in a cleaned line, with its place; a span without a day where the words name none."""
    lists = when_words(language)
    clock = time_said(line, lists)
    if clock and beside_a_step and _part_of_the_step(line, clock):
        clock = None
    named = [n for n in days_named(_blanked(line, clock), now.date(), lists) if not _TAKEN_BACK.search(line[: n.start])]
    if named:
        return _with_day(line, named, clock)
    if clock and not clock.bare:
        return _today_or_tomorrow(line, clock, now)
    vague = (lists.vague_beside_a_step if beside_a_step else lists.vague).search(line)
    if vague:
        return Span((vague.span(),), When(vague[0]), "time words that name no day")
    return None


def _part_of_the_step(line: str, clock: Clock) -> bool:
    """ "a morning shift", "the evening class": what the step is about, not when it is done."""
    said = line[clock.start : clock.end]
    article = line[: clock.start + 4] if said.startswith("the ") else line[: clock.start]
    named = _SOMETHING.search(article) and re.match(r" +(?!on\b|at\b|and\b|or\b)[a-z]", line[clock.end :])
    return not clock.figures and named is not None


def _blanked(line: str, clock: Clock | None) -> str:
    # "at 14.30" must not be read again as the 14th, nor "half 2" as the 2nd.
    if clock is None or not clock.figures:
        return line
    return line[: clock.start] + " " * (clock.end - clock.start) + line[clock.end :]


def _with_day(line: str, named: list[Named], clock: Clock | None) -> Span:
    chosen, reason = _choose(line, named)
    # The eve of "xmas eve" is no evening, nor the night of "tonight".
    if clock and any(n.start <= clock.start and clock.end <= n.end for n in named):
        clock = None
    pieces = _joined(line, [(n.start, n.end) for n in named] + ([(clock.start, clock.end)] if clock else []))
    moment = clock.time_on(evening=chosen.evening) if clock else None
    words = " ".join(line[start:end].strip(" ,.") for start, end in pieces)
    return Span(pieces, When(words, chosen.day, moment), reason)


def _joined(line: str, pieces: list[Piece]) -> tuple[Piece, ...]:
    """Pieces with nothing but small words between them, as one: "thurs at 2pm", "fri or sat"."""
    joined: list[Piece] = []
    for start, end in sorted(pieces):
        if joined and _BETWEEN.fullmatch(line[joined[-1][1] : start]):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def _choose(line: str, named: list[Named]) -> tuple[Named, str]:
    if len({n.day for n in named}) == 1:
        return named[0], "one day"
    for before, after in zip(named, named[1:], strict=False):
        if _CORRECTION.search(line[before.end : after.start]):
            return named[-1], "a correction: the last day said"
    dated = [n for n in named if n.dated]
    if len(dated) == 1:
        return dated[0], "the date rather than the day of the week"
    return min(named, key=lambda n: n.day), "two days: the earlier"


def _today_or_tomorrow(line: str, clock: Clock, now: datetime) -> Span:
    """A time without a day is today while it is still to come."""
    moment = clock.time_on(after=now.time())
    day = now.date()
    if clock.morning or (clock.rolls and moment is not None and moment <= now.time()):
        day += timedelta(days=1 if not (clock.morning and now.hour < _BEFORE_MORNING) else 0)
    return Span(
        ((clock.start, clock.end),), When(line[clock.start : clock.end].strip(), day, moment), "a time of day alone"
    )


_BEFORE_MORNING = 7


def read_when(text: str, now: datetime, language: str = "en") -> Reading:
    """The day they named; unclear keeps their words, for these are the plan."""
    line = clean(text)
    if _DONE.match(line.strip(" .!")):
        return unclear("done already, they say", When(text.strip()))
    span = find_when(line, now, language)
    if span is None or span.when.day is None:
        return unclear(span.reason if span else "no day in it", When(text.strip()))
    words = When(_as_they_put_it(text, span), span.when.day, span.when.time)
    return sure(words, span.reason) if span.reason == "one day" else likely(words, span.reason)


def _as_they_put_it(text: str, span: Span) -> str:
    place = text.lower().find(span.when.words)
    return text[place : place + len(span.when.words)] if place >= 0 and span.when.words else span.when.words

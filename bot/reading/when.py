"""When they will do it: a day, and a time of day where one was said.

Steps: every day and every time named in the text, with where it stands; those they took back dropped; the
earlier of two days, or the later said where they put it right; then the time joined to the day.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as clock_time

from bot.reading.clocktime import Clock, time_said
from bot.reading.days import LONGEST, Named, days_named
from bot.reading.normalise import clean
from bot.reading.types import Reading, When, likely, sure, unclear
from bot.reading.whenwords import WhenWords, when_words

# No way of taking a day back is longer than this, in characters.
_FAR = 24
# Nor is any way of giving a reason.
_A_REASON = 60

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
    as_said, line = line, _without(line, lists.no_day)
    clock = time_said(line, lists)
    if clock and beside_a_step and _part_of_the_step(line, clock, lists):
        clock = None
    taken_back = lists.phrases["taken_back"]
    found = days_named(_blanked(line, clock), now.date(), lists)
    if beside_a_step:
        found = [n for n in found if n.dated or not _a_name(line, n, lists)]
    named = [n for n in found if not taken_back.search(line[max(n.start - _FAR, 0) : n.start])]
    named = _beside_their_reasons(line, named, lists) or named
    if named:
        return _with_day(line, named, clock, lists)
    if clock and not clock.bare:
        return _today_or_tomorrow(line, clock, now)
    vague = (lists.vague_beside_a_step if beside_a_step else lists.vague).search(as_said)
    if vague:
        return Span((vague.span(),), When(vague[0]), "time words that name no day")
    return None


def _beside_their_reasons(line: str, named: list[Named], lists: WhenWords) -> list[Named]:
    """ "tuesday cos mondays a bank holiday": the days that are no reason for another."""
    return [n for n in named if not lists.phrases["a_reason"].search(line[max(n.start - _A_REASON, 0) : n.start])]


def _without(line: str, no_day: re.Pattern[str]) -> str:
    """The line with what only looks like a day blanked out, everything else in its place."""
    return no_day.sub(lambda m: "~" * len(m[0]), line)


def _a_name(line: str, day: Named, lists: WhenWords) -> bool:
    """ "the saturday job": the day is part of what something is called."""
    return lists.phrases["named_by_a_day"].match(line, day.end) is not None


def _part_of_the_step(line: str, clock: Clock, lists: WhenWords) -> bool:
    """ "a morning shift", "the evening class": what the step is about, not when it is done."""
    if clock.figures:
        return False
    the = lists.phrases["the"].match(line, clock.start)
    article = line[: the.end() if the else clock.start]
    follows = re.match(r" +(?=[^\W\d_])", line[clock.end :])
    if follows is None or lists.phrases["not_a_thing"].match(line, clock.end + follows.end()):
        return False
    return lists.phrases["a_thing"].search(article) is not None


def _blanked(line: str, clock: Clock | None) -> str:
    # "at 14.30" must not be read again as the 14th, nor "half 2" as the 2nd.
    if clock is None or not clock.figures:
        return line
    return line[: clock.start] + " " * (clock.end - clock.start) + line[clock.end :]


def _with_day(line: str, named: list[Named], clock: Clock | None, lists: WhenWords) -> Span:
    chosen, reason = _choose(line, named, lists.phrases["corrections"])
    # The eve of "xmas eve" is no evening, nor the night of "tonight".
    if clock and any(n.start <= clock.start and clock.end <= n.end for n in named):
        clock = None
    pieces = _joined(
        line,
        [(n.start, n.end) for n in named] + ([(clock.start, clock.end)] if clock else []),
        lists.phrases["between"],
    )
    moment = clock.time_on(evening=chosen.evening) if clock else None
    words = " ".join(line[start:end].strip(" ,.") for start, end in pieces)
    return Span(pieces, When(words, chosen.day, moment), reason)


def _joined(line: str, pieces: list[Piece], between: re.Pattern[str]) -> tuple[Piece, ...]:
    """Pieces with nothing but small words between them, as one: "thurs at 2pm", "fri or sat"."""
    joined: list[Piece] = []
    for start, end in sorted(pieces):
        if joined and between.fullmatch(line, joined[-1][1], start):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def _choose(line: str, named: list[Named], correction: re.Pattern[str]) -> tuple[Named, str]:
    if len({n.day for n in named}) == 1:
        return named[0], "one day"
    for before, after in zip(named, named[1:], strict=False):
        if correction.search(line, before.end, after.start):
            return named[-1], "a correction: the last day said"
    dated = [n for n in named if n.dated]
    if len(dated) == 1:
        return dated[0], "the date rather than the day of the week"
    return min(named, key=lambda n: n.day), "two days: the earlier"


def _today_or_tomorrow(line: str, clock: Clock, now: datetime) -> Span:
    """A time without a day is today while it is still to come."""
    moment = clock.time_on(after=now.time())
    day = now.date()
    if clock.morning or (moment is not None and _has_gone(moment, clock, now)):
        day += timedelta(days=1 if not (clock.morning and now.hour < _BEFORE_MORNING) else 0)
    return Span(
        ((clock.start, clock.end),), When(line[clock.start : clock.end].strip(), day, moment), "a time of day alone"
    )


_BEFORE_MORNING = 7
# "After the school run", said so long after it, is the next one.
_LONG_GONE = timedelta(hours=5)


def _has_gone(moment: clock_time, clock: Clock, now: datetime) -> bool:
    said_for = now.replace(hour=moment.hour, minute=moment.minute, second=0, microsecond=0)
    return (clock.rolls and said_for <= now) or (clock.roughly and said_for + _LONG_GONE <= now)


def read_when(text: str, now: datetime, language: str = "en") -> Reading:
    """The day they named; unclear keeps their words, for these are the plan."""
    line = clean(text)[:LONGEST]
    if when_words(language).phrases["done_already"].match(line.strip(" .!")):
        return unclear("done already, they say", When(text.strip()))
    span = find_when(line, now, language)
    if span is None or span.when.day is None:
        return unclear(span.reason if span else "no day in it", When(text.strip()))
    words = When(_as_they_put_it(text, span), span.when.day, span.when.time)
    return sure(words, span.reason) if span.reason == "one day" else likely(words, span.reason)


def _as_they_put_it(text: str, span: Span) -> str:
    place = text.lower().find(span.when.words)
    return text[place : place + len(span.when.words)] if place >= 0 and span.when.words else span.when.words

"""A small step and when: their own words for it, with the time taken out."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from bot.reading.command import is_acknowledgement
from bot.reading.layered import layered
from bot.reading.normalise import canonical, clean
from bot.reading.phrases import PhraseBook
from bot.reading.progress import read_progress
from bot.reading.types import Certainty, Plan, Reading, When, likely, sure, unclear
from bot.reading.when import Span, find_when
from bot.reading.whenwords import either


@dataclass(frozen=True, slots=True)
class _Book:
    no_idea: frozenset[str]
    no_idea_phrases: PhraseBook
    at_a_loss: PhraseBook
    or_try: frozenset[str]
    too_big: PhraseBook
    small_talk: frozenset[str]
    hanging: frozenset[str]
    prepositions: frozenset[str]
    goes_with_in: frozenset[str]
    trailing: frozenset[str]
    lead_in: re.Pattern[str]


@cache
def _book(language: str) -> _Book:
    page: dict[str, Any] = layered(language, "plan")
    return _Book(
        no_idea=frozenset(canonical(str(text), language, correct=False).line for text in page["no_idea"]),
        no_idea_phrases=PhraseBook({"no idea": page["no_idea_phrases"]}),
        at_a_loss=PhraseBook({"at a loss": page["at_a_loss"]}),
        or_try=frozenset(page["or_try"]),
        too_big=PhraseBook({"too big": page["too_big"]}),
        small_talk=frozenset(page["small_talk"].split()),
        hanging=frozenset(page["hanging"].split()),
        prepositions=frozenset(page["prepositions"].split()),
        goes_with_in=frozenset(page["goes_with_in"].split()),
        trailing=frozenset(page["trailing"].split()),
        lead_in=re.compile(rf"(?:{either(page['lead_ins'].split('|'))})[,.]? (?=\w)"),
    )


def read_plan(text: str, now: datetime, language: str = "en") -> Reading:
    """The step and the time; unclear where there is no step in it."""
    book = _book(language)
    if why := _no_step(canonical(text, language).line, book):
        return unclear(why)
    chunks = text.split()
    line, starts = _laid_out(chunks)
    span = find_when(line, now, language, beside_a_step=True)
    if span is None and _at_a_loss(canonical(text, language).line, book):
        return unclear("no idea yet")
    step = _without_time(chunks, starts, span, book)
    words = canonical(step, language).line
    if not words or _no_step(words, book):
        return unclear("a time, but no step" if span else "no step in it")
    if read_progress(step, language).certainty is Certainty.SURE:
        return unclear("it tells how a step went, and names none")
    plan = Plan(step, _when(chunks, starts, span), book.too_big.first(words) is not None)
    reason = "a goal rather than a small step" if plan.too_big else "a step and a time" if span else "a step, no time"
    return likely(plan, reason) if plan.too_big else sure(plan, reason)


def _no_step(line: str, book: _Book) -> str | None:
    """Why there is no step in a text, where there is none."""
    core = " ".join(w for w in line.split() if w not in book.small_talk)
    if not core or line in book.no_idea or core in book.no_idea:
        return "no idea yet"
    if book.no_idea_phrases.first(line):
        return "no idea yet"
    return None if any(c.isalpha() for c in core) else "no words in it"


def _at_a_loss(line: str, book: _Book) -> bool:
    return book.at_a_loss.first(line) is not None and not book.or_try & set(line.split())


def says_nothing(text: str, language: str = "en") -> bool:
    """Whether it is thanks, or no idea, and nothing else: neither a step nor a time."""
    book, line = _book(language), canonical(text, language).line
    return is_acknowledgement(text, language) or _no_step(line, book) is not None or _at_a_loss(line, book)


def _laid_out(chunks: list[str]) -> tuple[str, list[int]]:
    """The chunks cleaned, in one line, and where each begins in it."""
    line, starts = "", []
    for chunk in chunks:
        starts.append(len(line))
        line += clean(chunk) + " "
    return line, starts


def _timed(starts: list[int], length: int, span: Span | None) -> list[bool]:
    """Which chunks are time words."""
    ends = [*starts[1:], length]
    pieces = span.pieces if span else ()
    return [any(start < b and end - 1 > a for a, b in pieces) for start, end in zip(starts, ends, strict=True)]


def _without_time(chunks: list[str], starts: list[int], span: Span | None, book: _Book) -> str:
    timed = _timed(starts, _end(chunks, starts), span)
    kept: list[str] = []
    following = ""  # the first time word behind what is kept
    for chunk, is_time in zip(chunks, timed, strict=True):
        if is_time:
            if not following:
                following = clean(chunk)
                _drop_hanging(kept, book, following)
        else:
            kept.append(chunk)
            following = ""
    if timed and timed[0]:
        while kept and clean(kept[0]).strip(",.") in book.hanging | {""}:
            kept.pop(0)
    if any(timed) and not following:
        _drop_hanging(kept, book, following)
    while len(kept) > 1 and clean(kept[-1]).strip(" .!") in book.trailing:
        kept.pop()
    return _without_lead_in(kept, book).strip(" ,.-–;:&")


def _without_lead_in(kept: list[str], book: _Book) -> str:
    """ "I'll try and ring": only what is to be done."""
    line = " ".join(clean(chunk) for chunk in kept) + " "
    taken = 0
    while match := book.lead_in.match(line):
        taken += len(match[0].split())
        line = line[match.end() :]
    return " ".join(kept[taken:])


def _drop_hanging(kept: list[str], book: _Book, following: str) -> None:
    """Drop the small words that led to the time. "fill the form in wed" keeps its "in", "in the morning" does not."""
    led = following in book.prepositions
    while kept and (word := clean(kept[-1]).strip(",.")) in book.hanging | {""}:
        if word in book.prepositions and led:
            return
        if word == "in" and following and following[0].isalpha() and following not in book.goes_with_in:
            return
        led = led or word in book.prepositions
        kept.pop()


def _end(chunks: list[str], starts: list[int]) -> int:
    return starts[-1] + len(clean(chunks[-1])) + 1 if chunks else 0


def _when(chunks: list[str], starts: list[int], span: Span | None) -> When | None:
    if span is None:
        return None
    timed = _timed(starts, _end(chunks, starts), span)
    words = " ".join(c for c, is_time in zip(chunks, timed, strict=True) if is_time).strip(" ,.")
    return When(words or span.when.words, span.when.day, span.when.time)

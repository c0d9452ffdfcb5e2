"""A small step and when: their own words for it, with the time taken out."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from bot.reading.command import is_acknowledgement
from bot.reading.layered import layered
from bot.reading.normalise import Words, canonical, clean
from bot.reading.phrases import PhraseBook
from bot.reading.progress import by_rule
from bot.reading.types import Certainty, Plan, Reading, When, likely, sure, unclear
from bot.reading.when import Span, find_when
from bot.reading.whenwords import either

# No answer to the other question that stands in its lists is longer than this, in words.
_LONGEST_ANSWER = 12
# A time is looked for no farther than this, in characters: a thousand emoji are ten thousand letters once read.
_LONGEST_LINE = 2000


@dataclass(frozen=True, slots=True)
class _Book:
    no_idea: frozenset[str]
    no_idea_phrases: PhraseBook
    at_a_loss: PhraseBook
    or_try: frozenset[str]
    too_big: PhraseBook
    small_talk: frozenset[str]
    hanging: frozenset[str]
    of_the_step: frozenset[str]
    prepositions: frozenset[str]
    goes_with_it: frozenset[str]
    leads_to_a_name: frozenset[str]
    leads_to_a_time: frozenset[str]
    no_name_after: frozenset[str]
    called_so: frozenset[str]
    trailing: frozenset[str]
    lead_in: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A word with its punctuation, as they wrote it and cleaned, and whether it is part of the time."""

    written: str
    cleaned: str
    timed: bool = False

    @property
    def bare(self) -> str:
        """The word without the punctuation that holds it."""
        return self.cleaned.strip(",.")


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
        of_the_step=frozenset(page["of_the_step"].split()),
        goes_with_it=frozenset(page["goes_with_it"].split()),
        leads_to_a_name=frozenset(page["leads_to_a_name"].split()),
        leads_to_a_time=frozenset(page["leads_to_a_time"].split()),
        no_name_after=frozenset(page["no_name_after"].split()),
        called_so=frozenset(page["called_so"].split()),
        trailing=frozenset(page["trailing"].split()),
        lead_in=re.compile(rf"(?:{either(page['lead_ins'].split('|'))})[,.]? (?=\w)"),
    )


def read_plan(text: str, now: datetime, language: str = "en") -> Reading:
    """The step and the time; unclear where there is no step in it."""
    book, said = _book(language), canonical(text, language).line
    if why := _no_step(said, book):
        return unclear(why)
    chunks = _chunks(text)
    line = "".join(f"{chunk.cleaned} " for chunk in chunks)[:_LONGEST_LINE]
    span = find_when(line, now, language, beside_a_step=True)
    if span is None and _at_a_loss(said, book):
        return unclear("no idea yet")
    timed = _timed(chunks, span)
    if _part_of_a_name(timed, book):
        span = None
    else:
        chunks = timed
    step = _without_time(chunks, book)
    words = canonical(step, language)
    if not words.line or _no_step(words.line, book):
        return unclear("a time, but no step" if span else "no step in it")
    if _tells_how_it_went(words, language):
        return unclear("it tells how a step went, and names none")
    plan = Plan(step, _when(chunks, span), book.too_big.first(words.line) is not None)
    reason = "a goal rather than a small step" if plan.too_big else "a step and a time" if span else "a step, no time"
    return likely(plan, reason) if plan.too_big else sure(plan, reason)


def _tells_how_it_went(words: Words, language: str) -> bool:
    """Whether it answers the other question ("not yet"), which no long text does for sure."""
    if len(words.each) > _LONGEST_ANSWER:
        return False
    ruled = by_rule(words, language)
    return ruled.firm and ruled.reading.certainty is Certainty.SURE


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


def _chunks(text: str) -> list[_Chunk]:
    """The text's words, each as written and as cleaned."""
    written, cleaned = text.split(), clean(text).split()
    if len(written) != len(cleaned):
        # An emoji is cleaned to more words than one.
        cleaned = [clean(word) for word in written]
    return [_Chunk(*pair) for pair in zip(written, cleaned, strict=True)]


def _timed(chunks: list[_Chunk], span: Span | None) -> list[_Chunk]:
    """The chunks, those marked that the time words stand in; each was laid in a line with a space behind it."""
    if span is None:
        return chunks
    taken = bytearray(sum(len(chunk.cleaned) + 1 for chunk in chunks))
    for first, last in span.pieces:
        taken[first:last] = b"\1" * (last - first)
    marked, start = [], 0
    for chunk in chunks:
        end = start + len(chunk.cleaned)
        marked.append(_Chunk(chunk.written, chunk.cleaned, timed=1 in taken[start:end]))
        start = end + 1
    return marked


def _part_of_a_name(chunks: list[_Chunk], book: _Book) -> bool:
    """Whether the one time said is what something is called: "the friday ad", "sign up for night classes"."""
    places = [i for i, chunk in enumerate(chunks) if chunk.timed]
    if not places or places[-1] - places[0] >= len(places) or places[-1] + 1 == len(chunks):
        return False
    after, before = chunks[places[-1] + 1].bare, [chunk.bare for chunk in chunks[: places[0]]]
    if chunks[places[-1]].cleaned != chunks[places[-1]].bare or any(c.isdigit() for c in _said(chunks, places)):
        return False
    if before and after in book.called_so:
        return True
    led = len(before) > 1 and before[-1] in book.leads_to_a_name and before[-2] not in book.leads_to_a_time
    return led and after.isalpha() and after not in book.no_name_after


def _said(chunks: list[_Chunk], places: list[int]) -> str:
    return " ".join(chunks[i].cleaned for i in places)


def _without_time(chunks: list[_Chunk], book: _Book) -> str:
    kept: list[_Chunk] = []
    following = ""  # the first time word behind what is kept
    for chunk in chunks:
        if not chunk.timed:
            kept.append(chunk)
            following = ""
        elif not following:
            following = chunk.cleaned
            _drop_hanging(kept, book, following)
    if chunks and chunks[0].timed:
        while kept and kept[0].bare in book.hanging | {""}:
            kept.pop(0)
    if not following and any(chunk.timed for chunk in chunks):
        _drop_hanging(kept, book, following)
    while len(kept) > 1 and kept[-1].cleaned.strip(" .!") in book.trailing:
        kept.pop()
    return _without_lead_in(kept, book).strip(" ,.-–;:&")


def _without_lead_in(kept: list[_Chunk], book: _Book) -> str:
    """ "I'll try and ring": only what is to be done."""
    line = " ".join(chunk.cleaned for chunk in kept) + " "
    taken = at = 0
    while match := book.lead_in.match(line, at):
        taken += len(match[0].split())
        at = match.end()
    return " ".join(chunk.written for chunk in kept[taken:])


def _drop_hanging(kept: list[_Chunk], book: _Book, following: str) -> None:
    """Drop the small words that led to the time. "fill the form in wed" keeps its "in", "in the morning" does not."""
    # Where no time follows, a preposition leads to none: "tomorrow put my suit on".
    led = not following or following in book.prepositions
    while kept and (word := kept[-1].bare) in book.hanging | {""}:
        if word in book.prepositions and led:
            return
        if word in book.of_the_step and following[:1].isalpha() and following not in book.goes_with_it:
            return
        led = led or word in book.prepositions
        kept.pop()


def _when(chunks: list[_Chunk], span: Span | None) -> When | None:
    if span is None:
        return None
    words = " ".join(chunk.written for chunk in chunks if chunk.timed).strip(" ,.")
    return When(words or span.when.words, span.when.day, span.when.time)

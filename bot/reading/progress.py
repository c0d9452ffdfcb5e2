"""Whether they did their step: yes, partly, no.

Steps: the whole message as one answer; what is said beside an answer taken out; each clause read for its cues
(done, tried, missed, to come ...), turned round by "not"; then the cues decide together, in `_decide`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from bot.reading.normalise import canonical
from bot.reading.phrases import PhraseBook
from bot.reading.types import Reading, likely, sure, unclear
from bot.reading.words import sheet

_OUT_OF = re.compile(r"\b(\d{1,2}) (?:out of|of|outta|of the) (\d{1,2})\b")
_DONE = frozenset({"finished", "done", "sent", "came_of_it"})
_NOT_DONE = frozenset({"missed", "future", "not_yet"})
# These settle it even after a half or a try: "tried, then got it done".
_SETTLED = frozenset({"finished", "sent", "came_of_it"})
_TURNED_BY_NOT = _DONE | {"yes"}


@dataclass(frozen=True, slots=True)
class Cue:
    """One telling phrase: what it says of the step, and in which clause."""

    label: str
    clause: int
    words: str


@dataclass(frozen=True, slots=True)
class _Book:
    whole: dict[str, str]
    passed_over: PhraseBook
    asks: PhraseBook
    cues: PhraseBook
    negators: frozenset[str]
    joint: re.Pattern[str]
    small_talk: frozenset[str]


@cache
def _book(language: str) -> _Book:
    page: dict[str, Any] = sheet(language, "progress")
    joints = "|".join(page["joints"].split())
    return _Book(
        whole={str(text): name for name, texts in page["whole"].items() for text in texts},
        passed_over=PhraseBook({"passed over": page["passed_over"]}),
        asks=PhraseBook({"asks": page["asks"]}),
        cues=PhraseBook(page["cues"]),
        negators=frozenset(page["negators"].split()),
        joint=re.compile(rf" (?:{joints})(?= |$)"),
        small_talk=frozenset(page["small_talk"].split()),
    )


def read_progress(text: str, language: str = "en") -> Reading:
    """yes, partly or no; unclear where the text does not say."""
    book = _book(language)
    words = canonical(text, language)
    if said := _whole(words.line, book):
        return _named(said, words.line)
    if count := _OUT_OF.search(words.line):
        return likely("yes" if count[1] == count[2] else "partly", f"so many of so many: {count[0]}")
    clauses = [book.passed_over.without(c, ",") for c in words.clauses]
    asks = book.asks.first(" ".join(clauses))
    cues = list(_cues([book.asks.without(c, ",") for c in clauses] if asks else clauses, book))
    if asks and (asks.written.startswith("^") or not cues):
        return unclear("they ask, or do not know")
    return _decide(cues)


def _whole(line: str, book: _Book) -> str | None:
    if line in book.whole:
        return book.whole[line]
    kept = [w for w in line.split() if w not in book.small_talk]
    return book.whole.get(" ".join(kept)) if kept else None


def _named(said: str, line: str) -> Reading:
    return unclear(f"no answer in itself: {line}") if said == "unclear" else sure(said, f"the whole answer: {line}")


def _cues(clauses: list[str], book: _Book) -> Iterator[Cue]:
    """Every cue in the order it was said."""
    pieces = (p for clause in clauses for part in clause.split(",") for p in book.joint.split(f" {part}"))
    for i, piece in enumerate(p for p in pieces if p.strip()):
        yield from _cues_of_clause(piece.strip(), i, book)


def _cues_of_clause(piece: str, clause: int, book: _Book) -> Iterator[Cue]:
    spans = _longest_first(piece, book.cues)
    negated = _negated_from(piece, spans, book)
    turned = False
    for start, _, label, words in spans:
        after_not = negated is not None and negated < start
        if label in _DONE and turned:
            continue
        turned = turned or label in _NOT_DONE
        yield Cue("missed" if after_not and label in _TURNED_BY_NOT else label, clause, words)
    if negated is not None and not any(start > negated for start, *_ in spans):
        yield Cue("missed", clause, "not")


def _longest_first(piece: str, book: PhraseBook) -> list[tuple[int, int, str, str]]:
    """The phrases in a clause that do not overlap, the longer before the shorter."""
    found = [(m.start(), m.end(), phrase.label, m[0].strip()) for phrase, m in book.find(piece)]
    found.sort(key=lambda span: span[0] - span[1])
    kept: list[tuple[int, int, str, str]] = []
    for span in found:
        if all(span[1] <= start or span[0] >= end for start, end, *_ in kept):
            kept.append(span)
    return sorted(kept)


def _negated_from(piece: str, spans: list[tuple[int, int, str, str]], book: _Book) -> int | None:
    """Where a "not" stands that is part of no phrase."""
    place = 0
    for word in piece.split():
        if word in book.negators and not any(start <= place < end for start, end, *_ in spans):
            return place
        place += len(word) + 1
    return None


def _decide(cues: list[Cue]) -> Reading:
    """What the cues say together."""
    if not cues:
        return unclear("nothing in it says whether it was done")
    labels = {c.label for c in cues}
    why = ", ".join(f"{c.words} ({c.label.replace('_', ' ')})" for c in cues)
    if labels & {"partly", "tried"}:
        return likely("yes" if _settled_after(cues) else "partly", why)
    if labels & _DONE:
        return likely(_done_or_not(cues, labels), why)
    if labels & _NOT_DONE:
        return likely("no", why)
    return sure(cues[-1].label, why)


def _settled_after(cues: list[Cue]) -> bool:
    """Whether a half or a try was settled later, or what was sent merely met with silence."""
    last = max(i for i, c in enumerate(cues) if c.label in ("partly", "tried"))
    if "partly" not in {c.label for c in cues} and any(c.label == "sent" for c in cues[:last]):
        return True
    return any(c.label in _SETTLED and c.clause > cues[last].clause for c in cues[last:]) and not any(
        c.label in _NOT_DONE for c in cues[last:]
    )


def _done_or_not(cues: list[Cue], labels: set[str]) -> str:
    """Done alone is yes; done and then not is partly; not and then done is yes."""
    if not labels & {"missed", "not_yet"}:
        return "yes"
    last_done = max(i for i, c in enumerate(cues) if c.label in _DONE)
    last_missed = max(i for i, c in enumerate(cues) if c.label in ("missed", "not_yet"))
    if last_done > last_missed:
        return "yes"
    return "no" if "not_yet" in labels and cues[last_done].label == "finished" else "partly"

"""Whether they did their step: yes, partly, no.

Steps: the whole message as one answer; what is said beside an answer taken out; each clause read for its cues
(done, tried, missed, to come ...), turned round by "not"; then the cues decide together, in `_decide`. What the
rules make of a text and its words are then weighed together (bot.reading.weighing), where the language was taught.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from bot.reading.layered import layered
from bot.reading.normalise import Words, canonical, respelled
from bot.reading.phrases import PhraseBook
from bot.reading.types import Reading, likely, sure, unclear
from bot.reading.weighing import scales

UNCLEAR = "unclear"
_A_WORD = re.compile(r"\S{4,}")
_DONE = frozenset({"finished", "done", "sent", "came_of_it", "no_reply", "item_done"})
_NOT_DONE = frozenset({"missed", "future", "not_yet", "item_missed"})
_MISSED = _NOT_DONE - {"future"}
# What somebody else did: found only so that it is not taken for theirs.
_OTHERS = "others"
# These answer even after a question: "did you doubt me? done".
_FIRM = frozenset({"finished", "yes", "no"})
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
class Ruled:
    """What the rules say, whether nothing may be weighed against it, and what they noted."""

    reading: Reading
    firm: bool
    notes: tuple[str, ...]

    @property
    def said(self) -> str:
        """The answer, or that there is none, as the scales name it."""
        return UNCLEAR if self.reading.unclear else str(self.reading.value)


@dataclass(frozen=True, slots=True)
class _Book:
    whole: dict[str, str]
    passed_over: PhraseBook
    asks: PhraseBook
    answers: PhraseBook
    cues: PhraseBook
    out_of: re.Pattern[str]
    numbers: dict[str, str]
    negators: frozenset[str]
    deed_endings: tuple[str, ...]
    no_deeds: frozenset[str]
    joint: re.Pattern[str]
    small_talk: frozenset[str]


@cache
def _book(language: str) -> _Book:
    page: dict[str, Any] = layered(language, "progress")
    joints = "|".join(page["joints"].split())
    number = "|".join([r"\d{1,2}", *page["numbers"].split()])

    def phrases(lists: dict[str, list[str]]) -> PhraseBook:
        swapped = {name: [_also_said(str(p), page["said_for"]) for p in lists[name]] for name in lists}
        return PhraseBook(swapped, page["groups"], respelled)

    return _Book(
        whole=_whole_answers(page["whole"], frozenset(page["small_talk"].split())),
        passed_over=phrases({"passed over": page["passed_over"]}),
        asks=phrases({"asks": page["asks"]}),
        answers=phrases({"answers": page["answers_all_the_same"]}),
        cues=phrases(page["cues"]),
        out_of=re.compile(rf"\b({number}) (?:{page['out_of']}) ({number})\b"),
        numbers={word: str(figure) for figure, word in enumerate(page["numbers"].split(), 1)},
        negators=frozenset(page["negators"].split()),
        deed_endings=tuple(page["deed_endings"].split()),
        no_deeds=frozenset(page["no_deeds"].split()),
        joint=re.compile(rf" (?:{page['held_together']})(?= |$)|( )(?=(?:{joints})(?: |$))"),
        small_talk=frozenset(page["small_talk"].split()),
    )


def read_progress(text: str, language: str = "en") -> Reading:
    """yes, partly or no; unclear where the text does not say."""
    words = canonical(text, language)
    ruled = by_rule(words, language)
    learned = scales(language, "progress")
    if ruled.firm or learned is None or not words.line:
        return ruled.reading
    weighed = learned.weigh(words, ruled.notes)
    if weighed.label == ruled.said:
        return ruled.reading
    why = f"taken together it reads like {weighed.label}: {', '.join(weighed.telling)}"
    return unclear(why) if weighed.label == UNCLEAR else likely(weighed.label, why)


def by_rule(words: Words, language: str) -> Ruled:
    """What the rules alone make of a text."""
    book = _book(language)
    if said := _whole(words.line, book):
        return Ruled(_named(said, words.line), True, ("#whole",))
    if count := book.out_of.search(words.line):
        done, asked = (book.numbers.get(many, many) for many in count.groups())
        said = "yes" if done == asked else "partly"
        return Ruled(likely(said, f"so many of so many: {count[0]}"), False, ("#count", f"#{said} by count"))
    clauses = [book.passed_over.without(c, ",") for c in words.clauses]
    asks = None if book.answers.first(words.line) else book.asks.first(" ".join(clauses))
    cues = list(_cues([book.asks.without(c, ",") for c in clauses] if asks else clauses, book))
    notes = ("#ends with a question mark",) * words.asks
    if asks and not (cues if not asks.written.startswith("^") else _FIRM & {c.label for c in cues if c.clause}):
        return Ruled(unclear("they ask, or do not know"), False, ("#asks", *notes))
    reading = _decide(cues)
    return Ruled(reading, False, (*_noted(reading, cues), *notes))


def _noted(reading: Reading, cues: list[Cue]) -> Iterator[str]:
    """What the rules found, as clues for the scales."""
    yield f"#{UNCLEAR if reading.unclear else reading.value} by cues"
    labels = [cue.label for cue in cues]
    yield from (f"#{label}" for label in labels)
    yield from (f"#{one} then {other}" for one, other in pairwise(labels))
    yield from (f"#{place} {label}" for place, label in zip(("first", "last"), labels[:1] + labels[-1:], strict=False))


def _whole_answers(lists: dict[str, list[str]], small_talk: frozenset[str]) -> dict[str, str]:
    """Each answer as it stands, in canonical spelling and without its small talk."""
    written = [(str(text), name) for name, texts in lists.items() for text in texts]
    whole = {way: name for text, name in written for way in (text, respelled(text))}
    for text, name in written:
        whole.setdefault(_core(respelled(text), small_talk), name)
    return {way: name for way, name in whole.items() if way}


def _also_said(written: str, said_for: dict[str, str]) -> str:
    """A phrase with a way more for each word that people swap ("my nerve", "me nerve")."""
    for word, other in said_for.items():
        written = re.sub(rf"(?<=[(|])([^|()]*)\b{word}\b([^|()]*)(?=[|)])", rf"\1{word}\2|\1{other}\2", written)
    return written


def _core(line: str, small_talk: frozenset[str]) -> str:
    return " ".join(w for w in line.split() if w not in small_talk)


def _whole(line: str, book: _Book) -> str | None:
    core = _core(line, book.small_talk)
    return book.whole.get(line) or (book.whole.get(core) if core else None)


def _named(said: str, line: str) -> Reading:
    return unclear(f"no answer in itself: {line}") if said == "unclear" else sure(said, f"the whole answer: {line}")


def _cues(clauses: list[str], book: _Book) -> Iterator[Cue]:
    """Every cue in the order it was said."""
    pieces = (p for clause in clauses for part in clause.split(",") for p in _pieces(part.strip(), book))
    for i, piece in enumerate(p for p in pieces if p):
        yield from _cues_of_clause(piece, i, book)


def _pieces(clause: str, book: _Book) -> Iterator[str]:
    """A clause cut before each word that joins two things said; "so far" is no such word."""
    begun = 0
    for match in book.joint.finditer(f" {clause}"):
        if match[1]:
            yield clause[begun : max(match.start() - 1, 0)].strip()
            begun = match.start()
    yield clause[begun:].strip()


def _cues_of_clause(piece: str, clause: int, book: _Book) -> Iterator[Cue]:
    spans = _longest_first(piece, book)
    negated = _negated_from(piece, spans, book)
    turned = False
    for start, _, label, words in spans:
        after_not = negated is not None and negated < start
        if label == _OTHERS or (label in _DONE and turned):
            continue
        turned = turned or label in _NOT_DONE
        yield Cue("missed" if after_not and label in _TURNED_BY_NOT else label, clause, words)
    if negated is not None and not any(start > negated for start, *_ in spans):
        yield Cue("missed", clause, "not")


def _longest_first(piece: str, book: _Book) -> list[tuple[int, int, str, str]]:
    """The phrases in a clause that do not overlap, the longer before the shorter."""
    found = [(m.start(), m.end(), phrase.label, m[0].strip()) for phrase, m in book.cues.find(piece)]
    found += _deeds(piece, book)
    found.sort(key=lambda span: span[0] - span[1])
    kept: list[tuple[int, int, str, str]] = []
    for span in found:
        if all(span[1] <= start or span[0] >= end for start, end, *_ in kept):
            kept.append(span)
    return sorted(kept)


def _deeds(piece: str, book: _Book) -> Iterator[tuple[int, int, str, str]]:
    """Words that have the ending of a deed done."""
    for match in _A_WORD.finditer(piece):
        if match[0].endswith(book.deed_endings) and match[0] not in book.no_deeds:
            yield match.start(), match.end(), "done", match[0]


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
    if "not_this" in labels:
        return likely("no", why)
    if labels >= {"item_done", "item_missed"}:
        return likely("partly", why)
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
    if not labels & _MISSED:
        return "yes"
    last_done = max(i for i, c in enumerate(cues) if c.label in _DONE)
    last_missed = max(i for i, c in enumerate(cues) if c.label in _MISSED)
    if last_done > last_missed:
        return "yes"
    return "no" if "not_yet" in labels and cues[last_done].label == "finished" else "partly"

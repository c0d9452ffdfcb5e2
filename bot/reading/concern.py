"""Whether a text is a worry, and what about.

Ordinary ways of talking are taken out first; what is left decides. A laugh lowers a crisis to distress and
never to nothing, and so do the past tense and "not": see words/en/concern.yaml.
"""

from dataclasses import dataclass
from functools import cache
from typing import get_args

from bot.reading.normalise import Words, canonical, respelled
from bot.reading.phrases import PhraseBook
from bot.reading.types import About, Concern, Reading, nothing, sure
from bot.reading.words import safety_sheets

# Where a text speaks of several, the reply must be right for the first of these.
_FIRST: tuple[About, ...] = ("child", "abuse", "self", "housing")
assert set(_FIRST) == set(get_args(About))


@dataclass(frozen=True, slots=True)
class ConcernBook:
    """One language's lists, ready to match."""

    crisis: PhraseBook
    distress: PhraseBook
    idioms: PhraseBook
    lowered: PhraseBook
    softeners: PhraseBook
    serious: PhraseBook


@cache
def _books(language: str) -> tuple[ConcernBook, ...]:
    return tuple(_book(page) for page in safety_sheets(language, "concern"))


def _book(page: dict[str, dict[str, list[str]]]) -> ConcernBook:
    groups = {name: str(words) for name, words in page["groups"].items()}

    def of(*lists: str) -> PhraseBook:
        return PhraseBook({name: list(page[name]) for name in lists}, groups, respelled)

    return ConcernBook(
        crisis=PhraseBook(page["about"], groups, respelled),
        distress=of("distress"),
        idioms=of("idioms"),
        lowered=of("denied", "others"),
        softeners=of("softeners"),
        serious=of("serious"),
    )


def concern(text: str, language: str = "en") -> Concern:
    """How worried to be. The worst that any of the languages read here finds."""
    words = canonical(text, language)
    found = [_look(words, book) for book in _books(language)]
    worst = [c for c in found if c.level == "crisis"] + [c for c in found if c.level == "distress"]
    return (worst or found)[0]


def _look(words: Words, book: ConcernBook) -> Concern:
    rest = book.idioms.without(words.line)
    lowered = book.lowered.first(rest)
    rest = book.lowered.without(rest) if lowered else rest
    # A farewell may stand alone in its clause: "bye. look after the bairns".
    apart = [book.idioms.without(clause) for clause in words.clauses] if len(words.clauses) > 1 else []
    for said in [rest, *(book.lowered.without(clause) for clause in apart)]:
        if crisis := _crisis(said, words, book):
            return crisis
    if lowered:
        return Concern("distress", "self", f"said of the past, of another, or as not so: {lowered.words}")
    if distress := book.distress.first(rest):
        return Concern("distress", None, f"a worry for the same day: {distress.words}")
    return Concern(None, None, "nothing worrying")


def _crisis(rest: str, words: Words, book: ConcernBook) -> Concern | None:
    about = {phrase.label: said_so[0].strip() for phrase, said_so in book.crisis.find(rest)}
    for topic in _FIRST:
        if topic in about:
            if book.softeners.first(words.line) and not book.serious.first(words.line):
                return Concern("distress", topic, f"a laugh beside it: {about[topic]}")
            return Concern("crisis", topic, f"someone may be in danger: {about[topic]}")
    return None


def read_concern(text: str, language: str = "en") -> Reading:
    """The level of concern as a reading: crisis, distress or nothing."""
    found = concern(text, language)
    return sure(found.level, found.reason) if found.level else nothing(found.reason)

"""The smaller commands: WINS, MY STEP, GOT A JOB, LESS, MORE, TIME, REMIND, SKIP, DREAM and their like."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from bot.reading.normalise import Words, canonical
from bot.reading.phrases import PhraseBook
from bot.reading.types import Certainty, Wish
from bot.reading.words import sheet


@dataclass(frozen=True, slots=True)
class _Book:
    whole: dict[str, str]
    phrases: PhraseBook
    ordinary: PhraseBook
    small_talk: frozenset[str]
    acknowledgement: frozenset[str]


@cache
def _book(language: str) -> _Book:
    page: dict[str, Any] = sheet(language, "command")
    groups = {name: str(words) for name, words in page["groups"].items()}
    return _Book(
        whole={_plain(t, language): name for name, texts in page["whole"].items() for t in texts},
        phrases=PhraseBook(page["phrases"], groups),
        ordinary=PhraseBook({"ordinary": page["ordinary"]}),
        small_talk=frozenset(page["small_talk"].split()),
        acknowledgement=frozenset(_plain(t, language) for t in page["acknowledgement"]),
    )


def _plain(text: object, language: str) -> str:
    return canonical(str(text), language, correct=False).line


def commands(text: str, language: str = "en") -> tuple[Wish, ...]:
    """Every command in the text, in the order of the word file."""
    book = _book(language)
    words = canonical(text, language)
    for said in (words.line, _core(words, book)):
        if name := book.whole.get(said):
            return (Wish(name, Certainty.SURE, f"the whole message is {said}", bare=said == words.line),)
    found: dict[str, Wish] = {}
    for phrase, said_so in book.phrases.find(book.ordinary.without(words.line, "~")):
        why = f"their words for it: {said_so[0].strip()}"
        found.setdefault(phrase.label, Wish(phrase.label, Certainty.LIKELY, why))
    return tuple(found.values())


def _core(words: Words, book: _Book) -> str:
    return " ".join(w for w in words.each if w not in book.small_talk)


def is_acknowledgement(text: str, language: str = "en") -> bool:
    """Whether it is thanks, ok or a thumb and nothing else: it needs nothing."""
    book = _book(language)
    words = canonical(text, language)
    core = " ".join(w for w in words.each if w not in book.small_talk)
    return (
        bool(words.line)
        and (words.line in book.acknowledgement or core in book.acknowledgement)
        or (not core and any(w in book.acknowledgement for w in words.each))
    )

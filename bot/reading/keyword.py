"""What a person may want of the service at any time: stop, start, a person, help, a break."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from bot.reading.command import commands
from bot.reading.concepts import Concepts, concepts
from bot.reading.normalise import Words, canonical
from bot.reading.phrases import PhraseBook
from bot.reading.rules import RuleBook
from bot.reading.types import Certainty, Reading, Wish, nothing, sure
from bot.reading.until import until
from bot.reading.words import safety_sheets

# In doubt it is the first of these; START undoes a stop.
PRECEDENCE = ("wrong_number", "stop", "start", "call_me", "bot", "who", "help", "pause")
# The five that an editor tries a reader for; the rest are told apart only for the right reply.
_KEYWORDS = {"wrong_number": "stop", "who": "help", "bot": "help"}


@dataclass(frozen=True, slots=True)
class KeywordBook:
    """One language's ways of asking."""

    whole: dict[str, str]
    phrases: PhraseBook
    ends: PhraseBook
    ordinary: PhraseBook
    rules: RuleBook
    veto: RuleBook
    small_talk: frozenset[str]
    stop_talk: frozenset[str]


@cache
def _books(language: str) -> tuple[KeywordBook, ...]:
    return tuple(_book(page, concepts(language)) for page in safety_sheets(language, "keyword"))


def _book(page: dict[str, Any], known: Concepts) -> KeywordBook:
    groups = {name: str(words) for name, words in page["groups"].items()}
    phrases = dict(page["phrases"])
    ends = phrases.pop("ends")
    return KeywordBook(
        whole={str(text): name for name, texts in page["whole"].items() for text in texts},
        phrases=PhraseBook(phrases, groups),
        ends=PhraseBook({"ends": ends}, groups),
        ordinary=PhraseBook({"ordinary": page["ordinary"]}, groups),
        rules=RuleBook(page["rules"], known),
        veto=RuleBook(page["veto"], known),
        small_talk=frozenset(page["small_talk"].split()),
        stop_talk=frozenset(page["stop_talk"].split()) | frozenset(page["small_talk"].split()),
    )


def keywords(text: str, now: datetime, language: str = "en") -> tuple[Wish, ...]:
    """Every wish in the text, the one to obey first."""
    words = canonical(text, language)
    found: dict[str, Wish] = {}
    for book in _books(language):
        for wish in _whole(words, book) or _anywhere(text, words, book, now, language):
            found.setdefault(wish.name, wish)
    return tuple(found[name] for name in PRECEDENCE if name in found)


def _whole(words: Words, book: KeywordBook) -> list[Wish]:
    """The message that is a command and nothing else but small talk."""
    for talk in (frozenset[str](), book.small_talk, book.stop_talk):
        said = _core(words, talk)
        name = book.whole.get(said)
        if name and (name == "stop" or talk is not book.stop_talk):
            return [Wish(name, Certainty.SURE, f"the whole message is {said}", bare=said == words.line)]
    return []


def _core(words: Words, talk: frozenset[str]) -> str:
    """What is left without small talk, and without saying it again ("stop stop stop")."""
    kept = [w for w in words.each if w not in talk]
    return " ".join(w for i, w in enumerate(kept) if i == 0 or w != kept[i - 1])


def _anywhere(text: str, words: Words, book: KeywordBook, now: datetime, language: str) -> list[Wish]:
    rest = book.ordinary.without(words.line, "~")
    found = {phrase.label: said_so[0].strip() for phrase, said_so in reversed(list(book.phrases.find(rest)))}
    for match in book.rules.find(words.each, words.borders):
        found.setdefault(match.rule.label, " ".join(words.each[match.start : match.end]))
    for match in book.veto.find(words.each):
        found.pop(match.rule.label, None)
    # "stop texting after 6pm" asks for another time of day, not for an end.
    if any(w.name == "time" for w in commands(text, language)):
        found.pop("stop", None)
        found.pop("pause", None)
    end = book.ends.first(words.line)
    if end and "stop" in found and "wrong_number" not in found:
        found["pause"] = f"a stop with an end to it: {found.pop('stop')}"
    return [_wish(name, why, text, now, language) for name, why in found.items()]


def _wish(name: str, why: str, text: str, now: datetime, language: str) -> Wish:
    end = until(text, now, language) if name == "pause" else None
    return Wish(name, Certainty.LIKELY, f"their words for it: {why}", until=end)


def read_keyword(text: str, now: datetime, language: str = "en") -> Reading:
    """The one keyword to obey: stop, start, help, pause or call_me; or nothing."""
    wishes = keywords(text, now, language)
    if not wishes:
        return nothing("no command in it")
    return sure(_KEYWORDS.get(wishes[0].name, wishes[0].name), wishes[0].reason)

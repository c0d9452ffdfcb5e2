"""What a person may want of the service at any time: stop, start, a person, help, a break."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from bot.reading.auto_reply import is_auto_reply
from bot.reading.clues import NOTHING, Clues, Leaning, learned
from bot.reading.command import commands
from bot.reading.concepts import Concepts, concepts
from bot.reading.normalise import Words, canonical
from bot.reading.rules import RuleBook
from bot.reading.types import Certainty, Reading, Wish, nothing, sure
from bot.reading.until import until
from bot.reading.words import HOME, safety_sheets

# In doubt it is the first of these; START undoes a stop.
PRECEDENCE = ("wrong_number", "stop", "start", "call_me", "bot", "who", "help", "pause")
# The five that an editor tries a reader for; the rest are told apart only for the right reply.
_KEYWORDS = {"wrong_number": "stop", "who": "help", "bot": "help"}
# From here on nothing is asked whatever a rule says, one sentence of several is heard, and below it a rule is not.
_SURE_OF_NOTHING, _SURE_OF_A_SENTENCE, _NEVER = 0.97, 0.8, 0.1
# In doubt it is a stop; anything else that is asked is likelier than not.
_LIKELY = 0.5


@dataclass(frozen=True, slots=True)
class KeywordBook:
    """One language's ways of asking."""

    whole: dict[str, str]
    always: RuleBook
    never: RuleBook
    rules: RuleBook
    kinds: dict[str, RuleBook]
    small_talk: frozenset[str]
    stop_talk: frozenset[str]
    start_again: frozenset[str]
    learned: Clues | None


@cache
def _books(language: str) -> tuple[KeywordBook, ...]:
    pages = safety_sheets(language, "keyword")
    codes = (language, HOME)[: len(pages)]
    return tuple(_book(page, code, concepts(language)) for page, code in zip(pages, codes, strict=True))


def _book(page: dict[str, Any], language: str, known: Concepts) -> KeywordBook:
    small_talk = frozenset(str(page.get("small_talk", "")).split())
    return KeywordBook(
        whole={str(text): name for name, texts in page["whole"].items() for text in texts},
        always=RuleBook(page.get("always", {}), known),
        never=RuleBook(page.get("never", {}), known),
        rules=RuleBook(page.get("rules", {}), known),
        kinds={name: RuleBook(page.get(f"{name}_kinds", {}), known) for name in ("stop", "help")},
        small_talk=small_talk,
        stop_talk=frozenset(str(page.get("stop_talk", "")).split()) | small_talk,
        start_again=frozenset(str(text) for text in page.get("start_again", ())),
        learned=learned(language, "keyword_weights"),
    )


def keywords(text: str, now: datetime, language: str = "en") -> tuple[Wish, ...]:
    """Every wish in the text, the one to obey first."""
    words = canonical(text, language)
    found: dict[str, Wish] = {}
    for book in _books(language):
        for wish in _whole(words, book) or _anywhere(text, words, book, now, language):
            found.setdefault(wish.name, wish)
    return tuple(found[name] for name in PRECEDENCE if name in found)


def starts_again(text: str, language: str = "en") -> bool:
    """Whether it is a yes that starts the texts again, from somebody who had opted out."""
    line = canonical(text, language).line
    return any(line in book.start_again for book in _books(language))


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
    leanings = book.learned.lean(words.each, words.borders) if book.learned and words.line else []
    found = {leaning.label: _sounds(leaning) for leaning in _heard(leanings)}
    for label, why in _met(book.rules, words):
        if _may_be(label, leanings, found):
            found.setdefault(label, why)
    # A machine's "this number is no longer in use" asks nothing, though it sounds like it.
    if found and is_auto_reply(text, language):
        found = {}
    unmeant = {label for label, _ in _met(book.never, words)}
    found = {label: why for label, why in found.items() if label not in unmeant} | dict(_met(book.always, words))
    # "stop texting after 6pm" asks for another time of day, not for an end.
    if found.keys() & {"stop", "pause"} and any(w.name == "time" for w in commands(text, language)):
        found = {name: why for name, why in found.items() if name not in ("stop", "pause")}
    # A stop with an end to it is a break.
    if "pause" in found:
        found.pop("stop", None)
    return [_wish(_kind(name, words, book), why, text, now, language) for name, why in found.items()]


def _heard(leanings: list[Leaning]) -> Iterator[Leaning]:
    """What the text leans to as a whole, and any of its sentences that asks something by itself."""
    for i, leaning in enumerate(leanings):
        enough = _SURE_OF_A_SENTENCE if i else 0.0 if leaning.label == "stop" else _LIKELY
        if leaning.label != NOTHING and leaning.shares[leaning.label] >= enough:
            yield leaning


def _may_be(label: str, leanings: list[Leaning], found: Collection[str]) -> bool:
    """Whether a rule is heeded: not where it sounds like nothing at all, nor as all but surely something else."""
    if not found:
        return not leanings or min(leaning.shares[NOTHING] for leaning in leanings) < _SURE_OF_NOTHING
    return max(leaning.shares.get(label, 1.0) for leaning in leanings) > _NEVER


def _sounds(leaning: Leaning) -> str:
    return "it sounds like one: " + ", ".join(leaning.telling)


def _met(rules: RuleBook, words: Words) -> Iterator[tuple[str, str]]:
    for match in rules.find(words.each, words.borders):
        yield match.rule.label, "their words for it: " + " ".join(words.each[match.start : match.end])


def by_rule(text: str, language: str = "en") -> set[str]:
    """What the commands and the rules alone find: for choosing what to learn from."""
    words = canonical(text, language)
    found: set[str] = set()
    for book in _books(language):
        found |= {wish.name for wish in _whole(words, book)}
        found |= {label for rules in (book.always, book.rules) for label, _ in _met(rules, words)}
    return found


def _kind(name: str, words: Words, book: KeywordBook) -> str:
    """Which stop, which question: for the right reply."""
    found = book.kinds[name].first(words.each, words.borders) if name in book.kinds else None
    return found.rule.label if found else name


def _wish(name: str, why: str, text: str, now: datetime, language: str) -> Wish:
    end = until(text, now, language) if name == "pause" else None
    return Wish(name, Certainty.LIKELY, why, until=end)


def read_keyword(text: str, now: datetime, language: str = "en") -> Reading:
    """The one keyword to obey: stop, start, help, pause or call_me; or nothing."""
    wishes = keywords(text, now, language)
    if not wishes:
        return nothing("no command in it")
    return sure(_KEYWORDS.get(wishes[0].name, wishes[0].name), wishes[0].reason)

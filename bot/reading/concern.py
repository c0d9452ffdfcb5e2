"""Whether a text is a worry, and what about.

Ordinary ways of talking are put aside first; then rules look for meanings that stand together. A laugh lowers
a crisis to distress and never to nothing, and so do the past tense and "not": see words/en/concern.yaml.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any, get_args

from bot.reading.concepts import Concepts, concepts
from bot.reading.normalise import Words, canonical
from bot.reading.rules import Match, RuleBook
from bot.reading.types import About, Concern, Level, Reading, nothing, sure
from bot.reading.undertone import Undertone, ears
from bot.reading.words import safety_sheets

# Where a text speaks of several, the reply must be right for the first of these.
_FIRST: tuple[About, ...] = ("child", "abuse", "self", "housing")
assert set(_FIRST) == set(get_args(About))
# The past is said within this many words of what was.
_PAST_NEAR = 6

_WORSE: tuple[Level | None, ...] = (None, "distress", "crisis")
_NOTHING = Concern(None, None, "nothing worrying")

_Page = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ConcernBook:
    """One language's rules, ready to match."""

    ordinary: RuleBook
    crisis: RuleBook
    distress: RuleBook
    denied: RuleBook
    past: RuleBook
    still: RuleBook
    softeners: RuleBook
    laughed_at: frozenset[str]
    tails: frozenset[str]
    serious: RuleBook


@cache
def _books(language: str) -> tuple[ConcernBook, ...]:
    return tuple(_book(page, concepts(language)) for page in safety_sheets(language, "concern"))


def _book(page: _Page, known: Concepts) -> ConcernBook:
    def of(name: str) -> RuleBook:
        return RuleBook({name: page[name]}, known)

    return ConcernBook(
        ordinary=of("ordinary"),
        crisis=RuleBook(page["crisis"], known),
        distress=RuleBook(page["distress"], known),
        denied=of("denied"),
        past=of("past"),
        still=of("still"),
        softeners=of("softeners"),
        laughed_at=frozenset(page["laughed_at"].split()),
        tails=frozenset(page["tails"].split()),
        serious=of("serious"),
    )


def concern(text: str, language: str = "en") -> Concern:
    """How worried to be.

    What a rule names is so. Where no rule names anything, what the words sound like together may still tell; and
    danger that it tells plainly stands where a rule hears distress, but for what "not", the past or a laugh lowered.
    """
    found = named(text, language)
    if found.level == "crisis" or found.about:
        return found
    words = canonical(text, language)
    tones = [ear.hear(words.each, words.borders) for ear in ears(language)] if words.line else []
    return _worst([found, *(_sound(tone) for tone in tones if found.level is None or tone.plain)])


def named(text: str, language: str = "en") -> Concern:
    """What the rules alone say: the worst that any of the languages read here finds."""
    words = canonical(text, language)
    return _worst(_look(words, book) for book in _books(language))


def _worst(found: Iterable[Concern]) -> Concern:
    return max(found, key=lambda each: _WORSE.index(each.level), default=_NOTHING)


def _sound(tone: Undertone) -> Concern:
    if tone.level is None:
        return _NOTHING
    about, what = (tone.about, "somebody in danger") if tone.level == "crisis" else (None, "somebody in distress")
    return Concern(tone.level, about, f"sounds like {what}, by the words: {tone.telling}")


def _look(words: Words, book: ConcernBook) -> Concern:
    laughs = bool(book.softeners.first(words.each)) and not book.serious.first(words.each)
    words = _without_tails(words, book.tails)
    said = book.ordinary.without(words.each)
    found = sorted(book.crisis.everywhere(said, words.borders), key=lambda m: _FIRST.index(_about(m)))
    lowered: Concern | None = None
    for match, why in zip(found, _lowering(found, said, words.borders, book), strict=True):
        if laughs and match.rule.label in book.laughed_at:
            why = "a laugh beside it"
        if why is None:
            return Concern("crisis", _about(match), f"someone may be in danger: {_words(match, said)}")
        lowered = lowered or Concern("distress", _about(match), f"{why}: {_words(match, said)}")
    if lowered:
        return lowered
    if distress := book.distress.first(said, words.borders):
        return Concern("distress", None, f"a worry for the same day, {distress.rule.label}: {_words(distress, said)}")
    return _NOTHING


def _lowering(found: list[Match], said: list[str], borders: tuple[int, ...], book: ConcernBook) -> Iterator[str | None]:
    """For each match why it is no emergency now, if there is a reason."""
    if not found:
        return
    # "No I didnt. I stood on the bridge" denies no bridge.
    denied = {end for start, end in book.denied.spans(said) if not any(start < b <= end for b in borders)}
    past = [] if book.still.first(said) else [(m.start, m.end) for m in book.past.everywhere(said)]
    for match in found:
        if match.start in denied:
            yield "said not to be so"
        elif any(start < match.end + _PAST_NEAR and match.start - _PAST_NEAR < end for start, end in past):
            yield "said of the past"
        else:
            yield None


def _without_tails(words: Words, tails: frozenset[str]) -> Words:
    """The words without small talk at the ends of sentences, which says nothing: "on the bridge lol x"."""
    each, kept, borders = words.each, list[str](), list[int]()
    for start, end in pairwise((0, *words.borders, len(each))):
        last = end
        while last > start + 1 and each[last - 1] in tails:
            last -= 1
        kept += each[start:last]
        borders.append(len(kept))
    return replace(words, line=" ".join(kept), borders=tuple(borders))


def _about(match: Match) -> About:
    return next(about for about in _FIRST if about == match.rule.label)


def _words(match: Match, said: list[str]) -> str:
    return " ".join(said[match.start : match.end])


def read_concern(text: str, language: str = "en") -> Reading:
    """The level of concern as a reading: crisis, distress or nothing."""
    found = concern(text, language)
    return sure(found.level, found.reason) if found.level else nothing(found.reason)

"""Picking one of the options a question offers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from rapidfuzz.distance import OSA

from bot.reading.layered import layered
from bot.reading.normalise import canonical, clean
from bot.reading.types import Reading, likely, sure, unclear

_LONG_ENOUGH = 5
Options = Mapping[str, tuple[str, ...]]
_EMOJI_WORDS = frozenset({"thumbsup", "tickmark", "thumbsdown", "crossmark", "100", "lol"})


@dataclass(frozen=True, slots=True)
class _Book:
    ways: tuple[frozenset[str], ...]
    figures: dict[str, str]
    small_talk: frozenset[str]
    doubt: frozenset[str]
    round_a_number: re.Pattern[str]
    agreeing: frozenset[str]
    refusing: frozenset[str]
    contradicting: frozenset[str]


@cache
def _book(language: str) -> _Book:
    page: dict[str, Any] = layered(language, "choice")
    return _Book(
        ways=tuple(frozenset(_plain(str(w), language) for w in page[answer]) for answer in ("yes", "no")),
        figures={w: str(figure) for figure, words in page["ordinals"].items() for w in words.split("|")},
        small_talk=frozenset(page["small_talk"].split()),
        doubt=frozenset(page["doubt"].split()),
        round_a_number=re.compile(rf"^(?:(?:{page['before_a_number']}) )+|(?: (?:{page['after_a_number']}))+$"),
        agreeing=frozenset(page["agreeing"].split()),
        refusing=frozenset(page["refusing"].split()),
        contradicting=frozenset(page["contradicting"].split()),
    )


def _plain(text: str, language: str) -> str:
    return canonical(text, language, correct=False).line


def pick_option(text: str, options: Options, language: str = "en", *, kind: str = "choice") -> Reading | None:
    """The option that the whole message picks, or None.

    Beside a scale a lone figure is a score, so figures pick only elsewhere.
    """
    book = _book(language)
    words = canonical(text, language)
    core = _core(words.line, book)
    if picked := _by_word(words.line, core, options, language):
        return picked
    if kind != "scale" and (numbered := _by_figure(text, core, options, book)):
        return numbered
    return _by_yes_or_no(words.line, core, options, book, language)


def read_choice(text: str, options: Options, language: str = "en") -> Reading:
    """The option picked; unclear where none is, and where a thumb alone was sent."""
    if picked := pick_option(text, options, language):
        return picked
    words = canonical(text, language).each
    if words and set(words) <= _EMOJI_WORDS:
        return unclear("a sign alone is no consent")
    return _one_named(words, options, language) or unclear("none of the options")


def _core(line: str, book: _Book) -> str:
    kept = [w for w in line.split() if w not in book.small_talk]
    return " ".join(w for i, w in enumerate(kept) if i == 0 or w != kept[i - 1])


def _by_word(line: str, core: str, options: Options, language: str) -> Reading | None:
    for name, words in options.items():
        for word in words:
            plain = _plain(word, language)
            if plain and not plain.isdecimal() and (plain in (line, core) or _slip(core, plain)):
                return sure(name, f"their word for {name}: {plain}")
    return None


def _slip(said: str, word: str) -> bool:
    """One slip in a longer word: "smal"."""
    return len(word) >= _LONG_ENOUGH and OSA.distance(said, word, score_cutoff=1) <= 1


def _by_figure(text: str, core: str, options: Options, book: _Book) -> Reading | None:
    figures = {w: name for name, words in options.items() for w in words if w.isdecimal()}
    if not figures:
        return None
    said = re.sub(r"\W+", " ", clean(text)).strip()
    bare = book.round_a_number.sub("", said)
    figure = bare if bare.isdecimal() else book.figures.get(bare) or book.figures.get(core) or book.figures.get(said)
    if figure == "last":
        figure = max(figures, key=int)
    name = figures.get(figure or "")
    return sure(name, f"number {figure} of the menu") if name else None


def _by_yes_or_no(line: str, core: str, options: Options, book: _Book, language: str) -> Reading | None:
    for way, anchors in zip(book.ways, (book.agreeing, book.refusing), strict=True):
        for name, words in options.items():
            if anchors & {_plain(w, language) for w in words} and (line in way or core in way):
                return sure(name, f"a worded {'yes' if anchors is book.agreeing else 'no'}: {line}")
    return None


def _one_named(words: list[str], options: Options, language: str) -> Reading | None:
    """The one option named among other words ("yes but what is it"), or the last where they put it right."""
    book = _book(language)
    if book.doubt & set(words) or book.contradicting <= set(words):
        return None
    line = f" {' '.join(words)} "
    places = {
        name: line.rfind(f" {plain} ")
        for name, ways in options.items()
        for plain in (_plain(way, language) for way in ways)
        if plain and not plain.isdecimal() and f" {plain} " in line
    }
    if len(places) == 1:
        return likely(next(iter(places)), "the one option named among other words")
    between = line[min(places.values(), default=0) : max(places.values(), default=0) + 1]
    if len(places) == 2 and any(f" {no} " in between for no in book.refusing):
        return likely(max(places, key=lambda name: places[name]), "a correction: the last option named")
    return None

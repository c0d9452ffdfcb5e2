"""Which option of a question a text picks: its words, its number on the menu, or a worded yes or no."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from rapidfuzz.distance import OSA

from bot.reading.normalise import clean
from bot.reading.types import Reading, likely, sure, unclear
from bot.reading.moments.when_words import either
from bot.reading.words import sheet

Options = Mapping[str, tuple[str, ...]]

LONG_ENOUGH = 5  # letters in a word before a slip in it is mended
LONGEST_YES = 4  # words
SHORT_TEXT = 40  # characters: longer ones are read for their option, never for a bare yes or number
_MARKS = re.compile(r"[^\w\s%]")


@dataclass(frozen=True, slots=True)
class ChoiceWords:
    yes: frozenset[str]
    no: frozenset[str]
    stands_for_yes: frozenset[str]
    stands_for_no: frozenset[str]
    numbers: Mapping[str, str]
    before_number: re.Pattern[str]
    polite: frozenset[str]
    correction: re.Pattern[str]


@cache
def _choice_words(language: str) -> ChoiceWords:
    words = sheet(language, "choice")
    numbers = {_plain(str(way)): str(n) for n, ways in words["number_words"].items() for way in ways}
    return ChoiceWords(
        yes=frozenset(_plain(str(w)) for w in words["yes"]),
        no=frozenset(_plain(str(w)) for w in words["no"]),
        stands_for_yes=frozenset(words["stands_for"]["yes"]),
        stands_for_no=frozenset(words["stands_for"]["no"]),
        numbers=numbers,
        before_number=re.compile(rf"^(?:(?:{either(words['before_number'])})\s+)+(?=\w)"),
        polite=frozenset(words["polite"]),
        correction=re.compile(rf"\b(?:{either(words['corrections'])})\b"),
    )


def read_choice(text: str, options: Options, language: str = "en") -> Reading:
    """The option that a text picks (its name); unclear where it picks none, or two."""
    if _only_emoji(text):
        return unclear("a sign alone picks nothing: it takes a word")
    words = _choice_words(language)
    line = _plain(text)
    return (
        _whole(line, options, words)
        or _by_number(line, options, words)
        or _yes_or_no(line, options, words)
        or _inside(line, options, words)
        or unclear("it picks none of what was offered")
    )


def pick_option(text: str, options: Options, language: str = "en") -> Reading | None:
    """An option declared beside another reader: only where the whole text, but for politeness, is that option."""
    if not options or _only_emoji(text):
        return None
    words = _choice_words(language)
    line = _plain(text)
    found = _whole(line, options, words) or _by_number(line, options, words)
    if found or len(line) > SHORT_TEXT:
        return found
    core = _without_politeness(line, words)
    return _whole(core, options, words) if core != line else None


def _whole(line: str, options: Options, words: ChoiceWords) -> Reading | None:
    """The whole text is one of an option's words, slips in a longer word mended."""
    for name, ways in options.items():
        if line in {_plain(way) for way in ways} or line == _plain(name.replace("_", " ")):
            return sure(name, "the option by its word")
    for name, ways in options.items():
        if any(_near(line, _plain(way)) for way in ways):
            return likely(name, "the option, with a slip of the keys")
    return None


def _by_number(line: str, options: Options, words: ChoiceWords) -> Reading | None:
    core = _without_politeness(words.before_number.sub("", line), words) or line
    number = words.numbers.get(core, core if core.isdigit() else "")
    for name, ways in options.items():
        if number and number in ways:
            return sure(name, "the option by its number")
    return None


def _yes_or_no(line: str, options: Options, words: ChoiceWords) -> Reading | None:
    """A worded yes or no, where an option stands for it. "yeah no" is neither."""
    said = {kind for kind, known in (("yes", words.yes), ("no", words.no)) if _says(line, known, words)}
    if len(said) != 1 or len(line) > SHORT_TEXT:
        return None
    stands = words.stands_for_yes if said == {"yes"} else words.stands_for_no
    for name, ways in options.items():
        if stands & {name, *ways}:
            return sure(name, f"a worded {said.pop()}")
    return None


def _says(line: str, known: frozenset[str], words: ChoiceWords) -> bool:
    if line in known:
        return True
    each = line.split()
    starts = (n for n in range(LONGEST_YES, 0, -1) if " ".join(each[:n]) in known)
    first = next(starts, 0)
    rest = each[first:]
    return first > 0 and (" ".join(rest) in known or set(rest) <= words.polite | known)


def _inside(line: str, options: Options, words: ChoiceWords) -> Reading | None:
    """Words of one option inside a longer text; of two, the corrected one."""
    places: dict[str, int] = {}
    for name, ways in options.items():
        for way in map(_plain, ways):
            telling = len(way) > 1 and not way.isdigit() and way not in words.yes | words.no
            match = re.search(rf"(?<!\w){re.escape(way)}(?!\w)", line) if telling else None
            if match:
                places[name] = max(match.start(), places.get(name, -1))
    if len(places) == 1:
        return likely(next(iter(places)), "the option's word inside the text")
    if places and words.correction.search(line):
        return likely(max(places, key=lambda name: places[name]), "a correction: the last option named")
    return unclear("two options in one text") if places else None


def _without_politeness(line: str, words: ChoiceWords) -> str:
    return " ".join(word for word in line.split() if word not in words.polite)


def _near(typed: str, meant: str) -> bool:
    return len(meant) >= LONG_ENOUGH and abs(len(typed) - len(meant)) <= 1 and OSA.distance(typed, meant) <= 1


def _only_emoji(text: str) -> bool:
    return not any(c.isalnum() for c in text)


def _plain(text: str) -> str:
    """Without marks, in small letters, single spaces."""
    return " ".join(_MARKS.sub(" ", clean(text).replace("'", "")).split())

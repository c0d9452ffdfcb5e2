"""The undertone of a text: what its words together sound like, where no rule names the worry.

What a clue weighs is learned beforehand from labelled texts (`python -m bench.learn_undertone`) and kept in a
file by language that a person can read: a clue a line, the loudest first. Words of one kind ("beats", "leathers",
"brays") count as one another, so that what was learned of one holds of all.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import NamedTuple, get_args

from bot.reading.types import About, Level
from bot.reading.words import HOME, learned_lines, sheet

# A clue of two words has them this many words apart at most.
_NEAR = 3
# A longer word counts by its first letters, too: "suffocated" tells of "suffocating".
_STEM = 5
# A longer text is weighed sentence by sentence, and a longer sentence by stretches, each half over the last: what
# is ordinary in a long text must not outweigh the one sentence that is not.
_SHORT = 40
_STRETCH = 20
# From this many words on a text is no longer short.
_FEW = 4
# So many words are named as the reason.
_NAMED = 4

ABOUTS: tuple[About, ...] = get_args(About)


# What was seen, and the places of its first and its last word.
Clue = tuple[str, int, int]


class Weight(NamedTuple):
    """How loudly a clue speaks for any worry, for somebody in danger, and for each that the danger may be about."""

    worry: float
    crisis: float
    about: tuple[float, ...] = (0.0,) * len(ABOUTS)


_SILENCE = Weight(0.0, 0.0)
Known = tuple[Clue, Weight]


class Limits(NamedTuple):
    """Above which a text sounds like a worry; like somebody in danger; so plainly that a rule of distress yields."""

    worry: float
    crisis: float
    plain: float


@dataclass(frozen=True, slots=True)
class Undertone:
    """What a text sounds like, and the words that tell it."""

    level: Level | None
    about: About
    telling: str
    # How far above nought a worry and a crisis are: where they are just as likely as not.
    worry: float
    crisis: float
    # Whether it is a crisis so plainly that it stands against a rule that hears no more than distress.
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Ear:
    """What has been learned of one language."""

    kinds: Mapping[str, str]
    weights: Mapping[str, Weight]
    limits: Limits

    def hear(self, words: Sequence[str], borders: Sequence[int] = ()) -> Undertone:
        """The most worrying that any stretch of the words sounds; `borders` are where sentences end."""
        base = self.weights.get(length_clue(words), _SILENCE)
        weight = self.weights.get
        known: list[list[Known]] = [[] for _ in words]
        for clue in clues(words, self.kinds):
            if found := weight(clue[0]):
                known[clue[1]].append((clue, found))
        heard = (self._weigh(base, _held(known, *part), words) for part in _stretches(len(words), borders))
        return max(heard, key=lambda tone: (tone.level is not None, tone.level == "crisis", tone.worry))

    def _weigh(self, base: Weight, held: Sequence[Known], words: Sequence[str]) -> Undertone:
        worry = base.worry + sum(weight.worry for _, weight in held)
        crisis = base.crisis + sum(weight.crisis for _, weight in held)
        level: Level | None = None
        if worry > self.limits.worry:
            level = "crisis" if crisis > self.limits.crisis else "distress"
        if level is None:
            return Undertone(None, ABOUTS[0], "", worry, crisis)
        plain = level == "crisis" and crisis > self.limits.plain
        return Undertone(level, _about(base, held), _telling(held, words), worry, crisis, plain)


def clues(words: Sequence[str], kinds: Mapping[str, str]) -> Iterator[Clue]:
    """Each clue that the words hold but their number: words, their kinds and stems, and which stand together."""
    kin = [kinds.get(word, word) for word in words]
    many = len(words)
    for i, word in enumerate(words):
        kind = kin[i]
        yield word, i, i
        if kind is not word:
            yield kind, i, i
        if len(word) > _STEM:
            yield f"{word[:_STEM]}*", i, i
        if i + 1 < many:
            yield f"{word} {words[i + 1]}", i, i + 1
        for j in range(i + 1, min(i + 1 + _NEAR, many)):
            yield f"{kind} {kin[j]}", i, j


def _held(known: Sequence[Sequence[Known]], start: int, end: int) -> list[Known]:
    """What is known from the one word to before the other, each clue once."""
    return list({each[0][0]: each for told in known[start:end] for each in told if each[0][2] < end}.values())


def _stretches(many: int, borders: Sequence[int]) -> Iterator[tuple[int, int]]:
    if many <= _SHORT:
        yield 0, many
        return
    step = _STRETCH // 2
    for start, end in pairwise(sorted({0, *borders, many})):
        for first in range(start, max(end - step, start + 1), step):
            yield first, min(first + _STRETCH, end)


def length_clue(words: Sequence[str]) -> str:
    """The clue that the number of words is: few words say little, so that each says more."""
    return f"({min(len(words), _FEW)})"


def _about(base: Weight, held: Iterable[Known]) -> About:
    scores = list(base.about)
    for _, weight in held:
        scores = [score + more for score, more in zip(scores, weight.about, strict=True)]
    return ABOUTS[scores.index(max(scores))]


def _telling(held: Iterable[Known], words: Sequence[str]) -> str:
    """The words that tell the most, by all the clues they have a part in, in the order of the text."""
    told: dict[int, float] = {}
    for (_, first, last), weight in held:
        for place in {first, last}:
            told[place] = told.get(place, 0.0) + weight.worry / len({first, last})
    loudest = sorted(told, key=lambda place: -told[place])[:_NAMED]
    return ", ".join(words[place] for place in sorted(loudest))


@cache
def ears(language: str) -> tuple[Ear, ...]:
    """What is listened with: what was learned of this language, where anything was, and always of English.

    People swap languages when it matters most.
    """
    return tuple(ear for code in dict.fromkeys((language, HOME)) if (ear := _ear(code)))


def _ear(language: str) -> Ear | None:
    weights = dict(_weight(line) for line in learned_lines(language, "undertone"))
    if not weights:
        return None
    page = sheet(language, "undertone")
    return Ear(kinds_of(page["kinds"]), weights, Limits(**page["limits"]))


def _weight(line: str) -> tuple[str, Weight]:
    """One line of the file: the clue, how it speaks for a worry and a crisis, and for each that it may be about."""
    said, worry, crisis, *about = line.split("\t")
    return said, Weight(float(worry), float(crisis), tuple(map(float, about)) or _SILENCE.about)


def kinds_of(written: Mapping[str, str]) -> dict[str, str]:
    """The kind of each word that has one, as clues name it. The first kind that lists a word has it."""
    found: dict[str, str] = {}
    for kind, words in written.items():
        for word in str(words).split():
            found.setdefault(word, f"<{kind}>")
    return found

"""Clues: how much each word, and each few words together, speak for one meaning of a text or another.

What they weigh is learned beforehand from labelled texts (`python -m bench.learn_keyword`) and kept in a file by
language that a person can read: a clue a line, with its weight for each label. Words of one family ("ring",
"phone", "bell") count as one another, so that what was learned of one holds for all.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from bot.reading.words import HOME, learned_lines, sheet

NOTHING = "nothing"
# A text is weighed in stretches of this many words at most: what is asked takes no more.
_STRETCH = 40
# A text of more sentences is weighed in stretches, and none beyond this many words: no person's text is longer.
_SENTENCES, _MOST = 8, 320
# So few words are a clue by their number, and so many clues are named as the reason.
_FEW, _NAMED = 3, 3
_FIRST, _LAST = "^", "$"

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Leaning:
    """What some words seem to say: how likely each label is, the likeliest, and the words that tell of it."""

    shares: Mapping[str, float]
    label: str
    telling: tuple[str, ...] = ()


class Families:
    """Words that stand for one another in a clue."""

    def __init__(self, written: Mapping[str, str], endings: str) -> None:
        self._known = {word: name for name, words in written.items() for word in str(words).split()}
        self._endings = tuple(endings.split())
        self.of = lru_cache(maxsize=4096)(self._of)

    def _of(self, word: str) -> str:
        """The family of a word; of its stem where the word itself has none; else the stem."""
        return self._known.get(word) or self._known.get(stem := self._stem(word)) or stem

    def _stem(self, word: str) -> str:
        ending = next((e for e in self._endings if word.endswith(e) and len(word) - len(e) >= 3), "")
        return word[: len(word) - len(ending)]


def clues(words: Sequence[str], families: Families) -> list[str]:
    """Each clue that the words hold: words, families, two and three of these in a row, and two with some between."""
    kin = [families.of(word) for word in words]
    said = [_FIRST, *kin, _LAST]
    few = [f"#{len(words)}"] if len(words) <= _FEW else []
    return [*few, *words, *kin, *(clue for row in _rows(said) for clue in row)]


def _rows(said: Sequence[str]) -> tuple[list[str], ...]:
    """The clues of two words and more, each row in the order of its first word."""
    return (
        [" ".join(two) for two in zip(said, said[1:], strict=False)],
        [" ".join(three) for three in zip(said, said[1:], said[2:], strict=False)],
        [" .. ".join(two) for two in zip(said, said[2:], strict=False)],
        [" .. ".join(two) for two in zip(said, said[3:], strict=False)],
    )


# How many words each of these rows spans.
_SPANS = (2, 3, 3, 4)


@dataclass(frozen=True, slots=True)
class Clues:
    """One language's clues to the labels of one kind of reading."""

    labels: tuple[str, ...]
    weights: Mapping[str, tuple[float, ...]]
    families: Families

    def lean(self, words: Sequence[str], borders: Sequence[int] = ()) -> list[Leaning]:
        """What the text leans to, and after it each of its sentences, or each stretch of a long one."""
        whole = [tuple(words)] if len(words) <= _STRETCH else []
        parts = (tuple(words[start:end]) for start, end in _parts(len(words), borders))
        return [self._lean(part) for part in dict.fromkeys((*whole, *parts))]

    def _lean(self, words: Sequence[str]) -> Leaning:
        # Each once, in the order of the text: a set's order would change a sum's last digit from process to process.
        held = dict.fromkeys(clue for clue in clues(words, self.families) if clue in self.weights)
        scores = [sum(column) for column in zip(*(self.weights[clue] for clue in held), strict=True)]
        shares = _shares(scores or [0.0] * len(self.labels))
        best = max(range(len(shares)), key=shares.__getitem__)
        none = self.labels.index(NOTHING)
        telling = () if best == none else self._telling(words, held, best, none)
        return Leaning(dict(zip(self.labels, shares, strict=True)), self.labels[best], telling)

    def _telling(self, words: Sequence[str], held: Collection[str], best: int, none: int) -> tuple[str, ...]:
        """The few words that speak loudest for the label, in their order."""
        loud = sorted(held, key=lambda c: (self.weights[c][none] - self.weights[c][best], c))[:_NAMED]
        places = sorted({place for clue in loud if (place := self._place(clue, words))})
        apart = [(a, b) for a, b in places if not any((c, d) != (a, b) and c <= a and b <= d for c, d in places)]
        return tuple(" ".join(words[a:b]) for a, b in apart)

    def _place(self, clue: str, words: Sequence[str]) -> Place | None:
        """Where the words stand that give a clue, from the first to the one after the last."""
        kin = [self.families.of(word) for word in words]
        for row in (list(words), kin):
            if clue in row:
                return row.index(clue), row.index(clue) + 1
        for row, span in zip(_rows([_FIRST, *kin, _LAST]), _SPANS, strict=True):
            if clue in row:
                start = row.index(clue) - 1
                return max(start, 0), min(start + span, len(words))
        return None


def _parts(many: int, borders: Sequence[int]) -> Iterator[Place]:
    last, many = 0, min(many, _MOST)
    for border in (*(borders if len(borders) <= _SENTENCES else ()), many):
        for start in range(last, border, _STRETCH):
            yield start, min(start + _STRETCH, border, many)
        last = max(last, border)


def _shares(scores: Sequence[float]) -> list[float]:
    most = max(scores)
    raised = [math.exp(score - most) for score in scores]
    total = sum(raised)
    return [each / total for each in raised]


def families(language: str, name: str) -> Families:
    """The families of a language's word file. They are the reader's own: clues without them say little."""
    page = sheet(language, name)
    return Families(page.get("families") or {}, str(page.get("endings") or ""))


@cache
def learned(language: str, name: str) -> Clues | None:
    """What has been learned for a language; for one that nobody has taught, what was for English."""
    lines = learned_lines(language, name)
    if not lines:
        return None if language == HOME else learned(HOME, name)
    labels = tuple(lines[0].split("\t")[1:])
    weights = {}
    for line in lines[1:]:
        clue, _, written = line.partition("\t")
        weights[clue] = tuple(float(weight) for weight in written.split())
    return Clues(labels, weights, families(language, name.partition("_")[0]))

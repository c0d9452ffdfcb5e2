"""What the words of an answer weigh together, where rules see each only by itself.

A clue is a word, a meaning of words (`<place>`), two of them side by side or with one word between (`<went> ..
shut`), or what the rules found. How much each speaks for each answer is learned beforehand from labelled texts
(`python -m bench.learn_progress`) and kept in a file by language that a person can read, a clue a line. A
language that nobody has taught is read by its rules alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import NamedTuple

from bot.reading.normalise import Words, respelled
from bot.reading.words import learned_lines, sheet

# So many words of a text are weighed: an answer stands in them, and what is long is not slow.
_MOST = 80
# So many clues are named as the reason.
_NAMED = 3
_UNNAMED = "<*>"
_MARKS = frozenset("^,$")


class Clue(NamedTuple):
    """What was seen, and the words in which it was seen."""

    said: str
    words: str


@dataclass(frozen=True, slots=True)
class Weighed:
    """The answer that the clues speak for, how far it is ahead of the next, and the words that tell."""

    label: str
    ahead: float
    telling: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scales:
    """One language's weights for the answers to one question."""

    labels: tuple[str, ...]
    weights: Mapping[str, tuple[float, ...]]
    meanings: Mapping[str, tuple[str, ...]]

    def weigh(self, words: Words, notes: Iterable[str]) -> Weighed:
        """What the words say, taken together with what the rules noted of them."""
        held = {c.said: c for c in clues(words, self.meanings, notes) if c.said in self.weights}
        scores = [sum(column) for column in zip(*(self.weights[said] for said in held), strict=True)]
        ranked = sorted(range(len(scores)), key=scores.__getitem__, reverse=True)
        if not ranked:
            return Weighed(self.labels[-1], 0.0, ())
        best, next_best = ranked[:2]
        return Weighed(self.labels[best], scores[best] - scores[next_best], self._telling(held.values(), best))

    def _telling(self, held: Iterable[Clue], best: int) -> tuple[str, ...]:
        """The few clues of their own words that speak loudest for it."""
        loud = sorted((c for c in held if c.words), key=lambda c: -self._voice(c, best))
        named: list[str] = []
        for clue in (c for c in loud if self._voice(c, best) > 0):
            if not any(clue.words in said or said in clue.words for said in named):
                named.append(clue.words)
        return tuple(named[:_NAMED])

    def _voice(self, clue: Clue, best: int) -> float:
        weights = self.weights[clue.said]
        return weights[best] - sum(weights) / len(weights)


def clues(words: Words, meanings: Mapping[str, tuple[str, ...]], notes: Iterable[str]) -> Iterator[Clue]:
    """Every clue of a text; some are seen more than once."""
    said = _marked(words.clauses)
    yield from (Clue(note, "") for note in (*notes, _length(len(said) - 2)))
    named = [meanings.get(word, ()) for word in said]
    placed = [names or ((word,) if word in _MARKS else (_UNNAMED,)) for word, names in zip(said, named, strict=True)]
    for i, word in enumerate(said):
        own = "" if word in _MARKS else word
        yield Clue(word, own)
        yield from (Clue(name, own) for name in named[i])
        for gap, joint in ((1, " "), (2, " .. ")):
            yield from _pairs(said, placed, i, gap, joint)


def _pairs(said: Sequence[str], placed: Sequence[tuple[str, ...]], i: int, gap: int, joint: str) -> Iterator[Clue]:
    if i + gap >= len(said):
        return
    words = " ".join(word for word in said[i : i + gap + 1] if word not in _MARKS)
    yield Clue(said[i] + joint + said[i + gap], words)
    for one, other in product(placed[i], placed[i + gap]):
        yield Clue(one + joint + other, words)


def _marked(clauses: Sequence[str]) -> list[str]:
    """The words in order, with the ends of the text and of each clause."""
    said = ["^"]
    for clause in clauses:
        said += [*clause.split(), ","]
        if len(said) > _MOST:
            break
    return [*said[:-1][: _MOST + 1], "$"] if len(said) > 1 else ["^", "$"]


def _length(many: int) -> str:
    return f"#words {many if many < 8 else 12 if many < 16 else 20}"


@cache
def scales(language: str, kind: str) -> Scales | None:
    """What has been learned of a language, or None where nobody has taught it."""
    lines = learned_lines(language, f"{kind}_weights")
    if not lines:
        return None
    weights = {}
    for line in lines[1:]:
        clue, _, written = line.partition("\t")
        weights[clue] = tuple(float(weight) for weight in written.split("\t"))
    return Scales(tuple(lines[0].split("\t")[1:]), weights, meanings_of(sheet(language, "meanings")))


def meanings_of(page: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The meanings of each word of a file, in the spelling of the file and in the canonical one."""
    found: dict[str, dict[str, None]] = {}
    for name, written in page.items():
        for word in {*str(written).split(), *respelled(str(written)).split()}:
            found.setdefault(word, {})[f"<{name}>"] = None
    return {word: tuple(names) for word, names in found.items()}

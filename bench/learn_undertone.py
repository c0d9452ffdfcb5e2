"""Learn how loudly words speak for a worry: `python -m bench.learn_undertone` writes words/en/undertone.txt.

Plain logistic regression, a step a text (AdaGrad), twice: any worry against none, and somebody in danger against
all else. No library and no chance but a fixed seed, so that the same texts give the same weights. It learns from
the texts that anybody may read (tests/reading/dev.jsonl, tests/reading/corpus, bench/lessons), never from those
that measure it (tests/reading/unseen).
"""

import json
import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from bot.reading.concern import named
from bot.reading.normalise import canonical
from bot.reading.undertone import ABOUTS, clues, kinds_of, length_clue
from bot.reading.words import sheet
from bot.settings import ROOT

LANGUAGE = "en"
TESTS = ROOT / "tests" / "reading"
CAST = ROOT / "bot" / "seed" / "cast.yaml"
LESSONS = ROOT / "bench" / "lessons" / "concern.txt"
LEARNED = ROOT / "bot" / "reading" / "words" / LANGUAGE / "undertone.txt"
HEAD = """\
# Learned by python -m bench.learn_undertone: change the texts or the kinds of words, and learn again; not by hand.
# A clue, then how loudly it speaks for any worry, for somebody in danger{about}
"""
LABELS = {"crisis": "crisis", "distress": "distress", "ordinary": None}
# What one text alone holds, or what is this quiet, is left out: it says more of that text than of people.
HEARD_TWICE = 2
# What the safeguarding lead has laid down in a table counts as often as this.
LAID_DOWN = 3
QUIET = 0.1

_ROUNDS = 12
_STEP = 0.3
# How strongly a weight is drawn back to nought at each text that holds its clue.
_DRAWN_BACK = 0.1


class Lesson(NamedTuple):
    """A text with its label: crisis, distress, or None where it is ordinary."""

    text: str
    label: str | None


def lessons() -> Iterator[Lesson]:
    """Every text with a label of this reader."""
    yield from _labelled(TESTS / "dev.jsonl")
    for path in sorted((TESTS / "corpus").glob("*.jsonl")):
        yield from _labelled(path)
    for text, level in yaml.safe_load((TESTS / "tables" / "concern.yaml").read_text("utf-8")).items():
        yield from [Lesson(text, None if level == "None" else level)] * LAID_DOWN
    yield from _by_heading(LESSONS)
    yield from _said_in_examples()


def _said_in_examples() -> Iterator[Lesson]:
    """What people say in the examples of the flows and in the seed is ordinary, unless a rule names a worry in it."""
    for path in (*sorted((ROOT / "flows").rglob("*.yaml")), CAST):
        for text in _answers(yaml.safe_load(path.read_text("utf-8")), seeded=path == CAST):
            if named(text, LANGUAGE).level is None:
                yield from [Lesson(text, None)] * LAID_DOWN


def _labelled(path: Path) -> Iterator[Lesson]:
    """What was written for another reader is ordinary, unless a rule names a worry in it."""
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["kind"] == "concern":
            yield Lesson(row["text"], row["expect"])
        elif named(row["text"], LANGUAGE).level is None:
            yield Lesson(row["text"], None)


def _by_heading(path: Path) -> Iterator[Lesson]:
    """A file with one text a line, below lines that begin with = and name their label."""
    label = None
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("="):
            label = LABELS[line[1:].split(":")[0].strip()]
        elif line.strip() and not line.startswith("#"):
            yield Lesson(line.strip(), label)


def _answers(page: object, seeded: bool) -> Iterator[str]:
    """What people say: `them` in the example of a flow; among the seeded people every text of a list."""
    if isinstance(page, dict):
        for key, part in page.items():
            yield from [str(part)] if key == "them" else _answers(part, seeded)
    elif isinstance(page, list):
        for part in page:
            if not isinstance(part, str):
                yield from _answers(part, seeded)
            elif seeded:
                yield part


class Learner:
    """Weights that grow with every text that is judged wrongly, the less the more is known of a clue."""

    def __init__(self, many: int) -> None:
        self.weights = [0.0] * many
        self._seen = [1e-8] * many

    def learn(self, held: Sequence[int], true: bool) -> None:
        """One text: nearer to the truth, by the clues that it holds."""
        weights, seen = self.weights, self._seen
        score = sum(weights[clue] for clue in held)
        wrong = 1 / (1 + math.exp(-max(-30.0, min(30.0, score)))) - true
        if abs(wrong) < 1e-4:
            return
        for place, clue in enumerate(held):
            # The first, the number of words, is every text's: it says how seldom a worry is at all.
            pull = wrong + (_DRAWN_BACK * weights[clue] if place else 0)
            seen[clue] += pull * pull
            weights[clue] -= _STEP * pull / math.sqrt(seen[clue])


def held_by(text: str, kinds: dict[str, str]) -> list[str]:
    """The clues of a text, once each."""
    words = canonical(text, LANGUAGE).each
    return [length_clue(words), *dict.fromkeys(said for said, _, _ in clues(words, kinds))]


def learn(examples: Sequence[tuple[Sequence[int], bool]], many: int) -> list[float]:
    """The weights of so many clues, from texts as the clues they hold."""
    learner, order, chance = Learner(many), list(range(len(examples))), random.Random(1)
    for _ in range(_ROUNDS):
        chance.shuffle(order)
        for place in order:
            learner.learn(*examples[place])
    return learner.weights


def learned(taught: Sequence[Lesson]) -> dict[str, tuple[float, ...]]:
    """For each clue how it speaks for a worry, for a crisis, and for each that a crisis may be about."""
    kinds = kinds_of(sheet(LANGUAGE, "undertone")["kinds"])
    texts = [held_by(lesson.text, kinds) for lesson in taught]
    many = Counter(clue for held in texts for clue in held)
    number = {clue: i for i, clue in enumerate(sorted(clue for clue, n in many.items() if n >= HEARD_TWICE))}
    numbered = [[number[clue] for clue in held if clue in number] for held in texts]
    columns = [
        learn([(held, lesson.label is not None) for held, lesson in zip(numbered, taught, strict=True)], len(number)),
        learn([(held, lesson.label == "crisis") for held, lesson in zip(numbered, taught, strict=True)], len(number)),
    ]
    abouts = _abouts(taught, texts)
    return {clue: (columns[0][i], columns[1][i], *abouts.get(clue, ())) for clue, i in number.items()}


def _abouts(taught: Sequence[Lesson], texts: Sequence[Sequence[str]]) -> dict[str, tuple[float, ...]]:
    """How a clue of one word speaks for each that a crisis may be about: from the crises that a rule names."""
    known = [
        (held, about)
        for lesson, held in zip(taught, texts, strict=True)
        if lesson.label == "crisis" and (about := named(lesson.text, LANGUAGE).about)
    ]
    singles = [[clue for clue in held if " " not in clue] for held, _ in known]
    number = {clue: i for i, clue in enumerate(sorted({clue for held in singles for clue in held}))}
    numbered = [[number[clue] for clue in held] for held in singles]
    columns = [
        learn([(held, about == one) for held, (_, about) in zip(numbered, known, strict=True)], len(number))
        for one in ABOUTS
    ]
    return {clue: tuple(column[i] for column in columns) for clue, i in number.items()}


def written(weights: dict[str, tuple[float, ...]]) -> Iterator[str]:
    """The lines of the file, the loudest clue first."""
    loud = {clue: of for clue, of in weights.items() if max(abs(of[0]), abs(of[1])) >= QUIET or clue.startswith("(")}
    for clue in sorted(loud, key=lambda each: (-loud[each][0], each)):
        yield "\t".join([clue, *(f"{weight:.2f}" for weight in loud[clue])])


def main() -> None:
    taught = list(lessons())
    lines = list(written(learned(taught)))
    LEARNED.write_text(HEAD.format(about="".join(f", about {a}" for a in ABOUTS)) + "\n".join(lines) + "\n", "utf-8")
    labels = Counter(lesson.label or "ordinary" for lesson in taught)
    print(f"{len(lines)} clues from {', '.join(f'{n} {label}' for label, n in labels.items())} texts: {LEARNED}")


if __name__ == "__main__":
    main()

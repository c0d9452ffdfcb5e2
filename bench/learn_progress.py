"""Learns what each clue weighs for "Did you get to do it?": `python -m bench.learn_progress`.

From bench/lessons/progress.txt and the labelled texts of tests/reading it writes the weights that
bot.reading.weighing reads: softmax regression, a step a text (AdaGrad), every weight drawn to nought so that what
says little is left out; a fixed seed, no library. What the rules make of a text is weighed like a word of it. The
rules were fitted to the texts of tests/reading and look better there than they are: these teach words alone.
To teach a meaning that is missed, add texts that say it, and as many that only look like it, and run this again.
"""

import json
import math
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

import yaml

from bot.reading.normalise import canonical
from bot.reading.progress import by_rule
from bot.reading.weighing import clues, meanings_of
from bot.reading.words import sheet

LANGUAGE = "en"
HERE = Path(__file__).parent
TEXTS = HERE.parent / "tests" / "reading"
WRITTEN = HERE.parent / "bot" / "reading" / "words" / LANGUAGE / "progress_weights.txt"
LABELS = ("yes", "partly", "no", "unclear")
ROUNDS, PACE, DRAWN, SEED = 24, 0.15, 2e-5, 1
# What is kept is what the last rounds come to on average, since the order of the texts moves each.
LAST = 8
# A clue of fewer texts is chance.
FEWEST = 3


class Lesson(NamedTuple):
    """A text, what it answers, and whether the rules were made without it."""

    text: str
    label: str
    new_to_rules: bool


class Example(NamedTuple):
    """A lesson as the numbers of its clues and of its label."""

    held: Sequence[int]
    label: int


def lessons() -> Iterator[Lesson]:
    """Every labelled text of this question."""
    yield from _written_for_learning(HERE / "lessons" / "progress.txt")
    for path in (TEXTS / "dev.jsonl", TEXTS / "corpus" / "progress.jsonl"):
        for row in map(json.loads, path.read_text("utf-8").splitlines()):
            if row["kind"] == "progress":
                yield Lesson(row["text"], row["expect"] if isinstance(row["expect"], str) else "unclear", False)
    for text, label in yaml.safe_load((TEXTS / "tables" / "progress.yaml").read_text("utf-8")).items():
        yield Lesson(text, "unclear" if label == "?" else label, False)


def _written_for_learning(path: Path) -> Iterator[Lesson]:
    """One text a line, below lines that begin with = and name their label."""
    label = "unclear"
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("= "):
            label = line[2:].partition(":")[0]
        elif line and not line.startswith("# "):
            yield Lesson(line, label, True)


def held_by(lesson: Lesson, meanings: dict[str, tuple[str, ...]]) -> list[str]:
    """The clues of a text, once each."""
    words = canonical(lesson.text, LANGUAGE)
    notes = by_rule(words, LANGUAGE).notes if lesson.new_to_rules else ()
    return list(dict.fromkeys(clue.said for clue in clues(words, meanings, notes)))


class Learner:
    """Weights that move with every text that is judged wrongly, the less the more is known of a clue."""

    def __init__(self, many: int) -> None:
        self.weights = [[0.0] * len(LABELS) for _ in range(many)]
        self._slopes = [[1.0] * len(LABELS) for _ in range(many)]
        self._drawn = [0] * many
        self._steps = 0

    def learn(self, example: Example) -> None:
        """One text: nearer to its label, by the clues that it holds."""
        self._steps += 1
        for clue in example.held:
            self._draw(clue)
        for label, missed in enumerate(self._missed(example)):
            for clue in example.held:
                self._slopes[clue][label] += missed * missed
                self.weights[clue][label] -= PACE * missed / math.sqrt(self._slopes[clue][label])

    def settle(self) -> None:
        """Draw every weight as far as it is due."""
        for clue in range(len(self.weights)):
            self._draw(clue)

    def _missed(self, example: Example) -> list[float]:
        """How far each label's share is from what it should be."""
        scores = [sum(column) for column in zip(*(self.weights[clue] for clue in example.held), strict=True)]
        most = max(scores)
        raised = [math.exp(score - most) for score in scores]
        total = sum(raised)
        return [each / total - (i == example.label) for i, each in enumerate(raised)]

    def _draw(self, clue: int) -> None:
        """The pull to nought of all the texts since the clue was last seen, done at once."""
        due = PACE * DRAWN * (self._steps - self._drawn[clue])
        self._drawn[clue] = self._steps
        row = self.weights[clue]
        for label, weight in enumerate(row):
            pull = due / math.sqrt(self._slopes[clue][label])
            row[label] = math.copysign(max(0.0, abs(weight) - pull), weight)


def learn(taught: Iterable[Lesson]) -> dict[str, list[float]]:
    """The weight of each clue for each label."""
    meanings = meanings_of(sheet(LANGUAGE, "meanings"))
    held = [(held_by(lesson, meanings), LABELS.index(lesson.label)) for lesson in taught]
    seen = Counter(clue for found, _ in held for clue in found)
    number = {clue: i for i, clue in enumerate(c for c in seen if seen[c] >= FEWEST)}
    examples = [Example([number[c] for c in found if c in number], label) for found, label in held]
    learner, chance = Learner(len(number)), Random(SEED)
    total = [[0.0] * len(LABELS) for _ in number]
    for done in range(ROUNDS):
        chance.shuffle(examples)
        for example in examples:
            learner.learn(example)
        if done >= ROUNDS - LAST:
            learner.settle()
            total = [[a + b for a, b in zip(*rows, strict=True)] for rows in zip(total, learner.weights, strict=True)]
    return {clue: [weight / LAST for weight in total[i]] for clue, i in number.items()}


def written(weights: dict[str, list[float]]) -> str:
    """The file of weights: the loudest clues first, so that it can be read from the top."""
    rounded = {clue: [round(weight, 1) + 0.0 for weight in row] for clue, row in weights.items()}
    kept = sorted((clue for clue in rounded if any(rounded[clue])), key=lambda c: (-max(map(abs, rounded[c])), c))
    return "\n".join(
        [
            "# What each clue weighs for each answer, learned by `python -m bench.learn_progress`: teach it, "
            "do not edit this.",
            "\t".join(("clue", *LABELS)),
            *("\t".join((clue, *(f"{weight:g}" for weight in rounded[clue]))) for clue in kept),
            "",
        ]
    )


if __name__ == "__main__":
    WRITTEN.write_text(page := written(learn(lessons())), encoding="utf-8")
    sys.stdout.write(f"{page.count(chr(10)) - 2} clues, {len(page.encode()) // 1024} KB\n")

"""Learns what each clue weighs for what people ask of the service: `python -m bench.learn_keyword`.

From bench/lessons/keyword.txt, the labelled texts of tests/reading, and as many again of two texts in one, it
writes bot/reading/words/en/keyword_weights.txt: softmax regression by stochastic gradient, a fixed seed, no
library. To teach the reader a meaning that it misses, add texts that say it, and as many that only look like it,
to the lessons, and run this again; tests/reading holds the floors.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

from bot.reading.clues import NOTHING, Families, clues, families
from bot.reading.keyword import by_rule
from bot.reading.normalise import canonical
from bot.reading.words import sheet

HERE = Path(__file__).parent
TEXTS = HERE.parent / "tests" / "reading"
WRITTEN = HERE.parent / "bot" / "reading" / "words" / "en" / "keyword_weights.txt"
LABELS = (NOTHING, "stop", "start", "help", "pause", "call_me")
# The answers to other questions, in which little is asked of the service.
OTHERS = ("scale", "progress", "when", "plan", "concern")
ROUNDS, PACE, REGRET, SEED = 6, 0.3, 0.004, 7
# A clue of fewer texts is chance, and one that weighs less than this changes nothing.
FEWEST, LEAST = 3, 0.3
MIXED = 1600
# The weights are those of the last rounds taken together: one text less or more then changes little.
AVERAGED = 4
ASKING, OTHERWISE = 2.0, 0.3
JOINERS = (" ", ". ", ", ", " and ", " but ", "! ", " also ", " ps ")


class Lesson(NamedTuple):
    """A text, what it asks, and how much it counts."""

    text: str
    label: str
    counts: float = 1.0


def lessons(name: str = "keyword") -> Iterator[Lesson]:
    """The texts written for learning, each under the label above it."""
    label = NOTHING
    for line in (HERE / "lessons" / f"{name}.txt").read_text("utf-8").splitlines():
        if line.startswith("= "):
            label = line[2:].partition(":")[0]
        elif line and not line.startswith("# "):
            yield Lesson(line, label, 1.0 if label == NOTHING else ASKING)


def examples(path: Path) -> Iterator[Lesson]:
    """The labelled texts of a file about commands."""
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["kind"] == "keyword":
            yield Lesson(row["text"], row["expect"] or NOTHING)


def answers(asks: Callable[[str], bool]) -> Iterator[Lesson]:
    """Texts labelled for other readers; those that may ask something all the same are left out."""
    for path in (TEXTS / "dev.jsonl", *(TEXTS / "corpus" / f"{kind}.jsonl" for kind in OTHERS)):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            if row["kind"] in OTHERS and not asks(row["text"]):
                yield Lesson(row["text"], NOTHING, OTHERWISE)
    for name in ("concern", "progress"):
        # An unclear answer may be a question to us.
        told = (lesson for lesson in lessons(name) if lesson.label != "unclear" and not asks(lesson.text))
        yield from (Lesson(lesson.text, NOTHING, OTHERWISE) for lesson in told)


def examples_of_flows(asks: Callable[[str], bool]) -> Iterator[Lesson]:
    """What people say in the examples of the flows."""
    for path in sorted((HERE.parent / "flows").rglob("*.yaml")):
        for said in re.findall(r"^ +- them: [\"']?(.*?)[\"']?$", path.read_text("utf-8"), re.MULTILINE):
            if said and not asks(said):
                yield Lesson(said, NOTHING)


def smaller_commands(asks: Callable[[str], bool]) -> Iterator[Lesson]:
    """What is asked of the flow, not of the service: WINS, SKIP, SAME."""
    for texts in sheet("en", "command")["whole"].values():
        for text in (str(each) for each in texts):
            if not asks(text):
                yield Lesson(text, NOTHING)
                yield Lesson(f"{text} please", NOTHING)


def mixed(known: list[Lesson], many: int = MIXED) -> Iterator[Lesson]:
    """Two texts in one: what is asked beside something ordinary is asked all the same."""
    chance = Random(SEED)
    ordinary = [lesson for lesson in known if lesson.label == NOTHING and " " in lesson.text]
    asking = [lesson for lesson in known if lesson.label != NOTHING and len(lesson.text.split()) > 2]
    for i in range(many):
        said, other = chance.choice(ordinary if i % 3 == 0 else asking), chance.choice(ordinary)
        pair = [said.text, other.text] if chance.random() < 0.4 else [other.text, said.text]
        yield Lesson(chance.choice(JOINERS).join(pair), said.label, said.counts / 2)


def weigh(known: Iterable[Lesson], kin: Families) -> dict[str, list[float]]:
    """The weight of each clue for each label."""
    held = [(_clues(lesson.text, kin), LABELS.index(lesson.label), lesson.counts) for lesson in known]
    seen = Counter(clue for found, _, _ in held for clue in found)
    texts = [(sorted(c for c in found if seen[c] >= FEWEST), label, counts) for found, label, counts in held]
    weights: dict[str, list[float]] = {clue: [0.0] * len(LABELS) for found, _, _ in texts for clue in found}
    steps: dict[str, list[float]] = {clue: [0.1] * len(LABELS) for clue in weights}
    chance = Random(SEED)
    total = {clue: [0.0] * len(LABELS) for clue in weights}
    for turn in range(ROUNDS):
        chance.shuffle(texts)
        for found, label, counts in texts:
            _learn(weights, steps, found, _missed(weights, found, label), counts)
        if turn >= ROUNDS - AVERAGED:
            for clue, each in weights.items():
                total[clue] = [sofar + weight / AVERAGED for sofar, weight in zip(total[clue], each, strict=True)]
    return total


def _clues(text: str, kin: Families) -> set[str]:
    return set(clues(canonical(text).each, kin))


def _missed(weights: dict[str, list[float]], found: list[str], label: int) -> list[float]:
    """How far each label's share is from what it should be."""
    scores = [sum(column) for column in zip(*(weights[clue] for clue in found), strict=True)] or [0.0] * len(LABELS)
    most = max(scores)
    raised = [math.exp(score - most) for score in scores]
    total = sum(raised)
    return [each / total - (i == label) for i, each in enumerate(raised)]


def _learn(
    weights: dict[str, list[float]],
    steps: dict[str, list[float]],
    found: list[str],
    missed: list[float],
    counts: float,
) -> None:
    for i, gap in enumerate(missed):
        if abs(gap) < 0.001:
            continue
        for clue in found:
            weight, step = weights[clue], steps[clue]
            slope = counts * gap + REGRET * weight[i]
            step[i] += slope * slope
            weight[i] -= PACE * slope / math.sqrt(step[i])


def written(weights: dict[str, list[float]]) -> str:
    """The file of weights: the loudest clues first, so that it can be read from the top."""
    kept = {clue: each for clue, each in weights.items() if max(each) - min(each) >= LEAST * 2}
    loudest = sorted(kept, key=lambda clue: (-max(map(abs, kept[clue])), clue))
    lines = [
        "# What each clue weighs for each label, learned by `python -m bench.learn_keyword`: teach, do not edit.",
        "\t".join(("clue", *LABELS)),
    ]
    lines += ["\t".join((clue, *(f"{round(weight, 1):g}" for weight in kept[clue]))) for clue in loudest]
    return "\n".join(lines) + "\n"


def material() -> list[Lesson]:
    """All that is learned from."""
    taught = [*lessons(), *examples(TEXTS / "dev.jsonl"), *examples(TEXTS / "corpus" / "keyword.jsonl")]
    asked = {lesson.text.casefold() for lesson in taught if lesson.label != NOTHING}

    def asks(text: str) -> bool:
        return text.casefold() in asked or bool(by_rule(text))

    known = [*taught, *answers(asks), *smaller_commands(asks), *examples_of_flows(asks)]
    return [*known, *mixed(known)]


if __name__ == "__main__":
    learned = written(weigh(material(), families("en", "keyword")))
    WRITTEN.write_text(learned, encoding="utf-8")
    print(f"{learned.count(chr(10)) - 2} clues, {len(learned.encode()) // 1024} KB")

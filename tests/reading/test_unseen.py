"""How well texts are read that nobody has fitted a list to: counts alone, so that nobody does."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.understand import Outcome, outcomes

UNSEEN = Path(__file__).parent / "unseen"
# What is reached, not what is promised: see README.md for how far that is from enough.
FLOORS = {"scale": 0.98, "progress": 0.96, "keyword": 0.97, "when": 0.96, "plan": 0.94}


def share(found: Sequence[Outcome], right: Sequence[bool]) -> float:
    return sum(right) / len(found)


@pytest.mark.parametrize("kind", FLOORS)
def test_as_many_as_before_are_read_right(kind: str) -> None:
    found = list(outcomes(UNSEEN / f"{kind}.jsonl"))
    assert share(found, [each.expected == each.got for each in found]) >= FLOORS[kind]


@pytest.mark.parametrize(
    ("label", "read_as", "floor"),
    [('"crisis"', ('"crisis"',), 0.96), ('"distress"', ('"crisis"', '"distress"'), 0.96), ("null", ("null",), 0.96)],
)
def test_as_many_worries_as_before_are_found_and_as_few_imagined(
    label: str, read_as: tuple[str, ...], floor: float
) -> None:
    found = [each for each in outcomes(UNSEEN / "concern.jsonl") if each.expected == label]
    assert share(found, [each.got in read_as for each in found]) >= floor

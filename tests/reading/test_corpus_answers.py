"""Floors under how well answers written by other people are read: no change lowers one unseen.

Each line of corpus/{scale,progress,when,plan}.jsonl is one text with what it says, by one careful author; a `note`
tells where a label was put right by the rules of reading. A test that fails prints the texts now read otherwise.
Raise a floor when the readers have got better, and never lower one to make a change pass.
"""

from pathlib import Path

import pytest

from bot.understand import outcomes

CORPUS = Path(__file__).parent / "corpus"
FLOORS = {"scale": 0.985, "progress": 0.98, "when": 0.985, "plan": 0.95}


@pytest.mark.parametrize(("kind", "floor"), FLOORS.items())
def test_answers_are_read_as_well_as_they_were(kind: str, floor: float) -> None:
    found = list(outcomes(CORPUS / f"{kind}.jsonl"))
    missed = [f"{o.text!r} is {o.expected}, read as {o.got}: {o.reason}" for o in found if o.expected != o.got]
    assert len(found) > 50
    share = 1 - len(missed) / len(found)
    assert share >= floor, f"{kind}: {share:.3f} of {len(found)}\n" + "\n".join(missed)


def test_no_answer_is_invented() -> None:
    """What cannot be read is asked again; a wrong value would be kept."""
    found = [o for kind in FLOORS for o in outcomes(CORPUS / f"{kind}.jsonl")]
    invented = [f"{o.kind}: {o.text!r}, read as {o.got}" for o in found if o.expected == "unclear" != o.got]
    asked = sum(o.expected == "unclear" for o in found)
    assert len(invented) / asked <= 0.02, "\n".join(invented)

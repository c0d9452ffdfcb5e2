"""What was found about one thing: it is in order, it is missing and what to do, or it is well to know."""

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """``MISSING`` keeps a scheme from going live; ``ADVICE`` does not."""

    GOOD = "in order"
    MISSING = "missing"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Found:
    """``what`` names the thing; ``sentence`` says what is wrong and what to do. No number, no secret, nobody's data."""

    what: str
    weight: Weight = Weight.GOOD
    sentence: str = ""


def unless(right: object, what: str, sentence: str, weight: Weight = Weight.MISSING) -> Found:
    """In order if it is right; else what to do."""
    return Found(what) if right else Found(what, weight, sentence)

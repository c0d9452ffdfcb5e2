"""Understanding a text from a person. Pure: words in, readings out; `now` is passed in."""

from bot.reading.barrier import read_barrier
from bot.reading.hear import KINDS, hear, read
from bot.reading.normalise import displayable
from bot.reading.plan import says_nothing
from bot.reading.types import (
    Certainty,
    Concern,
    Heard,
    Plan,
    Question,
    Reading,
    When,
    Wish,
)

__all__ = [
    "KINDS",
    "Certainty",
    "Concern",
    "Heard",
    "Plan",
    "Question",
    "Reading",
    "When",
    "Wish",
    "displayable",
    "hear",
    "read",
    "read_barrier",
    "says_nothing",
]

"""What reading a text can give: plain values, no behaviour beyond naming."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from datetime import time as clock_time  # `time` is the name of a field here
from enum import StrEnum
from typing import Literal

Level = Literal["crisis", "distress"]
About = Literal["self", "abuse", "child", "housing"]


class Certainty(StrEnum):
    """Sure is taken, likely is taken and kept beside the words, unclear is asked again."""

    SURE = "sure"
    LIKELY = "likely"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class When:
    """When they will do it. Without a day, their words are the plan."""

    words: str
    day: date | None = None
    time: clock_time | None = None

    def iso(self) -> str | None:
        """The day, with the time of day where one was said; None where no day was named."""
        if self.day is None:
            return None
        if self.time is None:
            return self.day.isoformat()
        return f"{self.day.isoformat()}T{self.time:%H:%M}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A step in their own words, apart from when they will do it.

    `when` is None where no time was mentioned at all; a `when` without a day is a time that names no date.
    """

    step: str
    when: When | None = None
    too_big: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood, how sure, and why in a few words."""

    value: int | str | When | Plan | None
    certainty: Certainty
    reason: str

    @property
    def unclear(self) -> bool:
        """Whether it has to be asked again."""
        return self.certainty is Certainty.UNCLEAR


@dataclass(frozen=True, slots=True)
class Concern:
    """How worried to be about a person, and what about."""

    level: Level | None
    about: About | None
    reason: str


@dataclass(frozen=True, slots=True)
class Wish:
    """Something they want of the service, whatever the open question was."""

    name: str
    certainty: Certainty
    reason: str
    until: date | None = None
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """The open question, as far as reading needs to know it.

    `options` are what this question offers by name, each with the words that pick it.
    """

    kind: str
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Heard:
    """Everything one text said."""

    text: str
    concern: Concern
    wishes: tuple[Wish, ...]
    option: Reading | None
    answer: Reading | None
    correction: Reading | None
    acknowledgement: bool


def sure(value: int | str | When | Plan, reason: str) -> Reading:
    """A reading to take as it is."""
    return Reading(value, Certainty.SURE, reason)


def likely(value: int | str | When | Plan, reason: str) -> Reading:
    """A reading to take, though a person could have read it otherwise."""
    return Reading(value, Certainty.LIKELY, reason)


def unclear(reason: str, value: When | None = None) -> Reading:
    """A text the question cannot take; for `when`, their words are kept as its value."""
    return Reading(value, Certainty.UNCLEAR, reason)


def nothing(reason: str) -> Reading:
    """Sure that it is not there: no command, no barrier."""
    return Reading(None, Certainty.SURE, reason)

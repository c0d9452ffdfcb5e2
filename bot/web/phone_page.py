"""What a phone page shows: plain values, times already in the person's zone."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Other:
    """One of the people to pick from."""

    id: uuid.UUID
    name: str
    note: str


@dataclass(frozen=True, slots=True)
class Bubble:
    """A text on the phone; `got` from the bot, or else written here. `new_day` wants a heading first."""

    id: uuid.UUID
    got: bool
    words: str
    media: int
    who: str
    segments: int
    at: datetime
    new_day: bool


@dataclass(frozen=True, slots=True)
class FlagCard:
    """An open flag, its evidence as labels with lines. `holds`: while it is open the bot keeps out.

    `needs_note`: it is closed with what was done.
    """

    id: uuid.UUID
    title: str
    loud: bool
    holds: bool
    needs_note: bool
    since: datetime
    seen_by: str | None
    snoozed_until: datetime | None
    evidence: Sequence[tuple[str, Sequence[str]]]
    rule: str


@dataclass(frozen=True, slots=True)
class MailCard:
    """An alert or a digest, as it was written."""

    kind: str
    to: str
    subject: str
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step with all that was said of it. A number stands beside its words and its date."""

    set_at: datetime
    words: str
    when: str | None
    confidence: int | None
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything on one page."""

    id: uuid.UUID
    name: str
    practitioner: str
    now: datetime
    people: Sequence[Other]
    bubbles: Sequence[Bubble]
    older_page: int | None
    newer_page: int | None
    flags: Sequence[FlagCard]
    mails: Sequence[MailCard]
    state: str
    step: StepLine | None
    steps: Sequence[StepLine]
    wins: Sequence[str]
    dream: str | None
    met_at: datetime | None
    coming: Sequence[tuple[datetime, str]]


FLAG_TITLES: Mapping[str, str] = {
    "safety": "A message needs {practitioner} now",
    "asked_for_you": "{name} asked for {practitioner}",
    "cant_reach": "We can't reach {name}",
    "confidence": "{name} feels less sure",
    "quiet": "{name} has been quiet",
    "misread": "{name} was not understood twice",
    "step_too_big": "The step was too big",
    "opted_out": "{name} opted out",
    "good_news": "Good news from {name}",
    "message": "{name} wrote something to read",
    "loop": "The same text came again and again",
    "distress": "Things are hard for {name}",
    "not_started": "{name} has not answered the welcome",
}
OUTCOMES: Mapping[str | None, str] = {
    None: "not asked yet",
    "done": "done",
    "some": "some of it",
    "not_yet": "not yet",
}

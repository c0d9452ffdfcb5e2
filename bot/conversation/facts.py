"""What is known about a person when a decision is made: plain values that ``queries`` gathers.

``known`` turns them, with what the check-in itself has learnt, into the closed set of facts that a
flow's ``choose`` may ask about.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from bot.conversation.scheme import Hours, Scheme

if TYPE_CHECKING:
    from bot.conversation.templates import Tap


@dataclass(frozen=True, slots=True, kw_only=True)
class Practitioner:
    """As texts speak of them."""

    first_name: str
    phone: str
    hours: Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFacts:
    """The step a person chose last."""

    words: str
    when_words: str | None = None
    day: date | None = None
    minute: int | None = None  # local minute of the day
    confidence: int | None = None
    outcome: str | None = None  # done | some | not_yet
    set_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One person, as far as a conversation needs to know. Times are aware UTC.

    Numbers, wins and undone steps are those from before the open check-in began: what it has learnt
    itself is in ``State.kept``.
    """

    name: str
    practitioner: Practitioner
    scheme: Scheme
    zone: str = "Europe/London"
    language: str = "en"
    channel: str = "sms"
    state: str = "active"
    held_for: str | None = None
    step: StepFacts | None = None  # the open step, or the last one
    wins: tuple[str, ...] = ()  # newest first, in their own words
    confidences: tuple[int, ...] = ()  # newest first
    undone_in_a_row: int = 0
    check_ins: int = 0  # weekly check-ins begun before this one
    answered_check_ins: int = 0
    started_at: datetime | None = None  # when they agreed
    met_at: datetime | None = None  # a human contact the practitioner logged
    last_quiet_at: datetime | None = None
    safety_open: bool = False
    dream_asked_at: datetime | None = None
    dream_held_back: bool = False
    has_dream: bool = False
    why_asked_at: datetime | None = None
    strength_asked_at: datetime | None = None
    signposted_at: datetime | None = None
    silent_since: datetime | None = None
    silence: str = ""  # how far the timeline of silence has gone: "" | asked | last_text | tried_again
    every_weeks: int = 1
    slot_weekday: int | None = None
    slot_minute: int | None = None
    last_check_in_at: datetime | None = None
    next_check_in_at: datetime | None = None
    passed_on_at: datetime | None = None  # when U1 was last said
    media: int = 0  # pictures and voice notes that came with this text
    kinds: tuple[str, ...] = ()  # what they were, as far as it is known: "voice note", "picture", "location"
    wordless_at: datetime | None = None  # when something without words last came, in the last minute
    tap: "Tap | None" = None  # this text is a button that was tapped
    late: bool = False  # this text was found by reconciliation, older than the question it would answer
    variables: Mapping[str, str] = field(default_factory=dict)

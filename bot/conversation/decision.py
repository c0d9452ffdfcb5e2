"""Everything that the bot can do: a decision is the state a check-in is left in, and effects in order.

Nothing here acts. ``effects`` applies a decision in one transaction; ``outbox`` sends, later, from rows.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from datetime import time as clock_time  # `time` is the name of a field here
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where a check-in stands. It survives being written as JSON and read back, between any two turns.

    ``at`` is the open question (``flow/node``); ``aside`` a question asked beside it by a command, which
    is answered first; ``kept`` what this check-in has learnt (step, when, confidence, ...).
    """

    flow: str
    at: str | None = None
    aside: str | None = None
    kept: Mapping[str, Any] = field(default_factory=dict)
    visited: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    misreads: int = 0
    re_asked: bool = False
    nudged: int = 0
    may_nudge: bool = True
    asked_at: datetime | None = None
    # The text that was unclear alone, for an answer that comes in two parts.
    unclear: str | None = None
    unclear_at: datetime | None = None
    handed_over: bool = False
    # The question at ``at`` is open but was not put yet: a wish had the word.
    unsaid: bool = False

    @property
    def finished(self) -> bool:
        return self.at is None and self.aside is None

    def to_json(self) -> dict[str, Any]:
        return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "State":
        """Read back what ``to_json`` wrote. Keys of a later version are passed over."""
        known = {f.name for f in fields(cls)}
        values = {key: value for key, value in data.items() if key in known}
        for key in ("asked_at", "unclear_at"):
            if values.get(key):
                values[key] = datetime.fromisoformat(values[key])
        for key in ("visited", "answered"):
            values[key] = tuple(values.get(key, ()))
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Say:
    """One text: all that is said in a turn, joined. ``nodes`` are the places its wording stands at."""

    text: str
    nodes: tuple[str, ...]
    kind: str = "reply"  # reply | check_in | nudge | reminder | quiet | safety | welcome
    template: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Keep:
    """An answer: raw words always; ``value`` as understood; where it goes (``kept_as``, one of flow.KEEPS)."""

    node: str
    kept_as: str | None
    question: str
    raw: str
    value: int | str | None
    certainty: str
    reason: str
    # Of a plan or a time: their words for when, the day, the local time of day.
    when_words: str | None = None
    day: date | None = None
    time: clock_time | None = None
    weekday: int | None = None
    corrects: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """One of flow.ACTIONS, with the words that led to it and, where it has one, an end (a pause)."""

    action: str
    words: str = ""
    until: date | None = None


# The actions that end the texts for good.
OPT_OUTS = frozenset({"opt_out", "wrong_number", "no_consent"})


@dataclass(frozen=True, slots=True)
class RaiseFlag:
    """A flag for the practitioner: safety, asked_for_you, distress, misread, confidence, step_too_big, opted_out,
    good_news, not_started, message.

    ``why`` is the reading's reason; ``details`` are facts for the evidence, never a copy of a crisis text.
    """

    kind: str
    why: str
    loud: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutcomeOfLastStep:
    """A "done!" between check-ins: it belongs to the last step."""

    outcome: str
    raw: str
    reason: str


Effect = Say | Keep | Act | RaiseFlag | OutcomeOfLastStep


@dataclass(frozen=True, slots=True)
class Decision:
    """``state`` is None when no check-in is open afterwards and none was before.

    ``wake_at`` is when to look again (the nudge), or None. ``silent`` says why nothing is said.
    """

    state: State | None
    effects: tuple[Effect, ...] = ()
    wake_at: datetime | None = None
    silent: str | None = None

    @property
    def said(self) -> Say | None:
        return next((effect for effect in self.effects if isinstance(effect, Say)), None)

    @property
    def flags(self) -> tuple[RaiseFlag, ...]:
        return tuple(effect for effect in self.effects if isinstance(effect, RaiseFlag))

    @property
    def about_safety(self) -> bool:
        """Whether it answers or tells of a danger: no other rule may take that away."""
        return any(flag.kind == "safety" for flag in self.flags) or (
            self.said is not None and self.said.kind == "safety"
        )

"""The people that tests of the engine talk as: facts with sensible values, changed where a case needs it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from bot.conversation.decision import Act, Decision, RaiseFlag, State
from bot.conversation.engine import hear, start
from bot.conversation.facts import Facts, Practitioner, StepFacts
from bot.conversation.flow import Flows
from bot.conversation.spoken import parse_hours
from bot.library import Library

NOW = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)  # a Tuesday, 11:00 in Newcastle
NIGHT = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
FLOWS_DIR = Path(__file__).parents[2] / "flows"


@cache
def library() -> Library:
    return Library.load(FLOWS_DIR)


def flows() -> Flows:
    return library().flows("tyneside")


def leon(**changes: Any) -> Facts:
    """Mid-way: a step set a week ago, some weeks of check-ins behind him."""
    facts = Facts(
        name="Leon",
        practitioner=Practitioner(first_name="Sam", phone="0191 4980123", hours=parse_hours("Mon-Fri 09:00-17:00")),
        scheme=library().scheme("tyneside"),
        step=StepFacts(words="ring the college", when_words="thurs 2pm", set_at=NOW - timedelta(days=7)),
        confidences=(6, 5),
        check_ins=2,
        answered_check_ins=2,
        started_at=NOW - timedelta(days=15),
        last_check_in_at=NOW,
    )
    return replace(facts, **changes)


def amina(**changes: Any) -> Facts:
    """New: invited, nothing known yet."""
    return replace(leon(), name="Amina", state="invited", step=None, confidences=(), check_ins=0,
                   answered_check_ins=0, started_at=None, last_check_in_at=None, **changes)  # fmt: skip


class Talk:
    """A conversation whose state is written as JSON and read back between any two turns."""

    def __init__(self, facts: Facts, flow: str | None = None, now: datetime = NOW) -> None:
        self.facts, self.now = facts, now
        self.state: State | None = None
        if flow:
            self.decision = start(flows(), flow, facts, now)
            self._keep()

    def them(self, text: str, after: timedelta = timedelta(minutes=1)) -> Decision:
        self.now += after
        self.decision = hear(flows(), self.state, text, self.facts, self.now)
        self._keep()
        return self.decision

    def _keep(self) -> None:
        state = self.decision.state
        self.state = State.from_json(state.to_json()) if state else None

    @property
    def said(self) -> str:
        return self.decision.said.text if self.decision.said else ""

    @property
    def asks(self) -> str | None:
        return self.state and (self.state.aside or self.state.at)

    @property
    def flags(self) -> list[str]:
        return [effect.kind for effect in self.decision.effects if isinstance(effect, RaiseFlag)]

    @property
    def actions(self) -> list[str]:
        return [effect.action for effect in self.decision.effects if isinstance(effect, Act)]

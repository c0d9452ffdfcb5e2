"""A conversation played without a database: the engine, with the least that a host does between its turns.

Examples and the simulator stand on it. The state goes through JSON before every turn, as it does in
earnest, so that nothing is remembered anywhere else.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any

from bot.conversation import engine
from bot.conversation.decision import Act, Decision, Effect, Keep, OutcomeOfLastStep, Say, State
from bot.conversation.facts import Facts, StepFacts
from bot.conversation.flow import Flows
from bot.conversation.sent import Sent
from bot.conversation.templates import Tap

WEEKLY = "weekly_check_in"

# What an action makes of the person, as far as a conversation sees it.
BECOMES: Mapping[str, Mapping[str, Any]] = {
    "consent": {"state": "active"},
    "no_consent": {"state": "opted_out"},
    "opt_out": {"state": "opted_out"},
    "wrong_number": {"state": "opted_out"},
    "start_again": {"state": "active", "held_for": None},
    "pause": {"state": "paused"},
    "hold_for_call": {"held_for": "asked_for_you"},
    "hold_for_safety": {"held_for": "safety"},
    "not_safe": {"held_for": "not_safe"},
    "less": {"every_weeks": 2},
    "more": {"every_weeks": 1},
    "finish": {"state": "finished"},
}


@dataclass(slots=True)
class Stage:
    """One person, one phone. ``decisions`` are those of the last thing that happened."""

    flows: Flows
    facts: Facts
    now: datetime
    state: State | None = None
    wake_at: datetime | None = None
    decisions: list[Decision] = field(default_factory=list)
    _template: str = ""
    _banked: list[Callable[[Facts], Facts]] = field(default_factory=list)

    def start(self, flow_key: str, at: str | None = None) -> None:
        """Begin a check-in; what the one before it learnt is history from here on."""
        for learn in self._banked:
            self.facts = learn(self.facts)
        self._banked = []
        self._take([engine.start(self.flows, flow_key, self.facts, self.now, at)])
        self.facts = replace(self.facts, last_check_in_at=self.now)
        if flow_key == WEEKLY:
            self._banked.append(lambda facts: replace(facts, check_ins=facts.check_ins + 1))

    def hear(self, what: Sent | str) -> None:
        """The person texts, sends something else, or taps a button of the last message that had any."""
        what = Sent(what) if isinstance(what, str) else what
        tap = Tap(self._template, what.tap, this_check_in=not what.old) if what.tap else None
        text = self._title(tap) if tap else what.text
        facts = replace(self.facts, media=what.media, kinds=what.kinds, tap=tap)
        self._take([engine.hear(self.flows, _read_back(self.state), text, facts, self.now)])
        self.facts = replace(self.facts, silence="", silent_since=None, wordless_at=None if text else self.now)

    def _title(self, tap: Tap) -> str:
        """What stands on the button."""
        template = self.flows.templates.get(tap.template)
        title = template.buttons.get(tap.case) if template else None
        return title.in_language(self.facts.language) if title else tap.case

    def wait(self, length: timedelta) -> None:
        """Time passes, with a wake at every alarm on the way. Quiet hours are not looked at here."""
        until = self.now + length
        self.decisions = []
        while self.state and self.wake_at and self.wake_at <= until:
            self.now = max(self.now, self.wake_at)
            decision = engine.wake(self.flows, _read_back(self.state) or self.state, self.facts, self.now)
            self._take([*self.decisions, decision])
        self.now = until

    @property
    def said(self) -> list[Say]:
        """The texts of the last thing that happened."""
        return [decision.said for decision in self.decisions if decision.said]

    @property
    def effects(self) -> list[Effect]:
        return [effect for decision in self.decisions for effect in decision.effects]

    @property
    def ended(self) -> bool:
        return self.state is None or self.state.finished

    def _take(self, decisions: list[Decision]) -> None:
        self.decisions = decisions
        decision = decisions[-1]
        self.state, self.wake_at = decision.state, decision.wake_at
        for effect in decision.effects:
            self._apply(effect)

    def _apply(self, effect: Effect) -> None:
        if isinstance(effect, Act):
            self.facts = _after_act(self.facts, effect, self.now)
        elif isinstance(effect, Keep):
            self._keep(effect)
        elif isinstance(effect, OutcomeOfLastStep):
            self._outcome(effect.outcome)
        elif isinstance(effect, Say):
            self._template = effect.template or self._template
            self.facts = _after_say(self.facts, effect, self.now)

    def _keep(self, effect: Keep) -> None:
        step = self.facts.step
        if effect.value is None:
            return
        if effect.kept_as == "step":
            self.facts = replace(self.facts, step=_new_step(effect, self.now))
        elif effect.kept_as == "step.when" and step:
            self.facts = replace(self.facts, step=replace(step, when_words=effect.when_words, day=effect.day))
        elif effect.kept_as == "step.outcome":
            self._outcome(str(effect.value))
        elif effect.kept_as == "step.confidence":
            number = int(effect.value)
            self._banked.append(lambda facts: replace(facts, confidences=(number, *facts.confidences)))
        elif effect.kept_as in _ASKED:
            self._banked.append(_asked(_ASKED[effect.kept_as], self.now))
        elif effect.kept_as == "dream":
            self.facts = replace(self.facts, has_dream=True)

    def _outcome(self, outcome: str) -> None:
        step = self.facts.step
        if not step:
            return
        self.facts = replace(self.facts, step=replace(step, outcome=outcome))
        self._banked.append(lambda facts: _after_outcome(facts, outcome, step.words))


_ASKED = {"step.why": "why_asked_at", "strength": "strength_asked_at"}


def _asked(name: str, now: datetime) -> Callable[[Facts], Facts]:
    changes: dict[str, Any] = {name: now}
    return lambda facts: replace(facts, **changes)


def _read_back(state: State | None) -> State | None:
    return State.from_json(json.loads(json.dumps(state.to_json()))) if state else None


def _new_step(effect: Keep, now: datetime) -> StepFacts:
    minute = _minute(effect.time)
    return StepFacts(words=str(effect.value), when_words=effect.when_words, day=effect.day, minute=minute, set_at=now)


def _minute(at: time | None) -> int | None:
    return None if at is None else at.hour * 60 + at.minute


def _after_outcome(facts: Facts, outcome: str, step: str) -> Facts:
    undone = facts.undone_in_a_row + 1 if outcome == "not_yet" else 0
    wins = (step, *facts.wins) if outcome == "done" else facts.wins
    return replace(facts, undone_in_a_row=undone, wins=wins, answered_check_ins=facts.answered_check_ins + 1)


def _after_act(facts: Facts, act: Act, now: datetime) -> Facts:
    changes: dict[str, Any] = dict(BECOMES.get(act.action, {}))
    if act.action == "consent":
        changes["started_at"] = now
    if act.action in ("dream_asked", "dream_later"):
        changes["dream_asked_at"] = now
    if act.action == "same_step" and facts.step:
        changes["step"] = StepFacts(words=facts.step.words, set_at=now)
    return replace(facts, **changes)


def _after_say(facts: Facts, said: Say, now: datetime) -> Facts:
    if said.kind == "safety":
        return replace(facts, signposted_at=now)
    if "phrases/passed_on" in said.nodes:
        return replace(facts, passed_on_at=now)
    return facts

"""One turn of a conversation: walk from node to node to a question or the end, collecting what is done and said."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from bot.conversation import fills, segments, timing
from bot.conversation.decision import Act, Effect, Keep, RaiseFlag, Say
from bot.conversation.facts import Facts
from bot.conversation.flag_kinds import judge_confidence, usual
from bot.conversation.flow import MAX_VISITED_IN_A_TURN, Flows, Node, Text
from bot.conversation.known import holds, known, undone_in_a_row
from bot.conversation.scheme import Scheme
from bot.reading import Plan, Reading, When, read_barrier, says_nothing

LAST_SLOT_BEFORE_QUIET = 30  # minutes
BRIEF_AFTER = 2  # times the full wording was heard
TOO_BIG_AFTER = 2  # steps in a row that were not done
OUTCOMES: Mapping[str, str] = {"yes": "done", "partly": "some", "no": "not_yet"}

# A flag that follows from an action, wherever it stands: kind, why, loud.
FLAG_OF: Mapping[str, tuple[str, str, bool]] = {
    "hold_for_call": ("asked_for_you", "asked for a person", True),
    "opt_out": ("opted_out", "asked for no more texts", False),
    "wrong_number": ("opted_out", "said it is the wrong number", False),
    "no_consent": ("opted_out", "said no to the welcome", False),
    "got_a_job": ("good_news", "said they got a job", False),
    "not_safe": ("safety", "said it is not safe to ring or text", True),
}


@dataclass(slots=True)
class Turn:
    """The pen and paper of one turn. It lives for one call of the engine and is never stored."""

    flows: Flows
    facts: Facts
    now: datetime
    kept: dict[str, Any] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    visited: list[str] = field(default_factory=list)
    actions: set[str] = field(default_factory=set)
    raw: str = ""
    template: str | None = None

    def walk(self, place: str | None) -> str | None:
        """Go on from ``place`` until a question is asked (its place) or the end (None).

        Raises RecursionError past MAX_VISITED_IN_A_TURN nodes: ``check`` refuses such a flow.
        """
        for _ in range(MAX_VISITED_IN_A_TURN):
            if place is None:
                return None
            node = self.flows.node(place)
            self.visited.append(place)
            for action in node.do:
                self.act(action)
            self._speak(place, node)
            if node.ask:
                return place
            place = self._onward(place, node)
        raise RecursionError(f"{place} goes round in a circle")

    def _onward(self, place: str, node: Node) -> str | None:
        goto = node.goto.get("*")
        if node.choose:
            facts = known(self.facts, self.kept, self.now)
            goto = next((branch.goto for branch in node.choose if holds(branch.conditions, facts)), None)
        return self.flows.target(place, goto) if goto else None

    def _speak(self, place: str, node: Node) -> None:
        text = node.ask or node.say
        if text is None:
            return
        brief = node.brief if self.facts.check_ins >= BRIEF_AFTER else None
        self.pieces.append(self.words(brief or text))
        self.said.append(place)
        self.template = node.whatsapp_template or self.template
        if node.ask and node.keep == "step.when":
            self.kept["asked_when"] = True

    def words(self, text: Text) -> str:
        """``text`` in the person's language, with its placeholders filled."""
        wording = text.in_language(self.facts.language, self.facts.scheme.languages[0])
        return fills.fill(wording, fills.values(self.facts, self.kept, self.now, fills.names_in(wording)))

    def act(self, action: str) -> None:
        """Do one of flow.ACTIONS, once a turn: its effect, the flag that follows, and what the turn then knows."""
        if action in self.actions:
            return
        self.actions.add(action)
        until = self._pause_until() if action == "pause" else None
        self.effects.append(Act(action, self.raw, until))
        if action in FLAG_OF:
            kind, why, loud = FLAG_OF[action]
            self.effects.append(RaiseFlag(kind, why, loud))
        if action == "same_step" and self.facts.step:
            self.kept.update(step=self.facts.step.words, when=None, day=None, too_big=False)
        if action in ("less", "more"):
            self.kept["every_weeks"] = 2 if action == "less" else 1

    def _pause_until(self) -> date:
        today = timing.local(self.facts.zone, self.now).date()
        until = date.fromisoformat(self.kept["until"]) if self.kept.get("until") else today + timedelta(weeks=1)
        self.kept["until"] = until.isoformat()
        return until

    def keep(self, place: str, reading: Reading, raw: str, *, corrects: bool = False) -> None:
        """Keep an answer: the effect, what the turn knows from now on, and any flag that the answer is."""
        node = self.flows.node(place)
        kept_as, reading = _as_plan(node, reading)
        learnt = _learn(kept_as, reading, raw, self)
        if kept_as == "contact.time":
            # ANY, or a day without a time, takes nothing over from the time they named before.
            self.kept = {name: value for name, value in self.kept.items() if name not in SLOT}
        self.kept.update({name: value for name, value in learnt.items() if name in REMEMBERED})
        self.effects.append(
            Keep(
                node=place,
                kept_as=kept_as,
                question=self._question(node),
                raw=raw,
                value=learnt["value"],
                certainty=str(reading.certainty),
                reason=reading.reason,
                when_words=learnt.get("when"),
                day=_day(learnt.get("day")),
                time=reading.value.time if isinstance(reading.value, When) else _plan_time(reading),
                weekday=learnt.get("slot_weekday"),
                corrects=corrects,
            )
        )
        self._flag_answer(kept_as)

    def _question(self, node: Node) -> str:
        text = node.ask or node.say
        return text.in_language(self.facts.language, self.facts.scheme.languages[0]) if text else ""

    def _flag_answer(self, kept_as: str | None) -> None:
        if kept_as == "step.confidence" and "confidence" in self.kept:
            self._flag_confidence(self.kept["confidence"])
        if kept_as == "step.outcome" and undone_in_a_row(self.facts, self.kept) == TOO_BIG_AFTER:
            self.flag("step_too_big", "two steps in a row were not done: the step was too big")

    def _flag_confidence(self, number: int) -> None:
        """A fall against their own usual, or a low number; a single low answer is no trend, and the flag says which."""
        earlier = self.facts.confidences
        if judge_confidence((number, *earlier), False, self.facts.scheme.thresholds) != "raise":
            return
        normal = usual(earlier)
        low = number <= self.facts.scheme.thresholds.low_confidence
        why = f"a single low answer: {number}" if low or normal is None else f"{number}, and usually {normal:g}"
        self.flag("confidence", why, number=number, usual=normal)

    def flag(self, kind: str, why: str, *, loud: bool = False, **details: Any) -> None:
        self.effects.append(RaiseFlag(kind, why, loud, details))

    def speak_of(self, kind: str) -> Say | None:
        """All that was said in this turn as one text, or None."""
        if not self.pieces:
            return None
        values = fills.values(self.facts, self.kept, self.now) if self.template else {}
        variables = {name: fills.fitted(name, value) for name, value in values.items()}
        return Say(" ".join(self.pieces), tuple(self.said), kind, self.template, variables)

    def fits_with(self, text: str) -> bool:
        """Whether ``text`` can be joined to what was said without another segment."""
        return segments.count(" ".join([*self.pieces, text])) == 1


SLOT = frozenset({"slot_weekday", "slot_minute"})
# What a check-in remembers of an answer for its later questions.
REMEMBERED = frozenset({"step", "when", "day", "too_big", "confidence", "outcome", "win", "barrier", "until"} | SLOT)


def _as_plan(node: Node, reading: Reading) -> tuple[str | None, Reading]:
    """An option of a plan question is a plan of its own name where it leads on as a plan does; else it is no step."""
    option = reading.value
    if node.reply != "plan" or not isinstance(option, str):
        return node.keep, reading
    if node.goto.get(option) == node.goto.get("plan"):
        return node.keep, replace(reading, value=Plan(option))
    return None, reading


def _learn(kept_as: str | None, reading: Reading, raw: str, turn: Turn) -> dict[str, Any]:
    """What an answer teaches: ``value`` to store, and names of REMEMBERED for what comes later in the check-in."""
    value = reading.value
    if isinstance(value, Plan):
        when = value.when
        return {
            "value": value.step,
            "step": value.step,
            "too_big": value.too_big,
            "when": when.words if when else None,
            "day": when.day.isoformat() if when and when.day else None,
        }
    if kept_as == "step.when":
        return {"value": raw, **_when(value, raw, turn.facts.language)}
    if kept_as == "contact.time" and isinstance(value, When):
        return {"value": value.words or raw, **_slot(value, turn.facts.scheme)}
    if isinstance(value, When):
        return {"value": value.iso() or value.words}
    simple = _LEARN.get(kept_as or "")
    return {"value": value, **(simple(value, raw, turn) if simple and value is not None else {})}


def _when(value: Any, raw: str, language: str) -> dict[str, Any]:
    """Unparsed time is fine: the words themselves are the plan, unless they only say thanks or no idea."""
    if (not isinstance(value, When) or value.day is None) and says_nothing(raw, language):
        return {"when": None, "day": None}
    if isinstance(value, When):
        return {"when": value.words or raw, "day": value.day.isoformat() if value.day else None}
    return {"when": raw, "day": None}


def _slot(value: When, scheme: Scheme) -> dict[str, Any]:
    """Their own day and time of day; one in the quiet hours is moved to the nearest that is not, and told so."""
    slot: dict[str, Any] = {}
    if value.day:
        slot["slot_weekday"] = value.day.weekday()
    if value.time:
        slot["slot_minute"] = _allowed_minute(value.time, scheme)
    return slot


def _allowed_minute(at: time, scheme: Scheme) -> int:
    begin, end = (edge.hour * 60 + edge.minute for edge in (scheme.quiet_from, scheme.quiet_until))
    minute = at.hour * 60 + at.minute
    if begin < end:  # quiet hours within a day
        return minute if minute < begin or minute >= end else end
    if minute < end:
        return end
    return minute if minute < begin else begin - LAST_SLOT_BEFORE_QUIET


def _outcome(value: Any, raw: str, turn: Turn) -> dict[str, Any]:
    outcome = OUTCOMES.get(str(value))
    won = turn.facts.step.words if outcome == "done" and turn.facts.step else None
    return {"value": outcome or value, "outcome": outcome, "win": won}


def _weeks(value: Any, raw: str, turn: Turn) -> dict[str, Any]:
    number = re.search(r"\d+", str(value))
    weeks = int(number.group()) if number else 1
    return {"until": (timing.local(turn.facts.zone, turn.now).date() + timedelta(weeks=weeks)).isoformat()}


_LEARN = {
    "step.confidence": lambda value, raw, turn: {"confidence": value} if isinstance(value, int) else {},
    "step.outcome": _outcome,
    "step.barrier": lambda value, raw, turn: {"barrier": read_barrier(raw, turn.facts.language).value},
    "pause.weeks": _weeks,
}


def _plan_time(reading: Reading) -> Any:
    plan = reading.value
    return plan.when.time if isinstance(plan, Plan) and plan.when else None


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None

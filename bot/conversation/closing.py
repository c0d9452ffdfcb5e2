"""How a turn ends: where the conversation stands, when to look again, and the one text that goes out."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.conversation.decision import Decision, State
from bot.conversation.facts import Facts
from bot.conversation.flow import Flows
from bot.conversation.turn import Turn

PHRASES = "phrases"
WELCOME = "welcome"
TOLD_AFTER_THE_REPEAT = timedelta(hours=48)

# After these the open check-in is over: the person has moved on, or must be left alone.
ENDING = frozenset({"pause", "opt_out", "wrong_number", "hold_for_safety", "not_safe", "no_consent", "finish"})


def is_phrase(place: str | None) -> bool:
    return bool(place) and str(place).startswith(f"{PHRASES}/")


def close(turn: Turn, state: State, place: str | None, *, kind: str = "reply", keep_open: bool = False) -> Decision:
    """End a turn that came to the question at ``place`` (None: to no question).

    ``keep_open``: what was said stands beside the open question, whose nudge keeps its hour.
    """
    if is_phrase(place):
        state = replace(state, aside=place)
    elif place:
        state = replace(state, at=place, re_asked=False, nudged=0, unsaid=False)
    if turn.said and not keep_open:
        state = replace(state, asked_at=turn.now)
    state = _put_unsaid_question(turn, _after(turn, state))
    said = turn.speak_of(kind)
    effects = (*turn.effects, said) if said else tuple(turn.effects)
    return Decision(_worth_keeping(state), effects, nudge_at(turn.flows, state, _facts_after(turn)))


def silent(turn: Turn, state: State, because: str) -> Decision:
    """End a turn in which nothing is said."""
    return Decision(
        _worth_keeping(_after(turn, state)),
        tuple(turn.effects),
        nudge_at(turn.flows, state, turn.facts),
        because,
    )


def nudge_at(flows: Flows, state: State, facts: Facts) -> datetime | None:
    """When the open question's next nudge is due, or None. Never while held, paused or resting.

    After the welcome's one repeat comes a last look, at which the practitioner is told.
    """
    if not state.at or not state.may_nudge or not state.asked_at or facts.held_for:
        return None
    if facts.state not in ("active", "invited"):
        return None
    nudges = flows.node(state.at).nudges
    if state.nudged < len(nudges):
        return state.asked_at + nudges[state.nudged].after
    if nudges and state.flow == WELCOME and facts.state == "invited":
        return state.asked_at + nudges[-1].after + TOLD_AFTER_THE_REPEAT
    return None


def _after(turn: Turn, state: State) -> State:
    """``state`` with what the turn has learnt and visited, and ended where an action ends it."""
    at = None if turn.actions & ENDING else state.at
    return replace(state, at=at, kept=dict(turn.kept), visited=(*state.visited, *turn.visited))


def _put_unsaid_question(turn: Turn, state: State) -> State:
    """The question that an answer beside a wish led to is put when the wish is dealt with, if it fits the segment."""
    held = turn.facts.held_for or turn.actions & {"hold_for_call", "hold_for_safety"}
    if not state.unsaid or not state.at or state.aside or held:
        return state
    ask = turn.flows.node(state.at).ask
    if not ask or not turn.fits_with(turn.words(ask)):
        return state
    turn.pieces.append(turn.words(ask))
    turn.said.append(state.at)
    return replace(state, unsaid=False, asked_at=turn.now)


def _worth_keeping(state: State) -> State | None:
    """None for a run of phrases that asked nothing: there is nothing to remember."""
    return None if state.flow == PHRASES and state.finished and not state.answered else state


def _facts_after(turn: Turn) -> Facts:
    """The facts as this turn's own actions leave them, as far as a nudge asks."""
    changes: dict[str, Any] = {}
    if turn.actions & {"consent", "start_again"}:
        changes["state"] = "active"
    if turn.actions & {"hold_for_call", "hold_for_safety"}:
        changes["held_for"] = "asked_for_you"
    return replace(turn.facts, **changes)

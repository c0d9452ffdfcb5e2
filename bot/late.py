"""A text that was fetched, or handled, long after it was written: what it still means. Pure.

The order that counts is the one they wrote in. STOP and START undo each other, so of the two the later one stands,
whichever reached us first.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.channels import Inbound
from bot.conversation.decision import OPT_OUTS, Act, Decision, Effect, RaiseFlag

# Below this nobody would have noticed.
LATE = timedelta(minutes=10)
STARTS = frozenset({"start_again", "consent"})
WHY_OVERTAKEN = "a text that reached us late, and they have told us since whether they want texts"


def consents(inbound: Inbound, decision: Decision) -> bool:
    """Whether a text that came late would end or begin the texts: then the order has to be looked at."""
    return inbound.late and inbound.sent_at is not None and any(map(_consents, decision.effects))


def in_their_order(inbound: Inbound, decision: Decision, unchanged: Decision, told_at: datetime | None) -> Decision:
    """The decision, unless they have said stop or start since they wrote this: ``told_at`` is when they last did.

    1. A crisis is answered, told and held for whatever they have said since; it ends and begins no texts any more.
    2. Of anything else the text is shown, what is grave in it is told, and everything else is left ``unchanged``.
    """
    if inbound.sent_at is None or told_at is None or told_at <= inbound.sent_at:
        return decision
    if decision.about_safety:
        left = (each for each in decision.effects if not _consents(each) and not _tells_of_a_stop(each))
        return replace(decision, effects=tuple(left))
    grave = tuple(effect for effect in decision.effects if _is_grave(effect))
    shown = RaiseFlag("message", WHY_OVERTAKEN)
    return replace(unchanged, effects=(*grave, shown), silent="overtaken by what they wrote since")


def told_late(inbound: Inbound, decision: Decision, now: datetime) -> Decision:
    """The decision, with when it was written on every flag that it raises."""
    written_at = inbound.sent_at if inbound.late else None
    if written_at is None or now - written_at < LATE:
        return decision
    return replace(decision, effects=tuple(_dated(effect, written_at) for effect in decision.effects))


def _dated(effect: Effect, written_at: datetime) -> Effect:
    if not isinstance(effect, RaiseFlag):
        return effect
    why = effect.why if "late" in effect.why else f"{effect.why}; it reached us late"
    return replace(effect, why=why, details={**(effect.details or {}), "written_at": written_at.isoformat()})


def _consents(effect: Effect) -> bool:
    return isinstance(effect, Act) and effect.action in OPT_OUTS | STARTS


def _tells_of_a_stop(effect: Effect) -> bool:
    return isinstance(effect, RaiseFlag) and effect.kind == "opted_out"


def _is_grave(effect: Effect) -> bool:
    return isinstance(effect, RaiseFlag) and effect.kind in ("asked_for_you", "distress")

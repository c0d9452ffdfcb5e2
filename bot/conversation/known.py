"""The closed set of facts that a flow's ``choose`` may ask about, and whether a line holds."""

import operator
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.conversation import timing
from bot.conversation.facts import Facts
from bot.conversation.flow import Condition

NEVER_ASKED = 99  # weeks
TRUST_DAYS = 21
TRUST_CHECK_INS = 4
TRUST_CONFIDENCE = 4
QUIET_LATELY = timedelta(days=14)
SIGNPOST_ONCE_IN = timedelta(hours=24)
REMIND_OF_STOP_EVERY = 4

# What got in the way that is not theirs to mend alone.
BARRIERS_NOT_THEIRS = frozenset(
    {"travel", "childcare", "health", "caring", "housing", "id", "no_reply", "discrimination", "sanction"}
)

FACTS: Mapping[str, type] = {
    "confidence": int,
    "previous_confidence": int,
    "confidence_change": int,
    "has_step": bool,
    "has_when": bool,
    "too_big": bool,
    "can_remind": bool,
    "asked_when": bool,
    "barrier_not_theirs": bool,
    "undone_in_a_row": int,
    "wins": int,
    "check_ins": int,
    "answered_check_ins": int,
    "stop_due": bool,
    "weeks_since_why": int,
    "weeks_since_strength": int,
    "may_dream": bool,
    "has_dream": bool,
    "in_hours": bool,
    "pause_known": bool,
    "danger_at_home": bool,
    "signposted": bool,
    "opted_out": bool,
    "resting": bool,
    "paused": bool,
    "on_whatsapp": bool,
    "voice_note": bool,
    "location": bool,
    "empty": bool,
}

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "is": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

Kept = Mapping[str, Any]


def holds(conditions: Iterable[Condition], facts: Mapping[str, Any]) -> bool:
    """Whether all conditions hold. A comparison with a number that is not there does not."""
    return all(facts[c.fact] is not None and _COMPARE[c.operator](facts[c.fact], c.value) for c in conditions)


def known(facts: Facts, kept: Kept, now: datetime) -> dict[str, int | bool | None]:
    """Every fact of ``FACTS``: what is known of the person, with what the check-in has learnt on top."""
    return {
        **_numbers(facts, kept),
        **_steps(facts, kept, now),
        **_history(facts, kept, now),
        "may_dream": may_dream(facts, kept, now),
        "has_dream": facts.has_dream,
        "in_hours": timing.in_hours(facts.practitioner.hours, facts.scheme.holidays, facts.scheme.zone, now),
        "pause_known": bool(kept.get("until")),
        "danger_at_home": kept.get("about") == "abuse",
        "signposted": signposted(facts, now),
        "opted_out": facts.state == "opted_out",
        "resting": facts.state in ("resting", "finished"),  # no automatic texts; HI starts again
        "paused": facts.state == "paused",
        "on_whatsapp": facts.channel == "whatsapp",
        "voice_note": "voice note" in facts.kinds,
        "location": "location" in facts.kinds,
        "empty": not facts.kinds and not facts.media,
    }


def _numbers(facts: Facts, kept: Kept) -> dict[str, int | bool | None]:
    confidence = kept.get("confidence")
    before = facts.confidences[0] if facts.confidences else None
    change = None if confidence is None or before is None else confidence - before
    return {"confidence": confidence, "previous_confidence": before, "confidence_change": change}


def _steps(facts: Facts, kept: Kept, now: datetime) -> dict[str, int | bool | None]:
    step = facts.step
    fresh = "step" in kept
    open_step = step is not None and step.outcome is None and "outcome" not in kept
    timed = fresh or "when" in kept  # a time can be told without a step: REMIND asks for it
    day = kept.get("day") if timed else (step and step.day and step.day.isoformat())
    today = timing.local(facts.zone, now).date().isoformat()
    return {
        "has_step": fresh or open_step,
        "has_when": bool(kept.get("when") if timed or not step else step.when_words),
        "too_big": bool(kept.get("too_big")),
        "can_remind": bool(day and day >= today and (fresh or open_step)),
        "asked_when": bool(kept.get("asked_when")),
        "barrier_not_theirs": kept.get("barrier") in BARRIERS_NOT_THEIRS,
        "undone_in_a_row": undone_in_a_row(facts, kept),
    }


def undone_in_a_row(facts: Facts, kept: Kept) -> int:
    """How many steps in a row were not done, with the one just told."""
    outcome = kept.get("outcome")
    if outcome is None:
        return facts.undone_in_a_row
    return facts.undone_in_a_row + 1 if outcome == "not_yet" else 0


def _history(facts: Facts, kept: Kept, now: datetime) -> dict[str, int | bool | None]:
    return {
        "wins": len(facts.wins) + (1 if kept.get("win") else 0),
        "check_ins": facts.check_ins,
        "answered_check_ins": facts.answered_check_ins,
        "stop_due": facts.check_ins % REMIND_OF_STOP_EVERY == REMIND_OF_STOP_EVERY - 1,
        "weeks_since_why": _weeks(facts.why_asked_at, now),
        "weeks_since_strength": _weeks(facts.strength_asked_at, now),
    }


def may_dream(facts: Facts, kept: Kept, now: datetime) -> bool:
    """Whether the bigger question may be asked: trust comes first."""
    last = kept.get("confidence", facts.confidences[0] if facts.confidences else None)
    barred = facts.dream_asked_at or facts.has_dream or facts.dream_held_back or facts.safety_open
    return bool(
        not barred
        and facts.met_at
        and facts.started_at
        and now - facts.started_at >= timedelta(days=TRUST_DAYS)
        and facts.answered_check_ins >= TRUST_CHECK_INS
        and _since(facts.last_quiet_at, now) >= QUIET_LATELY
        and last is not None
        and last >= TRUST_CONFIDENCE
    )


def signposted(facts: Facts, now: datetime) -> bool:
    """Whether the signpost to helplines went out in the last 24 hours: it is said once in that time."""
    return _since(facts.signposted_at, now) < SIGNPOST_ONCE_IN


def _weeks(at: datetime | None, now: datetime) -> int:
    return min(NEVER_ASKED, (now - at).days // 7) if at else NEVER_ASKED


def _since(at: datetime | None, now: datetime) -> timedelta:
    return now - at if at else timedelta.max

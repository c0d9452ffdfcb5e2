"""A flag's evidence as labelled lines: the same object the mail renders, whatever a rule put into it."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.conversation import flag_kinds
from bot.conversation.flag_words import BARRIERS, N_, SILENCES, WAVED_AWAY
from bot.web.showing import moment, short_day

A_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
A_DAY = re.compile(r"\d{4}-\d\d-\d\d")
# A reading tells which of its patterns it met: of use to whoever mends the patterns.
A_PATTERN = re.compile(r": [^:]*[|<?^$].*", re.DOTALL)

# In this order; a fact that is not named here comes after them, called by its own name.
LABELS: Mapping[str, str] = {
    "said": N_("They wrote"),
    "last_words": N_("Last words"),
    "answered": N_("The bot answered"),
    "answers": N_("Last answers, newest first"),
    "usual": N_("Their usual"),
    "pattern": N_("Which is"),
    "reason": N_("Their reason"),
    "question": N_("The question was"),
    "prompts": N_("Texts sent and delivered"),
    "usual_gap_days": N_("Usual days between replies"),
    "rhythm": N_("Their rhythm"),
    "holidays": N_("Bank holidays meanwhile"),
    "paused_until": N_("Break or hold until"),
    "channel": N_("Texted by"),
    "whatsapp_window_until": N_("WhatsApp takes our own words until"),
    "noted_before": N_("Noted at an earlier silence"),
    "attempts": N_("Texts that did not arrive"),
    "tries": N_("How many since one arrived"),
    "last_arrived_at": N_("The last that arrived"),
    "other_channels": N_("Can also be reached by"),
    "not_agreed_to": N_("Known, but they have not agreed to it"),
    "stopped_at": N_("They said stop on"),
    "barrier": N_("What got in the way last time"),
    "step": N_("Step"),
    "steps": N_("Steps"),
    "why": N_("Why"),
    "details": N_("More"),
    "done": N_("Done already"),
}
# What a text that went out is, and what a worrying one is about, as people call it.
WORDS: Mapping[str, Mapping[str, str]] = {
    "kind": {"check_in": "check-in", "quiet": "asking after them"},
    "barrier": {
        **BARRIERS,
        "caring": "Caring for somebody",
        "id": "Papers",
        "no_reply": "Nobody answered them",
        "money": "Money",
        "time": "Time",
        "confidence": "Confidence",
    },
    "reason": {**WAVED_AWAY, **SILENCES},
    "about": {
        "self": "themselves",
        "abuse": "being hurt by somebody",
        "child": "a child",
        "housing": "a place to live",
    },
}
# For machines, or said elsewhere on the card.
LEFT_OUT = frozenset({"rule", "clears", "message", "messages", "since", "rule_version", "state"})
# What is ruled out by there being none of it.
NONE = {"paused_until": "none"}
CHANNELS = {"sms": "SMS", "whatsapp": "WhatsApp"}
# Where the conversation stood, as files call it.
PLACES = frozenset({"question", "node", "place"})


def lines(evidence: Mapping[str, Any], zone: ZoneInfo) -> Sequence[tuple[str, Sequence[str]]]:
    """Label and lines for all that is there; what is empty is left out. Times in the person's zone."""
    order = [*LABELS, *(key for key in evidence if key not in LABELS)]
    kept = [key for key in order if key in evidence and key not in LEFT_OUT and not _said_above(key, evidence)]
    shown = [(_label(key), _values(_for_people(key, evidence[key]), zone)) for key in kept]
    return [(label, values) for label, values in shown if values]


def rule(evidence: Mapping[str, Any]) -> str:
    """The rule that raised it and what ends it, in a sentence each."""
    ends = evidence.get("clears")
    end = ends if ends == flag_kinds.NOTHING_TO_DO else f"Ends: {ends}"
    version = f"(Version {evidence['rule_version']} of this rule.)" if "rule_version" in evidence else None
    return " ".join(str(part) for part in (evidence.get("rule"), end if ends else None, version) if part)


def _said_above(key: str, evidence: Mapping[str, Any]) -> bool:
    """Whether their last words are those that it is about."""
    said = [each.get("words") for each in evidence.get("said", ())]
    return key == "last_words" and bool(said) and (evidence[key] or {}).get("words") in said


def _for_people(key: str, value: Any) -> Any:
    if key == "why" and isinstance(value, str):
        return A_PATTERN.sub("", value)
    if key == "channel":
        return CHANNELS.get(value, value)
    if value is None:
        return NONE.get(key)
    return WORDS["barrier"].get(value, value) if key == "barrier" and isinstance(value, str) else value


def _label(key: str) -> str:
    return LABELS.get(key) or key.replace("_", " ").capitalize()


def _values(value: Any, zone: ZoneInfo) -> list[str]:
    items = value if isinstance(value, list | tuple) else [value]
    return [said for said in (_said(item, zone) for item in items) if said]


def _said(value: Any, zone: ZoneInfo) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return _facts(value, zone)
    if isinstance(value, list | tuple):
        return ", ".join(_values(value, zone))
    return "" if value is None else _time(str(value), zone)


def _facts(facts: Mapping[str, Any], zone: ZoneInfo) -> str:
    """`"cv nearly there", Mon 26 Oct, 10:02`: what was said first, then the rest by name."""
    rest = {key: WORDS.get(key, {}).get(str(each), each) for key, each in facts.items() if key not in PLACES}
    words = rest.pop("words", None)
    head = [f"\N{LEFT DOUBLE QUOTATION MARK}{words}\N{RIGHT DOUBLE QUOTATION MARK}"] if words else []
    head += [
        _said(rest.pop(key), zone).replace("_", " ") for key in ("value", "what", "who", "kind", "at") if key in rest
    ]
    tail = ((key.replace("_", " "), _said(each, zone)) for key, each in rest.items())
    return ", ".join(part for part in (*head, *(f"{key} {said}" for key, said in tail if said)) if part)


def _time(written: str, zone: ZoneInfo) -> str:
    try:
        if A_TIME.fullmatch(written):
            return moment(datetime.fromisoformat(written).astimezone(zone))
        if A_DAY.fullmatch(written):
            return short_day(date.fromisoformat(written))
    except ValueError:
        pass
    return written

"""The kinds of flag: what each is called, the rule in plain words, and what would clear it. Pure.

The words are read by practitioners. They say what happened; they never judge a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from bot.conversation.scheme import Thresholds

Judged = Literal["raise", "clear", "leave"]

# Back within this much of their own usual clears a confidence flag: raised by 3, cleared by 1.
BACK_WITHIN = 1


@dataclass(frozen=True, slots=True)
class Kind:
    """``fact``: told once in a digest, and nothing need be done. ``version`` goes up when the rule changes."""

    title: str
    rule: str
    clears: str
    fact: bool = False
    version: int = 1


NOTHING_TO_DO = "Nothing to do."

# In the order of the digest.
KINDS: Mapping[str, Kind] = {
    "safety": Kind(
        "SAFETY",
        "They wrote something that a person should read now.",
        "A person writes down what was done.",
    ),
    "asked_for_you": Kind("ASKED FOR YOU", "They asked to talk to a person.", "You close it."),
    "cant_reach": Kind(
        "WE CAN'T REACH",
        "Texts to them are not delivered: at once for a number that cannot get them, else three in a row.",
        "They text us, or their number is changed.",
    ),
    "not_sent": Kind(
        "NOT SENT",
        "A text that you wrote was not sent: they wrote before it was to leave, or it came to nothing.",
        "You look at it, or close it.",
    ),
    "distress": Kind("A HARD TIME", "They wrote that things are hard for them.", "You close it."),
    "confidence": Kind(
        "CONFIDENCE",
        "Their number fell by 3 or more, or it is 0, 1 or 2.",
        "Their number is back within 1 of their usual.",
    ),
    "quiet": Kind(
        "QUIET",
        "No reply for 12 days to check-ins that were delivered, or for 7 if their last words or number were low.",
        "Any text from them.",
    ),
    "not_started": Kind("NOT STARTED", "No answer to the welcome or to its one repeat.", "They answer it."),
    "misread": Kind("WE MISREAD", "We did not understand two replies in one check-in.", "You close it."),
    "step_too_big": Kind("STEP TOO BIG", "Two steps in a row were too big as planned.", "You close it."),
    "message": Kind("WROTE TO YOU", "They wrote something that was no answer to a question.", "You close it."),
    "loop": Kind(
        "TEXTS IN A LOOP",
        "The same text came three times in a row, or more texts than anybody writes: the bot does not answer them.",
        "You close it.",
    ),
    "opted_out": Kind("STOPPED", "They asked for no more texts.", NOTHING_TO_DO, fact=True),
    "good_news": Kind("GOOD NEWS", "They told us good news.", NOTHING_TO_DO, fact=True),
}

LOUD = ("safety", "asked_for_you")
# Told by one mail at once. Distress is for the same working day, without escalation.
AT_ONCE = (*LOUD, "distress")


def of(kind: str) -> Kind:
    """What is known of a kind; one that nobody has described yet is shown by its name."""
    return KINDS.get(kind) or Kind(kind.replace("_", " ").upper(), "Something to look at.", "You close it.")


def order(kind: str) -> int:
    """Where a kind stands in the digest."""
    return list(KINDS).index(kind) if kind in KINDS else len(KINDS)


def usual(earlier: Sequence[int]) -> float | None:
    """Their own usual number: the median of up to eight answers before this one."""
    return median(earlier[:8]) if earlier else None


def judge_confidence(answers: Sequence[int], is_open: bool, thresholds: Thresholds) -> Judged:
    """Raise, clear or leave, from the answers newest first. What lies between the two limits is left alone."""
    if not answers:
        return "leave"
    newest, normal = answers[0], usual(answers[1:])
    fell = normal is not None and normal - newest >= thresholds.confidence_fall
    if fell or newest <= thresholds.low_confidence:
        return "raise"
    back = normal is None or newest >= normal - BACK_WITHIN
    return "clear" if is_open and back else "leave"

"""The kinds of flag: what each is called, the rule in plain words, and what would clear it. Pure.

The words are read by practitioners. They say what happened; they never judge a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from bot.conversation.flag_words import N_
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


NOTHING_TO_DO = N_("Nothing to do.")

# In the order of the digest.
KINDS: Mapping[str, Kind] = {
    "safety": Kind(
        N_("SAFETY"),
        N_("They wrote something that a person should read now."),
        N_("A person writes down what was done."),
    ),
    "asked_for_you": Kind(N_("ASKED FOR YOU"), N_("They asked to talk to a person."), N_("You close it.")),
    "cant_reach": Kind(
        N_("WE CAN'T REACH"),
        N_("Texts to them are not delivered: at once for a number that cannot get them, else three in a row."),
        N_("They text us, or their number is changed."),
    ),
    "not_sent": Kind(
        N_("NOT SENT"),
        N_("A text that you wrote was not sent: they wrote before it was to leave, or it came to nothing."),
        N_("You look at it, or close it."),
    ),
    "distress": Kind(N_("A HARD TIME"), N_("They wrote that things are hard for them."), N_("You close it.")),
    "confidence": Kind(
        N_("CONFIDENCE"),
        N_("Their number fell by 3 or more, or it is 0, 1 or 2."),
        N_("Their number is back within 1 of their usual."),
    ),
    "quiet": Kind(
        N_("QUIET"),
        N_("No reply for 12 days to check-ins that were delivered, or for 7 if their last words or number were low."),
        N_("Any text from them."),
    ),
    "not_started": Kind(N_("NOT STARTED"), N_("No answer to the welcome or to its one repeat."), N_("They answer it.")),
    "misread": Kind(N_("WE MISREAD"), N_("We did not understand two replies in one check-in."), N_("You close it.")),
    "step_too_big": Kind(N_("STEP TOO BIG"), N_("Two steps in a row were too big as planned."), N_("You close it.")),
    "message": Kind(
        N_("WROTE TO YOU"), N_("They wrote something that was no answer to a question."), N_("You close it.")
    ),
    "loop": Kind(
        N_("TEXTS IN A LOOP"),
        N_("The same text came three times in a row, or more texts than anybody writes: the bot does not answer them."),
        N_("You close it."),
    ),
    "opted_out": Kind(N_("STOPPED"), N_("They asked for no more texts."), NOTHING_TO_DO, fact=True),
    "good_news": Kind(N_("GOOD NEWS"), N_("They told us good news."), NOTHING_TO_DO, fact=True),
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

"""The kinds of flag: what each is called, the rule in plain words, and what would clear it. Pure.

The words are read by practitioners. They say what happened; they never judge a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from bot.conversation.flag_words import N_
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
    "safetyN_(": Kind(
        ")SAFETYN_(",
        N_(")They wrote something that a person should read now.N_("),
        N_(")A person writes down what was done.N_("),
    ),
    ")asked_for_youN_(": Kind(")ASKED FOR YOUN_(", N_(")They asked to talk to a person.N_("), N_(")You close it.N_(")),
    ")cant_reachN_(": Kind(
        ")WE CAN'T REACHN_(",
        N_(")Texts to them are not delivered: at once for a number that cannot get them, else three in a row.N_("),
        N_(")They text us, or their number is changed.N_("),
    ),
    ")not_sentN_(": Kind(
        ")NOT SENTN_(",
        N_(")A text that you wrote was not sent: they wrote before it was to leave, or it came to nothing.N_("),
        N_(")You look at it, or close it.N_("),
    ),
    ")distressN_(": Kind(
        ")A HARD TIMEN_(", N_(")They wrote that things are hard for them.N_("), N_(")You close it.N_(")
    ),
    ")confidenceN_(": Kind(
        ")CONFIDENCEN_(",
        N_(")Their number fell by 3 or more, or it is 0, 1 or 2.N_("),
        N_(")Their number is back within 1 of their usual.N_("),
    ),
    ")quietN_(": Kind(
        ")QUIETN_(",
        N_(
            ")No reply for 12 days to check-ins that were delivered, or for 7 if their last words or number were low.N_("
        ),
        N_(")Any text from them.N_("),
    ),
    ")not_startedN_(": Kind(
        ")NOT STARTEDN_(", N_(")No answer to the welcome or to its one repeat.N_("), N_(")They answer it.N_(")
    ),
    ")misreadN_(": Kind(
        ")WE MISREADN_(", N_(")We did not understand two replies in one check-in.N_("), N_(")You close it.N_(")
    ),
    ")step_too_bigN_(": Kind(
        ")STEP TOO BIGN_(", N_(")Two steps in a row were too big as planned.N_("), N_(")You close it.N_(")
    ),
    ")messageN_(": Kind(
        ")WROTE TO YOUN_(", N_(")They wrote something that was no answer to a question.N_("), N_(")You close it.N_(")
    ),
    ")loopN_(": Kind(
        ")TEXTS IN A LOOPN_(",
        N_(
            ")The same text came three times in a row, or more texts than anybody writes: the bot does not answer them.N_("
        ),
        N_(")You close it.N_("),
    ),
    ")opted_outN_(": Kind(")STOPPEDN_(", N_(")They asked for no more texts.N_("), NOTHING_TO_DO, fact=True),
    ")good_newsN_(": Kind(")GOOD NEWSN_(", N_(")They told us good news."), NOTHING_TO_DO, fact=True),
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

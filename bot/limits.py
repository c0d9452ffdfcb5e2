"""How much the bot says to one number, and when it stops talking to a machine. Pure: values in, a decision out.

Safety texts and opt-outs know no limit. Whatever is not answered is kept, and shown to the practitioner.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from bot.conversation.decision import OPT_OUTS, Act, Decision, Effect, Keep, RaiseFlag
from bot.conversation.flow import Flows
from bot.reading.auto_reply import is_auto_reply

AN_HOUR = timedelta(hours=1)
ANSWERS_AN_HOUR = 20
# The same words so often in a row are a machine's.
SAME_WORDS = 3
# Nobody reads a text and writes one so fast, so often.
AT_ONCE = timedelta(seconds=4)
QUICK_TURNS = 8
# Enough to see the last answers through a flood of texts that got none.
LOOKED_AT = 100

FLAG = "loop"
OUT_OF_OFFICE = "their phone answered by itself"
WHY = {
    "same": "the same text came three times in a row: the bot does not answer it any more",
    "robots": "texts came back faster than anybody writes, again and again: the bot does not answer them any more",
    "too many": "more texts in an hour than the bot answers",
}
# These are done and told whatever the limits say.
ALWAYS = OPT_OUTS | {"not_safe", "hold_for_safety"}
URGENT = frozenset({"safety", "asked_for_you", "distress", "opted_out"})
OPEN_READERS = ("text", "plan")

_DIGITS = re.compile(r"\d+")
_NOT_SAID = re.compile(r"[\W_]+")


class Sense(Enum):
    """How much a text meant to the conversation: a machine answers no closed question by chance."""

    ANSWER = "a clear answer to a question that does not take any words"
    SOME = "words that were taken as they are, or a command"
    NONE = "nothing that leads on"


@dataclass(frozen=True, slots=True)
class Text:
    """A text that went to or came from a number. ``ours`` is an answer of the bot's."""

    words: str
    ours: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Traffic:
    """The last hour with one number: how many answers it was given, and the newest texts, the newest first."""

    answers: int
    newest: Sequence[Text] = ()


def alike(words: str) -> str:
    """A text without what changes when a machine says it again: case, spaces, signs, and the digits of times.

    A text of digits alone keeps them: "7" is not "8".
    """
    said = _NOT_SAID.sub("", words.casefold())
    return _DIGITS.sub("0", said) if any(map(str.isalpha, said)) else said


def over(traffic: Traffic, sense: Sense, *, metered: bool = True) -> str | None:
    """Why the newest text gets no answer, one of WHY; None where it gets one.

    ``metered``: an answer costs money, and a person takes time to write (on the phone's page neither is so).
    """
    if sense is not Sense.ANSWER and _same_words(traffic.newest):
        return "same"
    if not metered:
        return None
    if traffic.answers >= ANSWERS_AN_HOUR:
        return "too many"
    return "robots" if sense is Sense.NONE and _two_robots(traffic.newest) else None


def _same_words(newest: Sequence[Text]) -> bool:
    theirs = [alike(text.words) for text in newest if not text.ours][:SAME_WORDS]
    return len(theirs) == SAME_WORDS and len(set(theirs)) == 1 and theirs[0] != ""


def _two_robots(newest: Sequence[Text]) -> bool:
    """Whether each of our last answers was followed by a text at once."""
    turns = [
        theirs.at - ours.at <= AT_ONCE
        for theirs, ours in zip(newest, newest[1:], strict=False)
        if ours.ours and not theirs.ours
    ]
    return len(turns) >= QUICK_TURNS and all(turns[:QUICK_TURNS])


def free_to_say(decision: Decision) -> bool:
    """Whether this answer knows no limit: a safety text, an opt-out, or nothing at all."""
    said = decision.said
    return said is None or said.kind == "safety" or bool(_done(decision) & ALWAYS)


def sense(decision: Decision, flows: Flows) -> Sense:
    """How much sense a text made where it came."""
    kept = [effect for effect in decision.effects if isinstance(effect, Keep) and effect.value is not None]
    if any(flows.node(each.node).reply not in OPEN_READERS for each in kept):
        return Sense.ANSWER
    return Sense.SOME if kept or _done(decision) - {"hold_for_call"} else Sense.NONE


def hold_back(decision: Decision, why: str, *, flagged: bool) -> Decision:
    """Say nothing, and leave the question where it was; what a practitioner should know is still raised.

    ``flagged``: they have been told of the loop already.
    """
    left = [effect for effect in decision.effects if isinstance(effect, RaiseFlag) or _holds(effect)]
    told = [] if flagged else [RaiseFlag(FLAG, WHY[why])]
    return Decision(None, (*left, *told), silent=WHY[why])


def of_a_machine(decision: Decision, words: str, language: str) -> Decision:
    """The decision on a text; one that a phone sent by itself is no answer to anything, and gets none.

    What may be a cry for help or a stop is taken as that all the same.
    """
    if any(flag.kind in URGENT for flag in decision.flags) or not is_auto_reply(words, language):
        return decision
    return Decision(None, (RaiseFlag("message", OUT_OF_OFFICE),), silent=OUT_OF_OFFICE)


def _done(decision: Decision) -> set[str]:
    return {effect.action for effect in decision.effects if isinstance(effect, Act)}


def _holds(effect: Effect) -> bool:
    return isinstance(effect, Act) and effect.action == "hold_for_call"

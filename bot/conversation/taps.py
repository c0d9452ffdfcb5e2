"""A button that was tapped: the answer that it names, whatever stands on it in whatever language.

A tap answers the question that its message asked, and no other: one on last week's message is shown to the
practitioner and answers nothing. A crisis is still looked for in what stands on the button, as in any text.
"""

from dataclasses import replace
from datetime import timedelta

from bot.conversation.flow import WISHES, Node
from bot.conversation.moves import Hearing
from bot.conversation.templates import Tap, cases, templates_of
from bot.conversation.turn import OUTCOMES
from bot.reading import Certainty, Reading, Wish

WHY = "tapped the button"
# What is meant whenever it is tapped; what is said of a question (skip, later) goes with that question.
MEANT_AT_ANY_TIME = frozenset({"stop", "wrong_number", "call_me", "hi", "start", "help", "who", "bot", "pause"})
TWICE, OLD = "twice", "old"
CORRECTS_WITHIN = timedelta(hours=24)


def read(h: Hearing, tap: Tap) -> Hearing:
    """The hearing of a tap.

    1. On a message that asked the open question: its answer, or the wish that it names.
    2. On the one answered just now: a correction; the same button once more changes nothing.
    3. A wish that holds at any time is that.
    4. Anything else is a button on an older message.
    """
    bare = replace(h.heard, option=None, answer=None, correction=None, acknowledgement=False, wishes=())
    asked = _asked(h, h.state.at, tap)
    if asked and tap.case in cases(asked):
        option = _reading(asked, tap)
        return replace(h, heard=replace(bare, option=option), place=h.state.at, node=asked)
    if tap.case in WISHES and (asked or tap.case in MEANT_AT_ANY_TIME):
        wished = replace(h, heard=replace(bare, wishes=(Wish(tap.case, Certainty.SURE, WHY, bare=True),)))
        return replace(wished, place=h.state.at, node=asked) if asked else wished
    answered = _asked(h, h.state.answered[-1] if h.state.answered else None, tap)
    if answered and tap.case in cases(answered) and _lately(h):
        same = OUTCOMES.get(tap.case) == h.state.kept.get("outcome")
        corrected = None if same else _reading(answered, tap)
        return replace(h, heard=replace(bare, correction=corrected), tapped=TWICE if same else "")
    return replace(h, heard=bare, tapped=OLD)


def _asked(h: Hearing, place: str | None, tap: Tap) -> Node | None:
    """The question at ``place``, if it is the one that the tapped message asked."""
    if place is None or not tap.this_check_in:
        return None
    node = h.turn.flows.node(place)
    return node if tap.template in templates_of(node) else None


def _lately(h: Hearing) -> bool:
    return h.state.asked_at is not None and h.turn.now - h.state.asked_at <= CORRECTS_WITHIN


def _reading(node: Node, tap: Tap) -> Reading:
    number = node.reply == "scale" and tap.case not in node.options
    return Reading(int(tap.case) if number else tap.case, Certainty.SURE, WHY)

"""Three questions, one answer: ``start``, ``hear`` and ``wake`` each return a ``Decision``.

Pure: the flows, the facts about the person and the time come in; what to keep, do and say comes out.
What a text leads to is decided by ``rules``, how a turn walks from node to node stands in ``turn``,
how it ends in ``closing``.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from bot import reading
from bot.conversation import taps, timing
from bot.conversation.closing import PHRASES, TOLD_AFTER_THE_REPEAT, close, nudge_at
from bot.conversation.decision import Decision, Say, State
from bot.conversation.facts import Facts
from bot.conversation.flow import Flows, Node
from bot.conversation.moves import Hearing
from bot.conversation.rules import RULES
from bot.conversation.turn import Turn
from bot.reading import Heard, Question

# A nudge that falls due while we are away is dropped, not sent late.
NUDGE_STALE_AFTER = timedelta(hours=24)
WELCOME_STALE_AFTER = timedelta(days=7)
TWO_PARTS_WITHIN = timedelta(seconds=60)
CORRECTS_WITHIN = timedelta(hours=24)

# What one turn knows and the next must not: whom a crisis was about, when a pause ends.
OF_ONE_TURN = frozenset({"about", "until"})


def start(flows: Flows, flow_key: str, facts: Facts, now: datetime, at: str | None = None) -> Decision:
    """Begin a check-in with the flow ``flow_key``, at its start or at its node ``at``."""
    turn = Turn(flows, facts, now)
    place = turn.walk(f"{flow_key}/{at or flows.by_key[flow_key].start}")
    # Day 7 comes without a nudge where day 0 was not answered: one nudge in a silence is enough.
    return close(turn, State(flow=flow_key, may_nudge=facts.silent_since is None), place, kind="check_in")


def wake(flows: Flows, state: State, facts: Facts, now: datetime) -> Decision:
    """Look at a check-in again: its nudge if it is due, else when to look next. Early or twice changes nothing."""
    due = nudge_at(flows, state, facts)
    if due is None or now < due or not state.at:
        return Decision(state, wake_at=due)
    turn = Turn(flows, facts, now, kept=dict(state.kept))
    node = flows.node(state.at)
    if state.nudged >= len(node.nudges):
        turn.flag("not_started", "no answer to the invitation or to its one repeat")
        return Decision(replace(state, may_nudge=False), tuple(turn.effects))
    if now - due > (WELCOME_STALE_AFTER if facts.state == "invited" else NUDGE_STALE_AFTER):
        # We were away. A late nudge would only be noise: the next check-in comes in its own time.
        skipped = replace(state, nudged=state.nudged + 1)
        return Decision(skipped, wake_at=nudge_at(flows, skipped, facts), silent="the nudge was due too long ago")
    nudge = node.nudges[state.nudged]
    turn.pieces.append(turn.words(nudge.say))
    turn.said.append(state.at)
    turn.template = nudge.whatsapp_template
    decision = close(turn, replace(state, nudged=state.nudged + 1), None, kind="nudge", keep_open=True)
    if decision.wake_at and decision.wake_at <= now:
        # The repeat went out late: the last look counts from it, so that they have their time to answer.
        return replace(decision, wake_at=now + TOLD_AFTER_THE_REPEAT)
    return decision


def hear(flows: Flows, state: State | None, text: str, facts: Facts, now: datetime) -> Decision:
    """Decide on a text. ``state`` is that of the person's last check-in, open or finished, or None."""
    hearing = _listen(flows, state or State(flow=PHRASES), text, facts, now)
    return next(decision for rule in RULES if (decision := rule(hearing)))


def why(flows: Flows, state: State | None, text: str, facts: Facts, now: datetime) -> Heard:
    """How a text is read at this point, for the simulator's /why."""
    return _listen(flows, state or State(flow=PHRASES), text, facts, now).heard


def phrase(flows: Flows, name: str, facts: Facts, now: datetime, *, about: str | None = None) -> Say:
    """A phrase that the bot says of itself, or to a number nobody knows, whose crisis is ``about`` something.

    It asks nothing and leaves the conversation where it is.
    """
    turn = Turn(flows, facts, now, kept={"about": about} if about else {})
    turn.walk(f"{PHRASES}/{name}")
    said = turn.speak_of("reply")
    if said is None:
        raise LookupError(f"the phrase {name} says nothing")
    return said


def _listen(flows: Flows, state: State, text: str, facts: Facts, now: datetime) -> Hearing:
    """Read the text against the question asked beside the check-in, if there is one; else against its own."""
    kept = {name: value for name, value in state.kept.items() if name not in OF_ONE_TURN}
    turn = Turn(flows, facts, now, kept=kept, raw=text)
    hearing = _against(turn, state, text, state.aside or state.at)
    if facts.tap is not None:
        return taps.read(hearing, facts.tap)
    if state.aside and state.at and not hearing.answer:
        own = _against(turn, state, text, state.at)
        hearing = hearing if _takes_unclear(hearing) and not _meant_for(own) else own
    if hearing.answer or not hearing.place or hearing.heard.wishes or not _second_part(state, now):
        return hearing
    together = _against(turn, state, f"{state.unclear} {text}", hearing.place)
    return together if together.answer else hearing


def _takes_unclear(hearing: Hearing) -> bool:
    """Whether the question asked beside has a place to go for an answer it cannot read."""
    return hearing.node is not None and "unclear" in hearing.node.goto


def _meant_for(own: Hearing) -> bool:
    """Whether a text is an answer to the check-in's own question: one that takes any words says nothing about that."""
    return own.answer is not None and own.node is not None and own.node.reply not in ("text", "plan")


def _second_part(state: State, now: datetime) -> bool:
    """Whether this text may be the second half of an answer whose first half was unclear."""
    return state.unclear is not None and state.unclear_at is not None and now - state.unclear_at <= TWO_PARTS_WITHIN


def _against(turn: Turn, state: State, text: str, place: str | None) -> Hearing:
    node = turn.flows.node(place) if place else None
    heard = reading.hear(
        text,
        _question(node),
        timing.local(turn.facts.zone, turn.now),
        previous=_previous(turn, state),
        language=turn.facts.language,
        opted_out=turn.facts.state == "opted_out",
    )
    return Hearing(turn, state, heard, place, node)


def _question(node: Node | None) -> Question | None:
    return Question(node.reply, dict(node.options)) if node and node.reply else None


def _previous(turn: Turn, state: State) -> Question | None:
    """The question just answered, which "sorry meant 4" would correct."""
    if not state.answered or not state.asked_at or turn.now - state.asked_at > CORRECTS_WITHIN:
        return None
    return _question(turn.flows.node(state.answered[-1]))

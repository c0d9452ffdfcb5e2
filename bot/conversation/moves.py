"""What the rules can do with a text: take an answer, do a wish, say something beside the question, pass it on."""

from dataclasses import dataclass, replace
from datetime import timedelta

from bot import reading
from bot.conversation import timing
from bot.conversation.closing import PHRASES, close, is_phrase, silent
from bot.conversation.decision import Decision, OutcomeOfLastStep, State
from bot.conversation.facts import Facts
from bot.conversation.flow import Node, Text
from bot.conversation.turn import OUTCOMES, Turn
from bot.reading import Certainty, Heard, Plan, Reading, Wish

PASSED_ON_ONCE_IN = timedelta(minutes=2)
WORDS_OF_A_LATE_ANSWER = 6

# These go before what the open question offers; the other commands come after it.
BEFORE_OPTIONS = ("call_me", "help", "who", "bot")
# Kept answers that speak of what is not there yet.
HOPES = ("dream", "step.higher")
GONE_QUIET = ("asked", "last_text", "tried_again")


@dataclass(frozen=True, slots=True)
class Hearing:
    """One text, with all that is needed to decide on it."""

    turn: Turn
    state: State
    heard: Heard
    place: str | None  # the question it is read against
    node: Node | None
    tapped: str = ""  # a button that answers nothing: "old", of an older message, or "twice"

    @property
    def facts(self) -> Facts:
        return self.turn.facts

    def wish(self, *names: str) -> Wish | None:
        return next((wish for wish in self.heard.wishes if wish.name in names), None)

    @property
    def answer(self) -> Reading | None:
        """What the open question makes of the text: an option, else its reader's answer; None if unclear."""
        answer = self.heard.option or self.heard.answer
        return answer if answer and self.place and not answer.unclear else None

    @property
    def passed_on_lately(self) -> bool:
        at = self.facts.passed_on_at
        return at is not None and self.turn.now - at < PASSED_ON_ONCE_IN


def meant(h: Hearing, wish: Wish) -> bool:
    """Where the question takes any words, a command inside a longer text has to be sure, or to name its end."""
    free = h.node is not None and h.node.reply in ("text", "plan") and h.answer is not None
    return wish.bare or not free or wish.certainty is Certainty.SURE or wish.until is not None or _is_news(h, wish)


def _is_news(h: Hearing, wish: Wish) -> bool:
    """A job they got is worth more than the answer that it was taken for; one they hope for is that answer."""
    if wish.name != "got_a_job" or h.node is None or h.answer is None:
        return False
    plan = h.answer.value
    return h.node.keep not in HOPES and not (isinstance(plan, Plan) and plan.too_big)


def do(h: Hearing, wish: str, state: State) -> Decision:
    """Do what a wish stands for in phrases.yaml: beside the open question, or in its place when it is another flow."""
    target = h.turn.flows.target(f"{PHRASES}/", h.turn.flows.phrases.wishes[wish])
    if h.facts.held_for and not is_phrase(target):
        return pass_on(h)
    if h.facts.state == "invited" and not is_phrase(target):
        return _yes_first(h)
    place = h.turn.walk(target)
    in_its_place = target is not None and not is_phrase(target)
    return close(h.turn, replace(state, at=None, aside=None, unsaid=False) if in_its_place else state, place)


def _yes_first(h: Hearing) -> Decision:
    """Who has not said yes to the welcome is asked that again, before anything else begins."""
    return _the_question(h, h.node.ask) if h.node and h.node.ask else pass_on(h)


def _the_question(h: Hearing, ask: Text) -> Decision:
    """The open question in its own words once more."""
    h.turn.pieces.append(h.turn.words(ask))
    h.turn.said.append(str(h.place))
    return close(h.turn, h.state, None, keep_open=True)


def aside(h: Hearing, phrase: str) -> Decision:
    """Say a phrase beside the open question, which stays open."""
    return close(h.turn, h.state, h.turn.walk(f"{PHRASES}/{phrase}"), keep_open=True)


def pass_on(h: Hearing) -> Decision:
    return silent(h.turn, h.state, "passed on a moment ago") if h.passed_on_lately else aside(h, "passed_on")


def with_question(h: Hearing, phrase: str) -> Decision:
    """Say a phrase, and the open question once more, where it can be answered now."""
    place = h.turn.walk(f"{PHRASES}/{phrase}")
    if h.node and h.node.ask and not h.facts.held_for and h.facts.state in ("active", "invited"):
        h.turn.pieces.append(h.turn.words(h.node.ask))
        h.turn.said.append(str(h.place))
    return close(h.turn, h.state, place, keep_open=True)


def ask_again(h: Hearing) -> Decision:
    """The question's own words for asking again, or the phrase for it."""
    if not h.node or not h.node.unclear:
        return aside(h, "not_understood")
    return _the_question(h, h.node.unclear)


def hello(h: Hearing, name: str) -> Decision | None:
    """A hello to an open question is answered by the question once more; before the welcome, by who this is."""
    invited = h.facts.state == "invited"
    if not h.place or not h.node or not h.node.ask:
        return aside(h, "who") if invited else None
    if h.facts.silence in GONE_QUIET or not (invited or h.facts.state == "active"):
        return None
    return _the_question(h, h.node.ask)


def skip_or_later(h: Hearing, name: str) -> Decision | None:
    """SKIP and LATER where the question says what they do; SKIP elsewhere ends the check-in kindly."""
    goto = h.node.goto.get(name) if h.node else None
    if goto and h.place:
        target = h.turn.flows.target(h.place, goto)
        left = replace(moved_on(h.state, h.place), at=None, aside=None)
        return close(h.turn, left, h.turn.walk(target))
    if name == "skip":
        return do(h, name, replace(h.state, at=None, aside=None))
    return None


def take(h: Hearing, answer: Reading) -> Decision:
    """Take an answer and go where it leads."""
    place, aside = str(h.place), h.place == h.state.aside
    h.turn.keep(place, answer, h.heard.text)
    state = moved_on(h.state, place)
    # A yes to the welcome counts also while a practitioner has the thread.
    if h.facts.held_for and not aside and h.facts.state != "invited":
        return pass_on(replace(h, state=state))
    target = _leads_to(h, answer)
    replaced = not aside or (target is not None and not is_phrase(target))
    left = replace(state, aside=None, at=None if replaced else state.at)
    return close(h.turn, left, h.turn.walk(target))


def _leads_to(h: Hearing, answer: Reading) -> str | None:
    """Where an answer to the question leads: the place, or None for the end."""
    node = h.node or Node("")
    case = "any" if node.reply == "text" and answer is h.heard.answer else _case(answer)
    goto = node.goto.get(case, node.goto.get("any", node.goto.get("*")))
    return h.turn.flows.target(str(h.place), goto) if goto else None


def _case(answer: Reading) -> str:
    """The case of ``goto`` that an answer is."""
    if answer.unclear:
        return "unclear"
    if isinstance(answer.value, reading.Plan):
        return "plan"
    return "when" if isinstance(answer.value, reading.When) else str(answer.value)


def moved_on(state: State, place: str) -> State:
    return replace(state, answered=(*state.answered, place), re_asked=False, unclear=None, unclear_at=None)


def with_answer(h: Hearing, wish: Wish) -> State:
    """The state when a text holds an answer beside a wish: the answer is kept, and the wish has the word.

    Where the question takes any words, a text that asks for a person is that and no answer (nor a step).
    A job is no plan.
    """
    free = h.node is not None and h.node.reply in ("text", "plan")
    no_answer = (free and wish.name in BEFORE_OPTIONS) or _is_news(h, wish)
    if wish.bare or not h.answer or h.place == h.state.aside or no_answer:
        return h.state
    h.turn.keep(str(h.place), h.answer, h.heard.text)
    return with_next_question(h, h.answer)


def with_next_question(h: Hearing, answer: Reading) -> State:
    """The state after an answer, with the question it leads to open but not yet put."""
    ahead = Turn(h.turn.flows, h.facts, h.turn.now, kept=dict(h.turn.kept))
    following = ahead.walk(_leads_to(h, answer))
    at = None if is_phrase(following) else following
    return replace(moved_on(h.state, str(h.place)), at=at, unsaid=at is not None)


def _said_out_of_the_blue(h: Hearing) -> Reading | None:
    """Whether it was done, where nobody asked just now: the whole text says it, or a short one opens with it.

    "done it!", "aye did it mon x"; but what sounds like a yes in "coffee helped" may be about anything, and the
    opening of "is it done online" says what the whole does not.
    """
    words, now = h.heard.text.split(), timing.local(h.facts.zone, h.turn.now)
    opens = [words[:3], words[:2], words[1:3]] if len(words) <= WORDS_OF_A_LATE_ANSWER else []
    told, *openings = (reading.read("progress", " ".join(said), now, h.facts.language) for said in (words, *opens))
    agreed = (one for one in openings if one.value == told.value)
    return next((one for one in (told, *agreed) if one.certainty is Certainty.SURE), None)


def outcome_of_last_step(h: Hearing) -> str | None:
    """The outcome of the last step, where a text between check-ins tells one."""
    step = h.facts.step
    if not step or step.outcome == "done":
        return None
    told = _said_out_of_the_blue(h)
    if told is None or told.value == "no":
        return None
    outcome = OUTCOMES[str(told.value)]
    h.turn.effects.append(OutcomeOfLastStep(outcome, h.heard.text, told.reason))
    if outcome == "done":
        h.turn.kept["win"] = step.words
        for of_the_step in ("step", "when", "day"):
            h.turn.kept.pop(of_the_step, None)
    return outcome

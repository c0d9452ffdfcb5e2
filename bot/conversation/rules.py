"""What a text leads to: one rule a function, in the order of READING.md part 2. The first that decides wins."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from bot import reading
from bot.conversation import timing
from bot.conversation.closing import PHRASES, close, is_phrase, silent
from bot.conversation.decision import Decision, OutcomeOfLastStep, State
from bot.conversation.facts import Facts
from bot.conversation.flow import MAX_MISREADS, Node
from bot.conversation.known import BARRIERS_NOT_THEIRS
from bot.conversation.turn import OUTCOMES, Turn
from bot.reading import Certainty, Heard, Plan, Reading, Wish

PASSED_ON_ONCE_IN = timedelta(minutes=2)
WELCOME_BACK = "welcome_back"
WORDS_OF_A_LATE_ANSWER = 6

STOPS = ("wrong_number", "stop")
# These go before what the open question offers; the other commands come after it.
BEFORE_OPTIONS = ("call_me", "help", "who", "bot")
# In these states the bot is silent but for a crisis, a stop, and coming back.
SILENT_STATES = ("opted_out", "closed", "finished")
GONE_QUIET = ("asked", "last_text", "tried_again")


@dataclass(frozen=True, slots=True)
class Hearing:
    """One text, with all that is needed to decide on it."""

    turn: Turn
    state: State
    heard: Heard
    place: str | None  # the question it is read against
    node: Node | None

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


# ---------------------------------------------------------------- the rules, in order


def crisis(h: Hearing) -> Decision | None:
    """1. A crisis comes first, whoever writes and whatever was asked."""
    concern = h.heard.concern
    if concern.level != "crisis":
        return None
    h.turn.kept["about"] = concern.about
    h.turn.flag("safety", concern.reason, loud=True, about=concern.about)
    if _wants_no_texts_either(h) and h.facts.state != "opted_out":
        h.turn.act("opt_out")
    place = h.turn.walk(f"{PHRASES}/crisis")
    return close(h.turn, replace(h.state, at=None, aside=None), place, kind="safety")


def _wants_no_texts_either(h: Hearing) -> bool:
    """Whether a crisis text asks for no more texts besides ("leave me alone, i want to die").

    Where the stop is the whole of it ("i want to end it all"), the words are of their life and not of the texts.
    """
    wish = h.wish(*STOPS)
    return wish is not None and wish.certainty is not Certainty.SURE


def stop(h: Hearing) -> Decision | None:
    """2. No more texts, in whatever words; and START where there are none."""
    wish = h.wish(*STOPS)
    if wish and h.facts.state == "opted_out":
        return silent(h.turn, h.state, "already stopped")
    if wish:
        return _do(h, wish.name, replace(h.state, at=None, aside=None))
    return _do(h, "start", h.state) if h.facts.state == "opted_out" and h.wish("start") else None


def away(h: Hearing) -> Decision | None:
    """Opted out, closed, or finished of their own accord: the text is kept and shown, and nothing is sent.

    Who finished gladly was told that HI starts again.
    """
    answers_safety = h.place is not None and h.place == h.state.aside and h.answer is not None
    if h.facts.state not in SILENT_STATES or answers_safety:
        return None
    if h.facts.state == "finished" and h.wish("hi", "start", "step"):
        return _do(h, "hi", h.state)
    if h.wish("call_me"):
        h.turn.flag("asked_for_you", "asked for a person, though texts are stopped", loud=True)
    else:
        h.turn.flag("message", "wrote, though texts are stopped")
    return silent(h.turn, h.state, "texts are stopped")


def late(h: Hearing) -> Decision | None:
    """A text that reached us long after it was written is kept and shown, not run."""
    if not h.facts.late:
        return None
    h.turn.flag("message", "a text that reached us late")
    return silent(h.turn, h.state, "reached us late")


def person(h: Hearing) -> Decision | None:
    """3. Wants a person, or asks who this is: an answer in the same text is kept too."""
    wish = h.wish(*BEFORE_OPTIONS)
    return _do(h, wish.name, _with_answer(h, wish)) if wish else None


def picture(h: Hearing) -> Decision | None:
    """A picture or a voice note without words: the question, if one is open, stays open."""
    return _aside(h, "cannot_open") if h.facts.media and not h.heard.text.strip() else None


def option(h: Hearing) -> Decision | None:
    """4. What the open question offers, before any command of the same name."""
    return _take(h, h.heard.option) if h.heard.option and h.place else None


def distress(h: Hearing) -> Decision | None:
    """5. Distress: a flag, and the flow goes on gently; kind words where it would go on as if nothing had been said."""
    concern = h.heard.concern
    if concern.level != "distress":
        return None
    h.turn.flag("distress", concern.reason, about=concern.about)
    return None if h.heard.wishes or _goes_on_gently(h) else _kind_words(h)


def _goes_on_gently(h: Hearing) -> bool:
    """Whether the text is a clear answer, or the flow has kind words of its own for it (a barrier not theirs to mend).

    Where a question takes nearly any words, words of distress are that and no answer to it.
    """
    if h.node is None or not h.answer:
        return False
    if h.node.keep == "step.barrier":
        return reading.read_barrier(h.heard.text, h.facts.language).value in BARRIERS_NOT_THEIRS
    if isinstance(h.answer.value, Plan):
        return h.answer.value.when is not None
    return h.node.reply != "text"


def _kind_words(h: Hearing) -> Decision:
    """Kind words. A question that takes any words has its answer with that, and nothing more is asked this time."""
    state = h.state
    if h.answer and h.place and h.node and h.node.reply == "text":
        h.turn.keep(h.place, h.answer, h.heard.text)
        state = replace(_answered(state, h.place), at=None)
    return close(h.turn, state, h.turn.walk(f"{PHRASES}/distress"), keep_open=True)


def thanks(h: Hearing) -> Decision | None:
    """A thank-you right after a phrase is meant for that, and is no answer to the question that is still open."""
    after_a_phrase = is_phrase(h.state.visited[-1] if h.state.visited else None)
    taken = h.answer and h.node and h.node.reply not in ("text", "plan")
    if not h.heard.acknowledgement or not after_a_phrase or h.state.aside or taken:
        return None
    return silent(h.turn, h.state, "an acknowledgement needs no answer")


def correction(h: Hearing) -> Decision | None:
    """A correction changes the answer just given, and says so."""
    corrected = h.heard.correction
    if not corrected or corrected.unclear or not h.state.answered:
        return None
    h.turn.keep(h.state.answered[-1], corrected, h.heard.text, corrects=True)
    return _aside(h, "corrected")


def command(h: Hearing) -> Decision | None:
    """6. Commands: the bare word always; in a longer text where it is meant for sure."""
    wish = next((wish for wish in h.heard.wishes if wish.name not in STOPS), None)
    if not wish or not _meant(h, wish):
        return None
    if wish.until:
        h.turn.kept["until"] = wish.until.isoformat()
    name = "hi" if wish.name == "start" else wish.name
    special = {"hi": _hello, "skip": _skip_or_later, "later": _skip_or_later}.get(name)
    decision = special(h, name) if special else None
    if decision or name not in h.turn.flows.phrases.wishes:
        return decision
    if h.facts.state == "resting":
        h.turn.act("start_again")  # any word of theirs ends a rest, or what is promised now would never come
    return _do(h, name, _with_answer(h, wish))


def back(h: Hearing) -> Decision | None:
    """They come back after day 12, or from a rest: nothing to catch up on."""
    gone = h.facts.silence in GONE_QUIET or h.facts.state == "resting"
    if not gone or h.facts.held_for or h.answer:
        return None
    _outcome_of_last_step(h)
    h.turn.act("start_again")
    place = h.turn.walk(f"{WELCOME_BACK}/{h.turn.flows.by_key[WELCOME_BACK].start}")
    return close(h.turn, replace(h.state, at=None, aside=None), place)


def answered(h: Hearing) -> Decision | None:
    """7. The open question's own reader."""
    if h.answer:
        return _take(h, h.answer)
    takes_unclear = h.node is not None and "unclear" in h.node.goto
    return _take(h, h.heard.answer) if takes_unclear and h.heard.answer else None


def unclear(h: Hearing) -> Decision | None:
    """Not understood: one kind re-ask a question; after two misreads in a check-in a person looks."""
    if h.place is None or h.node is None or h.heard.answer is None or h.facts.held_for:
        return None
    h.turn.keep(h.place, replace(h.heard.answer, value=None), h.heard.text)
    misreads = h.state.misreads + 1
    state = replace(h.state, misreads=misreads, unclear=h.heard.text, unclear_at=h.turn.now)
    if h.state.handed_over:
        return _pass_on(replace(h, state=state))
    if h.state.re_asked or misreads >= MAX_MISREADS:
        h.turn.flag("misread", "two replies were not understood", question=h.place)
        return _aside(replace(h, state=replace(state, handed_over=True)), "handed_over")
    return _ask_again(replace(h, state=replace(state, re_asked=True)))


def free_text(h: Hearing) -> Decision:
    """8. Free text: kept, shown to the practitioner, answered with U1; a "done!" belongs to the last step."""
    if h.heard.acknowledgement:
        return silent(h.turn, h.state, "an acknowledgement needs no answer")
    if _outcome_of_last_step(h) == "done":
        return _aside(h, "noted_done")
    h.turn.flag("message", "wrote something that was no answer to a question")
    return _pass_on(h)


RULES: tuple[Callable[[Hearing], Decision | None], ...] = (
    crisis, stop, away, late, person, picture, option, distress, correction, command,
    back, thanks, answered, unclear, free_text,
)  # fmt: skip


# ---------------------------------------------------------------- what they share


def _meant(h: Hearing, wish: Wish) -> bool:
    """Where the question takes any words, a command inside a longer text has to be sure."""
    free = h.node is not None and h.node.reply == "text"
    return wish.bare or not free or wish.certainty is Certainty.SURE


def _do(h: Hearing, wish: str, state: State) -> Decision:
    """Do what a wish stands for in phrases.yaml: beside the open question, or in its place when it is another flow."""
    target = h.turn.flows.target(f"{PHRASES}/", h.turn.flows.phrases.wishes[wish])
    place = h.turn.walk(target)
    in_its_place = target is not None and not is_phrase(target)
    return close(h.turn, replace(state, at=None, aside=None, unsaid=False) if in_its_place else state, place)


def _aside(h: Hearing, phrase: str) -> Decision:
    """Say a phrase beside the open question, which stays open."""
    return close(h.turn, h.state, h.turn.walk(f"{PHRASES}/{phrase}"), keep_open=True)


def _pass_on(h: Hearing) -> Decision:
    return silent(h.turn, h.state, "passed on a moment ago") if h.passed_on_lately else _aside(h, "passed_on")


def _ask_again(h: Hearing) -> Decision:
    """The question's own words for asking again, or the phrase for it."""
    if not h.node or not h.node.unclear:
        return _aside(h, "not_understood")
    h.turn.pieces.append(h.turn.words(h.node.unclear))
    h.turn.said.append(str(h.place))
    return close(h.turn, h.state, None, keep_open=True)


def _hello(h: Hearing, name: str) -> Decision | None:
    """A hello to an open question is answered by the question once more."""
    if not h.place or not h.node or not h.node.ask or h.facts.silence in GONE_QUIET or h.facts.state != "active":
        return None
    h.turn.pieces.append(h.turn.words(h.node.ask))
    h.turn.said.append(h.place)
    return close(h.turn, h.state, None, keep_open=True)


def _skip_or_later(h: Hearing, name: str) -> Decision | None:
    """SKIP and LATER where the question says what they do; SKIP elsewhere ends the check-in kindly."""
    goto = h.node.goto.get(name) if h.node else None
    if goto and h.place:
        target = h.turn.flows.target(h.place, goto)
        left = replace(_answered(h.state, h.place), at=None, aside=None)
        return close(h.turn, left, h.turn.walk(target))
    if name == "skip":
        return _do(h, name, replace(h.state, at=None, aside=None))
    return None


def _take(h: Hearing, answer: Reading) -> Decision:
    """Take an answer and go where it leads."""
    place, aside = str(h.place), h.place == h.state.aside
    h.turn.keep(place, answer, h.heard.text)
    state = _answered(h.state, place)
    if h.facts.held_for and not aside:
        return _pass_on(replace(h, state=state))
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


def _answered(state: State, place: str) -> State:
    return replace(state, answered=(*state.answered, place), re_asked=False, unclear=None, unclear_at=None)


def _with_answer(h: Hearing, wish: Wish) -> State:
    """The state when a text holds an answer beside a wish: the answer is kept, and the wish has the word.

    Where the question takes any words, a text that asks for a person is that and no answer.
    """
    free = h.node is not None and h.node.reply == "text"
    if wish.bare or not h.answer or h.place == h.state.aside or (free and wish.name in BEFORE_OPTIONS):
        return h.state
    h.turn.keep(str(h.place), h.answer, h.heard.text)
    return _with_next_question(h, h.answer)


def _with_next_question(h: Hearing, answer: Reading) -> State:
    """The state after an answer, with the question it leads to open but not yet put."""
    ahead = Turn(h.turn.flows, h.facts, h.turn.now, kept=dict(h.turn.kept))
    following = ahead.walk(_leads_to(h, answer))
    at = None if is_phrase(following) else following
    return replace(_answered(h.state, str(h.place)), at=at, unsaid=at is not None)


def _outcome_of_last_step(h: Hearing) -> str | None:
    """The outcome of the last step, where a text between check-ins tells one."""
    step = h.facts.step
    if not step or step.outcome == "done":
        return None
    told = reading.read("progress", h.heard.text, timing.local(h.facts.zone, h.turn.now), h.facts.language)
    # Nobody asked just now: a longer text that sounds like a yes may be about anything.
    long = len(h.heard.text.split()) > WORDS_OF_A_LATE_ANSWER and told.certainty is not Certainty.SURE
    if told.unclear or told.value == "no" or long:
        return None
    outcome = OUTCOMES[str(told.value)]
    h.turn.effects.append(OutcomeOfLastStep(outcome, h.heard.text, told.reason))
    if outcome == "done":
        h.turn.kept["win"] = step.words
    return outcome

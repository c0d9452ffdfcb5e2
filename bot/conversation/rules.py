"""What a text leads to: one rule a function, in the order of RULES below. The first that decides wins."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from bot import reading
from bot.conversation import moves
from bot.conversation.closing import PHRASES, close, is_phrase, silent
from bot.conversation.decision import Decision
from bot.conversation.flow import MAX_MISREADS
from bot.conversation.known import BARRIERS_NOT_THEIRS
from bot.conversation.moves import BEFORE_OPTIONS, GONE_QUIET, Hearing
from bot.conversation.taps import TWICE
from bot.reading import Certainty, Plan

WELCOME_BACK = "welcome_back"
IN_TOUCH = "in_touch"
WORDLESS_ONCE_IN = timedelta(minutes=1)

# What a flag says of such a text: never its words, nor the list that it was found by.
WHY_SAFETY = "wrote something that may mean that somebody is in danger"
WHY_DISTRESS = "wrote that things are hard"

STOPS = ("wrong_number", "stop")
# In these states the bot is silent but for a crisis, a stop, and coming back.
SILENT_STATES = ("opted_out", "closed", "finished")


def crisis(h: Hearing) -> Decision | None:
    """1. A crisis comes first, whoever writes and whatever was asked."""
    concern = h.heard.concern
    if concern.level != "crisis":
        return None
    h.turn.kept["about"] = concern.about
    h.turn.flag("safety", WHY_SAFETY, loud=True, about=concern.about)
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
        return moves.do(h, wish.name, replace(h.state, at=None, aside=None))
    return moves.do(h, "start", h.state) if h.facts.state == "opted_out" and h.wish("start") else None


def away(h: Hearing) -> Decision | None:
    """Opted out, closed, or finished of their own accord: the text is kept and shown, and nothing is sent.

    Who finished gladly was told that HI starts again.
    """
    answers_safety = h.place is not None and h.place == h.state.aside and h.answer is not None
    if h.facts.state not in SILENT_STATES or answers_safety:
        return None
    if h.facts.state == "finished" and h.wish("hi", "start", "step"):
        return moves.do(h, "hi", h.state)
    if h.wish("call_me"):
        h.turn.flag("asked_for_you", "asked for a person, though texts are stopped", loud=True)
    else:
        h.turn.flag("message", "wrote, though texts are stopped")
    return silent(h.turn, h.state, "texts are stopped")


def unsafe(h: Hearing) -> Decision | None:
    """Someone who said that it is not safe is not texted, whoever may hold the phone, until they come back."""
    if h.facts.held_for != "not_safe":
        return None
    if not h.wish("hi", "start", "step", "safe"):
        h.turn.flag("message", "wrote, though it was not safe to text")
        return silent(h.turn, h.state, "not safe to text")
    return _come_back(h)


def late(h: Hearing) -> Decision | None:
    """A text that reached us long after it was written is kept and shown, not run."""
    if not h.facts.late:
        return None
    h.turn.flag("message", "a text that reached us late")
    return silent(h.turn, h.state, "reached us late")


def in_touch(h: Hearing) -> Decision | None:
    """A practitioner is in touch: what they write is for that person, who reads it, and the bot says nothing.

    A yes to them would be taken for an answer to a question of the bot's. A tapped button is one; a call for a person,
    BREAK, and what cannot be opened are answered as ever; so are words of distress, kindly.
    """
    as_ever = h.facts.tap is not None or not h.heard.text.strip() or h.wish("call_me", "help")
    if h.facts.held_for != IN_TOUCH or as_ever or any(wish.bare and wish.name == "pause" for wish in h.heard.wishes):
        return None
    concern = h.heard.concern
    if concern.level == "distress":
        h.turn.flag("distress", WHY_DISTRESS, about=concern.about)
        return moves.aside(h, "distress")
    if not h.heard.acknowledgement:
        h.turn.flag("message", "wrote to you while you are in touch")
    return silent(h.turn, h.state, "a practitioner is in touch")


def person(h: Hearing) -> Decision | None:
    """3. Wants a person, or asks who this is: an answer in the same text is kept too."""
    wish = h.wish(*BEFORE_OPTIONS)
    return moves.do(h, wish.name, moves.with_answer(h, wish)) if wish else None


def wordless(h: Hearing) -> Decision | None:
    """A voice note, a picture, a location, or nothing at all: the question, if one is open, stays open.

    The practitioner sees what it was, which may be more than we know of; several at once are answered once.
    """
    if h.heard.text.strip() or h.facts.tap:
        return None
    if h.facts.kinds or h.facts.media:
        h.turn.flag("message", f"sent {in_words(h.facts.kinds)}: it cannot be opened here", kinds=list(h.facts.kinds))
    at = h.facts.wordless_at
    if at is not None and h.turn.now - at <= WORDLESS_ONCE_IN:
        return silent(h.turn, h.state, "said a moment ago that it cannot be opened")
    return moves.aside(h, "cannot_open")


def in_words(kinds: tuple[str, ...]) -> str:
    """Such as "a voice note and a picture"."""
    return " and ".join(f"a {kind}" for kind in kinds) or "a picture or a voice note"


def on_older_message(h: Hearing) -> Decision | None:
    """A button that answers nothing any more: shown, and said so. Tapped twice, it has been answered already."""
    if not h.tapped:
        return None
    if h.tapped == TWICE:
        return silent(h.turn, h.state, "tapped the same button twice")
    h.turn.flag("message", "tapped a button on an older message")
    return moves.with_question(h, "older_button")


def option(h: Hearing) -> Decision | None:
    """4. What the open question offers, before any command of the same name."""
    return moves.take(h, h.heard.option) if h.heard.option and h.place else None


def distress(h: Hearing) -> Decision | None:
    """5. Distress: a flag, and the flow goes on gently; kind words where it would go on as if nothing had been said."""
    concern = h.heard.concern
    if concern.level != "distress":
        return None
    h.turn.flag("distress", WHY_DISTRESS, about=concern.about)
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
        state = replace(moves.moved_on(state, h.place), at=None)
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
    return moves.aside(h, "corrected")


def command(h: Hearing) -> Decision | None:
    """6. Commands: the bare word always; in a longer text where it is meant for sure."""
    wish = next((wish for wish in h.heard.wishes if wish.name not in STOPS), None)
    if not wish or not moves.meant(h, wish):
        return None
    if wish.until:
        h.turn.kept["until"] = wish.until.isoformat()
    name = "hi" if wish.name == "start" else wish.name
    special = {"hi": moves.hello, "skip": moves.skip_or_later, "later": moves.skip_or_later}.get(name)
    decision = special(h, name) if special else None
    if decision or name not in h.turn.flows.phrases.wishes:
        return decision
    if h.facts.state == "resting":
        h.turn.act("start_again")  # any word of theirs ends a rest, or what is promised now would never come
    return moves.do(h, name, moves.with_answer(h, wish))


def back(h: Hearing) -> Decision | None:
    """They come back after day 12, or from a rest: nothing to catch up on."""
    gone = h.facts.silence in GONE_QUIET or h.facts.state == "resting"
    if not gone or h.facts.held_for or h.answer:
        return None
    if moves.outcome_of_last_step(h) is None and len(h.heard.text.split()) > moves.WORDS_OF_A_LATE_ANSWER:
        h.turn.flag("message", "came back after a silence, and wrote more than hello")
    return _come_back(h)


def _come_back(h: Hearing) -> Decision:
    h.turn.act("start_again")
    place = h.turn.walk(f"{WELCOME_BACK}/{h.turn.flows.by_key[WELCOME_BACK].start}")
    return close(h.turn, replace(h.state, at=None, aside=None), place)


def answered(h: Hearing) -> Decision | None:
    """7. The open question's own reader."""
    if h.answer:
        return moves.take(h, h.answer)
    takes_unclear = h.node is not None and "unclear" in h.node.goto
    return moves.take(h, h.heard.answer) if takes_unclear and h.heard.answer else None


def unclear(h: Hearing) -> Decision | None:
    """Not understood: one kind re-ask a question; after two misreads in a check-in a person looks."""
    if h.place is None or h.node is None or h.heard.answer is None or h.facts.held_for:
        return None
    h.turn.keep(h.place, replace(h.heard.answer, value=None), h.heard.text)
    misreads = h.state.misreads + 1
    state = replace(h.state, misreads=misreads, unclear=h.heard.text, unclear_at=h.turn.now)
    if h.state.handed_over:
        return moves.pass_on(replace(h, state=state))
    if h.state.re_asked or misreads >= MAX_MISREADS:
        h.turn.flag("misread", "two replies were not understood", question=h.place)
        return moves.aside(replace(h, state=replace(state, handed_over=True)), "handed_over")
    return moves.ask_again(replace(h, state=replace(state, re_asked=True)))


def free_text(h: Hearing) -> Decision:
    """8. Free text: kept, shown to the practitioner, answered with U1; a "done!" belongs to the last step."""
    if h.heard.acknowledgement:
        return silent(h.turn, h.state, "an acknowledgement needs no answer")
    if moves.outcome_of_last_step(h) == "done":
        return moves.aside(h, "noted_done")
    h.turn.flag("message", "wrote something that was no answer to a question")
    return moves.pass_on(h)


RULES: tuple[Callable[[Hearing], Decision | None], ...] = (
    crisis, stop, away, unsafe, late, in_touch, person, wordless, option, distress, correction, command,
    back, on_older_message, thanks, answered, unclear, free_text,
)  # fmt: skip

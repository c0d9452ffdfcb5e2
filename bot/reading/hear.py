"""One text heard once, in the order that safety asks for."""

from collections.abc import Callable
from datetime import datetime

from bot.reading.choice import pick_option, read_choice
from bot.reading.command import commands, is_acknowledgement
from bot.reading.concern import concern, read_concern
from bot.reading.correction import read_correction
from bot.reading.keyword import keywords, read_keyword, starts_again
from bot.reading.plan import read_plan
from bot.reading.progress import read_progress
from bot.reading.scale import read_scale
from bot.reading.types import Certainty, Heard, Question, Reading, Wish, sure, unclear
from bot.reading.when import read_when

Reader = Callable[[str, datetime, str], Reading]

_READERS: dict[str, Reader] = {
    "scale": lambda text, now, language: read_scale(text, language),
    "progress": lambda text, now, language: read_progress(text, language),
    "keyword": read_keyword,
    "concern": lambda text, now, language: read_concern(text, language),
    "when": read_when,
    "plan": read_plan,
}
KINDS: tuple[str, ...] = tuple(_READERS)
# These come before what a question offers; every other command comes after it.
_BEFORE_OPTIONS = frozenset({"stop", "wrong_number", "call_me", "help", "who", "bot"})


def read(kind: str, text: str, now: datetime, language: str = "en") -> Reading:
    """Read one text as one of KINDS."""
    return _READERS[kind](text, now, language)


def hear(
    text: str,
    question: Question | None,
    now: datetime,
    *,
    previous: Question | None = None,
    language: str = "en",
    opted_out: bool = False,
) -> Heard:
    """Everything one text says, to the open question and beside it.

    1. concern, on everything
    2. stop in any words; start, where they had opted out
    3. a person, or help
    4. the options of the open question, which hide a smaller command of the same words
    5. the smaller commands
    6. the open question's own reader
    """
    asked = _start_again(text, language) if opted_out else ()
    wishes = (*asked, *keywords(text, now, language))
    option = _option(text, question, wishes, language)
    return Heard(
        text=text,
        concern=concern(text, language),
        wishes=_in_order(wishes, commands(text, language), option, opted_out),
        option=option,
        answer=_answer(text, question, now, language) if question else None,
        correction=_correction(text, previous, now, language),
        acknowledgement=is_acknowledgement(text, language),
    )


def _start_again(text: str, language: str) -> tuple[Wish, ...]:
    """YES from someone who opted out is START."""
    if starts_again(text, language):
        return (Wish("start", Certainty.SURE, "YES after opting out is START", bare=True),)
    return ()


def _option(text: str, question: Question | None, wishes: tuple[Wish, ...], language: str) -> Reading | None:
    if question is None or any(w.name in _BEFORE_OPTIONS and w.certainty is Certainty.SURE for w in wishes):
        return None
    return pick_option(text, question.options, language, kind=question.kind) if question.options else None


def _in_order(
    wishes: tuple[Wish, ...], smaller: tuple[Wish, ...], option: Reading | None, opted_out: bool
) -> tuple[Wish, ...]:
    kept: dict[str, Wish] = {}
    for wish in (*wishes, *(() if option else smaller)):
        if option is None or wish.name in _BEFORE_OPTIONS or (opted_out and wish.name == "start"):
            kept.setdefault(wish.name, wish)
    return tuple(kept.values())


def _answer(text: str, question: Question, now: datetime, language: str) -> Reading:
    if question.kind == "choice":
        return read_choice(text, question.options, language)
    if question.kind == "text":
        return sure(text.strip(), "their own words") if text.strip() else unclear("nothing in it")
    return read(question.kind, text, now, language)


def _correction(text: str, previous: Question | None, now: datetime, language: str) -> Reading | None:
    if previous is None or previous.kind == "text":
        return None
    return read_correction(text, lambda rest: _answer(rest, previous, now, language), language)

"""One text heard once, in the order that safety asks for (READING.md part 2)."""

from datetime import datetime

from bot.reading.choice import pick_option, read_choice
from bot.reading.commands import acknowledges, commands, correction_in, parts
from bot.reading.concern import concern, read_concern
from bot.reading.keyword import keywords, read_keyword
from bot.reading.plan import read_plan
from bot.reading.progress import read_progress
from bot.reading.scale import read_scale
from bot.reading.types import Certainty, Heard, Question, Reading, Wish, sure
from bot.reading.moments import read_when

KINDS: tuple[str, ...] = ("scale", "progress", "keyword", "concern", "when", "plan")

# A start is a start only where texts were stopped; to anybody else it is a hello.
YES = {"start": ("yes",)}


def read(kind: str, text: str, now: datetime, language: str = "en") -> Reading:
    """Read one text as one kind of answer. Raises KeyError for a kind that there is not."""
    readers = {
        "scale": lambda: read_scale(text, language),
        "progress": lambda: read_progress(text, language),
        "keyword": lambda: read_keyword(text, now, language),
        "concern": lambda: read_concern(text, language),
        "when": lambda: read_when(text, now, language),
        "plan": lambda: read_plan(text, now, language),
    }
    return readers[kind]()


def hear(
    text: str,
    question: Question | None,
    now: datetime,
    *,
    previous: Question | None = None,
    language: str = "en",
    opted_out: bool = False,
) -> Heard:
    """Everything one text says: how worried to be, what they wish, and what the open question makes of it.

    ``previous`` is the question just answered, which the text may put right. ``now`` is in their own zone.
    """
    wishes = _wishes(text, now, language, opted_out=opted_out)
    option, answer = _answer(text, question, now, language)
    if question and question.kind not in ("text", "choice") and wishes and answer and answer.unclear:
        answer = _beside_a_wish(text, question, now, language) or answer
    return Heard(
        text=text,
        concern=concern(text, language),
        wishes=wishes,
        option=option,
        answer=answer,
        correction=_correction(text, previous, answer, now, language) if previous and not wishes else None,
        acknowledgement=acknowledges(text, language),
    )


def _wishes(text: str, now: datetime, language: str, *, opted_out: bool) -> tuple[Wish, ...]:
    """Keywords first, in their order, then commands."""
    own = commands(text, language)
    # "stop texting after 6" is about when, not an end to it.
    timed = any(wish.name in ("time", "less") and not wish.bare for wish in own)
    found = [wish for wish in keywords(text, now, language) if not (timed and wish.name == "stop")]
    if opted_out and not any(wish.name == "start" for wish in found):
        yes = read_choice(text, YES, language)
        found += [Wish("start", Certainty.SURE, "a yes, where texts were stopped", bare=True)] if not yes.unclear else []
    names = {wish.name for wish in found}
    return (*found, *(wish for wish in own if wish.name not in names))


def _answer(
    text: str, question: Question | None, now: datetime, language: str
) -> tuple[Reading | None, Reading | None]:
    """An option that the question offers, and what its own reader makes of the text."""
    if question is None:
        return None, None
    if question.kind == "choice":
        picked = read_choice(text, question.options, language)
        return (None if picked.unclear else picked), picked
    option = pick_option(text, question.options, language)
    if question.kind == "text":
        return option, sure(text.strip(), "their own words")
    return option, read(question.kind, text, now, language)


def _beside_a_wish(text: str, question: Question, now: datetime, language: str) -> Reading | None:
    """The answer in one piece of a text that also wishes something: "7 but can sam ring me"."""
    readings = [read(question.kind, piece, now, language) for piece in parts(text, language)]
    clear = [reading for reading in readings if not reading.unclear]
    return clear[0] if len(clear) == 1 else None


def _correction(
    text: str, previous: Question, answer: Reading | None, now: datetime, language: str
) -> Reading | None:
    """What the answer just given is put right to; None where the text is no correction."""
    found = correction_in(text, language)
    if found is None or previous.kind == "text":
        return None
    strength, rest = found
    if strength == "weak" and answer is not None and not answer.unclear:
        return None
    meant = (
        read_choice(rest, previous.options, language)
        if previous.kind == "choice"
        else read(previous.kind, rest, now, language)
    )
    return None if meant.unclear else meant

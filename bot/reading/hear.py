"""One text heard once, in the order that safety asks for."""

from datetime import datetime

from bot.reading.concern import concern, read_concern
from bot.reading.keyword import read_keyword
from bot.reading.progress import read_progress
from bot.reading.scale import read_scale
from bot.reading.types import Heard, Question, Reading, sure, unclear
from bot.reading.when import read_when

KINDS: tuple[str, ...] = ("scale", "progress", "keyword", "concern", "when", "plan")


def read(kind: str, text: str, now: datetime, language: str = "en") -> Reading:
    """Read one text as one kind of answer."""
    word = text.strip().lower()
    if kind == "concern":
        return read_concern(text, language)
    if kind == "keyword":
        return read_keyword(text, now, language)
    if kind == "progress":
        return read_progress(text, language)
    if kind == "when":
        return read_when(text, now, language)
    if kind == "scale":
        return read_scale(text, language)
    if kind == "progress" and word in ("yes", "done", "no", "not yet"):
        return sure("yes" if word in ("yes", "done") else "no", "a plain word")
    return unclear("not read yet")


def hear(
    text: str,
    question: Question | None,
    now: datetime,
    *,
    previous: Question | None = None,
    language: str = "en",
    opted_out: bool = False,
) -> Heard:
    """Hear one text against the open question."""
    answer = read(question.kind, text, now, language) if question else None
    return Heard(text, concern(text, language), (), None, answer, None, False)

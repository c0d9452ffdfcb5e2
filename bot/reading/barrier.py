"""What got in the way of a step."""

from functools import cache

from bot.reading.normalise import canonical
from bot.reading.phrases import PhraseBook
from bot.reading.types import Reading, likely, nothing
from bot.reading.words import sheet


@cache
def _book(language: str) -> PhraseBook:
    return PhraseBook(sheet(language, "barrier")["barriers"])


def read_barrier(text: str, language: str = "en") -> Reading:
    """What got in the way: travel, childcare, health, caring, housing, id, no_reply, discrimination, sanction,
    money, credit, time or confidence; None where none is named."""
    line = canonical(text, language).line
    if found := _book(language).first(line):
        return likely(found.label, f"their words for it: {found.words}")
    return nothing("nothing named that got in the way")

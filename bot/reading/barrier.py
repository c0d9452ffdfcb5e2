"""What got in the way of a step, as one of a few kinds; their own words are kept beside it."""

from functools import cache

from bot.reading.normalise import canonical
from bot.reading.phrases import PhraseBook
from bot.reading.types import Certainty, Reading, likely
from bot.reading.words import sheet


@cache
def _barriers(language: str) -> PhraseBook:
    words = sheet(language, "barrier")
    return PhraseBook(words["barriers"], words["groups"])


def read_barrier(text: str, language: str = "en") -> Reading:
    """What got in the way; no value where the text names nothing that is known."""
    found = _barriers(language).first(canonical(text, language).line)
    if found is None:
        return Reading(None, Certainty.SURE, "nothing named that is known to get in the way")
    return likely(found.label, f"it speaks of {found.label.replace('_', ' ')}")

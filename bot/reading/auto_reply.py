"""Texts that a phone sends by itself: out of office, driving, a number that nobody reads."""

from functools import cache

from bot.reading.normalise import canonical
from bot.reading.phrases import PhraseBook
from bot.reading.words import safety_sheets


@cache
def _books(language: str) -> tuple[PhraseBook, ...]:
    return tuple(PhraseBook({"auto_reply": page["phrases"]}) for page in safety_sheets(language, "auto_reply"))


def is_auto_reply(text: str, language: str = "en") -> bool:
    """Whether a machine has written it: no answer to a question, whatever it says."""
    # Machines spell well; a person's slip must not become a machine's word.
    line = canonical(text, language, correct=False).line
    return any(book.first(line) is not None for book in _books(language))

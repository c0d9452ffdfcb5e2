"""A word file of a language laid over the English one, so that a new language may begin with ten words."""

from typing import Any

from bot.reading.words import sheet

_UNDER = "en"


def layered(language: str, name: str) -> dict[str, Any]:
    """The language's own lists, and the English ones where it has none of that name."""
    return {**sheet(_UNDER, name), **sheet(language, name)}

"""What got in the way of a step."""

from bot.reading.types import Reading, nothing


def read_barrier(text: str, language: str = "en") -> Reading:
    """Name what got in the way, or None."""
    return nothing("no barrier named")

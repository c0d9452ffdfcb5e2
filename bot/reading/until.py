"""The end of a break, where one was named."""

from datetime import date, datetime


def until(text: str, now: datetime) -> date | None:
    """The day a break ends, or None."""
    return None

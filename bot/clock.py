"""The only reader of the time. Everything else is handed `now`."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """The machine's wall clock, moved by an offset where a newcomer may play with time.

    It keeps nothing between two readings, so a wall clock that is moved is believed at once,
    and an offset that another process has changed is seen at the next reading.
    """

    def __init__(self, offset: Callable[[], timedelta] | None = None) -> None:
        self._offset = offset

    def now(self) -> datetime:
        """Say what time it is: aware, in UTC."""
        wall = datetime.now(UTC)
        return wall + self._offset() if self._offset else wall


def monotonic() -> float:
    """Seconds for measuring how long something took; no change of the wall clock moves it."""
    return time.monotonic()

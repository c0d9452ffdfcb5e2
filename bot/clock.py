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


def rest(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)


class Stopwatch:
    """Seconds since it was made. A rest counts in full, also where the one who rests only says so."""

    def __init__(self, rest: Callable[[float], None] = rest) -> None:
        self._rest, self._begun, self._skipped = rest, monotonic(), 0.0

    def passed(self) -> float:
        return monotonic() - self._begun + self._skipped

    def rest(self, seconds: float) -> None:
        until = self.passed() + max(0.0, seconds)
        self._rest(max(0.0, seconds))
        self._skipped += max(0.0, until - self.passed())

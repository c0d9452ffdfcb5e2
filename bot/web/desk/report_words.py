"""How the outcome report says its codes and times. Words of flags come from where the flags have them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.conversation.flag_words import BARRIERS, SILENCES
from bot.outcome_report import NOT_SAID
from bot.small_counts import Published
from bot.web.saying import _, _n, lazy

REST = lazy("The rest together")
# Named by the reader of replies alone.
MORE_BARRIERS: Mapping[str, Any] = {
    "caring": lazy("Caring for somebody"),
    "id": lazy("No papers or proof of who they are"),
    "no_reply": lazy("Nobody answered them"),
    "money": lazy("Money"),
    "time": lazy("No time"),
    "confidence": lazy("Not sure enough of themselves"),
    NOT_SAID: lazy("Nobody said"),
}


def named(code: str) -> str:
    """What got in the way, or what a silence meant, in words."""
    words = BARRIERS.get(code) or SILENCES.get(code)
    return _(words) if words else str(MORE_BARRIERS.get(code, code))


def rows(found: Published) -> list[tuple[str, int]]:
    """A table's rows: the largest first, and the rest last."""
    shown = [(named(code), count) for code, count in found.rows]
    return [*shown, *([(str(REST), found.rest)] if found.rest else [])]


def lasted(time: timedelta | None) -> str:
    """Such as `40 minutes`, `5 hours` or `2 days 3 hours`, rounded down."""
    if time is None:
        return "–"
    minutes = int(time.total_seconds() // 60)
    days, hours = minutes // 1440, minutes % 1440 // 60
    if not days and not hours:
        return _n("%(num)d minute", "%(num)d minutes", minutes)
    parts = [
        _n("%(num)d day", "%(num)d days", days) if days else "",
        _n("%(num)d hour", "%(num)d hours", hours) if hours else "",
    ]
    return " ".join(part for part in parts if part)

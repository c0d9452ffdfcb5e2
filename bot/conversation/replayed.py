"""What a rule would have raised about one person, from what happened to them, oldest first. Pure.

The same thresholds and judgements as in earnest; without the database, and without anybody who acts on a flag.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal

from bot.conversation.flag_kinds import judge_confidence
from bot.conversation.scheme import Thresholds
from bot.conversation.turn import TOO_BIG_AFTER

NOT_YET = "not_yet"
# The median of a usual number is of eight answers, and the one that is judged.
LOOKED_AT = 9
# A flag that is open takes further texts of the same kind as new evidence; it is seldom open for longer than this.
STAYS_OPEN = timedelta(days=1)

What = Literal["asked", "wrote", "ended"]
Happened = tuple[datetime, What]
Break = tuple[datetime, datetime]


def silences(
    happened: Iterable[Happened],
    breaks: Sequence[Break],
    days: Callable[[datetime], int],
    now: datetime,
) -> Iterator[datetime]:
    """When they would have been called quiet. ``asked``: a check-in arrived; ``ended``: their check-ins were over.

    ``days``: how many of silence it takes, where it began at a time. What lies in a break is not counted.
    """
    due: datetime | None = None
    silent = False
    for at, what in sorted(happened):
        if due is not None and due < at:
            yield due
            due = None
        if what != "asked":
            due, silent = None, False
        elif not silent:
            due, silent = _due(at, timedelta(days=days(at)), breaks), True
    if due is not None and due <= now:
        yield due


def _due(since: datetime, takes: timedelta, breaks: Sequence[Break]) -> datetime:
    due = since + takes
    for begins, ends in sorted(breaks):
        if begins < due and ends > since:
            due += ends - max(begins, since)
    return due


def days_of_silence(numbers: Sequence[tuple[datetime, int]], thresholds: Thresholds) -> Callable[[datetime], int]:
    """How long a silence is waited for: sooner where their last number was low or had fallen."""

    def days(since: datetime) -> int:
        last = [number for at, number in numbers if at <= since][:-3:-1]
        low = bool(last) and last[0] <= thresholds.low_confidence
        fell = len(last) == 2 and last[1] - last[0] >= thresholds.confidence_fall
        return thresholds.quiet_days_sooner if low or fell else thresholds.quiet_days

    return days


def falls(numbers: Sequence[tuple[datetime, int]], thresholds: Thresholds) -> Iterator[datetime]:
    """When their number would have been flagged; not again before it was back to their usual."""
    newest_first: list[int] = []
    is_open = False
    for at, number in numbers:
        newest_first = [number, *newest_first][:LOOKED_AT]
        judged = judge_confidence(newest_first, is_open, thresholds)
        if judged == "raise" and not is_open:
            yield at
        is_open = judged == "raise" or (is_open and judged != "clear")


def too_big(outcomes: Iterable[tuple[datetime, str]]) -> Iterator[datetime]:
    """When a second step in a row was not done."""
    in_a_row = 0
    for at, outcome in outcomes:
        in_a_row = in_a_row + 1 if outcome == NOT_YET else 0
        if in_a_row == TOO_BIG_AFTER:
            yield at


def once_open(found: Iterable[datetime]) -> Iterator[datetime]:
    """Of texts that call for a flag those that raise one: what follows within a day is on the same flag."""
    last: datetime | None = None
    for at in found:
        if last is None or at - last > STAYS_OPEN:
            yield at
        last = at

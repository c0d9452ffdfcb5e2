"""Sending: claim a batch, then hand over one row at a time, outside of any transaction."""

import random
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.models import Event
from bot.outbox.claim import Claimed, claim, submit
from bot.outbox.settle import settle
from bot.outbox.states import Counts

if TYPE_CHECKING:
    from bot.service import Service

log = structlog.get_logger()

# As many as a lease of a minute has time for, eight at once, when each takes its ten seconds.
BATCH = 48
BACKWARDS = timedelta(minutes=5)

Jitter = Callable[[], float]


def deliver(
    service: "Service", ids: Collection[UUID] | None = None, limit: int = BATCH, jitter: Jitter = random.random
) -> Counts:
    """Send what is due: these rows, or the oldest. ``jitter`` gives numbers from 0 to 1.

    Nothing is sent by a clock that has been moved back: what was due would be due again.
    """
    counts = Counts()
    with service.database.write() as db:
        if moved_back(db, service.clock.now()):
            log.error("nothing is sent: the clock is behind what has already happened")
            return Counts(halted=1)
        claimed = claim(service, db, ids, limit, counts)
    for more in _side_by_side(partial(_send, service, jitter), claimed, service.channel.at_once):
        counts.update(more)
    return counts


def moved_back(db: Session, now: datetime) -> bool:
    """Whether the clock is more than five minutes behind the last thing that was written down."""
    last = db.scalar(select(func.max(Event.at)))
    return last is not None and now < last - BACKWARDS


def _side_by_side(send: Callable[[Claimed], Counts], rows: list[Claimed], at_once: int) -> Iterable[Counts]:
    if at_once == 1 or len(rows) < 2:
        return [send(row) for row in rows]
    with ThreadPoolExecutor(min(at_once, len(rows))) as pool:
        return list(pool.map(send, rows))


def _send(service: "Service", jitter: Jitter, claimed: Claimed) -> Counts:
    """One row: the gate again, the call, its outcome. What goes wrong here stops no other row."""
    counts = Counts()
    try:
        with service.database.write() as db:
            outgoing = submit(service, db, claimed, counts)
        if outgoing is not None:
            outcome = service.channel.send(outgoing)
            with service.database.write() as db:
                settle(service, db, claimed.message_id, outcome, jitter, counts)
    except Exception:
        # The row says how far it got; once its lease is over it is looked at again.
        log.exception("a send went wrong", message_id=claimed.message_id)
        counts["went wrong"] += 1
    return counts

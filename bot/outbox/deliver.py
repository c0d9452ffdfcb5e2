"""Sending: claim a batch, then hand over one row at a time, outside of any transaction."""

import random
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from bot.channels import Outgoing
from bot.outbox.claim import Claimed, claim, submit
from bot.outbox.halted import halted
from bot.outbox.settle import settle
from bot.outbox.states import Counts

if TYPE_CHECKING:
    from bot.service import Service

log = structlog.get_logger()

# As many as a lease of a minute has time for, eight at once, when each takes its ten seconds.
BATCH = 48

Jitter = Callable[[], float]


def deliver(
    service: "Service", ids: Collection[UUID] | None = None, limit: int = BATCH, jitter: Jitter = random.random
) -> Counts:
    """Send what is due: these rows, or the oldest. ``jitter`` gives numbers from 0 to 1.

    Nothing is sent by a clock that has been moved back, nor from a copy: what was due would be due again.
    """
    counts = Counts()
    with service.database.write() as db:
        if why := halted(db, service.clock.now()):
            log.error("nothing is sent", halted=why)
            return Counts(halted=1)
        claimed = claim(service, db, ids, limit, counts)
    at_once = service.channel.at_once
    for start in range(0, len(claimed), at_once):
        ready = _submit(service, claimed[start : start + at_once], counts)
        for more in _side_by_side(partial(_send, service, jitter), ready):
            counts.update(more)
    return counts


def _submit(service: "Service", claimed: Sequence[Claimed], counts: Counts) -> list[Outgoing]:
    """Only as many as leave in this moment: what is committed meanwhile is seen for all the others."""
    with service.database.write() as db:
        return submit(service, db, claimed, counts)


def _side_by_side(send: Callable[[Outgoing], Counts], ready: Sequence[Outgoing]) -> Iterable[Counts]:
    if len(ready) < 2:
        return [send(each) for each in ready]
    with ThreadPoolExecutor(len(ready)) as pool:
        return list(pool.map(send, ready))


def _send(service: "Service", jitter: Jitter, outgoing: Outgoing) -> Counts:
    """One text: the call, and its outcome on the row. What goes wrong here stops no other text."""
    counts = Counts()
    try:
        outcome = service.channel.send(outgoing)
        with service.database.write() as db:
            settle(service, db, outgoing.id, outcome, jitter, counts)
    except Exception:
        # The row says how far it got; once its lease is over it is looked at again.
        log.exception("a send went wrong", message_id=outgoing.id)
        counts["went wrong"] += 1
    return counts

"""One sweep: everything that is due now, in order, in this process. It needs the database and nothing else."""

import random
from collections.abc import Callable

import structlog

from bot import duties, mail, outbox
from bot.duties import DUTIES
from bot.outbox import Counts
from bot.outbox.halted import REMEDIES, SENTENCES, halted
from bot.reconcile import reconcile
from bot.service import Service

log = structlog.get_logger()

BATCH = 100
SWEEP = "sweep"


def sweep(service: Service, most: int | None = None, jitter: Callable[[], float] = random.random) -> Counts:
    """Do what is due: all of it, or at most ``most`` of each kind. Two sweeps at once do everything once.

    1. Fetch the texts that nobody delivered to us, so that nobody is nudged who has answered.
    2. Every duty whose alarm has rung.
    3. Take up the sends that somebody left behind; send texts, then mails.
    A clock that has been moved back stops all of it, and so does a copy: what was due would be due again.
    """
    counts = Counts()
    with service.database.read() as db:
        if why := halted(db, service.clock.now()):
            log.error("nothing is done", halted=why, see=REMEDIES[why])
            return Counts({f"halted: {SENTENCES[why]}": 1})
    counts.update(reconcile(service))
    for duty in DUTIES:
        _do_due(service, duty, most, counts)
    counts.update(outbox.recover(service))
    _send(service, most, jitter, counts)
    while sent := mail.deliver(service.database, service.settings, service.clock.now):
        counts["mails"] += sent
    with service.database.write() as db:
        duties.beat(db, SWEEP, service.clock.now())
    return counts


def _do_due(service: Service, duty: duties.Duty, most: int | None, counts: Counts) -> None:
    # A duty moves its alarm past this moment, so this ends; what rings meanwhile is the next sweep's.
    now = service.clock.now()
    while True:
        with service.database.read() as db:
            ids = duty.due(db, now, most or BATCH)
        duties.do(service, duty, ids, counts)
        if most or not ids:
            return


def _send(service: Service, most: int | None, jitter: Callable[[], float], counts: Counts) -> None:
    while True:
        sent = outbox.deliver(service, limit=most or BATCH, jitter=jitter)
        counts.update(sent)
        if most or not any(sent.values()):
            return

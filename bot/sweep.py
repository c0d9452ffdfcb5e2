"""One sweep: everything that is due now, in order, in this process. It needs the database and nothing else."""

import random
from collections.abc import Callable

import structlog

from bot import digests_anew, duties, mail, notices, outbox, provider_copies, retention
from bot.duties import DUTIES
from bot.outbox import Counts
from bot.outbox.halted import CLOCK, COPY, REMEDIES, SENTENCES, halted
from bot.reconcile import reconcile
from bot.service import Service

log = structlog.get_logger()

BATCH = 100
SWEEP = "sweep"
HALTS = {CLOCK: notices.Kind.CLOCK, COPY: notices.Kind.COPY}


def sweep(service: Service, most: int | None = None, jitter: Callable[[], float] = random.random) -> Counts:
    """Do what is due: all of it, or at most ``most`` of each kind. Two sweeps at once do everything once.

    1. Fetch the texts that nobody delivered to us, so that nobody is nudged who has answered.
    2. Every duty whose alarm has rung.
    3. Take up the sends that somebody left behind, and ask after those of which no receipt tells; send texts, then
       mails, with what the operator is to be told.
    4. At night let go of what is over, and at any hour of its copies at the provider.
    A clock that has been moved back stops all of it, and so does a copy: what was due would be due again. The operator
    is told of it all the same.
    """
    counts = Counts()
    with service.database.read() as db:
        if why := halted(db, service.clock.now()):
            log.error("nothing is done", halted=why, see=REMEDIES[why])
            counts[f"halted: {SENTENCES[why]}"] = 1
    if why:
        tell_halted(service, why)
        return counts
    counts.update(reconcile(service))
    for duty in DUTIES:
        _do_due(service, duty, most, counts)
    counts.update(outbox.recover(service))
    counts.update(outbox.confirm(service))
    _send(service, most, jitter, counts)
    counts["operator told"] += tell_operator(service)
    digests_anew.refresh(service.database, service.library, service.clock.now())
    while sent := mail.deliver(service.database, service.settings, service.clock.now):
        counts["mails"] += sent
    counts.update(retention.run(service, most or retention.MOST))
    counts.update(provider_copies.erase(service))
    with service.database.write() as db:
        duties.beat(db, SWEEP, service.clock.now())
    return counts


def tell_operator(service: Service) -> int:
    """Write the mails about what is ours to mend; how many."""
    with service.database.write() as db:
        return len(notices.tell(db, service.library, service.settings, service.clock.now()))


def tell_halted(service: Service, why: str) -> None:
    """Nothing else leaves, so this one mail is sent by itself."""
    now = service.clock.now()
    with service.database.write() as db:
        notices.note_once(db, HALTS[why], now)
        mails = notices.tell(db, service.library, service.settings, now)
    if mails:
        mail.deliver(service.database, service.settings, service.clock.now, mails)


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

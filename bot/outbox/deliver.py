"""Sending: rows are claimed, handed over when their turn has come, and settled as their answers come back.

No transaction is open while the provider is asked; a group of rows shares each of the three. One that the provider
keeps waiting holds up no other.
"""

import random
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from bot.channels import Outcome, Outgoing
from bot.clock import Stopwatch, rest
from bot.outbox.claim import Claimed, claim, submit
from bot.outbox.halted import halted
from bot.outbox.settle import Jitter, settle
from bot.outbox.states import Counts

if TYPE_CHECKING:
    from bot.service import Service

log = structlog.get_logger()

MOST = 1000
# One transaction's rows: few enough that a webhook hardly notices it on SQLite.
GROUP = 32
# Whoever delivers goes on claiming for so long: a worker has other things to do, and is asked again soon.
SECONDS = 12.0
# Answers are gathered for so long, and a number that is full is asked again after so long.
PAUSE, AGAIN = 0.02, 0.25


def deliver(
    service: "Service",
    ids: Collection[UUID] | None = None,
    limit: int = MOST,
    *,
    seconds: float = SECONDS,
    jitter: Jitter = random.random,
    rest: Callable[[float], None] = rest,
) -> Counts:
    """Send what is due: these rows, or the first of all.

    It goes on for so many ``seconds``, as long as any number of ours has a turn; with 0, it takes what leaves in
    the next second. ``jitter`` gives numbers from 0 to 1; ``rest`` waits for a turn, in seconds. Nothing is sent by
    a clock that has been moved back, nor from a copy: what was due would be due again.
    """
    with ThreadPoolExecutor(service.channel.at_once) as threads:
        delivery = Delivery(service, threads, jitter, Stopwatch(rest))
        try:
            delivery.run(ids, limit, seconds)
        finally:
            delivery.land()
    return delivery.counts


class Delivery:
    """Rows on their way: those that wait for their turn, and those that the provider is being asked to take."""

    def __init__(self, service: "Service", threads: ThreadPoolExecutor, jitter: Jitter, watch: Stopwatch) -> None:
        self.service, self.threads, self.jitter, self.watch = service, threads, jitter, watch
        self.counts = Counts()
        self.waiting: list[tuple[float, Claimed]] = []
        self.flying: dict[Future[Outcome | None], Outgoing] = {}

    def run(self, ids: Collection[UUID] | None, limit: int, seconds: float) -> None:
        """Claim, hand over and settle, in turn, until nothing is left to claim."""
        asked_at, more = 0.0, True
        while more or self.waiting or self.flying:
            if more and len(self.waiting) < GROUP and self.watch.passed() >= asked_at:
                taken, moved = self.claim(ids, min(limit, GROUP))
                limit -= taken
                asked_at = self.watch.passed() + (0 if moved else AGAIN)
                more = limit > 0 and self.watch.passed() < seconds and bool(moved or self.waiting or self.flying)
            self.hand_over()
            self.settle()

    def claim(self, ids: Collection[UUID] | None, limit: int) -> tuple[int, bool]:
        """How many rows were taken, and whether anything at all was done."""
        began, before = self.watch.passed(), self.counts.total()
        with self.service.database.write() as db:
            if why := halted(db, self.service.clock.now()):
                log.error("nothing is sent", halted=why)
                self.counts["halted"] = 1
                return 0, False
            claimed = claim(self.service, db, ids, limit, self.counts)
        self.waiting += [(began + each.after.total_seconds(), each) for each in claimed]
        self.waiting.sort(key=lambda pair: pair[0])
        return len(claimed), bool(claimed) or self.counts.total() > before

    def hand_over(self) -> None:
        """Those whose turn has come and who find a thread: what is committed meanwhile is seen for all the others."""
        free = min(GROUP, self.service.channel.at_once - len(self.flying))
        ready = [each for at, each in self.waiting[:free] if at <= self.watch.passed()]
        if not ready:
            return
        del self.waiting[: len(ready)]
        with self.service.database.write() as db:
            leaving = submit(self.service, db, ready, self.counts)
        for outgoing in leaving:
            self.flying[self.threads.submit(self._send, outgoing)] = outgoing

    def settle(self) -> None:
        """Write down the answers that have come. While nobody is asked, rest until the next one's turn."""
        if self.flying:
            back, _ = wait(self.flying, PAUSE)
            self.write_down(back)
        elif self.waiting:
            self.watch.rest(self.waiting[0][0] - self.watch.passed())

    def land(self) -> None:
        """Whatever went wrong elsewhere: what the provider was asked, it answers, and that is written down."""
        self.write_down(wait(self.flying).done)

    def write_down(self, back: Iterable["Future[Outcome | None]"]) -> None:
        answers = [(self.flying.pop(each), each.result()) for each in list(back)]
        known = [(sent, outcome) for sent, outcome in answers if outcome is not None]
        # The row of any other says how far it got; once its lease is over it is looked at again.
        if len(known) < len(answers):
            self.counts["went wrong"] += len(answers) - len(known)
        if known:
            settle(self.service, known, self.jitter, self.counts)

    def _send(self, outgoing: Outgoing) -> Outcome | None:
        """Ask the provider, in a thread; None where nobody can say what became of it."""
        try:
            return self.service.channel.send(outgoing)
        except Exception:
            log.exception("a send went wrong", message_id=outgoing.id)
            return None

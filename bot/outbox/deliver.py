"""Sending: rows are claimed, handed over when their turn has come, and settled as their answers come back.

No transaction is open while the provider is asked; a group of rows shares each of the three. One that the provider
keeps waiting holds up no other.
"""

import os
import random
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from bot.channels import Outcome, Outgoing
from bot.clock import Stopwatch, rest
from bot.outbox.claim import Claimed, Taken, claim, submit
from bot.outbox.halted import halted
from bot.outbox.settle import Jitter, settle
from bot.outbox.states import LEASE, Counts

if TYPE_CHECKING:
    from bot.service import Service

log = structlog.get_logger()

MOST = 10_000
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
    told: Callable[[], bool] = lambda: False,
) -> Counts:
    """Send what is due: these rows, or the first of all.

    It goes on claiming for so many ``seconds``, as long as any number of ours has a turn, until it is ``told`` to
    stop. ``jitter`` gives numbers from 0 to 1; ``rest`` waits for a turn, in seconds. Nothing is sent by a clock
    that has been moved back, nor from a copy: what was due would be due again.
    """
    threads = _threads(os.getpid(), service.channel.at_once)
    delivery = Delivery(service, threads, jitter, Stopwatch(rest), told, ids, limit, seconds)
    try:
        delivery.run()
    finally:
        delivery.land()
    return delivery.counts


@lru_cache
def _threads(process: int, at_once: int) -> ThreadPoolExecutor:
    """Kept, for starting a thread takes as long as sending a text; a process that was forked needs its own."""
    return ThreadPoolExecutor(at_once, thread_name_prefix="sender")


@dataclass
class Delivery:
    """Rows on their way: those that wait for their turn, and those that the provider is being asked to take."""

    service: "Service"
    threads: ThreadPoolExecutor
    jitter: Jitter
    watch: Stopwatch
    told: Callable[[], bool]
    ids: Collection[UUID] | None
    left: int
    seconds: float
    counts: Counts = field(default_factory=Counts)
    waiting: list[tuple[float, Claimed]] = field(default_factory=list)
    flying: dict["Future[Outcome | None]", Outgoing] = field(default_factory=dict)
    more: bool = True
    passed_over: bool = False
    ask_at: float = 0.0
    begun: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.begun = self.service.clock.now()

    def run(self) -> None:
        """Claim, hand over and settle, each in groups, until nothing is left to claim."""
        while self.more or self.waiting or self.flying:
            if self.more and len(self.waiting) < GROUP and (self.watch.passed() >= self.ask_at or self.idle):
                self.claim()
            self.hand_over()
            self.settle()

    def now(self) -> datetime:
        """The clock's time; where it stands still, with the seconds that pass: a number's pace is made of them."""
        return max(self.service.clock.now(), self.begun + timedelta(seconds=self.watch.passed()))

    @property
    def idle(self) -> bool:
        return not self.waiting and not self.flying

    @property
    def free(self) -> int:
        """How many threads have nothing to do."""
        return self.service.channel.at_once - len(self.flying)

    def claim(self) -> None:
        """Take a group; where less than one is to be had, ask again in a moment, and where nothing is, never."""
        began, before, wanted = self.watch.passed(), self.counts.total(), min(self.left, GROUP)
        with self.service.database.write() as db:
            taken = self._taken(db, wanted)
        self.waiting += [(began + each.after.total_seconds(), each) for each in taken.rows]
        self.waiting.sort(key=itemgetter(0))
        self.left -= len(taken.rows)
        done = len(taken.rows) + self.counts.total() - before
        self.passed_over = taken.passed_over
        self.ask_at = self.watch.passed() + (0 if done == wanted else AGAIN)
        in_time = self.left > 0 and self.watch.passed() < self.seconds and not self.told()
        self.more = in_time and (done > 0 or self.passed_over or not self.idle)

    def _taken(self, db: Session, wanted: int) -> Taken:
        if why := halted(db, self.service.clock.now()):
            log.error("nothing is sent", halted=why)
            self.counts["halted"], self.left = 1, 0
            return Taken([], passed_over=False)
        return claim(self.service, db, self.ids, wanted, self.counts, self.now())

    def hand_over(self) -> None:
        """Those whose turn has come and who find a thread: what is committed meanwhile is seen for all the others."""
        ready = [each for at, each in self.waiting[: min(GROUP, self.free)] if at <= self.watch.passed()]
        if not ready:
            return
        del self.waiting[: len(ready)]
        until = self.service.clock.now() + LEASE
        with self.service.database.write() as db:
            leaving = submit(self.service, db, ready, self.counts)
        for outgoing in leaving:
            self.flying[self.threads.submit(self._send, outgoing, until)] = outgoing

    def settle(self) -> None:
        """Write down the answers that have come; while nobody is asked, rest until the next one's turn.

        The pause is not idle: the threads ask meanwhile, and on SQLite a webhook gets at the lock.
        """
        if self.flying:
            self.write_down(wait(self.flying, PAUSE).done)
        elif self.waiting:
            turns = [self.waiting[0][0], *([self.ask_at] if self.more and len(self.waiting) < GROUP else [])]
            self.watch.rest(max(0.0, min(turns) - self.watch.passed()))
        elif self.more and self.passed_over:
            # Somebody else has their row, or the turn of their number, for a moment.
            self.watch.rest(AGAIN)

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

    def _send(self, outgoing: Outgoing, until: datetime) -> Outcome | None:
        """Ask the provider, in a thread; None where nobody can say what became of it.

        A process that was stopped, and goes on when its lease is over, does not send what others take up by now.
        """
        try:
            if self.service.clock.now() >= until:
                log.warning("too late to send: the lease is over", message_id=outgoing.id)
                return None
            return self.service.channel.send(outgoing)
        except Exception:
            log.exception("a send went wrong", message_id=outgoing.id)
            return None

"""The lost time, lived from stop to stop: an alarm, a text that came in, a text that left."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import door, duties
from bot.channels import Inbound, Listed
from bot.clock import Clock
from bot.duties import DUTIES
from bot.models import Flag, Message, Practitioner
from bot.outbox import Counts, record
from bot.outbox.candidates import gather, keep_tallies, lock
from bot.outbox.states import WAITS
from bot.reconcile import INBOUND_LIST, scheme_of
from bot.restoring.lists import Lists
from bot.service import Service

log = structlog.get_logger()

FOREVER = datetime.max.replace(tzinfo=UTC)
BATCH = 1000
# A peak of alarms is met minute by minute.
SHORTEST_HOP = timedelta(minutes=1)
# What staff are told rings once the processes run: late, and told in full.
OURS = tuple(duty for duty in DUTIES if duty.table not in (Flag, Practitioner))


class Then(Clock):
    """A clock that stands where the play is."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        return self.at


class Lived:
    """A service in the lost time: its alarms ring, what came in is taken, and nothing can be sent."""

    def __init__(self, service: Service, lists: Lists, since: datetime, counts: Counts) -> None:
        self.clock = Then(since)
        self.service = replace(service, clock=self.clock)
        self.lists, self.counts = lists, counts
        # When the oldest text was sent that could not be kept.
        self.failing: datetime | None = None

    def until(self, end: datetime) -> None:
        """Stop where the copy was made, at every moment at which something happened, and at the end."""
        self._stop()
        while self.clock.at < end:
            self.clock.at = min(self._next(), end)
            self._stop()

    def _stop(self) -> None:
        """What fell due, then what came in; and after each, what the provider knows of it."""
        self._ring()
        self._tell()
        for inbound in self.lists.heard(self.clock.at):
            self._take(inbound)
        self._tell()

    def _next(self) -> datetime:
        """The next text at its own second; alarms at most once a minute."""
        with self.service.database.read() as db:
            alarms: list[datetime | None] = [db.scalar(select(func.min(duty.alarm))) for duty in OURS]
        rings = (max(at, self.clock.at + SHORTEST_HOP) for at in alarms if at is not None)
        texts = (at for at in self.lists.times() if at > self.clock.at)
        return min((*rings, *texts), default=FOREVER)

    def _ring(self) -> None:
        with self.service.database.write() as db:
            # By the provider's list we know what had come in until now.
            duties.beat(db, INBOUND_LIST, self.clock.at)
        for duty in OURS:
            while ids := self._due(duty):
                duties.do(self.service, duty, ids, self.counts)

    def _due(self, duty: duties.Duty) -> list[UUID]:
        with self.service.database.read() as db:
            return list(duty.due(db, self.clock.at, BATCH))

    def _take(self, inbound: Inbound) -> None:
        scheme_id = scheme_of(self.service, inbound)
        if scheme_id is None:
            return
        try:
            received = door.take(self.service, scheme_id, inbound)
        except Exception:
            log.exception("a text could not even be kept, and is asked for again", provider_id=inbound.provider_id)
            self.counts["texts that could not be kept"] += 1
            self.failing = min(self.failing or FOREVER, inbound.sent_at or self.clock.at)
            return
        self.counts["texts that had come in"] += not received.seen_before

    def _tell(self) -> None:
        """Settle every row of which the provider knows by now."""
        now = self.clock.at
        with self.service.database.write() as db:
            for receipt in self.lists.received(now):
                row = select(Message.id).where(Message.provider_id == receipt.provider_id)
                self._record(db, db.scalars(row).one(), receipt)
            for message in _waiting(db, self.lists.addresses(now)):
                found = self.lists.find(message, now)
                if found is not None:
                    self._count(db, message)
                    self._record(db, message.id, found)
                    self.counts["texts that had left"] += 1

    def _record(self, db: Session, message_id: UUID, listed: Listed) -> None:
        codes = {"provider_id": listed.provider_id, "error_code": listed.error_code}
        record(db, self.service.library, message_id, listed.state, self.clock.at, **codes)

    def _count(self, db: Session, message: Message) -> None:
        """It went through the caps."""
        people = {message.service_user_id} if message.service_user_id else set()
        lock(db, people)
        batch = gather(db, self.service.library, [message], people, self.clock.at)
        candidate = batch.candidate(message)
        if candidate.capped and not candidate.counted:
            batch.count(message)
            keep_tallies(db, batch)
            message.counted_at = self.clock.at
            db.flush()


def _waiting(db: Session, addresses: Iterable[str]) -> list[Message]:
    """What wants to be sent to these addresses, in the order in which it was decided."""
    wanted = sorted(addresses)
    found: list[Message] = []
    for start in range(0, len(wanted), BATCH):
        batch = Message.address.in_(wanted[start : start + BATCH])
        found += db.scalars(select(Message).where(WAITS, Message.direction == "out", batch)).all()
    return sorted(found, key=lambda message: message.created_at)

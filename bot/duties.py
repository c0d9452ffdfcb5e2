"""Everything that an alarm can ask for: one row a kind, the same for a sweep, a worker and the clock.

A duty takes one id, in one transaction, and leaves the alarm later than now or off. Doing it early, twice or
by two processes at once changes nothing: it looks at its alarm again once it has locked the person.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import structlog
from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot import checkins, digests, flags, notices, silence
from bot.database import insert_into
from bot.library import Library
from bot.models import CheckIn, Flag, Heartbeat, Message, Practitioner, ServiceUser
from bot.notices import Kind
from bot.outbox import Counts
from bot.service import Service

log = structlog.get_logger()

PUT_OFF = timedelta(hours=1)
# What was missed for weeks is not caught up with hour by hour: one text a day is enough.
LEFT_RINGING = timedelta(days=1)

Act = Callable[[Session, Library, UUID, datetime], object]


@dataclass(frozen=True)
class Duty:
    """What is done when an alarm rings. ``kind`` is its name in counts and jobs."""

    kind: str
    alarm: InstrumentedAttribute[datetime | None]
    act: Act

    @property
    def table(self) -> Any:
        return self.alarm.class_

    def due(self, db: Session, now: datetime, limit: int) -> Sequence[UUID]:
        """The ids whose alarm has rung, the longest waiting first."""
        found = select(self.table.id).where(self.alarm <= now).order_by(self.alarm).limit(limit)
        return db.scalars(found).all()

    def put_off(self, db: Session, row_id: UUID, now: datetime, by: timedelta) -> bool:
        """Set an alarm that still rings to later; whether it did."""
        still = update(self.table).where(self.table.id == row_id, self.alarm <= now)
        later = still.values({self.alarm: now + by})
        done = db.execute(later, execution_options={"synchronize_session": False})
        return cast(CursorResult[Any], done).rowcount == 1


# People come back before anything is decided about them, and silence is looked at before they are texted.
DUTIES = (
    Duty("pauses and holds over", ServiceUser.resume_at, checkins.resume),
    Duty("flags looked at", Flag.wake_at, flags.wake),
    Duty("silences looked at", ServiceUser.quiet_at, silence.look),
    Duty("check-ins", ServiceUser.next_check_in_at, checkins.begin),
    Duty("nudges", CheckIn.wake_at, checkins.wake),
    Duty("reminders", CheckIn.remind_at, checkins.remind),
    Duty("digests", Practitioner.digest_at, digests.make),
)
BY_KIND = {duty.kind: duty for duty in DUTIES}


def do(service: Service, duty: Duty, ids: Collection[UUID], counts: Counts) -> list[UUID]:
    """Do a duty for each id, a transaction each; the ids of the texts it decided on.

    One that fails is put off an hour and reported: it stops nobody else, and it is no crash loop.
    """
    texts = []
    for row_id in ids:
        try:
            decided = _do_one(service, duty, row_id)
        except Exception:
            log.exception("put off an hour: a duty failed", duty=duty.kind, row_id=row_id)
            counts["put off"] += 1
            with service.database.write() as db:
                duty.put_off(db, row_id, service.clock.now(), PUT_OFF)
                notices.note(db, Kind.DUTY, service.clock.now(), detail=duty.kind)
            continue
        counts[duty.kind] += 1
        if isinstance(decided, Message):
            texts.append(decided.id)
    return texts


def beat(db: Session, name: str, now: datetime) -> None:
    """Write down that a recurring duty has just ended well."""
    first = insert_into(db, Heartbeat).values(name=name, at=now, seconds=0)
    db.execute(first.on_conflict_do_update(index_elements=["name"], set_={"at": now}))


def last_beat(db: Session, name: str) -> datetime | None:
    """When that duty last ended well."""
    row = db.get(Heartbeat, name)
    return row.at if row else None


def _do_one(service: Service, duty: Duty, row_id: UUID) -> object:
    now = service.clock.now()
    with service.database.write() as db:
        decided = duty.act(db, service.library, row_id, now)
        db.flush()
        # An alarm that nobody turned off would ring at every sweep, and keep others waiting.
        if duty.put_off(db, row_id, now, LEFT_RINGING):
            log.warning("put off a day: an alarm was left ringing", duty=duty.kind, row_id=row_id)
        return decided

"""A clock that has been moved back stops all sending: what was due would be due again.

Where it was ahead and has been put right, the operator says so, and things go on.
"""

from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.models import Event, Heartbeat, Scheme

BACKWARDS = timedelta(minutes=5)
# The stretch of time that the clock went through by mistake: from ``at``, for so many ``seconds``.
BY_MISTAKE = "clock_put_right"
OPERATOR = "operator"


def moved_back(db: Session, now: datetime) -> bool:
    """Whether the clock is more than five minutes behind the last thing that was written down."""
    last = _last_written(db, now)
    return last is not None and now < last - BACKWARDS


def accept(db: Session, now: datetime) -> timedelta | None:
    """Believe the clock though it is behind: by how much; None where it is not.

    1. What was written down in the time by mistake does not count any more, until that time has come.
    2. A heartbeat of then says nothing: the provider's list is read again at once.
    3. It is written down, for each scheme. What was put off by the wrong clock stays put off.
    """
    last = _last_written(db, now)
    if last is None or not moved_back(db, now):
        return None
    ahead = last - now
    db.execute(update(Heartbeat).where(Heartbeat.at > now).values(at=None))
    db.merge(Heartbeat(name=BY_MISTAKE, at=now, seconds=int(ahead.total_seconds()) + 1))
    facts = {"what": "clock_accepted", "before": {"at": last.isoformat()}, "after": {"at": now.isoformat()}}
    db.add_all(Event(scheme_id=key, at=now, who=OPERATOR, **facts) for key in db.scalars(select(Scheme.id)))
    return ahead


def _last_written(db: Session, now: datetime) -> datetime | None:
    """The time of the newest event, leaving out those of a time by mistake that is still to come."""
    newest = select(func.max(Event.at))
    mistake = db.get(Heartbeat, BY_MISTAKE)
    if mistake is None or mistake.at is None:
        return db.scalar(newest)
    until = mistake.at + timedelta(seconds=mistake.seconds)
    if now >= until:
        return db.scalar(newest)
    # Two readings of the index's end; "or" between them would be a reading of all of it.
    return db.scalar(newest.where(Event.at > until)) or db.scalar(newest.where(Event.at <= mistake.at))

"""How the whole is doing, read from rows: only what an index answers, however large the tables are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import mail, silence
from bot.conversation.flag_kinds import AT_ONCE
from bot.library import Library
from bot.models import Email, Flag, Heartbeat, Message, Notice
from bot.notices import watch
from bot.outbox.halted import halted
from bot.outbox.states import WAITS

# What beats while all is well, and how long it may be silent. Two minutes are promised; the clock turns every 15
# seconds, and whoever looks does so once in half a minute.
CLOCK, WORKER, SWEEP, INBOUND_LIST = "clock", "worker", "sweep", silence.INBOUND_LIST
SILENT: Mapping[str, timedelta] = {
    CLOCK: timedelta(seconds=90),
    WORKER: timedelta(seconds=90),
    # Its job waits in a queue with others; on a Monday morning for a while.
    SWEEP: timedelta(minutes=5),
    INBOUND_LIST: timedelta(hours=1),
}


@dataclass(frozen=True, slots=True)
class Vitals:
    """Times of the last beats; what waits, by state, and since when the oldest of it was due; flags; troubles.

    ``unheard`` is when the oldest flag was raised that is told at once and that nobody has acknowledged; ``spent``
    is the share of today's cap that has left, by scheme, and of all of them (``*``).
    """

    beats: Mapping[str, datetime]
    waiting: Mapping[str, int]
    oldest_due: datetime | None
    oldest_mail_due: datetime | None
    open_flags: Mapping[str, int]
    unheard: datetime | None
    troubles: Mapping[tuple[str, str], int]
    spent: Mapping[str, float]
    halted: str | None

    @property
    def oldest(self) -> datetime | None:
        """When the longest waiting of texts and mails was due."""
        return min((at for at in (self.oldest_due, self.oldest_mail_due) if at is not None), default=None)


def look(db: Session, library: Library, now: datetime) -> Vitals:
    """Read the vitals: a handful of short queries."""
    texts = db.execute(
        select(Message.state, func.count(), func.min(Message.due_at)).where(WAITS).group_by(Message.state)
    )
    by_state = texts.all()
    mails, oldest_mail = db.execute(select(func.count(), func.min(Email.due_at)).where(mail.WAITS)).one()
    is_open = Flag.closed_at.is_(None)
    flags = db.execute(select(Flag.kind, func.count()).where(is_open).group_by(Flag.kind))
    unheard = select(func.min(Flag.raised_at)).where(is_open, Flag.acknowledged_at.is_(None), Flag.kind.in_(AT_ONCE))
    return Vitals(
        beats=beats(db),
        waiting={state: count for state, count, _ in by_state} | {"mail": mails},
        oldest_due=min((at for _, _, at in by_state if at is not None), default=None),
        oldest_mail_due=oldest_mail,
        open_flags=dict(flags.all()),
        unheard=db.scalar(unheard),
        troubles=_troubles(db),
        spent=_spent(db, library, now),
        halted=halted(db, now),
    )


def beats(db: Session) -> dict[str, datetime]:
    """When each of what has to beat did so last."""
    rows = db.execute(select(Heartbeat.name, Heartbeat.at).where(Heartbeat.name.in_(SILENT)))
    return {name: at for name, at in rows if at is not None}


def wrong(known: Mapping[str, datetime], stopped: str | None, now: datetime) -> list[str]:
    """What is silent for too long, or why nothing may be sent; empty where all is well. Pure.

    A time that is still to come says nothing: it is of a clock that ran ahead.
    """
    silent = [name for name, patience in SILENT.items() if not timedelta(0) <= now - known.get(name, NEVER) <= patience]
    return [*silent, *([stopped] if stopped else [])]


NEVER = datetime.fromtimestamp(0, tz=UTC)


def age(at: datetime | None, now: datetime) -> int | None:
    """Whole seconds since then, never negative."""
    return None if at is None else max(0, int((now - at).total_seconds()))


def _troubles(db: Session) -> dict[tuple[str, str], int]:
    """How often each kind of trouble was met in the days that are kept, by what it was in detail."""
    found = select(Notice.kind, Notice.detail, func.sum(Notice.count)).group_by(Notice.kind, Notice.detail)
    return {(kind, detail): int(count) for kind, detail, count in db.execute(found)}


def _spent(db: Session, library: Library, now: datetime) -> dict[str, float]:
    days = list(watch.days(library, now))
    sent = watch.sent(db, {(scope, day) for scope, day, _ in days})
    return {scope: sent.get((scope, day), 0) / cap for scope, day, cap in days if cap}

"""How the whole is doing, read from rows: only what an index answers, however large the tables are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import mail
from bot.models import Email, Flag, Heartbeat, Message, Notice
from bot.outbox.states import WAITS


@dataclass(frozen=True, slots=True)
class Vitals:
    """Times of the last duties, what waits (with when the oldest was due), open flags by kind, and how often the
    operator's kinds of trouble have been met.
    """

    heartbeats: Mapping[str, datetime]
    waiting: Mapping[str, int]
    oldest_due: datetime | None
    open_flags: Mapping[str, int]
    troubles: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Ages:
    """In whole seconds; None where it never happened or nothing waits."""

    sweep: int | None
    inbound_list: int | None
    waiting: int | None


def look(db: Session) -> Vitals:
    """Read the vitals: five short queries."""
    beats = db.execute(select(Heartbeat.name, Heartbeat.at).where(Heartbeat.at.is_not(None)))
    messages = db.execute(select(func.count(), func.min(Message.due_at)).where(WAITS)).one()
    emails = db.execute(select(func.count(), func.min(Email.due_at)).where(mail.WAITS)).one()
    flags = db.execute(select(Flag.kind, func.count()).where(Flag.closed_at.is_(None)).group_by(Flag.kind))
    troubles = db.execute(select(Notice.kind, func.sum(Notice.count)).group_by(Notice.kind))
    due = [at for at in (messages[1], emails[1]) if at is not None]
    return Vitals(
        heartbeats={name: at for name, at in beats if at is not None},
        waiting={"message": messages[0], "email": emails[0]},
        oldest_due=min(due, default=None),
        open_flags=dict(flags.all()),
        troubles={kind: int(count) for kind, count in troubles},
    )


def ages(vitals: Vitals, now: datetime) -> Ages:
    """How long ago. What is due only later waits for nothing: its age is 0."""
    return Ages(
        sweep=age(vitals.heartbeats.get("sweep"), now),
        inbound_list=age(vitals.heartbeats.get("inbound_list"), now),
        waiting=age(vitals.oldest_due, now),
    )


def age(at: datetime | None, now: datetime) -> int | None:
    """Whole seconds since then, never negative."""
    return None if at is None else max(0, int((now - at).total_seconds()))

"""The unclaimed tray: what came from numbers nobody knows, seen by staff and emptied by them.

A number that has become somebody's is not in it any more; what it wrote before goes with the other strangers' texts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.orm import Session

from bot import provider_copies
from bot.models import NO_WORDS, ON_THE_WAY, Address, Event, Flag, Message
from bot.suppression import batches
from bot.unclaimed import ONCE_IN

# A text that is still in the provider's list must not be taken for a new one: its row stays, and its id with it.
EMPTIED = "emptied"
# Nobody's number: what is left of a text once it is emptied.
NOBODY = "-"


@dataclass(frozen=True, slots=True)
class Sender:
    """A number nobody knows, and how often it wrote. ``words`` are there only where they were asked for."""

    scheme_id: str
    address: str
    texts: int
    answered: int
    first_at: datetime
    last_at: datetime
    words: Sequence[str] = ()


def senders(db: Session, scheme_id: str | None = None) -> list[Sender]:
    """Who wrote, the newest first; not what."""
    theirs = case((Message.direction == "in", Message.created_at))
    found = (
        select(
            Message.scheme_id,
            Message.address,
            func.count(theirs).label("texts"),
            func.count(case((Message.direction == "out", 1))).label("answered"),
            func.min(theirs).label("first_at"),
            func.max(theirs).label("last_at"),
        )
        .where(Message.service_user_id.is_(None), Message.address != NOBODY, ~_somebodys())
        .group_by(Message.scheme_id, Message.address)
        .having(func.count(theirs) > 0)
        .order_by(func.max(theirs).desc())
    )
    if scheme_id:
        found = found.where(Message.scheme_id == scheme_id)
    return [Sender(*row) for row in db.execute(found)]


@dataclass(frozen=True, slots=True)
class Texts:
    """What one number wrote that nobody knows, oldest first; when it was answered; and the open flags about it."""

    address: str
    channel: str
    wrote: Sequence[tuple[datetime, str]]
    answered: Sequence[datetime]
    flags: Sequence[UUID]


def newest(db: Session, scheme_id: str, addresses: Iterable[str]) -> dict[str, UUID]:
    """The last text of each number: what a page names it by, for a number stands in no address of ours."""
    found: dict[str, UUID] = {}
    for batch in batches(sorted(addresses)):
        mine = (*_nobodys(scheme_id), Message.direction == "in", Message.address.in_(batch))
        rows = select(Message.address, Message.id).where(*mine).order_by(Message.created_at, Message.id)
        found |= {row.address: row.id for row in db.execute(rows)}
    return found


def read_one(db: Session, scheme_id: str, message_id: UUID, by: str, now: datetime) -> Texts | None:
    """All that the number of this text wrote; None where the tray has it no more. That it was read is written down."""
    address = address_of(db, scheme_id, message_id)
    if address is None:
        return None
    same = (*_nobodys(scheme_id), Message.address == address)
    rows = db.scalars(select(Message).where(*same).order_by(Message.created_at, Message.id)).all()
    about = select(Flag.id).where(Flag.message_id.in_([row.id for row in rows]), Flag.closed_at.is_(None))
    flags = db.scalars(about.order_by(Flag.raised_at)).all()
    db.add(Event(scheme_id=scheme_id, at=now, who=by, what="unclaimed_read", after={"numbers": 1}))
    theirs = [row for row in rows if row.direction == "in"]
    return Texts(
        address=address,
        channel=theirs[-1].channel,
        wrote=[(row.created_at, row.body) for row in theirs],
        answered=[row.created_at for row in rows if row.direction == "out"],
        flags=flags,
    )


def address_of(db: Session, scheme_id: str, message_id: UUID) -> str | None:
    """The number that a text of the tray came from."""
    mine = (*_nobodys(scheme_id), Message.id == message_id, Message.direction == "in", ~_somebodys())
    return db.scalars(select(Message.address).where(*mine)).one_or_none()


def dismiss(db: Session, scheme_id: str, address: str, by: str, now: datetime) -> bool:
    """Not one of ours: erase what this number wrote, here and at the provider. False while an open flag is about it.

    Our own answer of the last day keeps its number until then: they are answered once a day, whatever we erase.
    """
    same = (*_nobodys(scheme_id), Message.address == address)
    about = select(Flag.id).where(Flag.message_id.in_(select(Message.id).where(*same)), Flag.closed_at.is_(None))
    if db.scalars(about.limit(1)).first() is not None:
        return False
    old = or_(Message.direction == "in", Message.created_at <= now - ONCE_IN)
    texts = _erase(db, (*same, old, Message.state.not_in(("unhandled", *ON_THE_WAY))), now)
    if texts:
        db.add(Event(scheme_id=scheme_id, at=now, who=by, what="unclaimed_dismissed", after={"texts": texts}))
    return True


def read(db: Session, scheme_id: str, by: str, now: datetime) -> dict[str, list[str]]:
    """What each number wrote, oldest first. That it was read, and by whom, is written down."""
    mine = (Message.scheme_id == scheme_id, Message.service_user_id.is_(None), Message.direction == "in")
    texts = select(Message.address, Message.body).where(*mine, Message.address != NOBODY)
    found: dict[str, list[str]] = {}
    for address, body in db.execute(texts.order_by(Message.created_at)):
        found.setdefault(address, []).append(body)
    db.add(Event(scheme_id=scheme_id, at=now, who=by, what="unclaimed_read", after={"numbers": len(found)}))
    return found


def empty(db: Session, scheme_id: str, by: str, now: datetime, older_than: timedelta) -> int:
    """Erase the words and numbers of what is older, here and at the provider; how many texts that was.

    What an open flag is about stays until somebody has closed it, and so does what could not be handled yet.
    """
    flagged = select(Flag.message_id).where(Flag.closed_at.is_(None), Flag.message_id.is_not(None))
    about = select(Message.address).where(Message.scheme_id == scheme_id, Message.id.in_(flagged))
    old = (
        Message.scheme_id == scheme_id,
        Message.service_user_id.is_(None),
        Message.created_at < now - older_than,
        Message.address != NOBODY,
        Message.address.not_in(about),
        Message.state.not_in(("unhandled", *ON_THE_WAY)),
    )
    texts = _erase(db, old, now)
    if texts:
        db.add(Event(scheme_id=scheme_id, at=now, who=by, what="unclaimed_emptied", after={"texts": texts}))
    return texts


def _erase(db: Session, which: Iterable[Any], now: datetime) -> int:
    """Words and numbers; the rows stay with the provider's ids, so that none of them comes in again as new."""
    ids = db.scalars(select(Message.id).where(*which)).all()
    gone = {**NO_WORDS, "address": NOBODY, "state": EMPTIED}
    for batch in batches(ids, 1000):
        chosen = Message.id.in_(batch)
        provider_copies.ask(db, (chosen,), now)
        db.execute(update(Message).where(chosen).values(gone), execution_options={"synchronize_session": False})
    return len(ids)


def _nobodys(scheme_id: str) -> tuple[Any, ...]:
    return Message.scheme_id == scheme_id, Message.service_user_id.is_(None), Message.address != NOBODY


def _somebodys() -> Any:
    """That the number is somebody's by now, who was enrolled with it or has moved to it."""
    same = (Address.scheme_id == Message.scheme_id, Address.address == Message.address)
    return select(Address.id).where(*same).exists()

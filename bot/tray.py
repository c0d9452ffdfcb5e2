"""The unclaimed tray: what came from numbers nobody knows, seen by staff and emptied by them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from bot import provider_copies
from bot.models import NO_WORDS, ON_THE_WAY, Event, Flag, Message
from bot.suppression import batches

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
        .where(Message.service_user_id.is_(None), Message.address != NOBODY)
        .group_by(Message.scheme_id, Message.address)
        .having(func.count(theirs) > 0)
        .order_by(func.max(theirs).desc())
    )
    if scheme_id:
        found = found.where(Message.scheme_id == scheme_id)
    return [Sender(*row) for row in db.execute(found)]


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
    ids = db.scalars(select(Message.id).where(*old)).all()
    gone = {**NO_WORDS, "address": NOBODY, "state": EMPTIED}
    for batch in batches(ids, 1000):
        chosen = Message.id.in_(batch)
        provider_copies.ask(db, (chosen,), now)
        db.execute(update(Message).where(chosen).values(gone), execution_options={"synchronize_session": False})
    if ids:
        db.add(Event(scheme_id=scheme_id, at=now, who=by, what="unclaimed_emptied", after={"texts": len(ids)}))
    return len(ids)

"""Flags found and locked: always behind their person's row, so that nobody waits for each other."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import queries
from bot.models import Flag, Message, ServiceUser


class FlagRefused(ValueError):
    """What was asked cannot be done; the sentence says why and what to do."""


def find(db: Session, code: str, scheme_id: str | None = None) -> Sequence[Flag]:
    """The flags whose id begins with ``code``, open ones first. Nothing for what is no id."""
    digits = code.strip().lower().replace("-", "")
    if not 1 <= len(digits) <= 32 or set(digits) - set("0123456789abcdef"):
        return []
    least, most = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
    found = select(Flag).where(Flag.id >= least, Flag.id <= most)
    if scheme_id is not None:
        found = found.where(Flag.scheme_id == scheme_id)
    return db.scalars(found.order_by(Flag.closed_at.is_not(None), Flag.raised_at)).all()


def open_of(db: Session, person: ServiceUser | None, kind: str, message_id: UUID | None) -> Flag | None:
    """The open flag of a kind: of a person, or of the number that a message came from."""
    found = select(Flag).where(Flag.kind == kind, Flag.closed_at.is_(None))
    if person is not None:
        found = found.where(Flag.scheme_id == person.scheme_id, Flag.service_user_id == person.id)
        return db.scalars(found.with_for_update()).first()
    message = db.get(Message, message_id) if message_id else None
    if message is None:
        return None
    same = (Message.scheme_id == message.scheme_id, Message.address == message.address)
    found = found.join(Message, Message.id == Flag.message_id).where(*same, Flag.service_user_id.is_(None))
    return db.scalars(found).first()


def scheme_of(db: Session, person: ServiceUser | None, message_id: UUID | None) -> str:
    if person is not None:
        return person.scheme_id
    message = db.get(Message, message_id) if message_id else None
    if message is None:
        raise FlagRefused("A flag is about a person, or about a message from a number nobody knows.")
    return message.scheme_id


def locked(db: Session, flag_id: UUID) -> Flag:
    flag = behind_person(db, flag_id)
    if flag is None:
        raise FlagRefused("There is no such flag: see python -m bot flags list.")
    return flag


def behind_person(db: Session, flag_id: UUID) -> Flag | None:
    """The flag, locked behind its person's row: everyone takes the locks in this order."""
    flag = db.get(Flag, flag_id)
    if flag is not None:
        person_of(db, flag)
    locked = select(Flag).where(Flag.id == flag_id).with_for_update().execution_options(populate_existing=True)
    return db.scalars(locked).one_or_none() if flag else None


def person_of(db: Session, flag: Flag) -> ServiceUser | None:
    return queries.locked_person(db, flag.service_user_id) if flag.service_user_id else None

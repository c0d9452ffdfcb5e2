"""The plain end of a send, for many rows at once: the provider has taken them, and nothing else is known yet."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, bindparam, null, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.gate import BY_HAND
from bot.models import Message, ServiceUser
from bot.outbox.candidates import lock, owners
from bot.outbox.states import RECEIPT_PATIENCE

ACCEPTED = "accepted"

Plain = Row[UUID, UUID | None, str]


def accept(db: Session, provider_ids: Mapping[UUID, str], now: datetime) -> frozenset[UUID]:
    """Write down that these were taken, just as ``receipts.record`` does; which of them are written.

    Not those that a receipt has overtaken: they are anything but plain. Raises IntegrityError where an id of the
    provider's is another row's already.
    """
    lock(db, [owner for owner in owners(db, provider_ids) if owner is not None])
    plain = _still_plain(db, provider_ids)
    if plain:
        db.connection().execute(ACCEPT, [_written(each.id, provider_ids[each.id], now) for each in plain])
    for column, people in _contacts(plain):
        noted = update(ServiceUser).where(ServiceUser.id.in_(people)).values({column: now})
        db.execute(noted, execution_options={"synchronize_session": False})
    return frozenset(each.id for each in plain)


def _still_plain(db: Session, ids: Iterable[UUID]) -> Sequence[Plain]:
    waiting = (Message.state == "submitting", Message.provider_id.is_(None), Message.sent_at.is_(None))
    return db.execute(
        select(Message.id, Message.service_user_id, Message.kind).where(Message.id.in_(ids), *waiting)
    ).all()


def _written(row: UUID, provider_id: str, now: datetime) -> Mapping[str, Any]:
    return {"row": row, "named": provider_id, "at": now, "ask_at": now + RECEIPT_PATIENCE}


def _contacts(plain: Sequence[Plain]) -> Iterable[tuple[InstrumentedAttribute[datetime | None], set[UUID | None]]]:
    """When they last had a text of a person's, or of ours."""
    by_hand = {each.service_user_id for each in plain if each.kind == BY_HAND}
    automatic = {each.service_user_id for each in plain if each.kind != BY_HAND}
    yield from ((ServiceUser.last_person_sent_at, by_hand), (ServiceUser.last_automatic_sent_at, automatic))


def _accepting() -> Any:
    table = Message.__table__
    assert isinstance(table, Table)
    told: dict[str, Any] = {
        "provider_id": bindparam("named"),
        "sent_at": bindparam("at"),
        "confirm_at": bindparam("ask_at"),
    }
    known = {"state": ACCEPTED, **told}
    over = dict.fromkeys(("due_at", "claimed_until", "error_code", "not_sent_reason"), null())
    ours = (table.c.id == bindparam("row"), table.c.state == "submitting", table.c.provider_id.is_(None))
    return update(table).where(*ours).values({**known, **over})


ACCEPT = _accepting()

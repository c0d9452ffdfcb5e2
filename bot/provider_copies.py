"""Copies of texts at the provider: what is erased here is deleted there too, however long that takes.

Ids alone, and never inside a transaction. Twilio deletes no text that is still on its way ("wait several minutes",
its error 20009, in rare cases 14 days), and may be down: a row waits with an alarm until its copy is gone.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID, uuid4

import structlog
from sqlalchemy import ColumnElement, CursorResult, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from bot.channels import NO_CONNECTION
from bot.database import insert_into
from bot.models import HANDED_OVER, Message, ProviderCopy
from bot.suppression import batches

if TYPE_CHECKING:
    from bot.service import Service

log = structlog.get_logger()

# Twilio asks for a minute at least between a text and its deletion.
FIRST_TRY = timedelta(minutes=2)
RETRIES = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
# After so long it is no text on its way any more: somebody has to look.
STUCK_AFTER = timedelta(days=14)
UNNAMED_AFTER = timedelta(days=1)
BATCH = 50
# So many in a row that found nobody: the others are left for the next time.
PROVIDER_IS_DOWN = 3
ROWS = 1000


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many copies of a scheme's texts are still to be deleted. ``unnamed``: the provider never told their ids."""

    scheme_id: str
    copies: int
    unnamed: int
    since: datetime
    error: str | None


def ask(db: Session, which: Iterable[ColumnElement[bool]], now: datetime) -> int:
    """Have the copies of these messages deleted; how many. Twice changes nothing.

    A text that has left, and that the provider has not named yet, waits under our own id until a receipt does.
    """
    left = and_(Message.direction == "out", Message.provider_id.is_(None), Message.state.in_(HANDED_OVER))
    rows = select(Message.id, Message.scheme_id, Message.provider_id).where(
        *which, or_(Message.provider_id.is_not(None), left)
    )
    asked = 0
    for batch in batches(db.execute(rows), ROWS):
        db.execute(insert_into(db, ProviderCopy).on_conflict_do_nothing(), [_row(each, now) for each in batch])
        asked += len(batch)
    return asked


def ask_by_id(db: Session, texts: Iterable[tuple[str, str]], now: datetime) -> int:
    """The same for texts that are no rows here: a scheme and the provider's id each."""
    asked = 0
    for batch in batches(texts, ROWS):
        db.execute(insert_into(db, ProviderCopy).on_conflict_do_nothing(), [_named(*each, now) for each in batch])
        asked += len(batch)
    return asked


def _named(scheme_id: str, provider_id: str, now: datetime) -> dict[str, Any]:
    own = {"id": uuid4(), "scheme_id": scheme_id, "message_id": None, "provider_id": provider_id}
    return {**own, "due_at": now + FIRST_TRY, "attempts": 0, "asked_at": now}


def _row(message: Any, now: datetime) -> dict[str, Any]:
    named = message.provider_id is not None
    return {
        "id": uuid4(),
        "scheme_id": message.scheme_id,
        "message_id": None if named else message.id,
        "provider_id": message.provider_id,
        "due_at": now + FIRST_TRY if named else None,
        "attempts": 0,
        "asked_at": now,
    }


def learn(db: Session, message_id: UUID, provider_id: str, now: datetime) -> None:
    """A receipt names a text whose row has been erased meanwhile: now its copy can go."""
    if not erased(db, provider_id):
        unnamed = (ProviderCopy.message_id == message_id, ProviderCopy.provider_id.is_(None))
        db.execute(update(ProviderCopy).where(*unnamed).values(provider_id=provider_id, due_at=now + FIRST_TRY))


def erased(db: Session, provider_id: str) -> bool:
    """Whether this text was here and has been erased: it must not come in again by a late delivery."""
    return db.scalar(select(ProviderCopy.id).where(ProviderCopy.provider_id == provider_id)) is not None


def here_of(db: Session, provider_ids: Iterable[str]) -> frozenset[str]:
    """Those of many texts that are here."""
    return _of(db, Message.provider_id, provider_ids)


def erased_of(db: Session, provider_ids: Iterable[str]) -> frozenset[str]:
    """Those of many texts that were here and have been erased."""
    return _of(db, ProviderCopy.provider_id, provider_ids)


def _of(db: Session, column: Any, provider_ids: Iterable[str]) -> frozenset[str]:
    return frozenset(
        each for ids in batches(provider_ids, ROWS) for each in db.scalars(select(column).where(column.in_(ids)))
    )


def due(db: Session, now: datetime) -> bool:
    """Whether any copy's alarm has rung."""
    return db.scalars(select(ProviderCopy.id).where(ProviderCopy.due_at <= now).limit(1)).first() is not None


def erase(service: "Service", limit: int = BATCH) -> Counter[str]:
    """Delete the copies that are due, one by one, outside of any transaction. Two processes at once are harmless.

    What the provider does not know any more is gone; what it refuses is tried again, in the end once a day.
    """
    counts: Counter[str] = Counter()
    down = 0
    with service.database.read() as db:
        ringing = select(ProviderCopy.id, ProviderCopy.provider_id).where(ProviderCopy.due_at <= service.clock.now())
        found = db.execute(ringing.order_by(ProviderCopy.due_at).limit(limit)).all()
    for copy_id, provider_id in found:
        error = service.channel.erase(str(provider_id))
        with service.database.write() as db:
            _settle(db, copy_id, error, service.clock.now(), counts)
        down = down + 1 if error == NO_CONNECTION else 0
        if down >= PROVIDER_IS_DOWN:
            break
    return counts


def _settle(db: Session, copy_id: UUID, error: str | None, now: datetime, counts: Counter[str]) -> None:
    copy = db.get(ProviderCopy, copy_id, with_for_update=True)
    if copy is None:
        return
    if error is None:
        copy.due_at, copy.error, copy.gone_at = None, None, now
        counts["provider's copies deleted"] += 1
        return
    copy.due_at = now + RETRIES[min(copy.attempts, len(RETRIES) - 1)]
    copy.attempts, copy.error = copy.attempts + 1, error[:40]
    counts["provider's copies to be tried again"] += 1
    if now - copy.asked_at > STUCK_AFTER:
        log.error("a copy at the provider cannot be deleted", copy_id=copy.id, code=error[:40])


def drop_rows(db: Session, before: datetime) -> int:
    """Forget of what is gone: of texts whose own row is here still, at once; of erased ones after ``before``."""
    here = exists().where(Message.provider_id == ProviderCopy.provider_id)
    old = or_(here, ProviderCopy.asked_at < before)
    gone = delete(ProviderCopy).where(ProviderCopy.gone_at.is_not(None), old)
    return cast(CursorResult[Any], db.execute(gone, execution_options={"synchronize_session": False})).rowcount


def waiting(db: Session, now: datetime) -> list[Waiting]:
    """What is still to be deleted at the provider, by scheme, with the last thing it said."""
    named = ProviderCopy.provider_id.is_not(None)
    lost = and_(~named, ProviderCopy.asked_at <= now - UNNAMED_AFTER)
    rows = (
        select(
            ProviderCopy.scheme_id,
            func.count().filter(named),
            func.count().filter(lost),
            func.min(ProviderCopy.asked_at),
            func.max(ProviderCopy.error),
        )
        .where(ProviderCopy.gone_at.is_(None))
        .group_by(ProviderCopy.scheme_id)
        .order_by(ProviderCopy.scheme_id)
    )
    return [Waiting(*row) for row in db.execute(rows)]

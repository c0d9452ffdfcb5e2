"""Taking rows: first a batch for one minute, then each once more just before it is handed over.

Both ask the send gate, in the transaction that takes the row. Whoever takes a row a second time finds it taken.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import gate
from bot.channels import Outgoing
from bot.models import Message
from bot.outbox.candidates import Batch, gather, keep_tallies, lock
from bot.outbox.outgoing import outgoing
from bot.outbox.states import CANCELLED, LEASE, WAITS, Counts, move, of_schemes

if TYPE_CHECKING:
    from bot.service import Service


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that is ours until then."""

    message_id: UUID
    until: datetime


def claim(service: "Service", db: Session, ids: Collection[UUID] | None, limit: int, counts: Counts) -> list[Claimed]:
    """Take due rows for a minute: all that the gate lets go, oldest first. What it stops is written on the row."""
    now = service.clock.now()
    due = select(Message.id, Message.service_user_id).where(WAITS, Message.state == "queued", Message.due_at <= now)
    due = due.where(of_schemes(service.library.schemes))
    if ids is not None:
        due = due.where(Message.id.in_(ids))
    found = db.execute(due.order_by(Message.due_at).limit(limit)).all()
    messages, batch = _locked(service, db, [row.id for row in found], {row.service_user_id for row in found}, now)
    until = now + LEASE
    claimed = []
    for message in messages:
        if message.state == "queued" and _take(db, batch, message, until, counts):
            claimed.append(Claimed(message.id, until))
    keep_tallies(db, batch)
    return claimed


def submit(service: "Service", db: Session, claimed: Sequence[Claimed], counts: Counts) -> list[Outgoing]:
    """Ask the gate once more and mark these rows as being handed over; those that have not been taken away."""
    now = service.clock.now()
    ours = {each.message_id: each.until for each in claimed}
    owners = db.scalars(select(Message.service_user_id).where(Message.id.in_(ours))).all()
    messages, batch = _locked(service, db, [*ours], owners, now)
    still = (each for each in messages if each.state == "claimed" and each.claimed_until == ours[each.id])
    return [each for message in still if (each := _hand_over(service, db, batch, message, counts)) is not None]


def _hand_over(service: "Service", db: Session, batch: Batch, message: Message, counts: Counts) -> Outgoing | None:
    now, candidate = batch.now, batch.candidate(message)
    verdict = gate.judge(candidate, now)
    if not isinstance(verdict, gate.Go):
        _stop(db, message, verdict, "claimed", counts)
        return None
    lease = {"submitted_at": now, "claimed_until": now + LEASE, "due_at": now + LEASE}
    tried = {"attempts": message.attempts + 1, "not_sent_reason": None}
    if not move(db, message.id, "claimed", state="submitting", **lease, **tried):
        return None
    return outgoing(service, message, batch.address(message), gate.validity(candidate, now), now)


def _locked(
    service: "Service", db: Session, ids: Sequence[UUID], owners: Iterable[UUID | None], now: datetime
) -> tuple[Sequence[Message], Batch]:
    """Lock the people first, then look at the rows: what the gate sees is what holds until we commit."""
    people = {owner for owner in owners if owner is not None}
    lock(db, people)
    rows = select(Message).where(Message.id.in_(ids)).order_by(Message.due_at)
    messages = db.scalars(rows.execution_options(populate_existing=True)).all() if ids else ()
    return messages, gather(db, service.library, messages, people, now)


def _take(db: Session, batch: Batch, message: Message, until: datetime, counts: Counts) -> bool:
    candidate = batch.candidate(message)
    verdict = gate.judge(candidate, batch.now)
    if not isinstance(verdict, gate.Go):
        _stop(db, message, verdict, "queued", counts)
        return False
    counts_now = candidate.capped and not candidate.counted
    taken = move(
        db,
        message.id,
        "queued",
        state="claimed",
        claimed_until=until,
        due_at=until,
        counted_at=batch.now if counts_now else message.counted_at,
    )
    if taken and counts_now:
        batch.count(message)
    return taken


def _stop(db: Session, message: Message, verdict: gate.Wait | gate.Drop, state: str, counts: Counts) -> None:
    """The reason stays on the row, also while it only waits."""
    if isinstance(verdict, gate.Drop):
        gone = {"state": CANCELLED, "due_at": None, "claimed_until": None, "not_sent_reason": verdict.reason}
        counts["not sent"] += move(db, message.id, state, **gone)
    else:
        back = {"state": "queued", "due_at": verdict.until, "claimed_until": None, "not_sent_reason": verdict.reason}
        counts["waiting"] += move(db, message.id, state, **back)

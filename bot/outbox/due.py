"""Which rows are looked at: what is due, in the order in which it leaves."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Row, Select, TextClause, case, literal, or_, select, text
from sqlalchemy.orm import Session

from bot.models import Address, Message
from bot.outbox import numbers
from bot.outbox.pace import Sender
from bot.outbox.states import WAITS, of_schemes

if TYPE_CHECKING:
    from bot.service import Service

# Whoever may be in danger, then whoever waits for an answer, then what a practitioner wrote; the rest is unasked.
RANK = {"safety": 0, "reply": 1, "staff": 2}
ORDER = (case(RANK, value=Message.kind, else_=len(RANK)), Message.due_at)
# In the very words of the partial index ix_message_first, or SQLite would not use it.
FIRST: TextClause = text("message.state = 'queued' AND message.kind IN ('safety','reply','staff')")

Ringing = Select[UUID, UUID | None]


def due(
    service: "Service",
    db: Session,
    now: datetime,
    ids: Collection[UUID] | None,
    full: frozenset[Sender],
    limit: int,
) -> list[Row[UUID, UUID | None]]:
    """The ids and owners of due rows, at most ``limit``: these, or the first of all.

    Passed over are texts whose number is ``full``, for others would wait behind them; a safety text never is.
    """
    ringing = select(Message.id, Message.service_user_id).where(Message.due_at <= now)
    ringing = _without(service, ringing.where(of_schemes(service.library.schemes)), full)
    if ids is not None:
        mine = ringing.where(WAITS, Message.state == "queued", Message.id.in_(ids))
        return [*db.execute(mine.order_by(*ORDER).limit(limit))]
    first = [*db.execute(ringing.where(FIRST).order_by(*ORDER).limit(limit))]
    if len(first) == limit or _nobody(service, full):
        return first
    unasked = ringing.where(WAITS, Message.state == "queued", Message.kind.not_in(RANK)).order_by(Message.due_at)
    return [*first, *db.execute(unasked.limit(limit - len(first)))]


def _nobody(service: "Service", full: frozenset[Sender]) -> bool:
    """Whether each of our numbers is full: then only somebody's safety has to be looked for."""
    ours = {(sender.channel, sender.address) for sender in service.settings.senders}
    return bool(ours) and ours <= full


def _without(service: "Service", ringing: Ringing, full: frozenset[Sender]) -> Ringing:
    safety = Message.kind == "safety"
    if not full:
        return ringing
    if _nobody(service, full):
        return ringing.where(safety)
    lane = Message.channel + literal(" ") + numbers.number(service, full)
    free = lane.not_in([" ".join(each) for each in full])
    return ringing.outerjoin(Address, numbers.THEIRS).where(or_(safety, free))

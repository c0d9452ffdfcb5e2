"""Which rows are looked at: what is due, in the order in which it leaves."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, TextClause, and_, case, func, literal, select, text
from sqlalchemy.orm import Session

from bot.models import Address, Message
from bot.outbox.pace import Sender
from bot.outbox.states import WAITS, of_schemes

if TYPE_CHECKING:
    from bot.service import Service

# Whoever may be in danger, then whoever waits for an answer, then what a practitioner wrote; the rest is unasked.
RANK = {"safety": 0, "reply": 1, "staff": 2}
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

    Passed over are unasked texts whose number is ``full``: others would wait behind them.
    """
    ringing = select(Message.id, Message.service_user_id).where(Message.due_at <= now)
    ringing = ringing.where(of_schemes(service.library.schemes)).order_by(Message.due_at)
    if ids is not None:
        mine = ringing.where(WAITS, Message.state == "queued", Message.id.in_(ids))
        return [*db.execute(mine.limit(limit))]
    first = [*db.execute(ringing.where(FIRST).limit(limit))]
    if len(first) == limit or _nobody(service, full):
        return first
    unasked = ringing.where(WAITS, Message.state == "queued", Message.kind.not_in(RANK))
    if full:
        unasked = _without(service, unasked, full)
    return [*first, *db.execute(unasked.limit(limit - len(first)))]


def _nobody(service: "Service", full: frozenset[Sender]) -> bool:
    """Whether each of our numbers is full: then nothing has to be looked for."""
    ours = {(sender.channel, sender.address) for sender in service.settings.senders}
    return bool(ours) and ours <= full


def _without(service: "Service", unasked: Ringing, full: frozenset[Sender]) -> Ringing:
    theirs = and_(
        Address.scheme_id == Message.scheme_id, Address.channel == Message.channel, Address.address == Message.address
    )
    number = func.coalesce(Message.sender, Address.sender, _first_number(service))
    lane = Message.channel + literal(" ") + number
    return unasked.outerjoin(Address, theirs).where(lane.not_in([" ".join(each) for each in full]))


def _first_number(service: "Service") -> ColumnElement[str]:
    """The scheme's first number for the channel, as ``leaves_from`` has it."""
    firsts = {(sender.scheme, sender.channel): sender.address for sender in reversed(service.settings.senders)}
    whens = [
        (and_(Message.scheme_id == scheme, Message.channel == channel), literal(address))
        for (scheme, channel), address in firsts.items()
    ]
    return case(*whens, else_="") if whens else literal("")

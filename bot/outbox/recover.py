"""Rows that somebody left behind: leases that are over, and sends whose outcome nobody knows."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import structlog
from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from bot.channels import Found, Outgoing, Unreadable
from bot.gate import Reason
from bot.models import Address, Message
from bot.outbox.candidates import lock
from bot.outbox.outgoing import outgoing
from bot.outbox.receipts import record
from bot.outbox.refusals import give_up, tell_of_safety
from bot.outbox.settle import SENT_ONCE_MORE, send_once_more, unknown
from bot.outbox.states import TWIML_PATIENCE, WAITS, Counts, move, of_schemes

if TYPE_CHECKING:
    from bot.service import Service

log = structlog.get_logger()

BATCH = 50
SECOND_LOOK = timedelta(minutes=5)
# Two searches, one more send, two more searches.
LAST_LOOK = SENT_ONCE_MORE + 2
UNREADABLE_FOR = timedelta(hours=24)
# A lost answer is worth sending for so long; a safety text always.
ANSWER_YOUNG = timedelta(hours=1)
# The provider's clock and ours.
SKEW = timedelta(minutes=5)


def recover(service: "Service", limit: int = BATCH) -> Counts:
    """Take up what was left behind.

    1. Claimed for longer than a minute: queued again. It was never handed over.
    2. Handed over, and nobody came back to say how it went; or an answer that no callback has named in ten
       minutes: unknown.
    3. Unknown: looked for at the provider.
    """
    counts = Counts()
    with service.database.write() as db:
        _expire(service, db, limit, counts)
    with service.database.read() as db:
        lost = db.scalars(_due(service, "unknown", limit)).all()
        asked = [(message, _as_sent(service, db, message), _taken(db, message)) for message in lost]
    for message, sent, taken in asked:
        found = _find(service, sent, message.created_at - SKEW, taken)
        with service.database.write() as db:
            counts.update(_settled(service, db, message, found))
    return counts


def _expire(service: "Service", db: Session, limit: int, counts: Counts) -> None:
    now = service.clock.now()
    over = update(Message).where(WAITS, Message.state == "claimed", Message.due_at <= now)
    back = over.values(state="queued", due_at=now, claimed_until=None)
    done = db.execute(back, execution_options={"synchronize_session": False})
    counts["claims taken back"] += cast(CursorResult[Any], done).rowcount
    silent = or_(Message.via != "twiml", Message.submitted_at <= now - TWIML_PATIENCE)
    for message in db.scalars(_due(service, "submitting", limit).where(silent)).all():
        if message.via == "twiml":
            move(db, message.id, "submitting", state="unknown", due_at=now)
        else:
            unknown(service, db, message, "died", now)
        counts["unknown"] += 1


def _due(service: "Service", state: str, limit: int) -> Any:
    ringing = or_(Message.due_at <= service.clock.now(), Message.due_at.is_(None))
    rows = select(Message).where(WAITS, Message.state == state, ringing, of_schemes(service.library.schemes))
    return rows.order_by(Message.due_at).limit(limit)


def _as_sent(service: "Service", db: Session, message: Message) -> Outgoing:
    whose = (Address.scheme_id == message.scheme_id, Address.channel == message.channel)
    address = db.scalars(select(Address).where(*whose, Address.address == message.address)).first()
    return outgoing(service, message, address, None, message.submitted_at or message.created_at)


def _taken(db: Session, message: Message) -> frozenset[str]:
    """The provider's ids of other texts to that address: found, but not this one."""
    others = select(Message.provider_id).where(
        Message.scheme_id == message.scheme_id,
        Message.address == message.address,
        Message.created_at >= message.created_at - timedelta(days=7),
        Message.provider_id.is_not(None),
    )
    return frozenset(each for each in db.scalars(others) if each)


def _find(service: "Service", sent: Outgoing, since: datetime, taken: frozenset[str]) -> Found | Unreadable | None:
    try:
        return service.channel.find(sent, since, taken)
    except Unreadable as error:
        log.warning("the provider's list could not be read", message_id=sent.id, why=str(error))
        return error


def _settled(service: "Service", db: Session, seen: Message, found: Found | Unreadable | None) -> Counts:
    now = service.clock.now()
    lock(db, [seen.service_user_id] if seen.service_user_id else [])
    message = db.get_one(Message, seen.id, populate_existing=True)
    if message.state != "unknown" or message.looked_up != seen.looked_up:
        # Somebody else has looked, or a receipt has come.
        return Counts()
    if isinstance(found, Found):
        codes = {"provider_id": found.provider_id, "error_code": found.error_code}
        record(db, service.library, message.id, found.state, now, **codes)
        return Counts(found=1)
    handed_over = message.submitted_at or message.created_at
    if isinstance(found, Unreadable):
        return _unreadable(service, db, message, handed_over, now)
    if message.via == "twiml":
        return _answer_lost(service, db, message, now)
    return _not_found(service, db, message, handed_over, now)


def _unreadable(service: "Service", db: Session, message: Message, handed_over: datetime, now: datetime) -> Counts:
    if message.kind == "safety" and message.looked_up < SENT_ONCE_MORE:
        return _once_more(service, db, message, now)
    if now - handed_over > UNREADABLE_FOR:
        return Counts(failed=give_up(db, service.library, message, Reason.UNKNOWN, now))
    move(db, message.id, "unknown", due_at=now + SECOND_LOOK)
    return Counts({"still unknown": 1})


def _answer_lost(service: "Service", db: Session, message: Message, now: datetime) -> Counts:
    if message.kind == "safety" or now - message.created_at < ANSWER_YOUNG:
        return _once_more(service, db, message, now)
    return Counts(failed=give_up(db, service.library, message, Reason.NO_CALLBACK, now))


def _not_found(service: "Service", db: Session, message: Message, handed_over: datetime, now: datetime) -> Counts:
    looked_up = message.looked_up + 1
    if looked_up == SENT_ONCE_MORE:
        return _once_more(service, db, message, now)
    if looked_up >= LAST_LOOK:
        return Counts(failed=give_up(db, service.library, message, Reason.UNKNOWN, now))
    move(db, message.id, "unknown", looked_up=looked_up, due_at=max(now, handed_over + SECOND_LOOK))
    return Counts({"still unknown": 1})


def _once_more(service: "Service", db: Session, message: Message, now: datetime) -> Counts:
    send_once_more(db, message, "unknown", now)
    tell_of_safety(db, service.library, message, now)
    return Counts({"to be sent once more": 1})

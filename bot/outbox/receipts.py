"""What became of a text: receipts in any order, doubled or late, move its row forward and nothing else."""

from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from bot import provider_copies, quiet, reach
from bot.channels import Fault
from bot.channels.codes import STATES, fault
from bot.gate import BY_HAND, Reason
from bot.library import Library
from bot.models import Message, ServiceUser
from bot.outbox import consequences, pace
from bot.outbox.candidates import lock_owner
from bot.outbox.refusals import cancel_copies
from bot.outbox.states import ARRIVED, FAILED, OPEN, RECEIPT_PATIENCE, below, move

log = structlog.get_logger()


def status(
    db: Session,
    library: Library,
    *,
    message_id: UUID | None,
    provider_id: str,
    status: str,
    error_code: str | None,
    now: datetime,
) -> bool:
    """Take the provider's receipt for the row that its callback names, or that has its id.

    Whether anything changed. A word or a row that we do not know changes nothing; that is no error, for the
    provider would only ask again.
    """
    state = STATES.get(status)
    found = message_id or db.scalar(select(Message.id).where(Message.provider_id == provider_id))
    if state is None or found is None:
        log.info("receipt passed over", known_state=state is not None, known_message=found is not None)
        return False
    if fault(error_code or "") is Fault.TEMPORARY:
        pace.slow_sender_of(db, found, now)
    return record(db, library, found, state, now, provider_id=provider_id, error_code=error_code)


def record(
    db: Session,
    library: Library,
    message_id: UUID,
    state: str,
    now: datetime,
    *,
    provider_id: str | None = None,
    error_code: str | None = None,
) -> bool:
    """Move a row forward to this state, with what follows from it, in the caller's transaction; whether it moved.

    1. The provider's id is kept the first time it is told, whatever the state.
    2. It has left: the person's contact times. It has arrived: the count of silence may begin.
    3. It has failed: what follows depends on the error's code (``consequences``). It has arrived after all: undone.
    4. Of a text that left twice, either copy may arrive; only the one whose id we keep can fail.
    """
    lock_owner(db, message_id)
    message = db.get(Message, message_id, populate_existing=True)
    if message is None and provider_id:
        provider_copies.learn(db, message_id, provider_id, now)
    if message is None or message.direction != "out":
        return False
    if state in FAILED and provider_id and message.provider_id not in (None, provider_id):
        # It was sent once more, and this was the other copy: the one we know of decides whether it failed.
        log.info("receipt passed over: another copy of the text failed", message_id=message_id)
        return False
    before, left = message.state, message.sent_at is not None
    named = _provider_id(db, message, provider_id)
    values = {**_values(message, state, error_code, now), **named}
    if not move(db, message_id, below(state), **values):
        if named:
            db.execute(update(Message).where(Message.id == message_id).values(named))
        return False
    for name, value in values.items():
        # What the row now holds; asking the database for it would be one more journey.
        set_committed_value(message, name, value)
    if message.sent_at and not left:
        _note_contact(db, message, now)
    _follow(db, library, message, before, now)
    return True


def _follow(db: Session, library: Library, message: Message, before: str, now: datetime) -> None:
    """What it means for the person. Of a scheme whose folder is gone nobody knows the rules: its row alone is moved."""
    if message.scheme_id not in library.schemes:
        return
    if message.state in FAILED and message.no_receipt_at:
        quiet.not_delivered(db, message)
    if message.state in FAILED and before not in FAILED:
        consequences.follow(db, library, message, now)
    if message.state in ARRIVED and before not in ARRIVED:
        if before in FAILED:
            cancel_copies(db, message)
        reach.answer_arrived(db, message, now)
        # At a number that they have left it says nothing of the one that they have now.
        if reach.address_of(db, message) is not None:
            reach.arrived(db, library, message, now, was_lost=before in FAILED)
            quiet.delivered(db, library, message, now)


def _values(message: Message, state: str, error_code: str | None, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {"state": state, "due_at": None, "claimed_until": None, "confirm_at": None}
    if state in OPEN and message.via != "twiml" and not message.no_receipt_at:
        values["confirm_at"] = message.confirm_at or now + RECEIPT_PATIENCE
    if state in FAILED:
        return {**values, "error_code": (error_code or "")[:12] or None, "not_sent_reason": Reason.REFUSED}
    values |= {"error_code": None, "not_sent_reason": None, "sent_at": message.sent_at or now}
    return {**values, "delivered_at": message.delivered_at or now} if state in ARRIVED else values


def _provider_id(db: Session, message: Message, provider_id: str | None) -> dict[str, str]:
    """The provider's id, if it is still to be kept."""
    if not provider_id or message.provider_id is not None:
        return {}
    # An id belongs to one row; a receipt that says otherwise is not worth losing the row's state for.
    taken = db.scalar(select(Message.id).where(Message.provider_id == provider_id))
    return {} if taken else {"provider_id": provider_id}


def _note_contact(db: Session, message: Message, now: datetime) -> None:
    """When they last had a text: of a person's, or of ours (three contact times, kept apart)."""
    if message.service_user_id is None:
        return
    column = ServiceUser.last_person_sent_at if message.kind == BY_HAND else ServiceUser.last_automatic_sent_at
    db.execute(update(ServiceUser).where(ServiceUser.id == message.service_user_id).values({column: now}))

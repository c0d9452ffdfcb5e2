"""The door for a text: taken in one transaction, and never lost to a fault of ours.

A text whose handling fails is kept in a transaction of its own (state ``unhandled``), and tried again by the sweep.
Meanwhile what cannot wait is done without the engine: a stop is obeyed, a crisis is answered and told.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot import first_aid, notices, receiving
from bot.channels import Inbound
from bot.database import insert_into
from bot.first_aid import UNHANDLED
from bot.models import Message
from bot.outbox.states import Counts
from bot.receiving import Received
from bot.service import Service

log = structlog.get_logger()

BATCH = 50
# In the very words of the partial index ix_message_unhandled, or it would not be used.
WAITS = text("message.state = 'unhandled'")
FIRST_TRY = timedelta(minutes=1)
# Twilio waits fifteen seconds for an answer; the way there and back, and the commit, are within them.
HANGS_UP_AFTER = timedelta(seconds=10)
# A minute, five, twenty-five, and then twice an hour at most; after a week only a person can do anything.
TIMES, MOST_TIMES = 5, 3
LONGEST_WAIT = timedelta(minutes=30)
GIVEN_UP_AFTER = timedelta(days=7)


def take(service: Service, scheme_id: str, inbound: Inbound) -> Received:
    """Take in a text. When this returns, the text is committed, with all that follows from it or to be tried again.

    Raises only where it could not even be kept: then nothing is, and whoever brought it still has it.
    """
    began = service.clock.now()
    try:
        return _take(service, scheme_id, inbound, began)
    except IntegrityError:
        # The same text, taken by another process in the same moment: its row is there now.
        log.info("taken twice at once", provider_id=inbound.provider_id)
    except Exception as error:
        return _keep(service, scheme_id, inbound, began, error)
    try:
        return _take(service, scheme_id, inbound, began)
    except Exception as error:
        return _keep(service, scheme_id, inbound, began, error)


def try_again(service: Service, limit: int = BATCH) -> Counts:
    """Handle the texts that could not be handled when they came, in the order in which they came."""
    counts = Counts()
    due = (WAITS, Message.due_at <= service.clock.now())
    with service.database.read() as db:
        waiting = db.scalars(select(Message.id).where(*due).order_by(Message.created_at).limit(limit)).all()
    for message_id in waiting:
        try:
            with service.database.write() as db:
                counts["kept texts handled"] += _handle_kept(service, db, message_id)
        except Exception as error:
            _log("a kept text could not be handled", error, message_id=message_id)
            counts["kept texts put off"] += 1
            with service.database.write() as db:
                _put_off(db, message_id, service.clock.now())
    return counts


def _take(service: Service, scheme_id: str, inbound: Inbound, began: datetime) -> Received:
    with service.database.write() as db:
        received = receiving.receive(db, service.library, scheme_id, inbound, service.clock.now())
        return _in_time(service, received, began)


def _in_time(service: Service, received: Received, began: datetime) -> Received:
    """What was made of a text; an answer that nobody waits for any more, after a lock, goes by the outbox at once."""
    reply = received.reply
    if reply is None or received.seen_before or service.clock.now() - began <= HANGS_UP_AFTER:
        return received
    reply.via, reply.state, reply.submitted_at = "rest", "queued", None
    return received


def _keep(service: Service, scheme_id: str, inbound: Inbound, began: datetime, error: Exception) -> Received:
    """The text alone, and then what cannot wait."""
    _log("a text could not be handled; it is kept", error, provider_id=inbound.provider_id)
    now = service.clock.now()
    with service.database.write() as db:
        row = {**receiving.row_of(scheme_id, inbound, now), "state": UNHANDLED, "due_at": now + FIRST_TRY}
        db.execute(insert_into(db, Message).values(row).on_conflict_do_nothing())
        notices.note(db, notices.Kind.UNHANDLED, now, scheme_id, type(error).__name__)
    try:
        with service.database.write() as db:
            return _in_time(service, first_aid.give(db, service.library, inbound, now), began)
    except Exception as failed:
        _log("and nobody could be told", failed, provider_id=inbound.provider_id)
        return Received(None)


def _handle_kept(service: Service, db: Session, message_id: UUID) -> int:
    waits = (Message.id == message_id, Message.state == UNHANDLED)
    locked = select(Message).where(*waits).with_for_update(skip_locked=True)
    heard = db.scalars(locked.execution_options(populate_existing=True)).one_or_none()
    if heard is None:
        return 0
    heard.due_at = None
    receiving.handle(db, service.library, heard, _as_it_came(heard), service.clock.now())
    return 1


def _as_it_came(heard: Message) -> Inbound:
    """The text as it was brought, late by now: its answer goes by the outbox."""
    return Inbound(
        provider_id=heard.provider_id or "",
        channel=heard.channel,
        address=heard.address,
        sender=heard.sender or "",
        body=heard.body,
        media=heard.media,
        kinds=tuple((heard.media_kinds or "").split(", ")) if heard.media_kinds else (),
        payload=heard.payload,
        opt_out_type=heard.opt_out_type,
        late=True,
        sent_at=heard.sent_at or heard.created_at,
    )


def _put_off(db: Session, message_id: UUID, now: datetime) -> None:
    heard = db.get(Message, message_id)
    if heard is None or heard.state != UNHANDLED:
        return
    heard.attempts += 1
    # Of many attempts the power is past any time there is.
    wait = min(FIRST_TRY * TIMES ** min(heard.attempts, MOST_TIMES), LONGEST_WAIT)
    heard.due_at = None if now - heard.created_at > GIVEN_UP_AFTER else now + wait


def _log(what: str, error: Exception, **ids: object) -> None:
    """The types and the place only: an exception's message quotes values, and those are people's words."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    at = f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else ""
    log.error(what, exception=type(error).__name__, at=at, **ids)

"""Texts that were taken, and of which no receipt has said what became of them: the provider is asked, text by text.

An answer to a webhook has a rule of its own (``recover``).
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import quiet, reach
from bot.channels import Found, Unreadable
from bot.clock import monotonic
from bot.models import Message
from bot.outbox.candidates import lock_owner
from bot.outbox.receipts import record
from bot.outbox.states import OPEN, Counts, move, of_schemes

if TYPE_CHECKING:
    from bot.service import Service

log = structlog.get_logger()

BATCH = 200
# A turn's look-ups end after so many seconds, whatever is left: the clock has other things to do.
SECONDS = 15
# There are networks that never say that a text has arrived. After so long it counts as arrived.
LONG_ENOUGH = timedelta(days=1)
UNREADABLE_AGAIN = timedelta(hours=1)

Answer = Found | Unreadable | None


def confirm(service: "Service", limit: int = BATCH) -> Counts:
    """Ask the provider what became of texts that no receipt has told of: an hour after each left, and after a day.

    1. What is found goes through the door of the receipts.
    2. What is still on its way after a day, for all that the provider knows, counts as arrived: only so is somebody
       whose network never confirms told of when they fall silent. A receipt that comes yet corrects it.
    3. After the first round in which one could not be read, or after some seconds, the rest waits for the next turn.
    """
    counts = Counts()
    with service.database.read() as db:
        asked = _due(service, db, limit)
    until = monotonic() + SECONDS
    for some in _rounds(asked, service.channel.at_once):
        answers = _side_by_side(service, some)
        for message, answer in zip(some, answers, strict=True):
            counts.update(_settle(service, message, answer))
        if any(isinstance(answer, Unreadable) for answer in answers) or monotonic() > until:
            break
    return counts


def _due(service: "Service", db: Session, limit: int) -> Sequence[Message]:
    ringing = Message.confirm_at <= service.clock.now()
    rows = select(Message).where(ringing, Message.provider_id.is_not(None), of_schemes(service.library.schemes))
    return db.scalars(rows.order_by(Message.confirm_at).limit(limit)).all()


def _rounds(asked: Sequence[Message], at_once: int) -> Iterator[Sequence[Message]]:
    return (asked[start : start + at_once] for start in range(0, len(asked), at_once))


def _side_by_side(service: "Service", asked: Sequence[Message]) -> list[Answer]:
    with ThreadPoolExecutor(len(asked)) as pool:
        return list(pool.map(partial(_fetch, service), asked))


def _fetch(service: "Service", message: Message) -> Answer:
    try:
        return service.channel.fetch(message.provider_id or "")
    except Unreadable as error:
        log.warning("the provider could not be asked about a text", message_id=message.id, why=str(error))
        return error


def _settle(service: "Service", seen: Message, answer: Answer) -> Counts:
    """What was found, written down; what goes wrong with one stops no other."""
    try:
        with service.database.write() as db:
            return _settled(service, db, seen, answer)
    except Exception:
        log.exception("what became of a text could not be written down", message_id=seen.id)
        return Counts({"went wrong": 1})


def _settled(service: "Service", db: Session, seen: Message, answer: Answer) -> Counts:
    now = service.clock.now()
    lock_owner(db, seen.id)
    message = db.get(Message, seen.id, populate_existing=True)
    if message is None or message.state not in OPEN or message.confirm_at != seen.confirm_at:
        # Somebody else has asked, a receipt has come, or the person has been erased.
        return Counts()
    if isinstance(answer, Unreadable):
        move(db, message.id, OPEN, confirm_at=now + UNREADABLE_AGAIN)
        return Counts({"receipts not readable": 1})
    if answer is None:
        # Nothing can be concluded from a text that the provider does not have any more.
        log.warning("the provider does not know a text that it took", message_id=message.id)
        move(db, message.id, OPEN, confirm_at=None)
        return Counts({"receipts not there": 1})
    record(db, service.library, message.id, answer.state, now, **_named(message, answer))
    if message.state not in OPEN:
        return Counts({"receipts fetched": 1})
    return _still_open(service, db, message, now)


def _named(message: Message, found: Found) -> dict[str, str | None]:
    return {"provider_id": message.provider_id, "error_code": found.error_code}


def _still_open(service: "Service", db: Session, message: Message, now: datetime) -> Counts:
    long_enough = (message.sent_at or message.submitted_at or message.created_at) + LONG_ENOUGH
    if now < long_enough:
        move(db, message.id, OPEN, confirm_at=long_enough)
        return Counts({"still without a receipt": 1})
    move(db, message.id, OPEN, confirm_at=None, no_receipt_at=now)
    # At a number that they have left it says nothing of the one that they have now.
    if reach.address_of(db, message) is not None:
        quiet.delivered(db, service.library, message, now)
    return Counts({"taken as arrived": 1})

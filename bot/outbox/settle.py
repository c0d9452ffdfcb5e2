"""What the provider said to a text that was handed over, written on its row."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from bot.channels import NO_CONNECTION, Outcome, Outgoing, Refused, Sent, Unknown
from bot.gate import Reason
from bot.models import Message
from bot.outbox.accepted import ACCEPTED, accept
from bot.outbox.candidates import lock_owner
from bot.outbox.consequences import for_operator
from bot.outbox.pace import Sender, slow
from bot.outbox.receipts import record
from bot.outbox.refusals import give_up, tell_of_safety
from bot.outbox.states import Counts, move

if TYPE_CHECKING:
    from bot.service import Service

log = structlog.get_logger()

Answer = tuple[Outgoing, Outcome]
Jitter = Callable[[], float]

RETRIES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=25))
# Each wait is up to a fifth longer, so that what was refused together does not come back together.
SPREAD = 0.2
UNTIL_MENDED = timedelta(hours=1)
FIRST_LOOK = timedelta(minutes=1)
# After two searches in vain a text is sent once more; this marks one that has been.
SENT_ONCE_MORE = 2


def settle(service: "Service", answers: Sequence[Answer], jitter: Jitter, counts: Counts) -> None:
    """Write each answer on its row.

    1. A number that the provider wants to go slower is given a rest.
    2. What was simply taken is written in one transaction.
    3. Everything else, and what that could not take, is written in one of its own: it stops no other text.
    """
    now = service.clock.now()
    for number in sorted({_number(sent) for sent, said in answers if _too_fast(said)}):
        _slow_down(service, number, now)
    written = _accepted(service, answers, now)
    if written:
        counts["sent"] += len(written)
    for sent, outcome in answers:
        if sent.id not in written:
            _settle_one(service, sent.id, outcome, jitter, counts)


def _too_fast(outcome: Outcome) -> bool:
    return isinstance(outcome, Refused) and outcome.temporary and outcome.code != NO_CONNECTION


def _slow_down(service: "Service", number: Sender, now: datetime) -> None:
    try:
        with service.database.write() as db:
            slow(db, number, now)
    except Exception:
        # Without its rest the number is refused again, and asks for it again; the answers must be kept.
        log.exception("a number was not given its rest")


def _number(sent: Outgoing) -> Sender:
    return sent.channel, sent.sender or ""


def _accepted(service: "Service", answers: Sequence[Answer], now: datetime) -> frozenset[UUID]:
    taken = {sent.id: said.provider_id for sent, said in answers if isinstance(said, Sent) and said.state == ACCEPTED}
    if not taken:
        return frozenset()
    try:
        with service.database.write() as db:
            return accept(db, taken, now)
    except Exception:
        log.exception("answers are written down one by one", rows=len(taken))
        return frozenset()


def _settle_one(service: "Service", message_id: UUID, outcome: Outcome, jitter: Jitter, counts: Counts) -> None:
    mine = Counts()
    try:
        with service.database.write() as db:
            _write(service, db, message_id, outcome, jitter, mine)
    except Exception:
        # The row says how far it got; once its lease is over it is looked at again.
        log.exception("a send went wrong", message_id=message_id)
        mine = Counts({"went wrong": 1})
    counts.update(mine)


def _write(service: "Service", db: Session, message_id: UUID, outcome: Outcome, jitter: Jitter, counts: Counts) -> None:
    """A row that is not ``submitting`` any more has been overtaken by a receipt, or by the end of its lease.

    Its person is locked before it, as by a receipt for the same text: two that both want both wait for one another.
    """
    now = service.clock.now()
    lock_owner(db, message_id)
    match outcome:
        case Sent():
            record(db, service.library, message_id, outcome.state, now, provider_id=outcome.provider_id)
            counts["sent"] += 1
        case Unknown():
            unknown(service, db, db.get_one(Message, message_id), outcome.code, now)
            counts["unknown"] += 1
        case Refused():
            _refused(service, db, db.get_one(Message, message_id), outcome, now, jitter, counts)


def unknown(service: "Service", db: Session, message: Message, code: str, now: datetime) -> None:
    """Nobody can say whether it left. It is looked for in a minute; a safety text is sent again at once."""
    once_more = message.kind == "safety" and message.looked_up < SENT_ONCE_MORE
    if once_more and send_once_more(db, message, "submitting", now):
        tell_of_safety(db, service.library, message, now)
    else:
        move(db, message.id, "submitting", state="unknown", error_code=code, due_at=now + FIRST_LOOK)


def send_once_more(db: Session, message: Message, state: str, now: datetime) -> bool:
    """Queue a text again of which the provider knows nothing, or for which we cannot wait."""
    again = {"state": "queued", "due_at": now, "claimed_until": None, "via": "rest", "looked_up": SENT_ONCE_MORE}
    return move(db, message.id, state, **again)


def _refused(
    service: "Service",
    db: Session,
    message: Message,
    refused: Refused,
    now: datetime,
    jitter: Jitter,
    counts: Counts,
) -> None:
    if refused.ours:
        tell_of_safety(db, service.library, message, now)
        counts["waiting"] += _again(db, message, refused.code, now + UNTIL_MENDED)
        for_operator(db, message, refused.code, now)
    elif not refused.temporary:
        record(db, service.library, message.id, "failed", now, error_code=refused.code)
        counts["failed"] += 1
    elif message.attempts <= len(RETRIES):
        wait = RETRIES[message.attempts - 1] * (1 + SPREAD * jitter())
        counts["to be tried again"] += _again(db, message, refused.code, now + wait)
    else:
        message.error_code = refused.code
        counts["failed"] += give_up(db, service.library, message, Reason.GAVE_UP, now)


def _again(db: Session, message: Message, code: str, at: datetime) -> bool:
    """Certainly not taken: it may be sent again, if the gate lets it."""
    return move(db, message.id, "submitting", state="queued", error_code=code, due_at=at, claimed_until=None)

"""Rows that somebody left behind: leases that are over, and sends whose outcome nobody knows."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import structlog
from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from bot.channels import Found, Outgoing, Unreadable
from bot.clock import monotonic
from bot.gate import Reason
from bot.models import Message
from bot.outbox.candidates import LONGEST_LIFE, lock
from bot.outbox.outgoing import as_sent
from bot.outbox.receipts import record
from bot.outbox.refusals import give_up, tell_of_safety
from bot.outbox.settle import SENT_ONCE_MORE, send_once_more, unknown
from bot.outbox.states import TWIML_PATIENCE, WAITS, Counts, move, of_schemes

if TYPE_CHECKING:
    from bot.service import Service

log = structlog.get_logger()

BATCH = 200
# A turn's look-ups end after so many seconds, whatever is left: the clock has other things to do.
SECONDS = 15
SECOND_LOOK = timedelta(minutes=5)
# Two searches, one more send, two more searches.
LAST_LOOK = SENT_ONCE_MORE + 2
UNREADABLE_FOR = timedelta(hours=24)
# A lost answer is worth sending for so long; a safety text always.
ANSWER_YOUNG = timedelta(hours=1)
# The provider's clock and ours; and how long after it was handed over a text may have been taken.
SKEW, TAKEN_WITHIN = timedelta(minutes=5), timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for: the row, the text as it was handed over, and the ids that are others'."""

    message: Message
    sent: Outgoing
    taken: frozenset[str]


def recover(service: "Service", limit: int = BATCH) -> Counts:
    """Take up what was left behind.

    1. Claimed for longer than a minute: queued again. It was never handed over.
    2. Handed over, and nobody came back to say how it went; or an answer that no callback has named in ten
       minutes: unknown.
    3. Unknown: looked for at the provider, some side by side, those for somebody's safety first. After the first
       round in which the list could not be read, or after some seconds, the rest is left for the next turn.
    """
    counts = Counts()
    with service.database.write() as db:
        _take_back(db, service.clock.now(), counts)
    with service.database.write() as db:
        _expire(service, db, limit, counts)
    with service.database.read() as db:
        asked = _asked(service, db, limit)
    until = monotonic() + SECONDS
    at_once = service.channel.at_once
    for start in range(0, len(asked), at_once):
        found = _side_by_side(partial(_find, service), asked[start : start + at_once])
        for each, answer in zip(asked[start:], found, strict=False):
            counts.update(_settle(service, each.message, answer))
        if any(isinstance(answer, Unreadable) for answer in found) or monotonic() > until:
            break
    return counts


def _take_back(db: Session, now: datetime, counts: Counts) -> None:
    """By itself: whoever claims locks people and then rows, and this locks rows of anybody."""
    over = update(Message).where(WAITS, Message.state == "claimed", Message.due_at <= now)
    back = over.values(state="queued", due_at=now, claimed_until=None)
    done = db.execute(back, execution_options={"synchronize_session": False})
    counts["claims taken back"] += cast(CursorResult[Any], done).rowcount


def _expire(service: "Service", db: Session, limit: int, counts: Counts) -> None:
    now = service.clock.now()
    silent = or_(Message.via != "twiml", Message.submitted_at <= now - TWIML_PATIENCE)
    left = db.scalars(_due(service, "submitting", limit).where(silent)).all()
    # Of a safety text people are told, on their person's row: locked first, as everywhere.
    lock(db, {message.service_user_id for message in left if message.service_user_id})
    for message in left:
        if message.via == "twiml":
            move(db, message.id, "submitting", state="unknown", due_at=now)
        else:
            unknown(service, db, message, "died", now)
        counts["unknown"] += 1


def _due(service: "Service", state: str, limit: int) -> Any:
    ringing = or_(Message.due_at <= service.clock.now(), Message.due_at.is_(None))
    rows = select(Message).where(WAITS, Message.state == state, ringing, of_schemes(service.library.schemes))
    return rows.order_by(Message.kind != "safety", Message.due_at).limit(limit)


def _asked(service: "Service", db: Session, limit: int) -> list[Asked]:
    lost = db.scalars(_due(service, "unknown", limit)).all()
    if not lost:
        return []
    taken = _taken(service, db, lost)
    return [Asked(each, as_sent(each), taken[each.channel, each.address]) for each in lost]


def _taken(service: "Service", db: Session, lost: Sequence[Message]) -> Mapping[tuple[str, str], frozenset[str]]:
    """The provider's ids of other texts to these addresses, whichever scheme's: found, but not one of these."""
    others = select(Message.channel, Message.address, Message.provider_id).where(
        Message.scheme_id.in_(service.library.schemes),
        Message.address.in_({message.address for message in lost}),
        # A text may have waited for weeks before it left.
        Message.created_at >= min(message.created_at for message in lost) - LONGEST_LIFE,
        Message.provider_id.is_not(None),
    )
    ids: defaultdict[tuple[str, str], frozenset[str]] = defaultdict(frozenset)
    for channel, address, provider_id in db.execute(others):
        ids[channel, address] |= {str(provider_id)}
    return ids


def _find(service: "Service", asked: Asked) -> Found | Unreadable | None:
    since, until = asked.message.created_at - SKEW, _handed_over(asked.message) + TAKEN_WITHIN
    try:
        return service.channel.find(asked.sent, since, until, asked.taken)
    except Unreadable as error:
        log.warning("the provider's list could not be read", message_id=asked.sent.id, why=str(error))
        return error


def _side_by_side(
    find: Callable[[Asked], Found | Unreadable | None], asked: Sequence[Asked]
) -> list[Found | Unreadable | None]:
    if len(asked) < 2:
        return [find(each) for each in asked]
    with ThreadPoolExecutor(len(asked)) as pool:
        return list(pool.map(find, asked))


def _settle(service: "Service", seen: Message, found: Found | Unreadable | None) -> Counts:
    """What was found, written down; what goes wrong with one stops no other."""
    try:
        with service.database.write() as db:
            return _settled(service, db, seen, found)
    except Exception:
        log.exception("a send that was looked for could not be settled", message_id=seen.id)
        return Counts({"went wrong": 1})


def _settled(service: "Service", db: Session, seen: Message, found: Found | Unreadable | None) -> Counts:
    now = service.clock.now()
    lock(db, [seen.service_user_id] if seen.service_user_id else [])
    message = db.get_one(Message, seen.id, populate_existing=True)
    if message.state != "unknown" or message.looked_up != seen.looked_up:
        # Somebody else has looked, or a receipt has come.
        return Counts()
    if isinstance(found, Found) and _is_anothers(db, found):
        move(db, message.id, "unknown", due_at=now)
        return Counts({"still unknown": 1})
    if isinstance(found, Found):
        codes = {"provider_id": found.provider_id, "error_code": found.error_code}
        record(db, service.library, message.id, found.state, now, **codes)
        return Counts(found=1)
    handed_over = _handed_over(message)
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


def _is_anothers(db: Session, found: Found) -> bool:
    """Whether the id has become another row's since we asked which are: with the same words, one must not be both."""
    return db.scalar(select(Message.id).where(Message.provider_id == found.provider_id)) is not None


def _handed_over(message: Message) -> datetime:
    return message.submitted_at or message.created_at

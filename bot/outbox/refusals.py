"""What a refusal means for the person: an opt-out at the carrier, another channel, a safety text that did not go."""

from datetime import datetime, timedelta
from uuid import uuid4

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import acts, check_in_rows, flags, suppression
from bot.gate import Reason
from bot.library import Library
from bot.models import Address, ConsentEvent, Event, Message, ServiceUser
from bot.outbox.outgoing import own_words
from bot.outbox.states import move

log = structlog.get_logger()

CARRIER = "carrier"
# A question that could not be asked because of us or the provider is asked a day later.
QUESTIONS = ("welcome", "check_in")
A_DAY = timedelta(days=1)


def stopped_at_carrier(db: Session, library: Library, message: Message, now: datetime) -> None:
    """STOP known only to the carrier is an opt-out like any other, told to the practitioner, without a text."""
    person = _person(db, message)
    if person is None or person.state == "opted_out":
        return
    before, person.state = person.state, "opted_out"
    person.next_check_in_at = person.resume_at = person.quiet_at = None
    suppression.suppress_person(db, person.scheme_id, person.id, "opted_out", now)
    owned = {"scheme_id": person.scheme_id, "service_user_id": person.id}
    consent = {"channel": message.channel, "what": "opted_out", "by": CARRIER, "at": now, "recorded_at": now}
    db.add(ConsentEvent(**owned, **consent))
    db.add(
        Event(
            **owned, at=now, who=CARRIER, what="opted_out", before={"state": before}, after={"code": message.error_code}
        )
    )
    check_in_rows.end_open(db, person, now, "opted_out")
    acts.cancel_waiting(db, person, Reason.OPTED_OUT)
    flags.raise_flag(db, library, person, "opted_out", now, why="the carrier says that they texted STOP")


def by_sms(db: Session, message: Message, now: datetime) -> bool:
    """Write the same text again for their own mobile, where they agreed to that; whether there is one."""
    if message.channel == "sms" or message.service_user_id is None:
        return False
    owner = (Address.scheme_id == message.scheme_id, Address.service_user_id == message.service_user_id)
    usable = (Address.channel == "sms", Address.consented, Address.unreachable_since.is_(None))
    mobile = db.scalars(select(Address).where(*owner, *usable).limit(1)).first()
    if mobile is None:
        return False
    db.add(copy(message, mobile, "sms", now))
    return True


def tell_of_safety(db: Session, library: Library, message: Message, now: datetime) -> None:
    """A safety text that may not have reached them: those who know of the flag are told."""
    person = _person(db, message)
    if message.kind != "safety" or person is None:
        return
    why = "it is not known whether our answer was delivered"
    flags.raise_flag(db, library, person, "safety", now, why=why, loud=True, details={"answer_undelivered": True})


def give_up(db: Session, library: Library, message: Message, reason: Reason, now: datetime) -> bool:
    """The provider could not be reached or would not say: it is over, shown on the row, and the operator told.

    It says nothing about the person. A question that was not asked is asked a day later.
    """
    over = {"state": "failed", "due_at": None, "claimed_until": None, "not_sent_reason": reason}
    if not move(db, message.id, ("submitting", "unknown"), **over):
        return False
    log.error("a text was given up", message_id=message.id, kind=message.kind, reason=reason, code=message.error_code)
    tell_of_safety(db, library, message, now)
    person = _person(db, message)
    if person and message.kind in QUESTIONS and person.state in ("active", "invited") and not person.held_for:
        person.next_check_in_at = min(person.next_check_in_at or now + A_DAY, now + A_DAY)
    return True


def copy(message: Message, address: Address, suffix: str, now: datetime) -> Message:
    """The same text once more, in its own words, for this address."""
    same = ("scheme_id", "service_user_id", "check_in_id", "direction", "kind", "segments", "author", "node")
    return Message(
        id=uuid4(),
        **{name: getattr(message, name) for name in same},
        body=own_words(message),
        channel=address.channel,
        address=address.address,
        sender=address.sender,
        template=message.template if address.channel == "whatsapp" else None,
        state="queued",
        intention=f"{message.intention}:{suffix}",
        reply_to_id=message.reply_to_id,
        due_at=now,
        expires_at=message.expires_at,
        counted_at=message.counted_at,
        created_at=message.created_at,
    )


def _person(db: Session, message: Message) -> ServiceUser | None:
    return db.get(ServiceUser, message.service_user_id) if message.service_user_id else None

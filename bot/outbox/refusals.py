"""What a refusal means for the person: an opt-out at the carrier, another channel, a safety text that did not go."""

from datetime import datetime
from uuid import uuid4

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot import flags, history, notices, queries, reach, stopping
from bot.gate import Reason
from bot.library import Library
from bot.models import Address, Message, ServiceUser
from bot.outbox.outgoing import own_words
from bot.outbox.states import CANCELLED, move
from bot.queries import CARRIER

log = structlog.get_logger()

# What the intention of a copy ends in: by SMS, by template, once more.
SMS, TEMPLATE, ONCE_MORE = "sms", "template", "again"


def stopped_at_carrier(db: Session, library: Library, message: Message, now: datetime) -> None:
    """STOP known only to the carrier is an opt-out like any other, told to the practitioner, without a text."""
    person = _person(db, message)
    if person is None or person.state == "opted_out":
        return
    before = person.state
    stopping.opt_out(db, person, _said(message, "opted_out", now), now)
    _told(db, library, person, message, before, "the carrier says that they texted STOP", now)


def blocked(db: Session, library: Library, message: Message, now: datetime) -> None:
    """They want nothing from us on this channel: another they agreed to is theirs from now on, else it is a stop.

    The number itself is not suppressed: they have said nothing about texts of another kind. Once they write on
    the channel again it is open again.
    """
    person = _person(db, message)
    if person is None or person.state == "opted_out":
        return
    reach.mark(db, person, message, now)
    stopping.record(db, person, _said(message, "blocked", now), now)
    other = reach.other_address(db, person)
    if other is None:
        before = person.state
        stopping.stop(db, person, "opted_out", now)
        _told(db, library, person, message, before, "they blocked us on WhatsApp, and agreed to no other way", now)
        return
    before, person.channel = person.channel, other.channel
    after = {"channel": other.channel, "code": message.error_code}
    history.of_person(db, person, "channel_blocked", now, by=CARRIER, before={"channel": before}, after=after)


def _told(
    db: Session, library: Library, person: ServiceUser, message: Message, before: str, why: str, now: datetime
) -> None:
    after = {"code": message.error_code}
    history.of_person(db, person, "opted_out", now, by=CARRIER, before={"state": before}, after=after)
    flags.raise_flag(db, library, person, "opted_out", now, why=why)


def _said(message: Message, what: str, now: datetime) -> stopping.Said:
    return stopping.Said(what, CARRIER, message.channel, now)


def by_sms(db: Session, message: Message, now: datetime) -> bool:
    """Write the same text again for their own mobile, where they agreed to that; whether there is one."""
    if message.channel == "sms" or message.service_user_id is None:
        return False
    owner = (Address.scheme_id == message.scheme_id, Address.service_user_id == message.service_user_id)
    usable = (Address.channel == "sms", Address.consented, Address.unreachable_since.is_(None))
    mobile = db.scalars(select(Address).where(*owner, *usable).limit(1)).first()
    if mobile is None:
        return False
    db.add(copy(message, mobile, SMS, now))
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

    It says nothing about the person. A question that was not asked is asked the next day.
    """
    over = {"state": "failed", "due_at": None, "claimed_until": None, "not_sent_reason": reason}
    if not move(db, message.id, ("submitting", "unknown"), **over):
        return False
    log.error("a text was given up", message_id=message.id, kind=message.kind, reason=reason, code=message.error_code)
    tell_of_safety(db, library, message, now)
    if person := _person(db, message):
        before = reach.standing(person)
        reach.ask_again(library, person, message, now)
        reach.remember(db, person, message, before, now)
    notices.note(db, notices.Kind.GIVEN_UP, now, message.scheme_id, reason)
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


def cancel_copies(db: Session, message: Message) -> None:
    """It has arrived after all: what was written because it had not is not sent any more, nor a copy of a copy."""
    # A copy is as old as what it is a copy of: that is how the person's index finds it.
    same = (Message.scheme_id == message.scheme_id, Message.service_user_id == message.service_user_id)
    copies = (*same, Message.created_at == message.created_at)
    begins = Message.intention.startswith(f"{message.intention}:", autoescape=True)
    waiting = update(Message).where(*copies, begins, Message.state.in_(("queued", "claimed")))
    gone = {"state": CANCELLED, "not_sent_reason": Reason.ARRIVED, "due_at": None, "claimed_until": None}
    db.execute(waiting.values(gone), execution_options={"synchronize_session": False})


def _person(db: Session, message: Message) -> ServiceUser | None:
    """Whose text it is, locked: what is decided about them is decided on what others have left."""
    return queries.locked_person(db, message.service_user_id) if message.service_user_id else None

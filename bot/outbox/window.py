"""A text that WhatsApp would not take: by SMS where they agreed to it, else not sent, and told to somebody once."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot import flags, reach
from bot.channels import codes
from bot.gate import Reason
from bot.library import Library
from bot.models import Address, Message, ServiceUser
from bot.outbox.refusals import by_sms, copy, tell_of_safety
from bot.outbox.states import CANCELLED, move

WHY = (
    "WhatsApp takes nothing of ours until they write: a day after their last message it wants an approved template, "
    "there is none for this text, and they did not agree to SMS"
)


def closed(db: Session, library: Library, message: Message, now: datetime) -> bool:
    """Take a claimed row back without asking the provider in vain; whether it was still to be taken.

    The caller holds the person's row.
    """
    gone = {"state": CANCELLED, "due_at": None, "claimed_until": None, "not_sent_reason": Reason.WHATSAPP_CLOSED}
    if not move(db, message.id, "claimed", **gone):
        return False
    if by_sms(db, message, now):
        move(db, message.id, CANCELLED, not_sent_reason=Reason.BY_SMS)
    else:
        tell(db, library, message, now)
    return True


def refused(db: Session, library: Library, message: Message, now: datetime) -> None:
    """WhatsApp has refused a text that was handed over: by template, by SMS, or their practitioner is told.

    Where it says that the 24 hours are over, it knows better than we do. The caller holds the person's row, and has
    written the refusal on the message's.
    """
    address = _shut(db, message) if message.error_code == codes.NEEDS_TEMPLATE else None
    if address is not None and _in_own_words(message):
        db.add(copy(message, address, "template", now))
    elif not by_sms(db, message, now):
        tell(db, library, message, now)


def _shut(db: Session, message: Message) -> Address | None:
    address = reach.address_of(db, message)
    if address is not None:
        address.window_until = None
    return address


def _in_own_words(message: Message) -> bool:
    """Whether it left without its template, and has one."""
    return bool(message.template) and "sid" not in (message.template or {})


def tell(db: Session, library: Library, message: Message, now: datetime) -> None:
    """Say so on the page and in the digest, once, until they write."""
    tell_of_safety(db, library, message, now)
    person = db.get(ServiceUser, message.service_user_id) if message.service_user_id else None
    if person is not None and not reach.told(db, person):
        flags.raise_flag(db, library, person, "cant_reach", now, why=WHY, details={"whatsapp_closed": True})

"""What follows from a text that did not arrive, by the provider's code: for the person, for those who look after them,
and for the operator. CHANNEL's table of codes, in code.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot import flags, notices, queries, reach
from bot.channels import OPERATORS, Fault, codes
from bot.gate import BY_HAND
from bot.library import Library
from bot.models import Message, ServiceUser
from bot.outbox import window
from bot.outbox.refusals import ONCE_MORE, blocked, by_sms, copy, stopped_at_carrier

GONE = ("opted_out", "closed")
# A text that was taken and then did not get through the provider's own queue is worth one more try.
SLOW_DOWN = timedelta(minutes=5)

Follow = Callable[[Session, Library, ServiceUser, Message, datetime], None]


def follow(db: Session, library: Library, message: Message, now: datetime) -> None:
    """Act on a text that is known not to have arrived: call it once a text, with its code on its row.

    1. A safety text: those who know of the flag are told, and it goes by SMS where that is another way.
    2. Whatever the code asks for, unless they want no texts any more, or have left the number that it went to.
    3. The operator is told of what is ours to mend, and of a code that nobody knows.
    """
    fault = codes.fault(message.error_code or "")
    person = queries.locked_person(db, message.service_user_id) if message.service_user_id else None
    if person is not None:
        _for_person(db, library, person, message, fault, now)
    for_operator(db, message, message.error_code or "", now)


def _for_person(
    db: Session, library: Library, person: ServiceUser, message: Message, fault: Fault, now: datetime
) -> None:
    before = reach.standing(person)
    if message.kind == "safety":
        why, gone = "our answer was not delivered", {"answer_undelivered": True}
        flags.raise_flag(db, library, person, "safety", now, why=why, loud=True, details=gone)
    if reach.address_of(db, message) is None:
        return
    if person.state not in GONE or fault is Fault.OPTED_OUT:
        FOLLOWS[fault](db, library, person, message, now)
    if message.kind == BY_HAND and person.state not in GONE:
        reach.tell(db, library, person, message, now, "a text that a practitioner wrote was not delivered")
    # Who has said stop has said it, whatever becomes of a text.
    if person.state not in GONE:
        reach.remember(db, person, message, before, now)


def for_operator(db: Session, message: Message, code: str, now: datetime) -> None:
    """Note a code that is the operator's to mend, or that nobody knows."""
    kind = notices.Kind.TEMPLATE if code == codes.NEEDS_TEMPLATE else _TOLD.get(codes.fault(code))
    if code and kind:
        notices.note(db, kind, now, message.scheme_id, code)


_TOLD = {
    Fault.OURS: notices.Kind.SETTING,
    Fault.FILTERED: notices.Kind.SETTING,
    Fault.AUTH: notices.Kind.AUTH,
    Fault.PERMANENT: notices.Kind.NEW_CODE,
}


def _stopped(db: Session, library: Library, person: ServiceUser, message: Message, now: datetime) -> None:
    stopped_at_carrier(db, library, message, now)


def _blocked(db: Session, library: Library, person: ServiceUser, message: Message, now: datetime) -> None:
    """Nothing more on this channel: what they agreed to get on another goes there from now on."""
    blocked(db, library, message, now)
    if person.state not in GONE and (message.kind != "safety" or not by_sms(db, message, now)):
        reach.ask_again(library, person, message, now)


def _not_there(db: Session, library: Library, person: ServiceUser, message: Message, now: datetime) -> None:
    """Not on WhatsApp: the same text by SMS, and all that follow."""
    if by_sms(db, message, now):
        reach.mark(db, person, message, now)
        person.channel = "sms"
    else:
        reach.nowhere(db, library, person, message, now)


def _other_way(db: Session, library: Library, person: ServiceUser, message: Message, now: datetime) -> None:
    window.refused(db, library, message, now)


def _later(db: Session, library: Library, person: ServiceUser, message: Message, now: datetime) -> None:
    """The provider was too slow for it: once more in a while, and then the next day."""
    address = reach.address_of(db, message)
    if address is None or (message.intention or "").endswith(f":{ONCE_MORE}"):
        reach.ask_again(library, person, message, now)
        return
    again = copy(message, address, ONCE_MORE, now)
    again.due_at = now + SLOW_DOWN
    db.add(again)


def _ours(db: Session, library: Library, person: ServiceUser, message: Message, now: datetime) -> None:
    """It says nothing about the person; a question is asked again the next day."""
    reach.ask_again(library, person, message, now)


FOLLOWS: Mapping[Fault, Follow] = {
    Fault.OPTED_OUT: _stopped,
    Fault.BLOCKED: _blocked,
    Fault.BAD_ADDRESS: reach.nowhere,
    Fault.NOT_THERE: _not_there,
    Fault.TRY_TOMORROW: reach.off,
    Fault.PERMANENT: reach.off,
    Fault.OTHER_CHANNEL: _other_way,
    Fault.TEMPORARY: _later,
    **dict.fromkeys(OPERATORS, _ours),
}

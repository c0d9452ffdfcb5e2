"""Whose text it is: their number on the channel it came by, or on the other one (``docs/decisions/0010``)."""

from sqlalchemy.orm import Session

from bot import queries
from bot.models import Address, ServiceUser

Writer = tuple[Address, ServiceUser]


def find(db: Session, scheme_id: str, channel: str, address: str) -> Writer | None:
    """Who writes from this number, and the address they wrote by; the person is locked until the transaction ends.

    Somebody whose number we know who writes from it on the other channel is them, and is answered there: the address
    is written down. That is no consent to unasked texts on it.
    """
    known = queries.locked_writer(db, scheme_id, channel, address)
    if known is not None:
        return known
    other = queries.locked_writer(db, scheme_id, "sms" if channel == "whatsapp" else "whatsapp", address)
    if other is None:
        return None
    _, person = other
    # Another text of theirs may have written it down while this one waited for their row.
    return queries.locked_writer(db, scheme_id, channel, address) or (_also(db, person, channel, address), person)


def _also(db: Session, person: ServiceUser, channel: str, address: str) -> Address:
    owned = {"scheme_id": person.scheme_id, "service_user_id": person.id}
    row = Address(**owned, channel=channel, address=address, consented=False)
    db.add(row)
    db.flush()
    return row

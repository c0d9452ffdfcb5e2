"""What the lost time leaves: texts that left and are no row of ours, rows of which the provider knows nothing."""

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels import Listed
from bot.gate import ANSWERS, BY_HAND, Reason
from bot.models import Address, Message, ServiceUser
from bot.outbox import Counts
from bot.outbox.states import ARRIVED, CANCELLED, LEFT, WAITS, move
from bot.quiet import QUESTIONS
from bot.reconcile import scheme_of
from bot.restoring.lists import Lists
from bot.service import Service

A_DAY = timedelta(days=1)
KIND = "found"


def settle(service: Service, lists: Lists, now: datetime, counts: Counts) -> None:
    """Keep what left as it is in the list; cancel what may have left in other words, and all that nobody asked for."""
    with service.database.write() as db:
        for listed in lists.left:
            counts["texts found that no row had decided" if _keep(service, db, listed) else UNKNOWN] += 1
        rows = select(Message).where(WAITS, Message.direction == "out", Message.created_at <= now)
        for message in db.scalars(rows).all():
            _decide(db, message, lists, now, counts)


UNKNOWN = "texts to people who are not here: enrolled since, or forgotten"


def _decide(db: Session, message: Message, lists: Lists, now: datetime, counts: Counts) -> None:
    """A safety text is sent, though it be twice; an answer, unless something left for them after they wrote.

    What a practitioner wrote by hand is treated like an answer.
    """
    told = lists.told(message)
    if message.kind == "safety" or (message.kind in (*ANSWERS, BY_HAND) and not told):
        counts["answers still to be sent"] += 1
        return
    gone = {"state": CANCELLED, "due_at": None, "claimed_until": None, "not_sent_reason": Reason.RESTORED}
    counts["not sent"] += move(db, message.id, message.state, **gone)
    if message.kind in QUESTIONS and not told:
        _ask_tomorrow(db, message, now)


def _ask_tomorrow(db: Session, message: Message, now: datetime) -> None:
    person = db.get(ServiceUser, message.service_user_id) if message.service_user_id else None
    if person and person.state in ("active", "invited") and not person.held_for:
        person.next_check_in_at = min(person.next_check_in_at or now + A_DAY, now + A_DAY)


def _keep(service: Service, db: Session, listed: Listed) -> bool:
    """A row for what left, so that their record is whole; False for an address that is nobody's (any more)."""
    scheme_id = scheme_of(service, listed)
    whose = (Address.scheme_id == scheme_id, Address.channel == listed.channel, Address.address == listed.address)
    address = db.scalars(select(Address).where(*whose)).one_or_none()
    if address is None:
        return False
    db.add(_row(address, listed))
    return True


def _row(address: Address, listed: Listed) -> Message:
    return Message(
        id=uuid4(),
        scheme_id=address.scheme_id,
        service_user_id=address.service_user_id,
        channel=listed.channel,
        address=listed.address,
        sender=listed.sender,
        direction="out",
        kind=KIND,
        body=listed.body,
        state=listed.state,
        intention=f"{KIND}:{listed.provider_id}",
        provider_id=listed.provider_id,
        error_code=listed.error_code,
        created_at=listed.at,
        sent_at=listed.at if listed.state in LEFT else None,
        delivered_at=listed.at if listed.state in ARRIVED else None,
    )

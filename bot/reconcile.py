"""Texts that nobody delivered to us are fetched: while we were down, people wrote all the same."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import door, provider_copies
from bot.channels import Inbound, Listed, Unreadable
from bot.duties import beat, last_beat
from bot.models import Message, ServiceUser
from bot.outbox import Counts
from bot.service import Service
from bot.suppression import batches

log = structlog.get_logger()

INBOUND_LIST = "inbound_list"
EVERY = timedelta(minutes=3)
# A text takes its time to show up in the list.
OVERLAP = timedelta(minutes=15)
# After an outage of ours, or when we have never looked.
OUTAGE = timedelta(hours=1)
FURTHER_BACK = timedelta(days=1)


def due(db: Session, now: datetime) -> bool:
    """Whether the list has not been read for some minutes."""
    last = last_beat(db, INBOUND_LIST)
    return last is None or now - last >= EVERY


def reconcile(service: Service) -> Counts:
    """Read the provider's list of what came in, and take what we do not have by the same door.

    0. What was brought to us and could not be handled is tried again, whether or not the list is to be read now.
    1. From the last time it was read, and a quarter of an hour before that; a day before, after an outage.
    2. In the order it was sent; each in its own transaction, answered by the outbox.
    3. Only if all of it went well is the time noted: until then nobody is called quiet. On the phone's page
       the list is empty, and read all the same: one rule for both.
    """
    counts = door.try_again(service)
    now = service.clock.now()
    with service.database.read() as db:
        if not due(db, now):
            return counts
        since = _since(db, now)
    try:
        listed = service.channel.inbound_since(since)
    except Unreadable as error:
        log.error("the provider's inbound list could not be read", why=str(error))
        counts["inbound list unreadable"] += 1
        return counts
    known = _known(service, listed)
    counts.update(_take(service, [each for each in listed if each.provider_id not in known]))
    if not counts["late texts put off"]:
        with service.database.write() as db:
            beat(db, INBOUND_LIST, now)
    return counts


def _since(db: Session, now: datetime) -> datetime:
    last = last_beat(db, INBOUND_LIST)
    if last is not None:
        return last - (FURTHER_BACK if now - last > OUTAGE else OVERLAP)
    # Never read: what the number got before anybody was enrolled is not ours to answer.
    enrolled = db.scalar(select(func.min(ServiceUser.enrolled_at))) or now
    return max(enrolled - OVERLAP, now - FURTHER_BACK)


def _known(service: Service, listed: Sequence[Inbound]) -> frozenset[str]:
    ids = [each.provider_id for each in listed]
    with service.database.read() as db:
        return frozenset(
            each
            for batch in batches(ids, 1000)
            for each in (*_of_rows(db, batch), *provider_copies.erased_of(db, batch))
        )


def _of_rows(db: Session, ids: Sequence[str]) -> list[str]:
    found = select(Message.provider_id).where(Message.provider_id.in_(ids))
    return [each for each in db.scalars(found) if each]


def _take(service: Service, missed: Sequence[Inbound]) -> Counts:
    counts = Counts()
    for inbound in missed:
        scheme_id = scheme_of(service, inbound)
        if scheme_id is None:
            continue
        try:
            counts["late texts"] += not door.take(service, scheme_id, inbound).seen_before
        except Exception:
            # It could not even be kept. It stays in the list, and is tried again in some minutes.
            log.exception("a late text could not be taken", provider_id=inbound.provider_id)
            counts["late texts put off"] += 1
    return counts


def scheme_of(service: Service, text: Inbound | Listed) -> str | None:
    """Whose number of ours a text came to or left from."""
    ours = (text.channel, text.sender)
    return next((each.scheme for each in service.settings.senders if (each.channel, each.address) == ours), None)

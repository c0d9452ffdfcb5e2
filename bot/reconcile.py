"""Texts that nobody delivered to us are fetched: while we were down, people wrote all the same."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import door, notices, provider_copies, silence
from bot.channels import Fault, Inbound, Listed, Unreadable, codes
from bot.duties import beat, last_beat
from bot.models import Heartbeat, ServiceUser
from bot.outbox import Counts
from bot.service import Service

log = structlog.get_logger()

INBOUND_LIST = silence.INBOUND_LIST
# When reading it last failed; when the oldest text was sent that cannot be kept; and when, never yet read whole, it
# was first read in part.
TRIED, FAILING, IN_PART = "inbound_list_tried", "inbound_failing", "inbound_list_in_part"
EVERY = timedelta(minutes=3)
# A text takes its time to show up in the list.
OVERLAP = timedelta(minutes=15)
# After an outage of ours, or when we have never looked.
OUTAGE = timedelta(hours=1)
FURTHER_BACK = timedelta(days=1)
# A list that hangs costs ten seconds: not at every turn of the clock.
REST = timedelta(minutes=1)
GIVEN_UP_AFTER = timedelta(days=7)


def due(db: Session, now: datetime) -> bool:
    """Whether the list has not been read for some minutes, nor been tried in vain just now."""
    last, tried = last_beat(db, INBOUND_LIST), last_beat(db, TRIED)
    rested = tried is None or not timedelta() <= now - tried < REST
    return rested and (last is None or now - last >= EVERY)


def reconcile(service: Service) -> Counts:
    """Read the provider's list of what came in, and take what we do not have by the same door.

    0. What was brought to us and could not be handled is tried again, whether or not the list is to be read now.
    1. From the last time it was read, and a quarter of an hour before that; a day before, after an outage; and from
       the oldest text that could not be kept, for a week.
    2. In the order it was sent; each in its own transaction, answered by the outbox.
    3. Only if all of it went well is the time noted: until then nobody is called quiet. A text that still cannot be
       kept after an hour does not hold that up for ever: the operator is told, and it is asked for again each time.
       On the phone's page the list is empty, and read all the same: one rule for both.
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
        counts["inbound list unreadable"] += 1
        _unreadable(service, str(error), now)
        return counts
    known = _known(service, listed)
    failing = _take(service, [each for each in listed if each.provider_id not in known], counts)
    with service.database.write() as db:
        _note(db, failing, now)
    return counts


def _unreadable(service: Service, why: str, now: datetime) -> None:
    log.error("the provider's inbound list could not be read", why=why)
    with service.database.write() as db:
        beat(db, TRIED, now)
        read = last_beat(db, INBOUND_LIST) or db.scalar(select(func.min(ServiceUser.enrolled_at)))
        if codes.fault(why) is Fault.AUTH:
            notices.note_once(db, notices.Kind.AUTH, now, detail=why)
        elif read is not None and now - read > OUTAGE:
            notices.note_once(db, notices.Kind.INBOUND_LIST, now, detail=why)


def _note(db: Session, failing: Sequence[Inbound], now: datetime) -> None:
    """That the list was read, and from when what could not be kept is to be asked for again."""
    last = last_beat(db, INBOUND_LIST) or last_beat(db, IN_PART)
    oldest = min((each.sent_at for each in failing if each.sent_at), default=None)
    if oldest is not None or last_beat(db, FAILING) is not None:
        db.merge(Heartbeat(name=FAILING, at=oldest, seconds=0))
    if failing and last is None:
        beat(db, IN_PART, now)
    if failing and (last is None or now - last < OUTAGE):
        return
    if failing:
        notices.note_once(db, notices.Kind.LATE_TEXT, now)
    beat(db, INBOUND_LIST, now)


def _since(db: Session, now: datetime) -> datetime:
    last, failing = last_beat(db, INBOUND_LIST), last_beat(db, FAILING)
    if last is None:
        # Never read: what the number got before anybody was enrolled is not ours to answer.
        enrolled = db.scalar(select(func.min(ServiceUser.enrolled_at))) or now
        return max(enrolled - OVERLAP, now - FURTHER_BACK)
    since = last - (FURTHER_BACK if now - last > OUTAGE else OVERLAP)
    return min(since, failing) if failing and now - failing < GIVEN_UP_AFTER else since


def _known(service: Service, listed: Sequence[Inbound]) -> frozenset[str]:
    ids = [each.provider_id for each in listed]
    with service.database.read() as db:
        return provider_copies.here_of(db, ids) | provider_copies.erased_of(db, ids)


def _take(service: Service, missed: Sequence[Inbound], counts: Counts) -> list[Inbound]:
    """Take each in; those that could not even be kept."""
    failing = []
    for inbound in missed:
        scheme_id = scheme_of(service, inbound)
        if scheme_id is None:
            continue
        try:
            counts["late texts"] += not door.take(service, scheme_id, inbound).seen_before
        except Exception:
            # It stays in the list, and is tried again in some minutes.
            log.exception("a late text could not be taken", provider_id=inbound.provider_id)
            counts["late texts put off"] += 1
            failing.append(inbound)
    return failing


def scheme_of(service: Service, text: Inbound | Listed) -> str | None:
    """Whose number of ours a text came to or left from."""
    ours = (text.channel, text.sender)
    return next((each.scheme for each in service.settings.senders if (each.channel, each.address) == ours), None)

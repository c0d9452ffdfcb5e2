"""The phone on a page: texting as an example person, and letting time pass. Only where CHANNEL=phone."""

import hashlib
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot import door, outbox
from bot.channels import Inbound
from bot.clock import Clock
from bot.database import Database, upgrade
from bot.models import (
    Address,
    Base,
    CheckIn,
    Email,
    Erasure,
    Event,
    Flag,
    Heartbeat,
    Message,
    Practitioner,
    Scheme,
    ServiceUser,
)
from bot.receiving import Received
from bot.service import Service, session_info

CLOCK = "phone_clock"
# What starting over leaves: schemes are what FLOWS_DIR says; the rest goes last of all.
KEPT = frozenset({"scheme", "erasure"})
LONGEST_HOP = timedelta(days=1)
# A week of a dozen people has some fifty alarms. Beyond this, the rest is gone through a day at a time.
MOST_ALARMS = 300
LONGEST_WAIT = timedelta(days=31)

ALARMS: tuple[InstrumentedAttribute[datetime | None] | InstrumentedAttribute[datetime], ...] = (
    ServiceUser.next_check_in_at,
    ServiceUser.quiet_at,
    ServiceUser.resume_at,
    CheckIn.wake_at,
    CheckIn.remind_at,
    Flag.wake_at,
    Practitioner.digest_at,
)


@dataclass(frozen=True, slots=True)
class Passed:
    """What happened meanwhile: texts to the person, texts to the others, mails by kind."""

    texts: int
    others: int
    mails: dict[str, int]


def advance(
    service: Service,
    delta: timedelta,
    sweep: Callable[[Service], object],
    person_id: uuid.UUID | None = None,
) -> Passed:
    """Let time pass on the phone's clock, so that everything due on the way happens, at its own time.

    1. Do what is due already.
    2. Hop to the next alarm, but never further than a day, and do what is due there; until there.
    3. Say what happened. ValueError for a wait backwards or of more than a month.
    """
    if not timedelta(0) < delta <= LONGEST_WAIT:
        raise ValueError("the phone's clock goes forward, and at most a month at a time")
    start = service.clock.now()
    end = start + delta
    sweep(service)
    hops = 0
    while (now := service.clock.now()) < end:
        hops += 1
        _move(service, _next_stop(service, now, end, by_alarm=hops <= MOST_ALARMS) - now)
        sweep(service)
    with service.database.read() as db:
        return _passed(db, start, person_id)


def text(service: Service, person: ServiceUser, words: str, once: str) -> Received:
    """Text the bot as this person: the reply, and flags that cannot wait. The same `once` twice is one text.

    LookupError where the person has no address. The phone has the reply as soon as it is committed.
    """
    with service.database.read() as db:
        address = _address(db, person)
    inbound = Inbound(
        provider_id=f"phone-in-{hashlib.sha256(once.encode()).hexdigest()[:40]}",
        channel=address.channel,
        address=address.address,
        sender=address.sender or f"phone:{person.scheme_id}",
        body=words,
    )
    received = door.take(service, person.scheme_id, inbound)
    if received.reply is not None and received.reply.via == "twiml":
        with service.database.write() as db:
            outbox.record(db, service.library, received.reply.id, "delivered", service.clock.now())
    return received


def start_over(service: Service, plant: Callable[[Service], object]) -> None:
    """Forget everything, put the phone's clock back to the wall's, and have the example people anew.

    1. Plant them in a database of their own: their past would be swept here as if it were overdue.
    2. Change one for the other in one transaction, so that nobody ever sees half of them.
    """
    with tempfile.TemporaryDirectory(prefix="stepalong-anew-") as folder:
        url = f"sqlite:///{folder}/anew.db"
        upgrade(url)
        anew = Database(url, session_info(service.settings))
        try:
            plant(replace(service, database=anew, clock=Clock()))
            with anew.read() as source, service.database.write() as db:
                wipe(db, service.clock.now())
                _copy(source, db)
        finally:
            anew.close()
    _keep_up(service)


def wipe(db: Session, now: datetime) -> None:
    """Forget everything, the moved clock too; the schemes stay. History goes as it does for one who asks."""
    erased = select(Erasure.service_user_id)
    people = db.scalars(select(ServiceUser).where(ServiceUser.id.not_in(erased))).all()
    db.add_all(Erasure(service_user_id=each.id, scheme_id=each.scheme_id, by="start over", at=now) for each in people)
    db.flush()
    for table in reversed(Base.metadata.sorted_tables):
        if table.name == "event":
            db.execute(delete(Event).where(Event.service_user_id.is_not(None)))
        elif table.name not in KEPT:
            db.execute(delete(table))
    db.execute(delete(Erasure))


def _copy(source: Session, db: Session) -> None:
    here = set(db.scalars(select(Scheme.id)))
    for table in Base.metadata.sorted_tables:
        rows = [dict(row) for row in source.execute(select(table)).mappings()]
        new = [row for row in rows if table.name != "scheme" or row["id"] not in here]
        if new:
            db.execute(insert(table), new)


def _keep_up(service: Service) -> None:
    """The history of nobody in particular stays, and time never goes behind what is written down."""
    with service.database.read() as db:
        last = db.scalar(select(func.max(Event.at)))
    if last is not None and last > service.clock.now():
        _move(service, last - service.clock.now())


def _next_stop(service: Service, now: datetime, end: datetime, by_alarm: bool) -> datetime:
    stop = min(end, now + LONGEST_HOP)
    if not by_alarm:
        return stop
    with service.database.read() as db:
        alarm = next_alarm(db, now)
    return min(stop, alarm) if alarm else stop


def next_alarm(db: Session, now: datetime) -> datetime | None:
    """The first alarm still to come, of whatever kind. One that has passed and stayed holds nothing up."""
    parts = [select(func.min(column).label("at")).where(column > now) for column in ALARMS]
    parts += [
        select(func.min(Message.due_at).label("at")).where(Message.state == "queued", Message.due_at > now),
        select(func.min(Email.due_at).label("at")).where(Email.state == "queued", Email.due_at > now),
    ]
    alarms = union_all(*parts).subquery()
    first: datetime | None = db.scalar(select(func.min(alarms.c.at)))
    return first


def _move(service: Service, delta: timedelta) -> None:
    """Move the one row that every process reads, by whole seconds and never less than one."""
    seconds = max(1, -(-delta // timedelta(seconds=1)))
    with service.database.write() as db:
        row = db.get(Heartbeat, CLOCK)
        if row is None:
            row = Heartbeat(name=CLOCK, at=None, seconds=0)
            db.add(row)
        row.seconds += seconds


def _passed(db: Session, start: datetime, person_id: uuid.UUID | None) -> Passed:
    arrived = func.coalesce(Message.delivered_at, Message.sent_at)
    texts = dict(
        db.execute(
            select(Message.service_user_id, func.count())
            .where(Message.direction == "out", arrived > start)
            .group_by(Message.service_user_id)
        ).all()
    )
    mails = dict(
        db.execute(select(Email.kind, func.count()).where(Email.created_at > start).group_by(Email.kind)).all()
    )
    own = texts.pop(person_id, 0)
    return Passed(own, sum(texts.values()), mails)


def _address(db: Session, person: ServiceUser) -> Address:
    held = db.scalars(
        select(Address).where(Address.scheme_id == person.scheme_id, Address.service_user_id == person.id)
    ).all()
    if not held:
        raise LookupError("this person has no address")
    # The channel they prefer first.
    return min(held, key=lambda address: (address.channel != person.channel, address.address))

"""A night of retention: who and what is over, a person a transaction, until nothing is left or the turn is full."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from bot import history, queries
from bot.conversation import timing
from bot.conversation.scheme import Scheme
from bot.models import Event, Flag, ServiceUser
from bot.models import Scheme as SchemeRow
from bot.people.scrub import is_quick, scrub
from bot.retention import people as retained
from bot.retention import rest
from bot.retention.times import CONSENT_MONTHS, LOGS, months_before

if TYPE_CHECKING:
    from bot.service import Service

log = structlog.get_logger()

PUT_OFF = "put off a night"
TIDIED_EVERY = timedelta(days=7)
MINUTES = 24 * 60
# An alarm that rang so long ago is of a night in which nobody was there.
MISSED = timedelta(hours=1)
# People a turn; a job has five minutes.
MOST = 500
# What ends somebody's time with a scheme, besides the last text and the last meeting.
LEFT = ("closed", "finished", "opted_out")
CONTACTS = (
    *(ServiceUser.enrolled_at, ServiceUser.last_inbound_at, ServiceUser.last_person_sent_at),
    *(ServiceUser.last_automatic_sent_at, ServiceUser.met_at),
)

Where = Callable[[Scheme, datetime], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Stage:
    """One thing whose time can be over for a person. ``where`` says for whom, ``act`` does it."""

    name: str
    where: Where
    act: Callable[[Session, ServiceUser, Scheme, datetime], None]


def due(db: Session, library: Any, now: datetime) -> list[str]:
    """The schemes whose night has come, or whose alarm was never set."""
    ringing = or_(SchemeRow.retention_at.is_(None), SchemeRow.retention_at <= now)
    return [key for key in db.scalars(select(SchemeRow.id).where(ringing)) if key in library.schemes]


def run(service: "Service", most: int = MOST) -> Counter[str]:
    """Let go of what is over, in every scheme whose night has come; what was done, by name.

    A scheme that has more than ``most`` is gone on with at the next turn; one that is done has its alarm set
    to the next night. A night that was missed is not made up for by day.
    """
    counts: Counter[str] = Counter()
    with service.database.read() as db:
        keys = due(db, service.library, service.clock.now())
    ended = False
    for key in keys:
        done, last = _scheme(service, service.library.scheme(key), most)
        if done:
            log.info("retention", scheme=key, counts=dict(done))
        counts.update(done)
        ended |= last
    if ended:
        _tidy_files(service.settings.database_url)
    return counts


def _tidy_files(database_url: str) -> None:
    """Once a night, after its last turn: it is for what went by day, too."""
    whole = is_quick(database_url)
    if not whole:
        log.info("the database's file is large: python -m bot retention --run writes it anew")
    if not scrub(database_url, whole=whole):
        log.warning("the database's file is in use: traces of what was erased stay in it until the next night")


def preview(db: Session, scheme: Scheme, now: datetime) -> Counter[str]:
    """What would go tonight, by name; and whom an open safety flag keeps."""
    counts = Counter({stage.name: len(_ids(db, stage, scheme, now)) for stage in STAGES})
    counts.update(rest.preview(db, scheme, now))
    over = and_(_over(scheme.retention_months)(scheme, now), ServiceUser.words_erased_at.is_(None))
    held = select(ServiceUser.id).where(ServiceUser.scheme_id == scheme.key, over, _safety_open())
    counts["kept by an open safety flag"] = len(db.scalars(held).all())
    return +counts


def next_night(scheme: Scheme, now: datetime) -> datetime:
    """The middle of the scheme's next quiet hours: nobody waits for anything then."""
    first = scheme.quiet_from.hour * 60 + scheme.quiet_from.minute
    last = scheme.quiet_until.hour * 60 + scheme.quiet_until.minute
    middle = time(*divmod((first + (last - first) % MINUTES // 2) % MINUTES, 60))
    today = timing.local(scheme.zone, now).date()
    nights = (timing.instant(scheme.zone, today + n * timing.DAY, middle) for n in range(3))
    return next(night for night in nights if night > now)


def _scheme(service: "Service", scheme: Scheme, most: int) -> tuple[Counter[str], bool]:
    """What was done, and whether that was the last of this night."""
    counts: Counter[str] = Counter()
    if not _night_has_come(service, scheme):
        return counts, False
    left = most
    for stage in STAGES:
        with service.database.read() as db:
            ids = _ids(db, stage, scheme, service.clock.now(), left)
        for person_id in ids:
            counts[stage.name if _one(service, scheme, stage, person_id) else PUT_OFF] += 1
        left -= len(ids)
    counts.update(rest.run(service, scheme))
    # A turn in which nothing went well would be the same at the next one: somebody has to look first.
    ended = left > 0 or counts[PUT_OFF] >= most
    if ended:
        _set_alarm(service, scheme)
    return +counts, ended


def _night_has_come(service: "Service", scheme: Scheme) -> bool:
    """Whether the alarm has rung; one that was never set, or that nobody heard, is set: nothing is done by day."""
    now = service.clock.now()
    with service.database.write() as db:
        row = db.get(SchemeRow, scheme.key, with_for_update=True)
        if row is None or (row.retention_at is not None and row.retention_at > now):
            return False
        if row.retention_at is not None and not _missed(scheme, row.retention_at, now):
            return True
        row.retention_at = next_night(scheme, now)
        return False


def _missed(scheme: Scheme, rang_at: datetime, now: datetime) -> bool:
    by_night = timing.in_quiet_hours(scheme.zone, scheme.quiet_from, scheme.quiet_until, now)
    return now - rang_at > MISSED and not by_night


def _set_alarm(service: "Service", scheme: Scheme) -> None:
    with service.database.write() as db:
        db.get_one(SchemeRow, scheme.key).retention_at = next_night(scheme, service.clock.now())


def _one(service: "Service", scheme: Scheme, stage: Stage, person_id: UUID) -> bool:
    """One person's stage, in a transaction of its own; what fails for one is nobody else's."""
    now = service.clock.now()
    try:
        with service.database.write() as db:
            person = queries.locked_person(db, person_id)
            if person is not None and person_id in _ids(db, stage, scheme, now, only=person_id):
                stage.act(db, person, scheme, now)
    except Exception:
        log.exception("retention failed for somebody, and is tried again the next night", person_id=person_id)
        return False
    return True


def _ids(
    db: Session, stage: Stage, scheme: Scheme, now: datetime, limit: int | None = None, only: UUID | None = None
) -> Sequence[UUID]:
    if limit is not None and limit <= 0:
        return []
    found = select(ServiceUser.id).where(ServiceUser.scheme_id == scheme.key, stage.where(scheme, now), ~_safety_open())
    if only is not None:
        found = found.where(ServiceUser.id == only)
    return db.scalars(found.order_by(ServiceUser.enrolled_at).limit(limit)).all()


# ---------------------------------------------------------------- for whom


def _over(months: int | None) -> Where:
    """Nothing has passed between them and the scheme for so many months, and they left as long ago."""

    def where(scheme: Scheme, now: datetime) -> ColumnElement[bool]:
        before = months_before(now, months or scheme.retention_months)
        quiet = [or_(column.is_(None), column <= before) for column in CONTACTS]
        left = exists().where(
            Event.scheme_id == ServiceUser.scheme_id,
            Event.service_user_id == ServiceUser.id,
            Event.what.in_(LEFT),
            # Closed by ourselves, because nothing had passed for so long: that is no contact.
            Event.who != history.AUTOMATIC,
            Event.at > before,
        )
        return and_(*quiet, ~left)

    return where


def _safety_open() -> ColumnElement[bool]:
    flags = (Flag.scheme_id == ServiceUser.scheme_id, Flag.service_user_id == ServiceUser.id)
    return exists().where(*flags, Flag.kind == "safety", Flag.closed_at.is_(None))


def _words_over(scheme: Scheme, now: datetime) -> ColumnElement[bool]:
    return and_(ServiceUser.words_erased_at.is_(None), _over(scheme.retention_months)(scheme, now))


def _safety_over(scheme: Scheme, now: datetime) -> ColumnElement[bool]:
    named = and_(ServiceUser.words_erased_at.is_not(None), ServiceUser.unnamed_at.is_(None))
    return and_(named, _over(scheme.safeguarding_months)(scheme, now))


def _all_over(scheme: Scheme, now: datetime) -> ColumnElement[bool]:
    return and_(ServiceUser.unnamed_at.is_not(None), _over(CONSENT_MONTHS)(scheme, now))


def _untidied(scheme: Scheme, now: datetime) -> ColumnElement[bool]:
    lately = or_(ServiceUser.tidied_at.is_(None), ServiceUser.tidied_at <= now - TIDIED_EVERY)
    return and_(ServiceUser.words_erased_at.is_(None), lately, ServiceUser.enrolled_at <= now - LOGS)


STAGES = (
    Stage("records erased after six years", _all_over, retained.purge),
    Stage("names erased with a safety flag", _safety_over, retained.unname),
    Stage("people whose words were erased", _words_over, retained.erase_words),
    Stage("people's delivery logs cleared", _untidied, retained.tidy),
)

"""Digests: once a working day, if something needs the practitioner; on the first of a week always.

Made from the state at the moment of sending. The row that says "made" and the mail's row are one
transaction; ``mail`` sends.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import cadence, flags, links
from bot.conversation import flag_kinds, timing
from bot.conversation.digest_items import Matter
from bot.conversation.digest_text import Composed, compose, mark
from bot.conversation.scheme import Hours, Scheme
from bot.conversation.spoken import parse_hours
from bot.digest_matter import Caseload, Found, Mailed, caseload_of, flags_of, matter_of
from bot.library import Library
from bot.models import Digest, Email, Flag, Practitioner

__all__ = ["compose", "due", "make", "next_digest_at"]

A_BIT_LATE = timedelta(hours=1)
BATCH = 500
# What marks in a digest's counts what it told.
MARK = "told"


def next_digest_at(scheme: Scheme, practitioner: Practitioner, now: datetime) -> datetime:
    """When the next digest is due: the scheme's time on the practitioner's next working day. Pure."""
    hours, today = _hours(practitioner), timing.local(scheme.zone, now).date()
    first = timing.next_working_day(hours, scheme.holidays, today)
    at = _at(scheme, first)
    return at if at > now else _at(scheme, timing.next_working_day(hours, scheme.holidays, first + timing.DAY))


def due(db: Session, library: Library, now: datetime) -> list[UUID]:
    """The practitioners whose alarm has rung, the longest waiting first."""
    ringing = select(Practitioner.id).where(Practitioner.digest_at <= now, Practitioner.retired_at.is_(None))
    return list(db.scalars(ringing.order_by(Practitioner.digest_at).limit(BATCH)).all())


def make(db: Session, library: Library, practitioner_id: UUID, now: datetime, by_hand: bool = False) -> Email | None:
    """Make a practitioner's digest and set the alarm of the next. None where nothing is to be told.

    1. Not due, or made today already: nothing. ``by_hand`` makes one whatever the hour and the news; a second one
       of a day only when something has changed since.
    2. A day nobody works, or somebody covers for them: nothing; their people are in the cover's digest. After an
       outage of ours, outside their hours: it waits for their next one, from the state of that moment.
    3. Nothing needs anyone, and it is not the first working day of the week: nothing.
    4. Not one of the days they chose (``cadence``): nothing, but for a safety flag that is still open.
    """
    practitioner = _locked(db, practitioner_id)
    if practitioner is None or practitioner.retired_at:
        return None
    scheme = library.scheme(practitioner.scheme_id)
    today = timing.local(scheme.zone, now).date()
    if not by_hand and not _is_due(db, scheme, practitioner, now):
        return None
    caseload = caseload_of(db, practitioner, today)
    if not caseload.owners and not by_hand:
        return None
    mailed = Mailed(practitioner, uuid4())
    found, matter = gather(db, scheme, caseload, mailed, now)
    if _is_told(db, scheme, practitioner, matter, by_hand=by_hand):
        close_facts(db, found, now)
        return _keep(db, mailed, matter, today, by_hand=by_hand)
    return None


def gather(
    db: Session, scheme: Scheme, caseload: Caseload, mailed: Mailed, now: datetime
) -> tuple[Sequence[Found], Matter]:
    """What there is to tell at this moment, with the flags that it is made of."""
    found = flags_of(db, scheme, caseload, now)
    matter = matter_of(db, scheme, caseload, found, now, mailed)
    return found, replace(matter, ends=links.of(db).at_the_end(mailed.to))


def _is_due(db: Session, scheme: Scheme, practitioner: Practitioner, now: datetime) -> bool:
    """Whether the day's own digest is due; the alarm of the next one is set."""
    today = timing.local(scheme.zone, now).date()
    if practitioner.digest_at is None or practitioner.digest_at > now:
        return False
    practitioner.digest_at = next_digest_at(scheme, practitioner, now)
    if not _works(scheme, practitioner, today) or _made(db, practitioner, today):
        return False
    return at_a_good_hour(scheme, practitioner, now)


def _is_told(db: Session, scheme: Scheme, practitioner: Practitioner, matter: Matter, *, by_hand: bool) -> bool:
    """Whether there is anything to be told today."""
    today = timing.local(scheme.zone, matter.now).date()
    if by_hand:
        return _is_news(db, practitioner, matter, today)
    if _first_of_week(scheme, practitioner, today):
        return True
    if any(item.kind == "safety" for item in matter.items):
        return True
    theirs = cadence.is_day(practitioner.digest_cadence, _hours(practitioner), scheme.holidays, today)
    return theirs and bool(matter.items or matter.promised)


def close_facts(db: Session, found: Sequence[Found], now: datetime) -> None:
    """A fact is told once. What somebody writes in this moment, or has written since it was read, is told next time."""
    read = {flag.id: flag.version for flag, _ in found if flag_kinds.of(flag.kind).fact}
    # It waits for nobody: others lock a flag behind its person.
    free = select(Flag).where(Flag.id.in_(read), Flag.closed_at.is_(None)).with_for_update(skip_locked=True)
    for flag in db.scalars(free.execution_options(populate_existing=True)).all():
        if flag.version == read[flag.id]:
            flags.told(db, flag, now)


def _is_news(db: Session, practitioner: Practitioner, matter: Matter, today: date) -> bool:
    """Whether there are other things to tell than in the day's last digest. One that failed told nobody."""
    last = _last_of(db, practitioner, today)
    if last is None or matter.good_news or matter.stopped:
        return True
    state = db.scalar(select(Email.state).where(Email.intention == intention(practitioner, today, last.turn)))
    return state == "failed" or last.counts.get(MARK) != mark(matter)


def intention(practitioner: Practitioner, today: date, turn: int) -> str:
    """By what the mail of a digest is known."""
    return f"digest:{practitioner.id.hex}:{today.isoformat()}:{turn}"


def written(matter: Matter) -> tuple[Composed, dict[str, Any]]:
    """The mail, and what is remembered of it."""
    made = compose(matter)
    return made, {**made.counts, MARK: mark(matter)}


def _keep(db: Session, mailed: Mailed, matter: Matter, today: date, *, by_hand: bool) -> Email:
    practitioner, now = mailed.to, matter.now
    made, counts = written(matter)
    turn = _next_turn(db, practitioner, today) if by_hand else 0
    owner = {"scheme_id": practitioner.scheme_id}
    key = {"id": mailed.digest_id, **owner}
    digest = Digest(**key, practitioner_id=practitioner.id, day=today, turn=turn, made_at=now, counts=counts)
    email = Email(
        **owner,
        to=practitioner.email,
        kind="digest",
        subject=made.subject,
        body=made.body,
        intention=intention(practitioner, today, turn),
        list_unsubscribe=links.of(db).how_often(practitioner) or None,
        due_at=now,
        created_at=now,
    )
    db.add_all([digest, email])
    db.flush()
    return email


# ---------------------------------------------------------------- whose digest, and which day


def _hours(practitioner: Practitioner) -> Hours:
    return parse_hours(practitioner.hours)


def _at(scheme: Scheme, day: date) -> datetime:
    return timing.instant(scheme.zone, day, scheme.digest_time)


def _works(scheme: Scheme, practitioner: Practitioner, day: date) -> bool:
    return timing.next_working_day(_hours(practitioner), scheme.holidays, day) == day


def at_a_good_hour(scheme: Scheme, practitioner: Practitioner, now: datetime) -> bool:
    """Within an hour of the digest's own time, or while they work: nobody's phone goes off at night for it."""
    usual = _at(scheme, timing.local(scheme.zone, now).date())
    on_time = usual <= now <= usual + A_BIT_LATE
    return on_time or timing.in_hours(_hours(practitioner), scheme.holidays, scheme.zone, now)


def _first_of_week(scheme: Scheme, practitioner: Practitioner, day: date) -> bool:
    """Monday; or the first day they work, where Monday is a holiday or none of their days."""
    monday = day - day.weekday() * timing.DAY
    return timing.next_working_day(_hours(practitioner), scheme.holidays, monday) == day


def _made(db: Session, practitioner: Practitioner, today: date) -> bool:
    """Whether the day's own digest has been made; those asked for by hand do not count."""
    own = select(Digest.id).where(Digest.practitioner_id == practitioner.id, Digest.day == today)
    return db.scalars(own.where(Digest.turn == 0)).first() is not None


def _last_of(db: Session, practitioner: Practitioner, today: date) -> Digest | None:
    """The day's last digest. Its own (turn 0) may come after one by hand."""
    theirs = select(Digest).where(Digest.practitioner_id == practitioner.id, Digest.day == today)
    return db.scalars(theirs.order_by(Digest.made_at.desc(), Digest.turn.desc()).limit(1)).first()


def _next_turn(db: Session, practitioner: Practitioner, today: date) -> int:
    """By hand there may be any number a day, counted from 1."""
    made = select(func.max(Digest.turn)).where(Digest.practitioner_id == practitioner.id, Digest.day == today)
    return (db.scalar(made) or 0) + 1


def _locked(db: Session, practitioner_id: UUID) -> Practitioner | None:
    found = select(Practitioner).where(Practitioner.id == practitioner_id).with_for_update(key_share=True)
    return db.scalars(found.execution_options(populate_existing=True)).one_or_none()

"""A digest that could not leave when it was made tells what is so when it does leave.

While a mail server is down, or wants to be asked again later, hours go by: what was handled meanwhile is not told, and
what a later digest tells is not told twice.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, TextClause, select
from sqlalchemy.orm import Session

from bot import digests, flag_rows, history, notices
from bot.conversation import timing
from bot.conversation.scheme import Scheme
from bot.database import Database
from bot.digest_matter import Caseload, Mailed, caseload_of, whose
from bot.library import Library
from bot.mail import WAITS
from bot.models import Digest, Email, Flag, Practitioner, ServiceUser

STALE = timedelta(minutes=30)
OVERTAKEN = "overtaken by the next digest"
# A mail about the cadence is of the same kind, and no digest.
OF_A_DIGEST = "digest:%"

log = structlog.get_logger()


def refresh(database: Database, library: Library, now: datetime, ids: Collection[UUID] | None = None) -> int:
    """Make anew the digests (of ``ids``, if given) that are about to leave late; how many. It never raises.

    Each in a transaction of its own: one that cannot be made anew leaves as it is.
    """
    with database.read() as db:
        stale = _stale(db, now, ids)
    made = 0
    for email_id in stale:
        try:
            with database.write() as db:
                made += make_anew(db, library, email_id, now)
        except Exception:
            log.exception("a digest was not made anew", email_id=email_id)
    return made


def make_anew(db: Session, library: Library, email_id: UUID, now: datetime) -> bool:
    """Tell what is so now; whether the mail still leaves.

    1. Somebody sends it at this moment, or it is not late: nothing is changed.
    2. A later digest has been made, they have left, or it is an hour at which no digest comes: it does not leave, and
       what it alone would have told is told by the next one.
    """
    email = _locked(db, email_id, now)
    if email is None:
        return False
    digest, practitioner = _whose(db, email)
    if digest is None or practitioner is None:
        return False
    scheme = library.scheme(practitioner.scheme_id)
    caseload = caseload_of(db, practitioner, timing.local(scheme.zone, now).date())
    _untell(db, digest, caseload, now)
    if not _still_leaves(db, scheme, digest, practitioner, now):
        notices.note(db, notices.Kind.MAIL, now, practitioner.scheme_id, email.error or OVERTAKEN)
        email.state, email.error = "failed", OVERTAKEN
        return False
    found, matter = digests.gather(db, scheme, caseload, Mailed(practitioner, digest.id), now)
    made, digest.counts = digests.written(matter)
    email.subject, email.body = made.subject, made.body
    email.created_at = digest.made_at = now
    digests.close_facts(db, found, now)
    return True


def _stale(db: Session, now: datetime, ids: Collection[UUID] | None) -> list[UUID]:
    found = select(Email.id).where(*_late(now))
    return list(db.scalars(found if ids is None else found.where(Email.id.in_(ids))))


def _late(now: datetime) -> tuple[ColumnElement[bool] | TextClause, ...]:
    digest = (Email.kind == "digest", Email.intention.like(OF_A_DIGEST))
    return (*digest, WAITS, Email.state == "queued", Email.due_at <= now, Email.created_at <= now - STALE)


def _locked(db: Session, email_id: UUID, now: datetime) -> Email | None:
    found = select(Email).where(Email.id == email_id, *_late(now)).with_for_update(skip_locked=True)
    return db.scalars(found.execution_options(populate_existing=True)).one_or_none()


def _whose(db: Session, email: Email) -> tuple[Digest | None, Practitioner | None]:
    """By the mail's intention: ``digest:<practitioner>:<day>:<turn>``."""
    _, hexadecimal, day, turn = email.intention.split(":")
    practitioner = db.get(Practitioner, UUID(hexadecimal))
    theirs = select(Digest).where(Digest.practitioner_id == UUID(hexadecimal), Digest.turn == int(turn))
    return db.scalars(theirs.where(Digest.day == datetime.fromisoformat(day).date())).one_or_none(), practitioner


def _still_leaves(db: Session, scheme: Scheme, digest: Digest, practitioner: Practitioner, now: datetime) -> bool:
    later = select(Digest.id).where(Digest.practitioner_id == practitioner.id, Digest.made_at > digest.made_at)
    if practitioner.retired_at or db.scalars(later.limit(1)).first():
        return False
    # One that was asked for by hand was asked for at that hour.
    return digest.turn > 0 or digests.at_a_good_hour(scheme, practitioner, now)


def _untell(db: Session, digest: Digest, caseload: Caseload, now: datetime) -> None:
    """What it told once has been told to nobody yet."""
    told = (Flag.scheme_id == digest.scheme_id, Flag.closed_why == "told", Flag.closed_at == digest.made_at)
    theirs = select(Flag, ServiceUser).join(ServiceUser, ServiceUser.id == Flag.service_user_id)
    for flag, person in db.execute(theirs.where(*told, whose(caseload, now))).all():
        if flag_rows.open_of(db, person, flag.kind, None) is None:
            flag.closed_at = flag.closed_by = flag.closed_why = None
            db.flush()
            history.of_flag(db, flag, "flag_reopened", now)

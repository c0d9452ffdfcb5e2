"""Whose people a practitioner may see. Every query of the pages begins here.

A practitioner sees their own people and those they cover for today, and until it is closed whoever a flag was passed
on to them about, or a message that they were alerted of; a scheme's lead everybody of the scheme; a scheme's editor
looks after flows, and sees people only where some are theirs. Nobody sees another scheme's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, literal, or_, select, true, union_all
from sqlalchemy.orm import Session

from bot import flag_rows
from bot.models import Cover, Email, Flag, Practitioner, ServiceUser

LEAD = "lead"
# What a row is about, of the one statement that asks whom somebody sees.
COVERED, PASSED = "covered", "passed"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is looking. ``owners`` are the practitioners whose people they see; None: everybody's of the scheme."""

    id: UUID
    scheme_id: str
    email: str
    first_name: str
    role: str
    owners: frozenset[UUID] | None
    # Whether texts of numbers nobody knows are theirs to look at.
    unclaimed: bool
    # Other people of the scheme of whom a flag was passed on to them, or a safety flag told to them, and is open.
    passed: frozenset[UUID] = frozenset()


def viewer(db: Session, row: Practitioner, today: date) -> Viewer:
    """What a practitioner sees on ``today``, a day in their scheme's zone."""
    who = (row.id, row.scheme_id, row.email, row.first_name, row.role)
    if row.role == LEAD:
        return Viewer(*who, owners=None, unclaimed=True)
    found: Sequence[Any] = db.execute(union_all(_covered(row, today), _passed(row), _leads(row))).all()
    covered, passed, leads = (frozenset(each for of, each in found if of == part) for part in (COVERED, PASSED, LEAD))
    unclaimed = row.role == "practitioner" and not leads
    return Viewer(*who, owners=covered | {row.id}, unclaimed=unclaimed, passed=passed)


def restrict(viewer: Viewer, person: Any = ServiceUser) -> Sequence[Any]:
    """What a statement's WHERE needs so that it finds nobody else; ``person`` is the table or an alias of it."""
    if viewer.owners is None:
        return person.scheme_id == viewer.scheme_id, true()
    return person.scheme_id == viewer.scheme_id, or_(
        person.practitioner_id.in_(viewer.owners), person.id.in_(viewer.passed)
    )


def people(viewer: Viewer) -> Select[ServiceUser]:
    """Everybody they may see."""
    return select(ServiceUser).where(*restrict(viewer))


def person(db: Session, viewer: Viewer, person_id: UUID, *, lock: bool = False) -> ServiceUser | None:
    """One of them, locked until the transaction ends where something is to be decided; None for anybody else."""
    found = people(viewer).where(ServiceUser.id == person_id)
    if lock:
        # Somebody may hand them over while we wait for the lock: what is asked for is judged by the row as it is then.
        found = found.with_for_update(key_share=True).execution_options(populate_existing=True)
    return db.scalars(found).one_or_none()


def flags(viewer: Viewer) -> Select[Flag, ServiceUser]:
    """Flags with their person: of everybody they may see, and of numbers nobody knows where those are theirs.

    What was passed on to them and closed by them stays theirs to look at: they may have to take it back.
    """
    nobodys = and_(Flag.service_user_id.is_(None), true() if viewer.unclaimed else false())
    theirs = and_(Flag.service_user_id.is_not(None), *restrict(viewer))
    whose = and_(ServiceUser.scheme_id == Flag.scheme_id, ServiceUser.id == Flag.service_user_id)
    found = select(Flag, ServiceUser).outerjoin(ServiceUser, whose)
    dealt_with = and_(Flag.passed_to == viewer.email, Flag.closed_by == viewer.email)
    return found.where(Flag.scheme_id == viewer.scheme_id, or_(theirs, nobodys, dealt_with, _alerted(viewer.email)))


def flag(db: Session, viewer: Viewer, flag_id: UUID, *, lock: bool = False) -> tuple[Flag, ServiceUser | None] | None:
    """A flag with its person, locked behind the person where something is to be decided; None for any other."""
    found = db.execute(flags(viewer).where(Flag.id == flag_id)).one_or_none()
    if found is not None and lock:
        flag_rows.behind_person(db, flag_id)
        found = db.execute(flags(viewer).where(Flag.id == flag_id)).one_or_none()
    return (found[0], found[1]) if found else None


def _passed(row: Practitioner) -> Select[str, UUID | None]:
    given = or_(Flag.passed_to == row.email, _alerted(row.email))
    theirs = (Flag.scheme_id == row.scheme_id, Flag.closed_at.is_(None), Flag.service_user_id.is_not(None), given)
    return select(literal(PASSED), Flag.service_user_id).where(*theirs)


def _alerted(email: str) -> ColumnElement[bool]:
    """Of a safety flag: they were mailed about it. Who is called out at night can look at whom it is about."""
    to_them = (Email.flag_id == Flag.id, Email.kind == "alert", func.lower(Email.to) == email.casefold())
    return and_(Flag.kind == "safety", exists().where(*to_them))


def _covered(row: Practitioner, today: date) -> Select[str, UUID]:
    in_force = (Cover.first_day <= today, Cover.last_day >= today)
    theirs = (Cover.scheme_id == row.scheme_id, Cover.covered_by_id == row.id)
    return select(literal(COVERED), Cover.practitioner_id).where(*theirs, *in_force)


def _leads(row: Practitioner) -> Select[str, UUID]:
    leads = (Practitioner.scheme_id == row.scheme_id, Practitioner.role == LEAD, Practitioner.retired_at.is_(None))
    return select(literal(LEAD), Practitioner.id).where(*leads)

"""Everybody that a practitioner may see, a page at a time: last words, step, contact times, how sure they were.

Filtered and sorted by facts and dates alone: nobody is ranked. So many queries a page, however many people there are.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from bot import confidence, seeing
from bot.charts import Point
from bot.models import Cover, Flag, Message, Practitioner, ServiceUser, Step
from bot.seeing import Viewer

EVERYBODY, MINE, COVER = "all", "mine", "cover"
QUIET, PUT_OFF, UNANSWERED = "quiet", "put_off", "unanswered"
BY_NAME, LONG_AGO, LATELY = "name", "long_ago", "lately"
STATES = ("invited", "active", "paused", "resting", "opted_out", "unreachable", "closed")
# Told by what they wrote; until somebody writes to them, they have no answer.
THEY_WROTE = ("safety", "asked_for_you", "distress", "message")
SILENT = ("quiet", "not_started")
MOST_FOUND = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of them, in which order. ``state``: "" is everybody whose record is not closed."""

    whose: str = EVERYBODY
    state: str = ""
    only: str = ""
    order: str = BY_NAME
    # From 1.
    page: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    """What the list shows of a person. ``flags``: what is open about them."""

    person: ServiceUser
    owner: str
    words: tuple[str, datetime] | None
    step: Step | None
    points: Sequence[Point]
    flags: Sequence[Flag]


@dataclass(frozen=True, slots=True)
class Found:
    """One page of them, and how many there are in all."""

    lines: Sequence[Line]
    total: int


def look(db: Session, viewer: Viewer, wanted: Wanted, now: datetime, today: date, a_page: int) -> Found:
    """A page of the people that ``viewer`` may see, as wanted. ``today`` is the day where their scheme is."""
    chosen = seeing.people(viewer).where(*_filters(db, viewer, wanted, now, today))
    return _found(db, viewer, _in_order(chosen, wanted.order), (wanted.page - 1) * a_page, a_page)


def search(db: Session, viewer: Viewer, asked: str, most: int) -> Found:
    """Those whose name or reference has these words in it, of whatever state; accents and capitals do not matter.

    Nothing asked finds nobody.
    """
    wanted = _plain(asked)
    named = seeing.people(viewer).with_only_columns(ServiceUser.id, ServiceUser.first_name, ServiceUser.reference)
    # Neither database folds accents by itself, and a caseload's names are few.
    ids = [row.id for row in db.execute(named) if wanted and any(wanted in _plain(each or "") for each in row[1:])]
    here = seeing.people(viewer).where(ServiceUser.id.in_(ids[:MOST_FOUND]))
    return _found(db, viewer, _in_order(here, BY_NAME), 0, most)


def covered(db: Session, viewer: Viewer, today: date) -> Sequence[UUID]:
    """For whom they cover today: known of everybody but a lead, who sees people for other reasons, too."""
    if viewer.owners is not None:
        return sorted(viewer.owners - {viewer.id})
    in_force = (Cover.first_day <= today, Cover.last_day >= today)
    theirs = (Cover.scheme_id == viewer.scheme_id, Cover.covered_by_id == viewer.id)
    return db.scalars(select(Cover.practitioner_id).where(*theirs, *in_force)).all()


def _filters(db: Session, viewer: Viewer, wanted: Wanted, now: datetime, today: date) -> Iterable[ColumnElement[bool]]:
    if wanted.whose == MINE:
        yield ServiceUser.practitioner_id == viewer.id
    if wanted.whose == COVER:
        yield ServiceUser.practitioner_id.in_(covered(db, viewer, today))
    yield ServiceUser.state == wanted.state if wanted.state in STATES else ServiceUser.state != "closed"
    if wanted.only in (QUIET, PUT_OFF, UNANSWERED):
        yield _open_flag(wanted.only, now)


def _open_flag(only: str, now: datetime) -> ColumnElement[bool]:
    theirs = (Flag.scheme_id == ServiceUser.scheme_id, Flag.service_user_id == ServiceUser.id, Flag.closed_at.is_(None))
    unwritten = or_(ServiceUser.last_person_sent_at.is_(None), ServiceUser.last_person_sent_at < Flag.updated_at)
    which: Mapping[str, ColumnElement[bool]] = {
        QUIET: Flag.kind.in_(SILENT),
        PUT_OFF: Flag.snoozed_until > now,
        UNANSWERED: and_(Flag.kind.in_(THEY_WROTE), unwritten),
    }
    return exists().where(*theirs, which[only])


def _in_order(chosen: Select[ServiceUser], order: str) -> Select[ServiceUser]:
    wrote = ServiceUser.last_inbound_at
    first: Mapping[str, tuple[Any, ...]] = {
        # Who has never written has been silent the longest.
        LONG_AGO: (wrote.is_not(None), wrote),
        LATELY: (wrote.is_(None), wrote.desc()),
    }
    by_name = (func.lower(ServiceUser.first_name), ServiceUser.reference, ServiceUser.id)
    return chosen.order_by(*first.get(order, ()), *by_name)


def _found(db: Session, viewer: Viewer, chosen: Select[ServiceUser], skip: int, most: int) -> Found:
    rows = db.execute(chosen.add_columns(func.count().over()).offset(skip).limit(most)).all()
    people = [row[0] for row in rows]
    total = rows[0][1] if rows else 0
    if not rows and skip:
        total = db.scalar(select(func.count()).select_from(chosen.order_by(None).subquery())) or 0
    return Found(_lines(db, viewer, people), total)


def _lines(db: Session, viewer: Viewer, people: Sequence[ServiceUser]) -> list[Line]:
    """All that is shown of them, in five queries."""
    if not people:
        return []
    owners, words, steps = _owners(db, viewer, people), _last_words(db, people), _last_steps(db, people)
    points, flags = confidence.lately(db, people), _flags(db, people)
    return [
        Line(
            person=each,
            owner=owners.get(each.practitioner_id, ""),
            words=words.get(each.id),
            step=steps.get(each.id),
            points=points.get(each.id, []),
            flags=flags.get(each.id, []),
        )
        for each in people
    ]


def _owners(db: Session, viewer: Viewer, people: Sequence[ServiceUser]) -> Mapping[UUID, str]:
    ids = {each.practitioner_id for each in people} - {viewer.id}
    if not ids:
        return {viewer.id: viewer.first_name}
    rows = db.execute(select(Practitioner.id, Practitioner.first_name).where(Practitioner.id.in_(ids)))
    return {viewer.id: viewer.first_name, **{row.id: row.first_name for row in rows}}


def _last_words(db: Session, people: Sequence[ServiceUser]) -> Mapping[UUID, tuple[str, datetime]]:
    """The newest thing that each of them texted: by an index, however long they have been texting."""
    newest = (
        select(Message.id)
        .where(Message.scheme_id == ServiceUser.scheme_id, Message.service_user_id == ServiceUser.id)
        .where(Message.direction == "in", Message.body != "")
        .order_by(Message.created_at.desc())
        .limit(1)
    )
    columns = (Message.service_user_id, Message.body, Message.created_at)
    rows = db.execute(select(*columns).where(Message.id.in_(_of_each(newest, people))))
    return {row.service_user_id: (row.body, row.created_at) for row in rows if row.service_user_id}


def _last_steps(db: Session, people: Sequence[ServiceUser]) -> Mapping[UUID, Step]:
    newest = (
        select(Step.id)
        .where(Step.scheme_id == ServiceUser.scheme_id, Step.service_user_id == ServiceUser.id)
        .order_by(Step.set_at.desc())
        .limit(1)
    )
    return {
        step.service_user_id: step for step in db.scalars(select(Step).where(Step.id.in_(_of_each(newest, people))))
    }


def _of_each(newest: Select[UUID], people: Sequence[ServiceUser]) -> Select[UUID]:
    """What ``newest`` finds for each of these people."""
    found = newest.correlate(ServiceUser).scalar_subquery()
    return select(found).where(ServiceUser.id.in_([each.id for each in people]))


def _flags(db: Session, people: Sequence[ServiceUser]) -> Mapping[UUID, list[Flag]]:
    ids = [each.id for each in people]
    theirs = (Flag.scheme_id == people[0].scheme_id, Flag.service_user_id.in_(ids), Flag.closed_at.is_(None))
    found: dict[UUID, list[Flag]] = {}
    for flag in db.scalars(select(Flag).where(*theirs).order_by(Flag.raised_at)):
        if flag.service_user_id:
            found.setdefault(flag.service_user_id, []).append(flag)
    return found


def _plain(name: str) -> str:
    """`ZOË  ` and `zoe` are the same name."""
    apart = unicodedata.normalize("NFKD", " ".join(name.split()).casefold())
    return "".join(each for each in apart if not unicodedata.combining(each))

"""What staff wrote about a person and promised them, as it is shown: by whom, when, in the person's own zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, cast, literal, null, select, union_all
from sqlalchemy.orm import Session

from bot import notes, promises
from bot.conversation import timing
from bot.models import Dream, Event, Note, Practitioner, Promise, ServiceUser, UtcTime
from bot.queries import SERVICE_USER
from bot.seeing import Viewer
from bot.web.saying import _

DREAM, RHYTHM = "dream", "rhythm"


@dataclass(frozen=True, slots=True)
class Words:
    """Something written, by whom and when. ``by`` is "you" for whoever is looking."""

    id: UUID
    kind: str
    by: str
    at: datetime
    words: str
    edited: bool = False
    may_change: bool = False
    corrects: UUID | None = None


@dataclass(frozen=True, slots=True)
class PromiseShown:
    """What somebody of us promised. ``overdue`` is the number of days it waits."""

    id: UUID
    said: str
    words: str
    by: str
    day: date
    overdue: int
    moves: int
    ended: str
    ended_on: date | None
    may_take_back: bool


def promised(db: Session, person: ServiceUser, viewer: Viewer, ended: int, now: datetime) -> list[PromiseShown]:
    """What is open, the next first, and the newest so many that have ended."""
    today = timing.local(person.zone, now).date()
    return [_promise(row, by, person, viewer, today, now) for row, by in promises.of_person(db, person, ended)]


def _promise(row: Promise, by: str, person: ServiceUser, viewer: Viewer, today: date, now: datetime) -> PromiseShown:
    ended = timing.local(person.zone, row.ended_at).date() if row.ended_at else None
    return PromiseShown(
        id=row.id,
        said=promise_in_words(row.what, person.first_name),
        words=row.words,
        by=_("you") if row.by == viewer.email else by,
        day=row.day,
        overdue=0 if row.ended_at else max(0, (today - row.day).days),
        moves=row.moves,
        ended=row.ended or "",
        ended_on=ended,
        may_take_back=promises.may_take_back(row, now),
    )


def promise_in_words(what: str, name: str) -> str:
    """`ring Amina`"""
    return f"{_(promises.WHAT.get(what, promises.WHAT['other']))} {name}"


def noted(
    db: Session, person: ServiceUser, viewer: Viewer, most: int, before: datetime | None, now: datetime
) -> list[Words]:
    """The newest notes (before then), newest first."""
    found = _notes(person).order_by(Note.at.desc(), Note.id)
    rows = db.execute((found.where(Note.at < before) if before else found).limit(most))
    return [words_of(row, viewer, person.zone, now) for row in rows]


def one(db: Session, person: ServiceUser, viewer: Viewer, note_id: UUID, now: datetime) -> Words | None:
    """One note on this person."""
    row = db.execute(_notes(person).where(Note.id == note_id)).one_or_none()
    return words_of(row, viewer, person.zone, now) if row else None


def told(db: Session, person: ServiceUser, most: int) -> Sequence[Any]:
    """Their dream, when they chose their rhythm, and the newest notes, in one query."""
    note = _notes(person).order_by(Note.at.desc())
    # Named, each of them: of several that are not, the wrong ones are matched.
    nothing = (cast(null(), UtcTime).label("edited_at"), cast(null(), Note.corrects_id.type).label("corrects_id"))
    nobody = (literal("").label("by"), literal("").label("name"))
    dream = select(literal(DREAM).label("kind"), Dream.id, *nobody, Dream.at, Dream.words, *nothing)
    dream = dream.where(*_of(Dream, person)).order_by(Dream.at.desc())
    chose = select(literal(RHYTHM).label("kind"), Event.id, *nobody, Event.at, literal("").label("words"), *nothing)
    theirs = (Event.what == "rhythm", Event.who == SERVICE_USER)
    chose = chose.where(*_of(Event, person), *theirs).order_by(Event.at.desc())
    # SQLite takes no limit inside a union: each is a table of its own.
    parts = [each.limit(limit).subquery() for each, limit in ((note, most), (dream, 1), (chose, 1))]
    return db.execute(union_all(*(select(part) for part in parts))).all()


def _notes(person: ServiceUser) -> Any:
    """The notes on this person, with the first names of those who wrote them."""
    name = Practitioner.first_name.label("name")
    columns = (Note.kind.label("kind"), Note.id, Note.by, name, Note.at, Note.words, Note.edited_at, Note.corrects_id)
    by = and_(Practitioner.scheme_id == Note.scheme_id, Practitioner.email == Note.by)
    return select(*columns).outerjoin(Practitioner, by).where(*_of(Note, person))


def _of(table: Any, person: ServiceUser) -> tuple[Any, Any]:
    return table.scheme_id == person.scheme_id, table.service_user_id == person.id


def words_of(row: Any, viewer: Viewer, zone: str, now: datetime) -> Words:
    return Words(
        id=row.id,
        kind=row.kind,
        by=_("you") if row.by == viewer.email else row.name or row.by,
        at=timing.local(zone, row.at),
        words=row.words,
        edited=row.edited_at is not None,
        may_change=notes.may_change(row, viewer.email, now),
        corrects=row.corrects_id,
    )

"""What a practitioner writes down about a person, who may ask to see it. For a day its author may still change it;
after that it stays as it is, and what was wrong in it is put right by another note. Callers hold the person's row.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bot import history
from bot.models import Note, ServiceUser

# Of a note; handed over with somebody; why their record was taken out.
NOTE, HANDOVER, TAKEN_OUT = "note", "handover", "taken_out"
LONGEST = 4000
MAY_CHANGE = timedelta(hours=24)
# A form that is sent twice is one note.
SENT_TWICE = timedelta(minutes=10)


class NoteRefused(ValueError):
    """A note that cannot be written like this: ``why`` is ``empty``, ``too_long``, ``not_yours`` or ``too_late``."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def write(
    db: Session,
    person: ServiceUser,
    by: str,
    words: str,
    now: datetime,
    *,
    kind: str = NOTE,
    corrects: Note | None = None,
) -> Note:
    """A note of now. The same words sent again within minutes are the same note. NoteRefused says why not."""
    plain = _judged(words)
    known = _sent_before(db, person, by, plain, now, corrects)
    if known is not None:
        return known
    owns = {"scheme_id": person.scheme_id, "service_user_id": person.id}
    row = Note(**owns, kind=kind, by=by, at=now, words=plain, corrects_id=corrects.id if corrects else None)
    db.add(row)
    db.flush()
    what = "note_corrected" if corrects else "noted"
    history.of_person(db, person, what, now, by=by, after={"note": str(row.id), "kind": kind})
    return row


def change(db: Session, person: ServiceUser, note: Note, by: str, words: str, now: datetime) -> None:
    """Other words in its place, by its author and within a day. NoteRefused otherwise."""
    if note.by != by:
        raise NoteRefused("not_yours")
    if not may_change(note, by, now):
        raise NoteRefused("too_late")
    plain = _judged(words)
    if plain != note.words:
        note.words, note.edited_at = plain, now
        history.of_person(db, person, "note_changed", now, by=by, after={"note": str(note.id)})


def may_change(note: Note, by: str, now: datetime) -> bool:
    """Whether this note can still be changed by them. Why a record was taken out stays as it was said."""
    return note.by == by and note.kind != TAKEN_OUT and now - note.at < MAY_CHANGE


def newest(db: Session, person: ServiceUser, most: int, before: datetime | None = None) -> Sequence[Note]:
    """The newest notes, newest first; with ``before``, those that are older."""
    found = _of(person).order_by(Note.at.desc(), Note.id.desc()).limit(most)
    return db.scalars(found.where(Note.at < before) if before else found).all()


def find(db: Session, person: ServiceUser, note_id: UUID) -> Note | None:
    """One of the notes on this person."""
    return db.scalars(_of(person).where(Note.id == note_id)).one_or_none()


def _of(person: ServiceUser) -> Select[Note]:
    return select(Note).where(Note.scheme_id == person.scheme_id, Note.service_user_id == person.id)


def _judged(words: str) -> str:
    plain = words.replace("\r\n", "\n").strip()
    if not plain:
        raise NoteRefused("empty")
    if len(plain) > LONGEST:
        raise NoteRefused("too_long")
    return plain


def _sent_before(
    db: Session, person: ServiceUser, by: str, words: str, now: datetime, corrects: Note | None
) -> Note | None:
    lately = _of(person).where(Note.by == by, Note.words == words, Note.at > now - SENT_TWICE)
    about = Note.corrects_id == corrects.id if corrects else Note.corrects_id.is_(None)
    return db.scalars(lately.where(about).limit(1)).first()

"""What goes of one person's record, in the transaction of whoever holds their row.

What stays of a record without words and name: that somebody was here, when, their numbers from 0 to 10 with their
dates, how steps ended and what kind of thing got in the way. It tells a scheme how it does, and nobody's story.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, and_, case, delete, or_, select, update
from sqlalchemy.orm import Session

from bot import history, people, provider_copies
from bot.conversation.scheme import Scheme
from bot.models import (
    NO_WORDS,
    ON_THE_WAY,
    Answer,
    CheckIn,
    Dream,
    Email,
    Flag,
    Message,
    Note,
    Promise,
    ServiceUser,
    Step,
)
from bot.people import forgetting, numbers, record
from bot.retention.times import CEILING_MONTHS, LOGS, months_before

NAMELESS = "(left)"
RETENTION = "retention"
GONE = ("closed", "opted_out")
# Of evidence this stays: which rule, since when, what was done. Not what somebody wrote.
WITHOUT_WORDS = ("rule", "rule_version", "since", "clears", "done", "told", "why")
SCORE = "step.confidence"


def erase_words(db: Session, person: ServiceUser, scheme: Scheme, now: datetime) -> None:
    """Their words and their name go, here and at the provider.

    1. Whoever was left in another state than gone is closed with it: nothing has passed for so long.
    2. With a safety flag the name stays, that flag, and the text it is about: ``unname`` takes those.
    """
    if person.state not in GONE:
        people.close(db, person, history.AUTOMATIC, now)
    safety = _safety_texts(db, person)
    provider_copies.ask(db, (*_mine(Message, person), *_untidied(person)), now)
    _blank_texts(db, [*_mine(Message, person), Message.id.not_in(safety)])
    _blank_answers(db, _mine(Answer, person))
    nothing: dict[str, Any] = {"when_words": None, "helped": None, "barrier_words": None}
    _change(db, update(Step).where(*_mine(Step, person)).values(words="", **nothing))
    _blank_states(db, _mine(CheckIn, person))
    _strip_flags(db, [*_mine(Flag, person), Flag.kind != "safety"])
    # That something was promised, and whether it was kept, tells a scheme how it does.
    _change(db, update(Promise).where(*_mine(Promise, person)).values(words=""))
    tables: list[type[Any]] = [Dream, Note, *record.others()]
    for table in tables:
        _change(db, delete(table).where(*_mine(table, person)))
    _change(db, delete(Email).where(Email.flag_id.in_(select(Flag.id).where(*_mine(Flag, person)))))
    numbers.leave_addresses(db, person, RETENTION, now)
    person.words_erased_at = now
    after = {"months": scheme.retention_months}
    history.of_person(db, person, "words_erased", now, after=after)
    if not _has_safety(db, person):
        unname(db, person, scheme, now)


def unname(db: Session, person: ServiceUser, scheme: Scheme, now: datetime) -> None:
    """Nothing that names them is left: not the name, not the safety flags' notes and texts."""
    _blank_texts(db, _mine(Message, person))
    _strip_flags(db, _mine(Flag, person))
    person.first_name, person.reference, person.unnamed_at = NAMELESS, None, now
    history.of_person(db, person, "name_erased", now)


def purge(db: Session, person: ServiceUser, scheme: Scheme, now: datetime) -> None:
    """The bare record and the log of consents go, too."""
    forgetting.erase_rows(db, person, history.AUTOMATIC, now)


def tidy(db: Session, person: ServiceUser, scheme: Scheme, now: datetime) -> None:
    """Of somebody who may well be here: delivery logs and the provider's copies go, and texts of two years ago."""
    old = and_(Message.created_at <= now - LOGS, Message.state.not_in(ON_THE_WAY))
    which = (*_mine(Message, person), old, *_untidied(person))
    provider_copies.ask(db, which, now)
    log = {"error_code": None, "template": None, "submitted_at": None, "counted_at": None, "sender": None}
    _change(db, update(Message).where(*which).values(**log, attempts=0, looked_up=0))
    before = months_before(now, CEILING_MONTHS)
    texts = [*_mine(Message, person), Message.created_at <= before, _says_something()]
    erased = _blank_texts(db, [*texts, Message.id.not_in(_safety_texts(db, person))], address=False)
    _blank_answers(db, [*_mine(Answer, person), Answer.at <= before])
    _blank_states(db, [*_mine(CheckIn, person), CheckIn.ended_at <= before])
    _strip_flags(db, [*_mine(Flag, person), Flag.kind != "safety", Flag.closed_at <= before])
    _forget_notes(db, [*_mine(Note, person), Note.at <= before])
    _change(db, update(Promise).where(*_mine(Promise, person), Promise.ended_at <= before).values(words=""))
    person.tidied_at = now
    if erased:
        history.of_person(db, person, "old_words_erased", now, after={"texts": erased})


def _mine(table: type[Any], person: ServiceUser) -> list[ColumnElement[bool]]:
    return [table.scheme_id == person.scheme_id, table.service_user_id == person.id]


def _untidied(person: ServiceUser) -> list[ColumnElement[bool]]:
    """The texts that no earlier visit has seen: what is older than that was dealt with then."""
    return [Message.created_at > person.tidied_at - LOGS] if person.tidied_at else []


def _safety_texts(db: Session, person: ServiceUser) -> Sequence[UUID]:
    flags = db.scalars(select(Flag).where(*_mine(Flag, person), Flag.kind == "safety")).all()
    known = {UUID(each) for flag in flags for each in flag.evidence.get("messages", ())}
    return [*known, *(flag.message_id for flag in flags if flag.message_id and flag.message_id not in known)]


def _has_safety(db: Session, person: ServiceUser) -> bool:
    return db.scalars(select(Flag.id).where(*_mine(Flag, person), Flag.kind == "safety")).first() is not None


def _blank_texts(db: Session, which: Sequence[ColumnElement[bool]], *, address: bool = True) -> int:
    nothing: dict[str, Any] = {**NO_WORDS, "error_code": None, "sender": None}
    return _change(db, update(Message).where(*which).values(**nothing, **({"address": ""} if address else {})))


def _says_something() -> ColumnElement[bool]:
    """Whether a text has its words, or what came in their place: a tapped button, a voice note."""
    return or_(Message.body != "", Message.payload.is_not(None), Message.media_kinds.is_not(None))


def _blank_states(db: Session, which: Sequence[ColumnElement[bool]]) -> None:
    """Of where a check-in stood stays which it was: it is looked at again when they write."""
    for check_in in db.scalars(select(CheckIn).where(*which)):
        check_in.state = {"flow": check_in.flow}


def _blank_answers(db: Session, which: Sequence[ColumnElement[bool]]) -> None:
    """Of an answer stays the number it was; and nothing where it was words."""
    score = case((Answer.kept_as == SCORE, Answer.value), else_=None)
    _change(db, update(Answer).where(*which).values(raw="", question=None, reason="", value=score))


def _forget_notes(db: Session, which: Sequence[ColumnElement[bool]]) -> None:
    """What corrected one of them stays, and points at nothing."""
    going = select(Note.id).where(*which)
    _change(db, update(Note).where(Note.corrects_id.in_(going)).values(corrects_id=None))
    _change(db, delete(Note).where(*which))


def _strip_flags(db: Session, which: Sequence[ColumnElement[bool]]) -> None:
    for flag in db.scalars(select(Flag).where(*which)).all():
        kept = {key: flag.evidence[key] for key in WITHOUT_WORDS if key in flag.evidence}
        flag.evidence, flag.note = {"done": [], "details": {}, **kept}, None
        flag.last_act = None
    db.flush()


def _change(db: Session, statement: Any) -> int:
    done = db.execute(statement, execution_options={"synchronize_session": False})
    return cast(CursorResult[Any], done).rowcount

"""Reads what the pages about a whole person show: facts, flags, texts, what was put right, and who has looked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import ladder
from bot.conversation import flag_kinds, timing
from bot.models import Answer, Event, Flag, Message, Practitioner, ServiceUser
from bot.people.record import LOOKED
from bot.web.desk import door, person_facts, staff_words
from bot.web.saying import _, lazy

SHOWN = "shown"
MOST_STEPS, MOST_TEXTS, MOST_NOTES, MOST_PROMISES, MOST_FLAGS, MOST_CORRECTED = 12, 10, 6, 6, 6, 6
SOME_LOOKS, MOST_LOOKS = 10, 60
LOOKS: Mapping[str, Any] = {
    "viewed": lazy("opened the page"),
    "flag_read": lazy("opened a flag"),
    "exported": lazy("took out the whole record"),
    SHOWN: lazy("opened the page to show it"),
}


@dataclass(frozen=True, slots=True)
class FlagShown:
    """A flag in short: what it is called, its rule, what became of it. A safety flag's note stays on its own page."""

    title: str
    rule: str
    raised: datetime
    closed: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody has looked."""

    at: datetime
    who: str
    what: str


@dataclass(frozen=True, slots=True)
class TextShown:
    """A text, by whom and when."""

    at: datetime
    who: str
    words: str


@dataclass(frozen=True, slots=True)
class Corrected:
    """What they had said, as we had taken it, and what they said it was."""

    at: datetime
    said: str
    taken_for: str
    instead: str


def whole(db: Session, person: ServiceUser) -> dict[str, Any]:
    """What both the page to print and the page to show have."""
    now, viewer = door.now(), door.viewer()
    return {
        "facts": person_facts.shown(db, person, now),
        "rungs": person_facts.all_rungs(ladder.steps(db, person), person.zone)[:MOST_STEPS],
        "flags": flags(db, person),
        "notes": staff_words.noted(db, person, viewer, MOST_NOTES, None, now),
        "promises": staff_words.promised(db, person, viewer, MOST_PROMISES, now),
        "today": timing.local(person.zone, now),
        "viewer": viewer,
    }


def flags(db: Session, person: ServiceUser) -> list[FlagShown]:
    """The newest flags, of whatever kind."""
    found = select(Flag).where(*_of(Flag, person)).order_by(Flag.raised_at.desc(), Flag.id).limit(MOST_FLAGS)
    return [_flag(row, person.zone) for row in db.scalars(found)]


def _flag(row: Flag, zone: str) -> FlagShown:
    kind = flag_kinds.of(row.kind)
    return FlagShown(
        title=_(kind.title.capitalize()),
        rule=_(kind.rule),
        raised=timing.local(zone, row.raised_at),
        closed=timing.local(zone, row.closed_at) if row.closed_at else None,
        note=(row.note or "") if row.kind != "safety" else "",
    )


def texts(db: Session, person: ServiceUser) -> list[TextShown]:
    """The last texts that say something, oldest first."""
    who = (Practitioner.scheme_id == Message.scheme_id) & (Practitioner.email == Message.author)
    found = select(Message, Practitioner.first_name).outerjoin(Practitioner, who)
    said = found.where(*_of(Message, person), Message.body != "").order_by(Message.created_at.desc())
    rows = db.execute(said.limit(MOST_TEXTS)).all()
    return [_text(text, name, person) for text, name in reversed(rows)]


def _text(text: Message, name: str | None, person: ServiceUser) -> TextShown:
    ours = _("Automatic") if text.author == "automatic" else name or text.author
    who = person.first_name if text.direction == "in" else ours
    return TextShown(timing.local(person.zone, text.created_at), who, text.body)


def corrected(db: Session, person: ServiceUser) -> list[Corrected]:
    """What they put right of what we had understood, newest first."""
    mine = select(Answer).where(*_of(Answer, person), Answer.corrected_at.is_not(None))
    rows = db.scalars(mine.order_by(Answer.corrected_at.desc()).limit(MOST_CORRECTED)).all()
    times = {row.corrected_at for row in rows}
    after = db.scalars(select(Answer).where(*_of(Answer, person), Answer.at.in_(times))).all() if times else []
    instead = {(row.node, row.at): row.raw for row in after}
    return [
        Corrected(
            at=timing.local(person.zone, row.corrected_at or row.at),
            said=row.raw,
            taken_for=row.value or "",
            instead=instead.get((row.node, row.corrected_at or row.at), ""),
        )
        for row in rows
    ]


def looked(db: Session, person: ServiceUser, most: int) -> list[Look]:
    """Who has looked, newest first."""
    who = (Practitioner.scheme_id == Event.scheme_id) & (Practitioner.email == Event.who)
    looks = (*_of(Event, person), Event.what.regexp_match(LOOKED.pattern))
    found = select(Event, Practitioner.first_name).outerjoin(Practitioner, who).where(*looks)
    rows = db.execute(found.order_by(Event.at.desc()).limit(most)).all()
    return [Look(timing.local(person.zone, event.at), name or event.who, _looked(event.what)) for event, name in rows]


def _looked(what: str) -> str:
    return str(LOOKS.get(what, what.replace("_", " ")))


def _of(table: Any, person: ServiceUser) -> tuple[Any, Any]:
    return table.scheme_id == person.scheme_id, table.service_user_id == person.id

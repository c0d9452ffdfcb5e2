"""A person's whole record, as plain data: handed over when they ask for it (``page`` makes it readable)."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from bot import history
from bot.models import (
    Address,
    Answer,
    Base,
    CheckIn,
    ConsentEvent,
    Dream,
    Email,
    Event,
    Flag,
    FormerAddress,
    Message,
    Note,
    Promise,
    ServiceUser,
    Step,
    Wording,
)
from bot.people.forgetting import known_by, named_in

# What is theirs, in the order in which it is read.
SECTIONS: Mapping[str, type[Any]] = {
    "addresses": Address,
    "consents": ConsentEvent,
    "messages": Message,
    "steps": Step,
    "dreams": Dream,
    "answers": Answer,
    "check_ins": CheckIn,
    "flags": Flag,
    "notes": Note,
    "promises": Promise,
    "history": Event,
    "former_addresses": FormerAddress,
}
# Ours alone: it says nothing about them.
LEFT_OUT = frozenset({"id", "scheme_id", "service_user_id", "check_in_id", "step_id", "message_id", "intention"}) | {
    *(
        "claimed_until",
        "counted_at",
        "corrects_id",
        "provider_id",
        "reply_to_id",
        "template",
        "via",
        "looked_up",
        "address_hash",
    )
}
# What staff did only to look; the rest of the history are changes.
LOOKED = re.compile(r"(^|_)(read|looked|viewed|seen|exported|shown)$")
READ_FIRST = (
    "Before this is handed over, somebody reads it whole: what people text may name others, who have rights of "
    "their own, and some of it may not be safe to keep at home."
)
# What each part is, in plain words: the first page says it.
PARTS: Mapping[str, str] = {
    "person": "Who you are to the check-in: your first name, how it stands, your own day and rhythm, and its alarms.",
    "addresses": "The numbers we may text, and by which channel.",
    "consents": "When you said yes or no to being texted, who asked you, and the words you were shown.",
    "messages": "Every text, yours and ours, and what became of it.",
    "steps": "The small steps you chose, how they went, and what helped or got in the way.",
    "wins": "The steps you did, in your own words.",
    "scores": "How sure you said you were, from 0 to 10, each with its day and your words.",
    "dreams": "What you said you would love to do.",
    "answers": "What we took each of your answers to mean, and why.",
    "check_ins": "When each check-in began and ended, and which version of our words it used.",
    "flags": "What your practitioner was told about you, what they saw with it, who dealt with it and how.",
    "notes": "What your practitioner has written down about you. You can always ask to see it.",
    "promises": "What your practitioner said they would do for you, by when, and whether they did.",
    "mails": "The e-mails to staff that are about you, as long as we keep them.",
    "looked_at": "Who has opened or taken out your record.",
    "history": "Who changed what about you, and when.",
    "former_addresses": "Numbers that were yours before. We keep only a mark of them, not the number.",
    "texts_before": "Texts that came from your number before you joined, or when we did not know it was you.",
}


def record(db: Session, person: ServiceUser) -> dict[str, Any]:
    """Everything kept about a person, as plain data: JSON can hold it.

    Also what a later version keeps in a table that nobody has named here. Somebody reads it before it is
    handed over: what they texted may name other people.
    """
    found: dict[str, Any] = {"person": _plain(person)}
    for name, table in SECTIONS.items():
        found[name] = [_plain(row) for row in db.scalars(_theirs(table, person))]
    found |= {table.__tablename__: [_plain(row) for row in db.scalars(_theirs(table, person))] for table in others()}
    shown = {row["wording_hash"] for row in found["consents"]}
    words = {each.hash: each.text for each in db.scalars(select(Wording).where(Wording.hash.in_(shown)))}
    for row in found["consents"]:
        row["words_shown"] = words.get(row.pop("wording_hash"))
    found["wins"] = [step["words"] for step in found["steps"] if step["outcome"] == "done"]
    found["scores"] = [_score(row) for row in found["answers"] if row["kept_as"] == "step.confidence"]
    found["mails"] = [*_alerts(db, person), *_digests(db, person)]
    found["looked_at"] = [row for row in found["history"] if LOOKED.search(row["what"])]
    found["history"] = [row for row in found["history"] if not LOOKED.search(row["what"])]
    found["texts_before"] = [_plain(row) for row in db.scalars(_before(person))]
    return {"about": {"read_first": READ_FIRST, "parts": {key: PARTS.get(key, "") for key in found}}, **found}


def handed_over(db: Session, person: ServiceUser, by: str, now: datetime) -> dict[str, Any]:
    """The record, and in it that somebody has taken it out."""
    history.of_person(db, person, "exported", now, by=by)
    db.flush()
    return record(db, person)


def as_json(found: Mapping[str, Any]) -> str:
    return json.dumps(found, ensure_ascii=False, indent=2)


def others() -> list[type[Any]]:
    """The tables that know people and that nobody has named here."""
    named = {ServiceUser, *SECTIONS.values()}
    tables = [mapper.class_ for mapper in Base.registry.mappers if mapper.class_ not in named]
    theirs = [table for table in tables if hasattr(table, "service_user_id") and hasattr(table, "scheme_id")]
    return sorted((each for each in theirs if each.__tablename__ != "erasure"), key=lambda each: each.__tablename__)


def _theirs(table: type[Any], person: ServiceUser) -> Any:
    rows = select(table).where(table.scheme_id == person.scheme_id, table.service_user_id == person.id)
    at = next(
        (name for name in ("at", "created_at", "set_at", "started_at", "raised_at") if hasattr(table, name)), None
    )
    return rows.order_by(getattr(table, at)) if at else rows


def _before(person: ServiceUser) -> Any:
    """Texts from their numbers that are nobody's."""
    held = select(Address.address).where(Address.scheme_id == person.scheme_id, Address.service_user_id == person.id)
    unknown = (Message.scheme_id == person.scheme_id, Message.service_user_id.is_(None), Message.address.in_(held))
    return select(Message).where(*unknown).order_by(Message.created_at)


def _score(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {"at": answer["at"], "value": answer["value"], "question": answer["question"], "words": answer["raw"]}


def _alerts(db: Session, person: ServiceUser) -> Iterator[dict[str, Any]]:
    flags = select(Flag.id).where(Flag.scheme_id == person.scheme_id, Flag.service_user_id == person.id)
    for mail in db.scalars(select(Email).where(Email.flag_id.in_(flags)).order_by(Email.created_at)):
        yield {**_mail(mail), "about_you": mail.body}


def _digests(db: Session, person: ServiceUser) -> Iterator[dict[str, Any]]:
    """Digests that name them: of each only what is about them, for the rest is about others."""
    known = known_by(db, person)
    sent = select(Email).where(Email.scheme_id == person.scheme_id, Email.flag_id.is_(None), Email.body != "")
    for mail in db.scalars(sent.order_by(Email.created_at)):
        blocks = [block for block in re.split(r"\n\s*\n", mail.body) if named_in(block, known)]
        if blocks:
            # An item of its own is theirs alone; a list names others beside them.
            own = [block for block in blocks if re.match(r"\d+ of \d+ ", block)]
            yield {**_mail(mail), "about_you": "\n\n".join(own) or "You were named in a list together with others."}


def _mail(mail: Email) -> dict[str, Any]:
    sent = _value(mail.sent_at)
    return {"kind": mail.kind, "to": mail.to, "written": _value(mail.created_at), "sent": sent, "subject": mail.subject}


def _plain(row: Base) -> dict[str, Any]:
    """A row's columns as JSON can hold them, without what is ours alone."""
    columns = inspect(type(row)).column_attrs
    return {each.key: _value(getattr(row, each.key)) for each in columns if each.key not in LEFT_OUT}


def _value(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value

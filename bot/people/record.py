"""A person's whole record: handed over when they ask for it, erased when they ask for that."""

import json
import sqlite3
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from jinja2 import Environment, FileSystemLoader
from sqlalchemy import delete, inspect, make_url, select, update
from sqlalchemy.orm import Session

from bot import history, quiet, suppression
from bot.conversation import timing
from bot.models import (
    Address,
    Answer,
    Base,
    CheckIn,
    ConsentEvent,
    Dream,
    Email,
    Erasure,
    Event,
    Flag,
    Message,
    ServiceUser,
    Step,
    Wording,
)
from bot.people import PersonRefused

# What is theirs, in the order in which it is read, and erased: what points at check-ins comes before them.
SECTIONS: Mapping[str, type[Any]] = {
    "addresses": Address,
    "consents": ConsentEvent,
    "messages": Message,
    "steps": Step,
    "dreams": Dream,
    "answers": Answer,
    "check_ins": CheckIn,
    "flags": Flag,
    "history": Event,
}
# Ours alone: it says nothing about them.
LEFT_OUT = frozenset({"id", "scheme_id", "service_user_id", "check_in_id", "step_id", "message_id", "intention"}) | {
    *("claimed_until", "counted_at", "provider_id", "reply_to_id", "flow_version", "template", "via")
}
FORGOTTEN = "forgotten"


def record(db: Session, person: ServiceUser) -> dict[str, Any]:
    """Everything kept about a person, as plain data: JSON can hold it.

    Somebody reads it before it is handed over: what they texted may name other people.
    """
    found: dict[str, Any] = {"person": _plain(person)}
    for name, table in SECTIONS.items():
        found[name] = [_plain(row) for row in db.scalars(_theirs(table, person))]
    shown = {row["wording_hash"] for row in found["consents"]}
    words = {each.hash: each.text for each in db.scalars(select(Wording).where(Wording.hash.in_(shown)))}
    for row in found["consents"]:
        row["words_shown"] = words.get(row.pop("wording_hash"))
    return found


def handed_over(db: Session, person: ServiceUser, by: str, now: datetime) -> dict[str, Any]:
    """The record, and in it that somebody has taken it out."""
    history.of_person(db, person, "exported", now, by=by)
    db.flush()
    return record(db, person)


def as_json(found: Mapping[str, Any]) -> str:
    return json.dumps(found, ensure_ascii=False, indent=2)


def as_html(found: Mapping[str, Any], now: datetime) -> str:
    """The record as a page of its own, to be read or printed. Everything in it is escaped."""
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True)
    zone = str(found["person"]["zone"])
    return environment.get_template("record.html").render(record=found, made=timing.local(zone, now))


def forget(db: Session, person: ServiceUser, by: str, now: datetime) -> None:
    """Erase everything about a person; what stays is that their addresses must not be texted, as a hash.

    Refused while somebody has to act for their safety. Digests that have left keep their row and lose their
    words: they may name this person.
    """
    if quiet.safety_open(db, person):
        raise PersonRefused("There is an open safety flag: close that first, and say what was done.")
    suppression.suppress_person(db, person.scheme_id, person.id, FORGOTTEN, now)
    # History lets go of a person only once their erasure is on record.
    db.add(Erasure(service_user_id=person.id, scheme_id=person.scheme_id, by=by, at=now))
    db.flush()
    _forget_mail(db, person)
    _forget_strangers_texts(db, person)
    for table in SECTIONS.values():
        db.execute(delete(table).where(table.scheme_id == person.scheme_id, table.service_user_id == person.id))
    db.flush()
    db.delete(person)
    db.flush()


def scrub(database_url: str) -> None:
    """Leave nothing erased in SQLite's files: neither in free pages nor in the log of writes."""
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return
    connection = sqlite3.connect(url.database, timeout=10)
    try:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def _theirs(table: type[Any], person: ServiceUser) -> Any:
    rows = select(table).where(table.scheme_id == person.scheme_id, table.service_user_id == person.id)
    at = next(
        (name for name in ("at", "created_at", "set_at", "started_at", "raised_at") if hasattr(table, name)), None
    )
    return rows.order_by(getattr(table, at)) if at else rows


def _forget_mail(db: Session, person: ServiceUser) -> None:
    flags = select(Flag.id).where(Flag.scheme_id == person.scheme_id, Flag.service_user_id == person.id)
    db.execute(delete(Email).where(Email.scheme_id == person.scheme_id, Email.flag_id.in_(flags)))
    gone = (Email.scheme_id == person.scheme_id, Email.kind == "digest", Email.state != "queued")
    db.execute(update(Email).where(*gone).values(body=""))


def _forget_strangers_texts(db: Session, person: ServiceUser) -> None:
    """What came from their numbers while nobody knew whose they were."""
    numbers = select(Address.address).where(Address.scheme_id == person.scheme_id, Address.service_user_id == person.id)
    unknown = (
        Message.scheme_id == person.scheme_id,
        Message.address.in_(numbers),
        Message.service_user_id.is_(None),
    )
    db.execute(delete(Flag).where(Flag.message_id.in_(select(Message.id).where(*unknown))))
    db.execute(delete(Message).where(*unknown))


def _plain(row: Base) -> dict[str, Any]:
    """A row's columns as JSON can hold them, without what is ours alone."""
    columns = inspect(type(row)).column_attrs
    return {each.key: _value(getattr(row, each.key)) for each in columns if each.key not in LEFT_OUT}


def _value(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value

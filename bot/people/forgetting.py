"""Erasing a person everywhere: their rows, the mails that name them, and, by the sweep, the provider's copies.

What stays is that their addresses must not be texted, as keyed hashes; that an erasure took place; and the
provider's ids of their texts, so that none of them comes in again by a late delivery.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import Select, Table, delete, select, update
from sqlalchemy.orm import Session

from bot import provider_copies, quiet, suppression
from bot.alerts import flag_code
from bot.models import WAITING, Address, Base, Email, Erasure, Flag, Message, ServiceUser
from bot.people import PersonRefused

FORGOTTEN = "forgotten"
# A row that points at one of these by its id, and at the person by nothing else.
POINTS_AT = {"flag_id": "flag", "message_id": "message", "check_in_id": "check_in", "step_id": "step"}
OUTLIVE = frozenset({"erasure", "provider_copy"})
GONE_MAIL = (
    "Somebody's record was erased while this mail waited to be sent, so what it said is not shown.\n"
    "What needs you now stands on your page of today: sign in.\n"
)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What an erasure leaves to be done outside of its transaction."""

    names: frozenset[str]
    """By what mails call them: whoever clears the folder of mails must find them by these."""
    copies: int
    """How many of their texts the provider is to delete."""


def forget(db: Session, person: ServiceUser, by: str, now: datetime) -> Forgotten:
    """Erase everything about a person; what stays is that their addresses must not be texted, as a hash.

    Refused while somebody has to act for their safety. Mails of their scheme that have left keep their row and
    lose their words: they may name this person. ``clear_folder`` goes before it, by ``names_before``, and once more
    after the commit, with ``scrub``: afterwards nobody knows any more by which names a mail would be found.
    """
    _require_safe(db, person)
    suppression.suppress_person(db, person.scheme_id, person.id, FORGOTTEN, now)
    names = known_by(db, person)
    copies = _strangers_texts(db, person, now) + provider_copies.ask(db, _of_person(person), now)
    _forget_mail(db, person, names)
    erase_rows(db, person, by, now)
    return Forgotten(names, copies)


def names_before(db: Session, person: ServiceUser) -> frozenset[str]:
    """By what mails call somebody who is to be forgotten. Refused as ``forget`` is, and nothing is changed."""
    _require_safe(db, person)
    return known_by(db, person)


def _require_safe(db: Session, person: ServiceUser) -> None:
    if quiet.safety_open(db, person):
        raise PersonRefused("There is an open safety flag: close that first, and say what was done.")


def erase_rows(db: Session, person: ServiceUser, by: str, now: datetime) -> None:
    """Delete every row of a person: of all tables that know them, also of those that a later version adds."""
    # History lets go of a person only once their erasure is on record.
    db.add(Erasure(service_user_id=person.id, scheme_id=person.scheme_id, by=by, at=now))
    db.flush()
    tables = [table for table in reversed(Base.metadata.sorted_tables) if table.name not in OUTLIVE]
    # First what points at rows of theirs: without those it could not be found any more.
    for table in sorted(tables, key=lambda table: "service_user_id" in table.c):
        for rows in _rows_of(table, person):
            db.execute(rows)
    db.expunge(person)
    db.execute(delete(ServiceUser).where(ServiceUser.id == person.id))


def clear_folder(mail_url: str, names: Iterable[str]) -> int:
    """Delete the mails of a folder that name somebody; how many. What left by SMTP is out of our hands."""
    parts = urlsplit(mail_url)
    if parts.scheme != "file":
        return 0
    known = _pattern(names)
    folder = Path(unquote(parts.path))
    mails = (*folder.glob("*.eml"), *folder.glob(".*.part"))
    named = [file for file in mails if known.search(_text(file))]
    for file in named:
        file.unlink(missing_ok=True)
    return len(named)


def _of_person(person: ServiceUser) -> tuple[Any, ...]:
    return (Message.scheme_id == person.scheme_id, Message.service_user_id == person.id)


def _rows_of(table: Table, person: ServiceUser) -> Iterator[Any]:
    """What deletes a table's rows about a person; nothing for a table that knows nobody."""
    if "service_user_id" in table.c:
        yield delete(table).where(table.c.service_user_id == person.id)
        return
    for column, name in POINTS_AT.items():
        if column in table.c:
            yield delete(table).where(table.c[column].in_(_ids(Base.metadata.tables[name], person)))


def _ids(table: Table, person: ServiceUser) -> Select[Any]:
    return select(table.c.id).where(table.c.service_user_id == person.id)


def _strangers_texts(db: Session, person: ServiceUser, now: datetime) -> int:
    """What came from their numbers while nobody knew whose they were."""
    mine = (Address.scheme_id == person.scheme_id, Address.service_user_id == person.id)
    unknown = (
        Message.scheme_id == person.scheme_id,
        Message.address.in_(select(Address.address).where(*mine)),
        Message.service_user_id.is_(None),
    )
    copies = provider_copies.ask(db, unknown, now)
    theirs = select(Message.id).where(*unknown)
    flags = select(Flag.id).where(Flag.message_id.in_(theirs))
    db.execute(delete(Email).where(Email.flag_id.in_(flags)))
    db.execute(delete(Flag).where(Flag.message_id.in_(theirs)))
    db.execute(delete(Message).where(*unknown))
    return copies


def _forget_mail(db: Session, person: ServiceUser, names: Iterable[str]) -> None:
    """What has left loses its words; what waits and names them is sent without them."""
    here = (Email.scheme_id == person.scheme_id, Email.body != "")
    db.execute(update(Email).where(*here, Email.state.not_in(WAITING)).values(body=""))
    known = _pattern(names)
    for mail in db.scalars(select(Email).where(*here)).all():
        if mail.flag_id is None and known.search(_flat(mail.body)):
            mail.body = GONE_MAIL


def known_by(db: Session, person: ServiceUser) -> frozenset[str]:
    """What staff mail calls them (``alerts.who``), the codes of their flags, and their numbers."""
    return frozenset(each for each in _names(db, person) if each)


def named_in(text: str, names: Iterable[str]) -> bool:
    """Whether a mail, or a part of one, names somebody."""
    return _pattern(names).search(_flat(text)) is not None


def _names(db: Session, person: ServiceUser) -> Iterator[str]:
    yield from (person.first_name, person.reference or "", f"person {person.id.hex[:8]}")
    mine = (Flag.scheme_id == person.scheme_id, Flag.service_user_id == person.id)
    yield from (flag_code(each) for each in db.scalars(select(Flag.id).where(*mine)))
    held = (Address.scheme_id == person.scheme_id, Address.service_user_id == person.id)
    yield from db.scalars(select(Address.address).where(*held))


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Any of the names as a whole word. Better one mail too many than one too few."""
    flat = sorted({_flat(name) for name in names} - {""})
    return re.compile(r"(?<!\w)(?:{})(?!\w)".format("|".join(map(re.escape, flat)) or "(?!)"))


def _flat(text: str) -> str:
    """As mails hold a name: without marks that do not show, and wrapped at a space or after a hyphen."""
    plain = "".join(each for each in text if each.isspace() or unicodedata.category(each) not in ("Cc", "Cf", "Cs"))
    return re.sub(r"-\s+", "-", " ".join(plain.split())).casefold()


def _text(file: Path) -> str:
    mail = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
    body = mail.get_body(("plain",))
    return _flat(f"{mail['Subject']}\n{body.get_content() if body else ''}")

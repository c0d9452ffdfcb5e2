"""Practitioners: added, listed, retired."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import covering, digests, flag_passing, handing_over
from bot.conversation import spoken
from bot.conversation.faults import near
from bot.database import insert_into
from bot.library import Library
from bot.models import Event, Practitioner, ServiceUser
from bot.models import Scheme as SchemeRow

OPERATOR = "operator"
ROLES = ("practitioner", "lead", "editor")
EMAIL = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+\.[^\s@,;<>\".]+")
PHONE = re.compile(r"\+?[\d ()-]{3,20}")


class PractitionerRefused(ValueError):
    """What was asked cannot be done; each sentence says why and what to do.

    ``faults`` has each with the fact it is about, where it is about one: "email", "first_name", "phone", "hours", ...
    """

    def __init__(self, sentence: str = "", faults: Sequence[tuple[str, str]] = ()) -> None:
        self.faults = list(faults) or [("", sentence)]
        super().__init__("\n".join(sentence for _, sentence in self.faults))


def add(
    db: Session,
    library: Library,
    scheme_id: str,
    *,
    email: str,
    first_name: str,
    phone: str,
    hours: str,
    now: datetime,
    role: str = "practitioner",
    by: str = OPERATOR,
) -> str:
    """Add a practitioner, or put right what is known of them. Returns "added", "changed" or "unchanged".

    The same twice changes nothing; one who has retired comes back. PractitionerRefused names all that is wrong.
    """
    values = {
        "first_name": first_name.strip(),
        "phone": " ".join(phone.split()),
        "hours": hours.strip(),
        "role": role,
    }
    _judge(library, scheme_id, email.strip(), values)
    ensure_schemes(db, [scheme_id], now)
    row = _find(db, scheme_id, email)
    if row is None:
        row = Practitioner(scheme_id=scheme_id, email=_plain(email), created_at=now, **values)
        db.add(row)
        _wake_digest(db, library, row, now)
        _note(db, row, "practitioner_added", by, now, None, values)
        return "added"
    before = {name: getattr(row, name) for name in values}
    if before == values and row.retired_at is None:
        return "unchanged"
    for name, value in values.items():
        setattr(row, name, value)
    row.retired_at = None
    _wake_digest(db, library, row, now)
    _note(db, row, "practitioner_changed", by, now, before, values)
    return "changed"


def listed(db: Session, scheme_id: str | None = None) -> Sequence[tuple[Practitioner, int]]:
    """Every practitioner with the number of people they look after, closed records left out."""
    people = (
        select(ServiceUser.practitioner_id, func.count().label("people"))
        .where(ServiceUser.state != "closed")
        .group_by(ServiceUser.practitioner_id)
        .subquery()
    )
    found = select(Practitioner, func.coalesce(people.c.people, 0)).outerjoin(
        people, people.c.practitioner_id == Practitioner.id
    )
    if scheme_id:
        found = found.where(Practitioner.scheme_id == scheme_id)
    return db.execute(found.order_by(Practitioner.scheme_id, Practitioner.email)).all()


def retire(
    db: Session, scheme_id: str, email: str, now: datetime, people_to: str | None = None, by: str = OPERATOR
) -> int:
    """Let a practitioner go; returns how many people moved to ``people_to``.

    Refused while anybody is still theirs and nobody is named to take them. Cover by them or for them ends. A second
    time changes nothing.
    """
    row = _find(db, scheme_id, email)
    if row is None:
        raise _unknown(db, scheme_id, email)
    # Those who have left are moved, too: their history stays with somebody who is here.
    theirs = (ServiceUser.scheme_id == scheme_id, ServiceUser.practitioner_id == row.id)
    moved = _give(db, row, people_to, None, by, now) if people_to else 0
    left = db.scalar(select(func.count()).where(*theirs, ServiceUser.state != "closed")) or 0
    if left:
        raise PractitionerRefused(
            f"{left} {'person is' if left == 1 else 'people are'} still theirs, and would have nobody. "
            "Say who looks after them from now on: --people-to EMAIL, or python -m bot people move."
        )
    if row.retired_at is None:
        row.retired_at, row.digest_at = now, None
        covering.end_all(db, row, by, now, now.date())
        flag_passing.give_back(db, scheme_id, row.email, now)
        _note(db, row, "practitioner_retired", by, now, None, {"moved": moved})
    return moved


def hand_over(
    db: Session, scheme_id: str, email: str, to: str, by: str, now: datetime, chosen: Sequence[UUID] | None = None
) -> int:
    """Give a practitioner's people to another one of the scheme, all of them or those ``chosen``; how many.

    PractitionerRefused for an unknown or a retired one, for somebody who is not theirs, and while a safety flag of
    any of them waits for somebody to take it on.
    """
    row = _find(db, scheme_id, email)
    if row is None:
        raise _unknown(db, scheme_id, email)
    return _give(db, row, to, chosen, by, now)


def serving(db: Session, scheme_id: str, email: str) -> Practitioner:
    """The practitioner of this address who has not retired; PractitionerRefused otherwise."""
    row = _find(db, scheme_id, email)
    if row is None:
        raise _unknown(db, scheme_id, email)
    if row.retired_at:
        raise PractitionerRefused("That practitioner has retired: name one who is here.")
    return row


def ensure_schemes(db: Session, keys: Iterable[str], now: datetime) -> None:
    """The row of each scheme, which every other row of it points at."""
    wanted = set(keys)
    there = set(db.scalars(select(SchemeRow.id).where(SchemeRow.id.in_(wanted))))
    new = [{"id": key, "created_at": now} for key in sorted(wanted - there)]
    if new:
        db.execute(insert_into(db, SchemeRow).on_conflict_do_nothing(), new)


def _give(db: Session, row: Practitioner, to: str, chosen: Sequence[UUID] | None, by: str, now: datetime) -> int:
    other = serving(db, row.scheme_id, to)
    if other.id == row.id:
        raise PractitionerRefused("Their people cannot stay with them: name another practitioner.")
    theirs = select(ServiceUser.id).where(ServiceUser.scheme_id == row.scheme_id, ServiceUser.practitioner_id == row.id)
    people = db.scalars(theirs).all()
    if chosen is not None and not set(chosen) <= set(people):
        raise PractitionerRefused("Not everybody named is looked after by them: see python -m bot people list.")
    try:
        return handing_over.hand_over(db, people if chosen is None else chosen, other, by, now)
    except handing_over.NobodyHasIt as error:
        raise PractitionerRefused(str(error)) from error


def _judge(library: Library, scheme_id: str, email: str, values: dict[str, str]) -> None:
    wrong: list[tuple[str, str]] = []
    if scheme_id not in library.schemes:
        meant = near(scheme_id, library.schemes)
        known = ", ".join(sorted(library.schemes))
        meant = f": did you mean {meant}?" if meant else ""
        wrong.append(("scheme", f"There is no scheme {scheme_id!r}{meant} (there is: {known})."))
    if not EMAIL.fullmatch(email) or len(email) > 254:
        wrong.append(("email", f"{email!r} is not an e-mail address: write it like sam@example.org."))
    if not 0 < len(values["first_name"]) <= 60:
        wrong.append(("first_name", "A first name has 1 to 60 characters."))
    if not PHONE.fullmatch(values["phone"]):
        wrong.append(("phone", f"{values['phone']!r} is not a telephone number: write it like 0191 498 0000."))
    if values["role"] not in ROLES:
        wrong.append(("role", f"{values['role']!r} is not a role: write one of {', '.join(ROLES)}."))
    try:
        spoken.parse_hours(values["hours"])
    except ValueError as error:
        wrong.append(("hours", f"The hours cannot be read: {error}"))
    if wrong:
        raise PractitionerRefused(faults=wrong)


def _plain(email: str) -> str:
    return email.strip().lower()


def _find(db: Session, scheme_id: str, email: str) -> Practitioner | None:
    of = select(Practitioner).where(Practitioner.scheme_id == scheme_id, Practitioner.email == _plain(email))
    return db.scalars(of.with_for_update(key_share=True)).one_or_none()


def _unknown(db: Session, scheme_id: str, email: str) -> PractitionerRefused:
    emails = db.scalars(select(Practitioner.email).where(Practitioner.scheme_id == scheme_id))
    meant = near(_plain(email), emails)
    return PractitionerRefused(
        f"No practitioner of {scheme_id} has this address{f': did you mean {meant}?' if meant else ''} "
        "See python -m bot practitioners list."
    )


def _wake_digest(db: Session, library: Library, row: Practitioner, now: datetime) -> None:
    """Set the alarm of the next digest. Hours may have changed."""
    row.digest_at = digests.next_digest_at(library.scheme(row.scheme_id), row, now)


def _note(
    db: Session,
    row: Practitioner,
    what: str,
    by: str,
    now: datetime,
    before: Mapping[str, object] | None,
    after: Mapping[str, object],
) -> None:
    after = {"email": row.email, **after}
    before = dict(before) if before else None
    db.add(Event(scheme_id=row.scheme_id, at=now, who=by, what=what, before=before, after=after))

"""Somebody else should: a flag becomes a colleague's to deal with, and its person stays with their practitioner.

1. It leaves the practitioner's list and digest and stands in the colleague's; both may still act on it.
2. Until it is closed the colleague sees the person: nobody can ring somebody they may not look at (``seeing``).
3. Nothing is lost between two people: what nobody has dealt with after three working days comes back by itself.
4. Only to somebody who can sign in. A duty contact without an account could not look at it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from textwrap import wrap
from uuid import UUID, uuid4

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bot import alerts, flag_rows, history, links
from bot.conversation import flag_kinds, timing
from bot.conversation.scheme import Scheme
from bot.flag_rows import FlagRefused
from bot.library import Library
from bot.models import Email, Flag, Practitioner, ServiceUser

BACK_AFTER = 3  # working days of the scheme
TAKES = ("practitioner", "lead")


@dataclass(frozen=True, slots=True)
class Hand:
    """A colleague whom a flag may be passed on to. ``lead`` and ``duty`` say who they are in the scheme."""

    id: UUID
    email: str
    name: str
    lead: bool = False
    duty: bool = False


def hands(db: Session, scheme: Scheme, flag: Flag, me: str) -> Sequence[Hand]:
    """To whom ``me`` may pass this flag: everybody of the scheme who is here, but me and who has it already."""
    duty = {contact.email.casefold() for contact in scheme.duty_contacts}
    not_these = {me.casefold(), (flag.passed_to or "").casefold()}
    found = db.scalars(_staff(scheme.key).order_by(Practitioner.role != "lead", Practitioner.first_name)).all()
    return [
        Hand(each.id, each.email, each.first_name, each.role == "lead", each.email.casefold() in duty)
        for each in found
        if each.email.casefold() not in not_these
    ]


def pass_on(db: Session, library: Library, flag: Flag, to: str, by: str, now: datetime) -> None:
    """It is theirs from now on, and they are told by mail. FlagRefused where nobody of the scheme has this address.

    Passed to the person's own practitioner it is simply back.
    """
    scheme = library.scheme(flag.scheme_id)
    hand = db.scalars(_staff(scheme.key).where(Practitioner.email == to.strip().lower())).one_or_none()
    if hand is None:
        raise FlagRefused("Nobody of this scheme who is here has this address: choose a colleague.")
    person = db.get(ServiceUser, flag.service_user_id) if flag.service_user_id else None
    own = person is not None and person.practitioner_id == hand.id
    ends = timing.working_days_later(BACK_AFTER, scheme.hours, scheme.holidays, scheme.zone, now)
    flag.passed_to, flag.passed_by = (None, None) if own else (hand.email, by)
    flag.passed_until = flag.wake_at = None if own else ends
    # Whoever has it now decides when to look at it.
    flag.snoozed_until = flag.snooze_ends = flag.acknowledged_at = flag.acknowledged_by = None
    told = _passed(scheme, flag, person, _name(db, scheme.key, by), links.of(db).flag(flag.id))
    _add(db, flag, hand.email, f"A flag is passed on to you ({alerts.flag_code(flag.id)})", told, now)


def tell_taken_back(db: Session, flag: Flag, to: str, by: str, now: datetime) -> None:
    """It was passed on by a slip: whoever was told is told that, too."""
    title = flag_kinds.of(flag.kind).title
    lines = [f"{_name(db, flag.scheme_id, by)} has taken a flag back: {title}.", "There is nothing for you to do.", ""]
    _add(db, flag, to, f"A flag was taken back ({alerts.flag_code(flag.id)})", lines, now)


def give_back(db: Session, scheme_id: str, email: str, now: datetime) -> int:
    """Somebody leaves: what was passed on to them and is open is their people's practitioners' again. How many."""
    theirs = (Flag.scheme_id == scheme_id, Flag.passed_to == email, Flag.closed_at.is_(None))
    ids = db.scalars(select(Flag.id).where(*theirs).order_by(Flag.service_user_id)).all()
    found = [flag for flag in (flag_rows.behind_person(db, each) for each in ids) if flag and flag.passed_to == email]
    for flag in found:
        flag.passed_to = flag.passed_by = flag.passed_until = flag.last_act = None
        flag.acknowledged_at = flag.acknowledged_by = None
        history.of_flag(db, flag, "flag_returned", now)
    return len(found)


def is_away(flag: Flag, email: str) -> bool:
    """Whether a flag about somebody's people is a colleague's at the moment."""
    return flag.passed_to is not None and flag.passed_to != email


def _passed(scheme: Scheme, flag: Flag, person: ServiceUser | None, giver: str, page: str) -> Sequence[str]:
    who = alerts.who(person.first_name, person.reference, person.id, scheme.digest_detail) if person else alerts.NOBODY
    unsafe = [alerts.NOT_SAFE] if flag.evidence.get("details", {}).get("not_safe") else []
    return [
        f"{giver} passes this on to you: {flag_kinds.of(flag.kind).title}.",
        "",
        f"From:  {who}",
        f"Since: {_moment(scheme, flag.raised_at)}",
        *unsafe,
        "",
        *wrap(_yours(scheme, flag), alerts.WIDTH),
        *(["", "Look at it (sign in):", page] if page else []),
        "",
    ]


def _yours(scheme: Scheme, flag: Flag) -> str:
    if flag.passed_until is None:
        return "It is back with you."
    return (
        f"It is yours to deal with. If nothing has been done by {_moment(scheme, flag.passed_until)}, it goes back to "
        "their practitioner. Until it is closed you see this person's page, too."
    )


def _add(db: Session, flag: Flag, to: str, subject: str, lines: Sequence[str], now: datetime) -> None:
    mail = {"to": to, "kind": "handover", "subject": subject, "body": "\n".join(lines)}
    once = f"passed:{flag.id.hex}:{uuid4().hex}"
    db.add(Email(scheme_id=flag.scheme_id, **mail, intention=once, flag_id=flag.id, due_at=now, created_at=now))


def _name(db: Session, scheme_id: str, email: str) -> str:
    mine = (Practitioner.scheme_id == scheme_id, Practitioner.email == email)
    return db.scalar(select(Practitioner.first_name).where(*mine)) or email


def _moment(scheme: Scheme, at: datetime) -> str:
    local = timing.local(scheme.zone, at)
    return f"{local:%a} {local.day} {local:%b} {local:%H:%M}"


def _staff(scheme_id: str) -> Select[Practitioner]:
    return select(Practitioner).where(
        Practitioner.scheme_id == scheme_id, Practitioner.role.in_(TAKES), Practitioner.retired_at.is_(None)
    )

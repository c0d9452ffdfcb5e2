"""The people a scheme works with: found, enrolled, moved, met, paused, handed back, closed."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import flags, handing_over, history, quiet, stopping
from bot.conversation.flag_kinds import KINDS, LOUD
from bot.models import Address, Practitioner, ServiceUser
from bot.people.allowing import SAFETY, allow
from bot.people.mobiles import NotAMobile, mobile
from bot.people.refused import PersonRefused
from bot.practitioners import PractitionerRefused, serving

__all__ = [
    "PersonRefused",
    "allow",
    "close",
    "find",
    "hand_back",
    "listed",
    "met",
    "move",
    "pause",
    "pause_until",
    "resume",
]

# Whom a rhythm can be paused for, and brought back from it.
UNDER_WAY = ("active", "paused", "resting")


def listed(db: Session, scheme_id: str | None = None, email: str | None = None) -> Sequence[Any]:
    """(person, practitioner) in the order of their names; of one scheme or one practitioner, if named."""
    found = select(ServiceUser, Practitioner).join(Practitioner, ServiceUser.practitioner_id == Practitioner.id)
    if scheme_id:
        found = found.where(ServiceUser.scheme_id == scheme_id)
    if email:
        found = found.where(Practitioner.email == email.lower())
    return db.execute(found.order_by(ServiceUser.scheme_id, ServiceUser.first_name, ServiceUser.id)).all()


def find(db: Session, code: str, scheme_id: str | None = None) -> ServiceUser:
    """One person by the beginning of their id, or by their mobile; PersonRefused for none, or for several.

    The row is locked until the transaction ends.
    """
    found = select(ServiceUser).with_for_update()
    number = _number(code)
    # A WhatsApp id need not be a number: whatever an address is, it is found as it is written.
    held = db.scalars(select(Address.service_user_id).where(Address.address == (number or code.strip()))).all()
    if number or held:
        found = found.where(ServiceUser.id.in_(held))
    else:
        found = found.where(ServiceUser.id.between(*_range(code)))
    if scheme_id:
        found = found.where(ServiceUser.scheme_id == scheme_id)
    people = db.scalars(found.limit(2)).all()
    if not people:
        raise PersonRefused("Nobody here has this id or mobile: see python -m bot people list.")
    if len(people) > 1:
        raise PersonRefused(
            "Several people have a number or an id like this: name the scheme with --scheme, or write more of the id."
        )
    return people[0]


def close(db: Session, person: ServiceUser, by: str, now: datetime) -> bool:
    """They have left the scheme: no more texts, nothing more to wait for. False when that was so already.

    Refused while somebody has to act for their safety: a flag of that kind is closed by a person first.
    """
    if person.state == "closed":
        return False
    if quiet.safety_open(db, person):
        raise PersonRefused(SAFETY)
    before = person.state
    stopping.stop(db, person, "closed", now)
    person.held_for = person.held_until = person.silent_since = person.silence_stopped_at = None
    flags.clear(db, person, [kind for kind in KINDS if kind not in LOUD], "left_the_scheme", now)
    history.of_person(db, person, "closed", now, by=by, before={"state": before}, after={"state": "closed"})
    return True


def met(db: Session, person: ServiceUser, by: str, now: datetime) -> None:
    """A practitioner and the person have met or talked: the bigger question waits for that."""
    before = person.met_at
    person.met_at = now
    history.of_person(
        db,
        person,
        "met",
        now,
        by=by,
        before={"met_at": before.isoformat() if before else None},
        after={"met_at": now.isoformat()},
    )


def pause(db: Session, person: ServiceUser, weeks: int, by: str, now: datetime) -> None:
    """No automatic texts for so many weeks, which are not counted as their silence."""
    pause_until(db, person, now + timedelta(weeks=weeks), by, now)


def pause_until(db: Session, person: ServiceUser, until: datetime, by: str, now: datetime) -> None:
    """The same, until then. In a pause it moves its end."""
    if person.state not in UNDER_WAY:
        raise PersonRefused(f"This person is {person.state.replace('_', ' ')}: there are no check-ins to pause.")
    before = person.state
    person.state, person.resume_at = "paused", until
    person.next_check_in_at = None
    quiet.stop_counting(person, now)
    # It explains from now on that nothing comes.
    flags.clear(db, person, ("quiet", "not_started"), stopping.PAUSED, now)
    stopping.cancel_waiting(db, person, stopping.PAUSED)
    history.of_person(
        db, person, "paused", now, by=by, before={"state": before}, after={"until": person.resume_at.isoformat()}
    )


def resume(db: Session, person: ServiceUser, by: str, now: datetime) -> None:
    """The end of a pause or a rest, brought forward: the next sweep sets their check-ins (``checkins.resume``)."""
    if person.state not in ("paused", "resting"):
        raise PersonRefused(f"This person is {person.state.replace('_', ' ')}: there is no pause to end.")
    before: dict[str, str] = {"state": person.state}
    if person.state == "paused" and person.resume_at:
        before["until"] = person.resume_at.isoformat()
    person.state, person.resume_at = "active", now
    person.silent_since = person.silence_stopped_at = person.quiet_at = None
    person.silence = ""
    history.of_person(db, person, "resumed", now, by=by, before=before, after={"state": "active"})


def hand_back(db: Session, person: ServiceUser, by: str, now: datetime) -> bool:
    """The practitioner has rung: the bot may go on. False when another hold stands."""
    if not person.held_for:
        raise PersonRefused("The bot is not held for this person: there is nothing to hand back.")
    if person.held_for == "not_safe":
        raise PersonRefused("They said that texts are not safe for them: only a text of theirs ends that.")
    return flags.hand_back(db, person, person.held_for, by, now)


def move(db: Session, person: ServiceUser, email: str, by: str, now: datetime) -> None:
    """Another practitioner of the scheme looks after them from now on."""
    try:
        practitioner = serving(db, person.scheme_id, email)
    except PractitionerRefused as error:
        raise PersonRefused(str(error)) from error
    try:
        handing_over.hand_over(db, [person.id], practitioner, by, now)
    except handing_over.NobodyHasIt as error:
        raise PersonRefused(str(error)) from error


def _number(code: str) -> str | None:
    try:
        return mobile(code)
    except NotAMobile:
        return None


def _range(code: str) -> tuple[uuid.UUID, uuid.UUID]:
    """The first and the last id that begin like this."""
    digits = code.strip().lower().replace("-", "")
    if not 4 <= len(digits) <= 32 or set(digits) - set("0123456789abcdef"):
        raise PersonRefused("Write the first letters of an id from python -m bot people list, or a mobile number.")
    return uuid.UUID(digits.ljust(32, "0")), uuid.UUID(digits.ljust(32, "f"))

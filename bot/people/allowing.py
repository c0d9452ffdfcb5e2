"""A number that was taken off as wrong, or with somebody's record: a practitioner who knows better opens it again.

Never one whose owner said stop. Who has it on their record is asked again by the next import, from the start.
"""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from bot import history, quiet, reading, suppression
from bot.channels import keywords
from bot.models import Address, ConsentEvent, Event, Message, ServiceUser
from bot.people.mobiles import NotAMobile, mobile
from bot.people.refused import PersonRefused
from bot.suppression import batches

ALLOWED = "number_allowed"
# Why a number may not be texted, where a practitioner may know better.
LIFTED_BY_STAFF = ("wrong_number", "forgotten")
NOTHING = "This number may be texted in this scheme: there is nothing to allow."
STOPPED = "They said they want no texts: only they can change that, by texting START."
SAFETY = "There is an open safety flag: close that first, and say what was done."


def allow(db: Session, scheme_id: str, number: str, by: str, now: datetime) -> None:
    """The number may be enrolled again, once; PersonRefused says why it may not."""
    try:
        address = mobile(number)
    except NotAMobile as error:
        raise PersonRefused(f"{number}: {error}.") from error
    why = suppression.why(db, scheme_id, address)
    if why is None:
        raise PersonRefused(NOTHING)
    holders = _holders(db, scheme_id, address)
    if why not in LIFTED_BY_STAFF or said_stop(db, [person.id for person in holders]):
        raise PersonRefused(STOPPED)
    if any(quiet.safety_open(db, person) for person in holders):
        raise PersonRefused(SAFETY)
    suppression.lift(db, scheme_id, [address])
    for person in holders:
        history.of_person(db, person, ALLOWED, now, by=by, before={"why": why})
    if not holders:
        db.add(Event(scheme_id=scheme_id, at=now, who=by, what=ALLOWED, before={"why": why}))


def allowed(db: Session, people: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these people who may be asked again: they have said nothing since a practitioner allowed it."""
    found: set[uuid.UUID] = set()
    for batch in batches(people):
        said = _last(ConsentEvent.service_user_id, ConsentEvent.recorded_at).where(
            ConsentEvent.service_user_id.in_(batch)
        )
        opened = _last(Event.service_user_id, Event.at).where(Event.service_user_id.in_(batch), Event.what == ALLOWED)
        last = {row[0]: row[1] for row in db.execute(said)}
        found |= {person_id for person_id, at in db.execute(opened) if person_id not in last or at >= last[person_id]}
    return found - said_stop(db, found)


def said_stop(db: Session, people: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Who has texted a stop since they said that the number is wrong: it is answered by nobody, and it counts."""
    wrong = _last(ConsentEvent.service_user_id, ConsentEvent.recorded_at).where(ConsentEvent.what == "wrong_number")
    found: set[uuid.UUID] = set()
    for batch in batches(people):
        since = wrong.where(ConsentEvent.service_user_id.in_(batch)).subquery()
        wrote = (
            select(ServiceUser.id, Message, ServiceUser.language)
            .join(ServiceUser, ServiceUser.id == Message.service_user_id)
            .join(since, since.c[0] == Message.service_user_id)
            .where(Message.direction == "in", Message.created_at >= since.c[1])
        )
        found |= {person_id for person_id, text, language in db.execute(wrote) if _is_stop(text, language)}
    return found


def _last(person: Any, at: Any) -> Select[Any, Any]:
    """The newest of each person."""
    return select(person, func.max(at)).group_by(person)


def _is_stop(text: Message, language: str) -> bool:
    if text.opt_out_type == keywords.STOP:
        return True
    wishes = {wish.name for wish in reading.hear(text.body, None, text.created_at, language=language).wishes}
    return "stop" in wishes and "wrong_number" not in wishes


def _holders(db: Session, scheme_id: str, address: str) -> list[ServiceUser]:
    mine = (Address.scheme_id == scheme_id, Address.address == address)
    held = select(Address.service_user_id).where(*mine)
    found = select(ServiceUser).where(ServiceUser.id.in_(held)).order_by(ServiceUser.id)
    return list(db.scalars(found.with_for_update()))

"""A practitioner is in touch: the bot keeps out of the way until they hand back, three working days at most.

Callers hold the person's row. Each act is written to the history; each has one that undoes it: held and handed back,
paused and resumed.
"""

from collections.abc import Iterable
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import history, holds, people, quiet
from bot.acts import HOLD_WORKING_DAYS
from bot.conversation import timing
from bot.conversation.rules import IN_TOUCH
from bot.conversation.spoken import parse_hours
from bot.gate import BY_HAND
from bot.library import Library
from bot.models import Message, Practitioner, ServiceUser
from bot.people import PersonRefused

# The longest pause that a practitioner may set at once, as by the command.
LONGEST_PAUSE = 26 * 7 * timing.DAY


def hold(db: Session, library: Library, person: ServiceUser, by: str, now: datetime) -> bool:
    """Hold the bot for three working days from now; whether it is held for that.

    1. A hold for safety stays what it is: it has no end of its own.
    2. Who has not said yes yet is asked for it all the same, and who has left is not texted anyway.
    3. The time is not counted as their silence.
    """
    holds.lapse(person, now)
    if person.held_for in holds.GRAVE or person.state not in people.UNDER_WAY:
        return False
    before = person.held_for
    holds.hold(person, IN_TOUCH, _ends(db, library, person, now))
    quiet.stop_counting(person, now)
    if before != IN_TOUCH:
        was = {"held_for": before} if before else None
        history.of_person(db, person, "held", now, by=by, before=was, after={"for": IN_TOUCH})
    return True


def left(db: Session, library: Library, texts: Iterable[Message], now: datetime) -> None:
    """Texts of practitioners are leaving: the hold counts from now.

    One that was planned stands in the conversation where it left first: by that moment it is looked for, too.
    """
    for text in texts:
        if text.kind != BY_HAND or text.service_user_id is None:
            continue
        person = db.get(ServiceUser, text.service_user_id)
        if person is not None:
            hold(db, library, person, text.author, now)
        if text.planned_for is not None and text.created_at < text.planned_for:
            text.created_at = now


def hand_back(db: Session, person: ServiceUser, by: str, now: datetime) -> bool:
    """The bot may go on; False where an open flag holds it still. PersonRefused where nothing can be handed back."""
    return people.hand_back(db, person, by, now)


def pause_until(db: Session, library: Library, person: ServiceUser, day: date, by: str, now: datetime) -> datetime:
    """No automatic texts until that day, when their quiet hours end; when that is. PersonRefused says why not."""
    today = timing.local(person.zone, now).date()
    if day <= today:
        raise PersonRefused("The break has to end on a day that is still to come.")
    if day - today > LONGEST_PAUSE:
        raise PersonRefused("A break is at most 26 weeks long: put another one after it.")
    until = timing.instant(person.zone, day, _morning(library, person))
    people.pause_until(db, person, until, by, now)
    return until


def _morning(library: Library, person: ServiceUser) -> time:
    return library.scheme(person.scheme_id).quiet_until


def _ends(db: Session, library: Library, person: ServiceUser, now: datetime) -> datetime:
    """Three working days of whoever looks after them."""
    hours = db.execute(select(Practitioner.hours).where(Practitioner.id == person.practitioner_id)).scalar_one()
    scheme = library.scheme(person.scheme_id)
    return timing.working_days_later(HOLD_WORKING_DAYS, parse_hours(hours), scheme.holidays, scheme.zone, now)

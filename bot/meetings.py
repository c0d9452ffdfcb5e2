"""A practitioner and a person have met or talked: the bigger question waits for that. Callers hold the person's row."""

from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import history
from bot.conversation import timing
from bot.models import Event, ServiceUser

MET, UNDONE = "met", "met_undone"
# A meeting of a day gone by is put at noon: nobody asks at what hour.
NOON = time(12)
FURTHEST_BACK = timedelta(days=366)


class MeetingRefused(ValueError):
    """``why`` is ``to_come``, ``too_old`` or ``too_late``."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def log(db: Session, person: ServiceUser, day: date, by: str, now: datetime) -> None:
    """They met on that day, in the person's zone. An earlier meeting than the last one known changes nothing of it.

    MeetingRefused for a day to come, or one more than a year ago.
    """
    today = timing.local(person.zone, now).date()
    if day > today:
        raise MeetingRefused("to_come")
    if today - day > FURTHEST_BACK:
        raise MeetingRefused("too_old")
    at = now if day == today else timing.instant(person.zone, day, NOON)
    before = person.met_at
    person.met_at = at if before is None else max(at, before)
    change = {"before": _at(before), "after": {**_at(person.met_at), "day": day.isoformat()}}
    history.of_person(db, person, MET, now, by=by, **change)


def undo(db: Session, person: ServiceUser, by: str, now: datetime) -> None:
    """What was logged last was a mistake. MeetingRefused ``too_late`` on another day, or where it was undone."""
    last = _last(db, person)
    if last is None or not _today(person, last, now):
        raise MeetingRefused("too_late")
    was = (last.before or {}).get("met_at")
    change = {"before": _at(person.met_at), "after": {"met_at": was, "logged": last.at.isoformat()}}
    person.met_at = datetime.fromisoformat(was) if was else None
    history.of_person(db, person, UNDONE, now, by=by, **change)


def may_undo(db: Session, person: ServiceUser, now: datetime) -> bool:
    last = _last(db, person)
    return last is not None and _today(person, last, now)


def _last(db: Session, person: ServiceUser) -> Event | None:
    """The newest meeting that was logged and not undone."""
    mine = (Event.scheme_id == person.scheme_id, Event.service_user_id == person.id)
    found = db.scalars(select(Event).where(*mine, Event.what.in_((MET, UNDONE))).order_by(Event.at.desc())).all()
    undone = {(event.after or {}).get("logged") for event in found if event.what == UNDONE}
    return next((event for event in found if event.what == MET and event.at.isoformat() not in undone), None)


def _today(person: ServiceUser, event: Event, now: datetime) -> bool:
    return timing.local(person.zone, event.at).date() == timing.local(person.zone, now).date()


def _at(met_at: datetime | None) -> dict[str, str | None]:
    return {"met_at": met_at.isoformat() if met_at else None}

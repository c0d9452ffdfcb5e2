"""A practitioner and a person have met or talked: logged with its day, and undone on the same day."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot import meetings
from bot.conversation import timing
from bot.meetings import MeetingRefused
from bot.web.desk import door
from bot.web.saying import _, lazy
from bot.web.the_service import the_service

blueprint = Blueprint("met", __name__)

Errors = Sequence[tuple[str, str]]
REFUSED: Mapping[str, Any] = {
    "day": lazy("Choose the day on which you met."),
    "to_come": lazy("That day is still to come: make it a promise to meet."),
    "too_old": lazy("Choose a day within the last year."),
    "too_late": lazy("A meeting is undone on the day on which it was logged. Nothing was changed."),
}


@blueprint.get("/people/<uuid:person_id>/met")
@door.staff
def page(person_id: UUID) -> ResponseReturnValue:
    """When they last met, a form for another day, and how to undo."""
    return _page(person_id, [])


@blueprint.post("/people/<uuid:person_id>/met")
@door.staff
def log(person_id: UUID) -> ResponseReturnValue:
    """They have met, today or on the ``day`` that is named."""
    service = the_service()
    now = door.now()
    try:
        with service.database.write() as db:
            person = door.person(db, person_id, lock=True)
            day = _day(request.form.get("day", ""), timing.local(person.zone, now).date())
            meetings.log(db, person, day, door.viewer().email, now)
    except MeetingRefused as refused:
        return _page(person_id, [("day", str(REFUSED[refused.why]))]), 422
    door.say(_("It is written down that you met. It can be undone today."))
    return redirect(_back(person_id), 303)


@blueprint.post("/people/<uuid:person_id>/met/undo")
@door.staff
def undo(person_id: UUID) -> ResponseReturnValue:
    """The last one was a mistake."""
    service = the_service()
    try:
        with service.database.write() as db:
            person = door.person(db, person_id, lock=True)
            meetings.undo(db, person, door.viewer().email, door.now())
    except MeetingRefused as refused:
        door.say(str(REFUSED[refused.why]), "wrong")
    else:
        door.say(_("Undone."))
    return redirect(_back(person_id), 303)


def _page(person_id: UUID, errors: Errors) -> str:
    service = the_service()
    now = door.now()
    with service.database.read() as db:
        person = door.person(db, person_id)
        shown = {
            "name": person.first_name,
            "met": timing.local(person.zone, person.met_at) if person.met_at else None,
            "may_undo": meetings.may_undo(db, person, now),
            "today": timing.local(person.zone, now).date(),
        }
    return render_template(
        "desk/met.html", **shown, person_id=person_id, day=request.form.get("day", ""), errors=errors
    )


def _day(typed: str, today: date) -> date:
    try:
        return date.fromisoformat(typed) if typed else today
    except ValueError:
        raise MeetingRefused("day") from None


def _back(person_id: UUID) -> str:
    return url_for("person.page", person_id=person_id, _anchor="met")

"""What was promised to a person: made, kept, moved to another day, or not needed any more."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from bot import promises
from bot.conversation import timing
from bot.models import Promise, ServiceUser
from bot.promises import PromiseRefused
from bot.web.desk import door, staff_words
from bot.web.saying import _, lazy
from bot.web.the_service import the_service

blueprint = Blueprint("promises", __name__)

MOST_SHOWN, MOST_ENDED = 14, 6
TAKE_BACK, MOVE = "open_again", "move"
Errors = Sequence[tuple[str, str]]
# The field that a refusal is about, and what is said.
REFUSED: Mapping[str, tuple[str, Any]] = {
    "what": ("what", lazy("Choose what you will do.")),
    "too_long": ("about", lazy("Say it in at most 300 characters: a note has room for more.")),
    "day": ("day", lazy("Choose the day.")),
    "past": ("day", lazy("Choose today or a day that is still to come.")),
    "too_far": ("day", lazy("Choose a day within a year.")),
    "ended": ("day", lazy("That promise has ended. Nothing was changed.")),
    "too_late": ("day", lazy("That can be taken back for a day. Make a new promise instead.")),
}
DONE: Mapping[str, Any] = {
    promises.KEPT: lazy("Well done: the promise is kept."),
    promises.NOT_NEEDED: lazy("The promise is not needed any more."),
    TAKE_BACK: lazy("The promise is open again."),
    MOVE: lazy("The promise is moved to another day."),
}


@blueprint.app_context_processor
def _kinds() -> dict[str, Any]:
    """What can be promised, for the form that stands on several pages."""
    return {"promise_kinds": list(promises.WHAT.items())}


@blueprint.get("/people/<uuid:person_id>/promises")
@door.staff
def page(person_id: UUID) -> ResponseReturnValue:
    """What is open, and what has ended lately."""
    return _page(person_id, [])


@blueprint.post("/people/<uuid:person_id>/promises")
@door.staff
def make(person_id: UUID) -> ResponseReturnValue:
    """A new one."""
    service, form = the_service(), request.form
    now, viewer = door.now(), door.viewer()
    try:
        with service.database.write() as db:
            person = door.person(db, person_id, lock=True)
            day, today = _day(form.get("day", "")), _today(person)
            promises.make(db, person, viewer.email, form.get("what", ""), day, form.get("about", ""), now, today)
    except PromiseRefused as refused:
        return _page(person_id, [_refusal(refused)]), 422
    door.say(_("The promise is kept in mind: it stands in your digest on its day."))
    return redirect(_back(person_id), 303)


@blueprint.post("/people/<uuid:person_id>/promises/<uuid:promise_id>")
@door.staff
def act(person_id: UUID, promise_id: UUID) -> ResponseReturnValue:
    """Kept, not needed, moved, or open again after all: ``act`` says which."""
    asked = request.form.get("act", "")
    try:
        with the_service().database.write() as db:
            person = door.person(db, person_id, lock=True)
            promise = promises.find(db, person, promise_id) or abort(404)
            changed = _act(db, person, promise, asked)
    except PromiseRefused as refused:
        return _page(person_id, [_refusal(refused)]), 422
    door.say(str(DONE[asked]) if changed else _("That was done already. Nothing was changed."))
    return redirect(_back(person_id), 303)


def _act(db: Session, person: ServiceUser, promise: Promise, asked: str) -> bool:
    now, by = door.now(), door.viewer().email
    if asked not in DONE:
        abort(400)
    if asked == MOVE:
        promises.move(db, person, promise, _day(request.form.get("day", "")), by, now, _today(person))
    elif asked == TAKE_BACK:
        promises.take_back(db, person, promise, by, now)
    else:
        return promises.end(db, person, promise, asked, by, now)
    return True


def _page(person_id: UUID, errors: Errors) -> str:
    service = the_service()
    with service.database.read() as db:
        person = door.person(db, person_id)
        rows = staff_words.promised(db, person, door.viewer(), MOST_ENDED, door.now())
        shown = {
            "name": person.first_name,
            "today": _today(person),
            "person_id": person.id,
            "promises": rows[:MOST_SHOWN],
        }
    more = max(0, len(rows) - MOST_SHOWN)
    return render_template("desk/promises.html", **shown, more=more, typed=request.form, errors=errors)


def _today(person: ServiceUser) -> date:
    service = the_service()
    return timing.local(service.library.scheme(person.scheme_id).zone, door.now()).date()


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise PromiseRefused("day") from None


def _refusal(refused: PromiseRefused) -> tuple[str, str]:
    field, sentence = REFUSED[refused.why]
    return field, str(sentence)


def _back(person_id: UUID) -> str:
    """Where they came from: the person's page, or a list of what is due."""
    return door.safe_path(request.form.get("then", "")) or url_for(
        "person.page", person_id=person_id, _anchor="promises"
    )

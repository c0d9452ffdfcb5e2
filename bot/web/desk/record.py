"""A person's whole record, to be handed over: as data or as a page. Why it is taken out is written down first."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from bot import notes
from bot.notes import NoteRefused
from bot.people import page as readable
from bot.people import record
from bot.web.desk import door
from bot.web.saying import _
from bot.web.the_service import the_service

blueprint = Blueprint("record", __name__)

Errors = Sequence[tuple[str, str]]
SHORTEST = 10
# By what is asked for: the kind of file, how it ends, and what makes it.
FORMS: Mapping[str, tuple[str, str, Callable[[Mapping[str, Any], datetime], str]]] = {
    "html": ("text/html", "html", readable.as_html),
    "json": ("application/json", "json", lambda found, now: record.as_json(found)),
}


@blueprint.get("/people/<uuid:person_id>/record")
@door.staff
def page(person_id: UUID) -> ResponseReturnValue:
    """What it is, who reads it first, and the reason that is asked for."""
    return _page(person_id, [])


@blueprint.post("/people/<uuid:person_id>/record")
@door.staff
def take_out(person_id: UUID) -> ResponseReturnValue:
    """The file. The record says itself that it was taken out, and the notes say why."""
    why, form = request.form.get("why", "").strip(), request.form.get("form", "html")
    if form not in FORMS:
        abort(400)
    if len(why) < SHORTEST:
        return _page(person_id, [("why", _("Write why it is taken out, in a few words."))]), 422
    now, by = door.now(), door.viewer().email
    try:
        with the_service().database.write() as db:
            person = door.person(db, person_id, lock=True)
            notes.write(db, person, by, why, now, kind=notes.TAKEN_OUT)
            found = record.handed_over(db, person, by, now)
    except NoteRefused:
        return _page(person_id, [("why", _("Write the reason in at most 4,000 characters."))]), 422
    kind, ending, make = FORMS[form]
    # No name in the file's own: it lies in a folder of downloads that others see.
    file = f"record-{person_id.hex[:8]}-{now:%Y-%m-%d}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    return Response(make(found, now), mimetype=kind, headers=headers)


def _page(person_id: UUID, errors: Errors) -> str:
    with the_service().database.read() as db:
        name = door.person(db, person_id).first_name
    shown = {"name": name, "person_id": person_id, "read_first": record.READ_FIRST, "typed": request.form}
    return render_template("desk/record.html", **shown, errors=errors)

"""Notes on a person, who may ask to see them: all of them, a new one, and what puts an older one right."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot import notes
from bot.notes import NoteRefused
from bot.web.desk import door, staff_words
from bot.web.saying import _, lazy
from bot.web.the_service import the_service

blueprint = Blueprint("notes", __name__)

A_PAGE = 12
Errors = Sequence[tuple[str, str]]
REFUSED: Mapping[str, Any] = {
    "empty": lazy("Write the note first."),
    "too_long": lazy("A note has at most 4,000 characters. Make two of it."),
    "not_yours": lazy("Only whoever wrote a note changes it. Write one that puts it right."),
    "too_late": lazy("A note can be changed for a day. Write one that puts it right."),
}


@blueprint.get("/people/<uuid:person_id>/notes")
@door.staff
def page(person_id: UUID) -> ResponseReturnValue:
    """All notes, newest first, a page at a time."""
    return _all(person_id, [], "")


@blueprint.post("/people/<uuid:person_id>/notes")
@door.staff
def write(person_id: UUID) -> ResponseReturnValue:
    """A new note."""
    service, words = the_service(), request.form.get("words", "")
    try:
        with service.database.write() as db:
            person = door.person(db, person_id, lock=True)
            notes.write(db, person, door.viewer().email, words, door.now())
    except NoteRefused as refused:
        return _all(person_id, [("note-words", str(REFUSED[refused.why]))], words), 422
    door.say(_("The note is kept."))
    return redirect(url_for("person.page", person_id=person_id, _anchor="notes"), 303)


@blueprint.get("/people/<uuid:person_id>/notes/<uuid:note_id>")
@door.staff
def one(person_id: UUID, note_id: UUID) -> ResponseReturnValue:
    """A note, to be changed by its author within a day, or to be put right by another note."""
    return _one(person_id, note_id, [], None)


@blueprint.post("/people/<uuid:person_id>/notes/<uuid:note_id>")
@door.staff
def change(person_id: UUID, note_id: UUID) -> ResponseReturnValue:
    """Other words in its place; or, asked as ``correct``, a new note about it."""
    service, words, by = the_service(), request.form.get("words", ""), door.viewer().email
    correct = request.form.get("act") == "correct"
    try:
        with service.database.write() as db:
            person = door.person(db, person_id, lock=True)
            note = notes.find(db, person, note_id) or abort(404)
            if correct:
                notes.write(db, person, by, words, door.now(), corrects=note)
            else:
                notes.change(db, person, note, by, words, door.now())
    except NoteRefused as refused:
        return _one(person_id, note_id, [("note-words", str(REFUSED[refused.why]))], words), 422
    door.say(_("The note is kept beside the one it puts right.") if correct else _("The note is changed."))
    return redirect(url_for("notes.page", person_id=person_id), 303)


def _all(person_id: UUID, errors: Errors, words: str) -> str:
    service = the_service()
    with service.database.read() as db:
        person = door.person(db, person_id)
        rows = staff_words.noted(db, person, door.viewer(), A_PAGE + 1, _before(), door.now())
        name = person.first_name
    older = rows[A_PAGE - 1].at if len(rows) > A_PAGE else None
    shown = {"notes": rows[:A_PAGE], "older": older, "person_id": person_id, "name": name}
    return render_template("desk/notes.html", **shown, words=words, errors=errors)


def _one(person_id: UUID, note_id: UUID, errors: Errors, words: str | None) -> str:
    service = the_service()
    with service.database.read() as db:
        person = door.person(db, person_id)
        row = staff_words.one(db, person, door.viewer(), note_id, door.now()) or abort(404)
        name = person.first_name
    typed = words if words is not None else row.words if row.may_change else ""
    return render_template("desk/note.html", note=row, person_id=person_id, name=name, words=typed, errors=errors)


def _before() -> datetime | None:
    try:
        at = datetime.fromisoformat(request.args["before"]) if "before" in request.args else None
    except ValueError:
        abort(404)
    return at if at is None or at.tzinfo else abort(404)

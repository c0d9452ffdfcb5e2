"""A person's page: how it stands, the conversation, the box to write in, and what they have told of themselves.

Opening it is written down: who looked is part of the person's record.
"""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot import looks
from bot.web.desk import door, person_facts, person_reads
from bot.web.desk.person_reads import Asked
from bot.web.the_service import the_service

blueprint = Blueprint("person", __name__)

Errors = Sequence[tuple[str, str]]


@blueprint.get("/people/<uuid:person_id>")
@door.staff
def page(person_id: UUID) -> ResponseReturnValue:
    """The page. It may be asked for what came before a text, to change one that waits, or for one taken back."""
    return show(person_id, Asked(before=_asked("before"), change=_asked("edit"), again=_asked("again")))


def show(person_id: UUID, asked: Asked, errors: Errors = ()) -> str:
    """The page with what was asked, or with what is wrong with it."""
    service, viewer = the_service(), door.viewer()
    now = door.now()
    with service.database.read() as db:
        around = person_reads.around(db, viewer, person_id, now) or abort(404)
        shown = person_reads.read(db, service.library, around, viewer, asked, now)
        facts = person_facts.shown(db, around.person, now)
    if not shown.looked_lately and request.method != "HEAD":
        # Before anything is shown: a look that cannot be written down is none.
        with service.database.write() as db:
            looks.note(db, door.person(db, person_id, lock=True), viewer.email, now)
    return render_template("desk/person.html", page=shown, facts=facts, errors=list(errors), flag_url=_flag_url)


def _flag_url(flag_id: UUID) -> str:
    return url_for("flag.page", flag_id=flag_id) if "flag.page" in current_app.view_functions else ""


def _asked(name: str) -> UUID | None:
    if name not in request.args:
        return None
    return request.args.get(name, type=UUID) or abort(404)

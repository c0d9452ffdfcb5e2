"""A practitioner's own settings: as texts name them, the number people ring, and their hours."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot import practitioners
from bot.models import Practitioner
from bot.practitioners import PractitionerRefused
from bot.web.desk import door
from bot.web.saying import _
from bot.web.the_service import the_service

blueprint = Blueprint("me", __name__)

FACTS = ("first_name", "phone", "hours")


@blueprint.get("/me")
@door.staff
def page() -> ResponseReturnValue:
    """What is known of them."""
    with the_service().database.read() as db:
        row = db.get_one(Practitioner, door.viewer().id)
    return _page({name: getattr(row, name) for name in FACTS}, [])


@blueprint.post("/me")
@door.staff
def change() -> ResponseReturnValue:
    """Put it right. Texts that leave from now on say it the new way."""
    service, viewer = the_service(), door.viewer()
    typed = {name: request.form.get(name, "").strip() for name in FACTS}
    own = {"email": viewer.email, "role": viewer.role, "by": viewer.email}
    try:
        with service.database.write() as db:
            practitioners.add(db, service.library, viewer.scheme_id, now=service.clock.now(), **typed, **own)
    except PractitionerRefused as refused:
        return _page(typed, refused.faults), 422
    door.say(_("Saved."))
    return redirect(url_for("me.page"), 303)


def _page(typed: Mapping[str, str], errors: Sequence[tuple[str, str]]) -> str:
    often = url_for("cadence.page") if "cadence.page" in current_app.view_functions else ""
    return render_template("desk/me.html", typed=typed, errors=errors, often_url=often)

"""How often the digest comes: a page from the mail, signed by its link, and the same page for who is signed in.

Opening it changes nothing. A mail reader's own button posts to the link (RFC 8058), with no cookie and no form of ours.
"""

from typing import cast
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from bot import cadence
from bot.cadence import CadenceRefused
from bot.web.desk import door
from bot.web.saying import _
from bot.web.the_service import the_service

blueprint = Blueprint("cadence", __name__)

# What the button of a mail reader sends, and nothing else.
ONE_CLICK = ("List-Unsubscribe", "One-Click")


@blueprint.record_once
def _exempt(state: BlueprintSetupState) -> None:
    # The link's own signature is what lets it act: no other site can make one.
    cast(Flask, state.app).extensions["csrf"].exempt(change_by_link)


@blueprint.get("/how-often")
@door.staff
def page() -> ResponseReturnValue:
    """How often it comes, and how often it might."""
    return _page(door.viewer().id, url_for("cadence.change"))


@blueprint.post("/how-often")
@door.staff
def change() -> ResponseReturnValue:
    """Have it come so often."""
    try:
        _change(door.viewer().id, request.form.get("cadence", ""), via="page")
    except CadenceRefused as refused:
        return _page(door.viewer().id, url_for("cadence.change"), str(refused))
    door.say(_("Done. Your digest comes as you chose."))
    return redirect(url_for("cadence.page"), 303)


@blueprint.get("/how-often/<token>")
@door.public
def by_link(token: str) -> ResponseReturnValue:
    """The same by the link of a mail, without signing in."""
    who = _whose(token)
    return _page(who, url_for("cadence.change_by_link", token=token)) if who else _no_such_link()


@blueprint.post("/how-often/<token>")
@door.public
def change_by_link(token: str) -> ResponseReturnValue:
    """Have it come so often; on Mondays only, where it is the button of a mail reader that asks."""
    who = _whose(token)
    if who is None:
        return _no_such_link()
    name, value = ONE_CLICK
    pressed = request.form.get(name) == value
    try:
        _change(who, cadence.WEEKLY if pressed else request.form.get("cadence", ""), via="mail" if pressed else "link")
    except CadenceRefused as refused:
        return _page(who, url_for("cadence.change_by_link", token=token), str(refused))
    if pressed:
        return "", 200
    door.say(_("Done. Your digest comes as you chose."))
    return redirect(url_for("cadence.by_link", token=token), 303)


def _change(practitioner_id: UUID, often: str, *, via: str) -> None:
    service = the_service()
    with service.database.write() as db:
        cadence.change(db, service.settings, practitioner_id, often, service.clock.now(), via=via)


def _whose(token: str) -> UUID | None:
    """Whose link it is, if they are still here."""
    service = the_service()
    try:
        practitioner_id = cadence.read(service.settings, token)
    except CadenceRefused:
        return None
    with service.database.read() as db:
        return practitioner_id if cadence.of(db, practitioner_id) else None


def _page(practitioner_id: UUID, action: str, error: str = "") -> ResponseReturnValue:
    with the_service().database.read() as db:
        row = cadence.of(db, practitioner_id)
        chosen = row.digest_cadence if row else cadence.DAILY
    errors = [(f"cadence-{cadence.DAILY}", _(error))] if error else []
    shown = {"action": action, "chosen": chosen, "choices": cadence.CADENCES, "errors": errors}
    return render_template("desk/how_often.html", **shown), 400 if error else 200


def _no_such_link() -> ResponseReturnValue:
    return render_template("desk/how_often_unknown.html"), 404

"""Texts of numbers nobody knows: read, and then somebody's new number, or not one of ours."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import or_
from sqlalchemy.orm import Session

from bot import seeing, tray
from bot.conversation import timing
from bot.models import Message, ServiceUser
from bot.people import PersonRefused, numbers
from bot.web.desk import door, ours
from bot.web.saying import _, lazy
from bot.web.the_service import the_service

blueprint = Blueprint("unclaimed", __name__)

MOST_SENDERS = 100
MOST_FOUND = 20
MOST_TEXTS = 40
Errors = Sequence[tuple[str, str]]
# What is said on a page where the command line would name a command.
SENTENCES: Mapping[str, Any] = {
    numbers.CLOSED: lazy("They have left. Who comes back agrees anew: add them as a person."),
    numbers.HELD: lazy("The bot waits for you with them. Hand them back on their page first."),
}


@blueprint.get("/unclaimed")
@door.staff("practitioner", "lead")
def page() -> ResponseReturnValue:
    """Who wrote, the newest first; not what."""
    viewer = _only_whose_it_is()
    with the_service().database.read() as db:
        found = tray.senders(db, viewer.scheme_id)
        ids = tray.newest(db, viewer.scheme_id, [each.address for each in found[:MOST_SENDERS]])
    zone = ours.scheme().zone
    # One that has been taken out meanwhile has no text to be named by.
    shown = [(each, ids[each.address], timing.local(zone, each.last_at)) for each in found if each.address in ids]
    return render_template("desk/unclaimed.html", senders=shown, more=len(found) - len(shown))


@blueprint.get("/unclaimed/<uuid:message_id>")
@door.staff("practitioner", "lead")
def sender(message_id: UUID) -> ResponseReturnValue:
    """What one number wrote, and what to do. That it was read, and by whom, is written down."""
    return _page(message_id, "", [])


@blueprint.post("/unclaimed/<uuid:message_id>/find")
@door.staff("practitioner", "lead")
def find(message_id: UUID) -> ResponseReturnValue:
    """Look for whose new number it may be. A form that is sent, so that no name stands in an address."""
    wanted = " ".join(request.form.get("wanted", "").split())
    errors = [] if wanted else [("wanted", _("Enter a first name or a reference."))]
    return _page(message_id, wanted, errors), 422 if errors else 200


@blueprint.post("/unclaimed/<uuid:message_id>/connect")
@door.staff("practitioner", "lead")
def connect(message_id: UUID) -> ResponseReturnValue:
    """It is this person's new number: they are asked there first, and nothing of theirs goes to it before a yes."""
    service, viewer = the_service(), _only_whose_it_is()
    person_id = _id(request.form.get("person", ""))
    if person_id is None:
        return _page(message_id, "", [("wanted", _("Choose whose number it is."))]), 422
    try:
        with service.database.write() as db:
            found = door.person(db, person_id, lock=True)
            address = tray.address_of(db, viewer.scheme_id, message_id) or abort(404)
            channel = _channel(db, message_id)
            numbers.change(db, service.library, found, address, channel, viewer.email, service.clock.now())
    except PersonRefused as refused:
        return _page(message_id, "", [("wanted", str(SENTENCES.get(str(refused), refused)))]), 422
    door.say(_("Done. They are asked, on the new number, whether they want these."))
    return redirect(url_for("unclaimed.page"), 303)


@blueprint.post("/unclaimed/<uuid:message_id>/dismiss")
@door.staff("practitioner", "lead")
def dismiss(message_id: UUID) -> ResponseReturnValue:
    """Not one of ours: what they wrote is erased, here and at the provider."""
    service, viewer = the_service(), _only_whose_it_is()
    with service.database.write() as db:
        address = tray.address_of(db, viewer.scheme_id, message_id) or abort(404)
        gone = tray.dismiss(db, viewer.scheme_id, address, viewer.email, service.clock.now())
    if not gone:
        return _page(message_id, "", [("dismiss", _("A flag about it is open. Close that first."))]), 422
    door.say(_("Erased. If they write again, it is here again."))
    return redirect(url_for("unclaimed.page"), 303)


def _page(message_id: UUID, wanted: str, errors: Errors) -> str:
    service, viewer = the_service(), _only_whose_it_is()
    with service.database.write() as db:
        texts = tray.read_one(db, viewer.scheme_id, message_id, viewer.email, service.clock.now()) or abort(404)
        people = _found(db, wanted) if wanted else []
    zone = ours.scheme().zone
    flags = [url_for("flag.page", flag_id=each) for each in texts.flags if "flag.page" in current_app.view_functions]
    return render_template(
        "desk/unclaimed_sender.html",
        message_id=message_id,
        texts=texts,
        wrote=[(timing.local(zone, at), words) for at, words in texts.wrote[-MOST_TEXTS:]],
        answered=[timing.local(zone, at) for at in texts.answered[-MOST_TEXTS:]],
        flags=flags,
        typed={"wanted": wanted},
        more=max(0, len(texts.wrote) - MOST_TEXTS),
        people=people,
        looked=bool(wanted),
        errors=errors,
    )


def _found(db: Session, wanted: str) -> Sequence[ServiceUser]:
    """People they see whose first name or reference has this in it."""
    alike = or_(
        ServiceUser.first_name.icontains(wanted, autoescape=True),
        ServiceUser.reference.icontains(wanted, autoescape=True),
    )
    found = seeing.people(door.viewer()).where(alike, ServiceUser.state.not_in(("closed", "opted_out")))
    return db.scalars(found.order_by(ServiceUser.first_name, ServiceUser.id).limit(MOST_FOUND)).all()


def _channel(db: Session, message_id: UUID) -> str:
    return db.get_one(Message, message_id).channel


def _only_whose_it_is() -> seeing.Viewer:
    """The lead, or everybody where a scheme has none. For others there is no such page."""
    viewer = door.viewer()
    return viewer if viewer.unclaimed else abort(404)


def _id(written: str) -> UUID | None:
    try:
        return UUID(written)
    except ValueError:
        return None

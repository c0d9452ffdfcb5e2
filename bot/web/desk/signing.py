"""Sign in by a link that comes by mail; sign out. Opening the link changes nothing: the button on it does."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from bot import jobs, sign_in
from bot.conversation.flag_words import N_
from bot.models import Practitioner
from bot.practitioners import EMAIL
from bot.web.desk import door, mailbox
from bot.web.saying import _
from bot.web.the_service import the_service

blueprint = Blueprint("signing", __name__)

MOST_MADE_UP = 6
NO_ADDRESS = N_("Enter your work e-mail address, like sam@example.org.")


@blueprint.get("/sign-in")
@door.public
def ask() -> ResponseReturnValue:
    """Ask for an e-mail address; whoever is signed in already goes on."""
    then = door.safe_path(request.args.get("then", ""))
    if door.here() is not None:
        return redirect(then or first_page(), 303)
    return _form(then, [])


@blueprint.post("/sign-in")
@door.public
def send() -> ResponseReturnValue:
    """Send the link. The answer is the same for an address that nobody here has."""
    email = request.form.get("email", "").strip()
    then = door.safe_path(request.form.get("then", ""))
    if not EMAIL.fullmatch(email):
        return _form(then, [("email", _(NO_ADDRESS))], email), 422
    service, mails = the_service(), list[UUID]()
    with service.database.write() as db:
        mails = [each.id for each in sign_in.ask(db, service.settings.public_url, email, door.wall(), then)]
    # Rung for nobody, too: how long the answer takes tells nothing either.
    jobs.ring_for(service, mails=mails)
    return redirect(url_for("signing.sent"), 303)


@blueprint.get("/sign-in/sent")
@door.public
def sent() -> ResponseReturnValue:
    """Look at your mail."""
    return render_template("desk/link_sent.html")


@blueprint.get("/sign-in/<token>")
@door.public
def look(token: str) -> ResponseReturnValue:
    """A button, while the link is good. Scanners that open links use nothing up."""
    with the_service().database.read() as db:
        good = sign_in.holder(db, token, door.wall()) is not None
    then = door.safe_path(request.args.get("then", ""))
    return render_template("desk/enter.html", token=token, then=then) if good else _too_late(then)


@blueprint.post("/sign-in/<token>")
@door.public
def enter(token: str) -> ResponseReturnValue:
    """Sign this browser in, once."""
    then = door.safe_path(request.form.get("then", ""))
    with the_service().database.write() as db:
        key = sign_in.enter(db, token, door.wall())
    if key is None:
        return _too_late(then)
    door.begin(key)
    return redirect(then or first_page(), 303)


@blueprint.post("/sign-out")
@door.public
def leave() -> ResponseReturnValue:
    """Sign this browser out."""
    door.end()
    door.say(_("You are signed out."))
    return redirect(url_for("signing.ask"), 303)


def first_page() -> str:
    """Where whoever signs in begins: an editor has no people to look at."""
    seen = door.here()
    return url_for("scheme.page" if seen is not None and seen.role == "editor" else "today.page")


def _form(then: str, errors: list[tuple[str, str]], email: str = "") -> str:
    return render_template("desk/sign_in.html", then=then, errors=errors, email=email, made_up=_made_up())


def _made_up() -> Sequence[Practitioner]:
    """In a newcomer's copy the practitioners are made up, and nobody need remember their addresses."""
    service = the_service()
    if not mailbox.is_here(service.settings):
        return []
    here = select(Practitioner).where(Practitioner.retired_at.is_(None)).order_by(Practitioner.role.desc())
    with service.database.read() as db:
        return db.scalars(here.order_by(Practitioner.first_name).limit(MOST_MADE_UP)).all()


def _too_late(then: str) -> ResponseReturnValue:
    return render_template("desk/too_late.html", then=then), 410

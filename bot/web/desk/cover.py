"""Cover while somebody is away: a practitioner arranges their own, a lead anybody's."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from bot import covering, practitioners
from bot.covering import CoverRefused, Wish
from bot.web.desk import door, ours
from bot.web.saying import _
from bot.web.the_service import the_service

blueprint = Blueprint("cover", __name__)

FIELDS = ("away", "there", "first_day", "last_day")
Errors = Sequence[tuple[str, str]]


@blueprint.get("/cover")
@door.staff("practitioner", "lead")
def page() -> ResponseReturnValue:
    """What is arranged, and the form to arrange more."""
    return _page({"first_day": ours.today().isoformat()}, [])


@blueprint.post("/cover")
@door.staff("practitioner", "lead")
def arrange() -> ResponseReturnValue:
    """Arrange it; whoever covers is told by mail."""
    typed = {name: request.form.get(name, "").strip() for name in FIELDS}
    if not _leads():
        typed["away"] = str(door.viewer().id)
    wish, errors = _wish(typed)
    if wish is not None:
        errors = _arrange(wish)
    if errors:
        return _page(typed, errors), 422
    ours.ring_mails(covering.MAIL)
    door.say(_("Arranged. Whoever covers is told by mail."))
    return redirect(url_for("cover.page"), 303)


@blueprint.post("/cover/<uuid:cover_id>/end")
@door.staff("practitioner", "lead")
def end(cover_id: UUID) -> ResponseReturnValue:
    """Over at once: somebody is back early, or it was a mistake."""
    service, viewer = the_service(), door.viewer()
    with service.database.write() as db:
        if cover_id not in {each.id for each in _listed(db)}:
            abort(404)
        covering.end(db, viewer.scheme_id, cover_id, viewer.email, service.clock.now(), ours.today())
    door.say(_("Ended. Their people are with them again."))
    return redirect(url_for("cover.page"), 303)


def _arrange(wish: Wish) -> Errors:
    service, viewer = the_service(), door.viewer()
    try:
        with service.database.write() as db:
            covering.arrange(db, viewer.scheme_id, wish, viewer.email, service.clock.now(), ours.today())
    except CoverRefused as refused:
        return refused.faults
    return []


def _wish(typed: Mapping[str, str]) -> tuple[Wish | None, Errors]:
    missing = {
        "away": _("Choose who is away."),
        "there": _("Choose who covers."),
        "first_day": _("Enter the first day, like 2026-11-20."),
        "last_day": _("Enter the last day, like 2026-11-20."),
    }
    read = {name: _id(typed[name]) if name in ("away", "there") else _day(typed[name]) for name in FIELDS}
    errors = [(name, missing[name]) for name in FIELDS if read[name] is None]
    away, there, first, last = (read[name] for name in FIELDS)
    if isinstance(away, UUID) and isinstance(there, UUID) and isinstance(first, date) and isinstance(last, date):
        return Wish(away, there, first, last), []
    return None, errors


def _id(written: str) -> UUID | None:
    try:
        return UUID(written)
    except ValueError:
        return None


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _leads() -> bool:
    return door.viewer().role == "lead"


def _listed(db: Session) -> list[covering.Arranged]:
    """What they may see and end: their own, and for a lead everybody's."""
    viewer = door.viewer()
    return covering.listed(db, viewer.scheme_id, ours.today(), None if _leads() else viewer.id)


def _page(typed: Mapping[str, str], errors: Errors) -> str:
    viewer = door.viewer()
    with the_service().database.read() as db:
        found = practitioners.listed(db, viewer.scheme_id)
        arranged = _listed(db)
    there = [row for row, _people in found if row.retired_at is None and row.role != "editor"]
    team = [(str(row.id), row.first_name) for row in there if _leads() or row.id != viewer.id]
    filled = {name: typed.get(name, "") for name in FIELDS}
    return render_template("desk/cover.html", arranged=arranged, team=team, typed=filled, errors=errors)

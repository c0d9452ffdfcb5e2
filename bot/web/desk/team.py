"""The team: who works in a scheme, added, changed, retired; and whose people become whose. For its lead."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bot import practitioners, seeing
from bot.handing_over import NobodyHasIt
from bot.models import Practitioner, ServiceUser
from bot.practitioners import PractitionerRefused
from bot.web.desk import door, ours
from bot.web.saying import _, _n, lazy
from bot.web.the_service import the_service

blueprint = Blueprint("team", __name__)

Errors = Sequence[tuple[str, str]]

FACTS = ("first_name", "email", "phone", "hours", "role")
ROLES = {
    "practitioner": lazy("practitioner"),
    "lead": lazy("lead"),
    "editor": lazy("editor"),
}
UNATTENDED = lazy(
    "There is an open safety flag that nobody has taken on. Take it on first: two who each think that the other has it "
    "are the worst time for one."
)
NOBODY_TO = lazy("Choose who looks after their people from now on.")


@blueprint.app_context_processor
def _roles() -> dict[str, Mapping[str, object]]:
    return {"roles": ROLES}


@blueprint.get("/team")
@door.staff("lead")
def page() -> ResponseReturnValue:
    """Everybody who works here, and how many people each looks after."""
    with the_service().database.read() as db:
        found = practitioners.listed(db, door.viewer().scheme_id)
    here = [(row, people) for row, people in found if row.retired_at is None]
    gone = [row for row, _people in found if row.retired_at is not None]
    return render_template("desk/team.html", here_now=here, gone=gone)


@blueprint.get("/team/add")
@door.staff("lead")
def ask() -> ResponseReturnValue:
    """The empty form."""
    typed = {"hours": ours.scheme().hours.words, "role": "practitioner"}
    return _add_form(typed, [])


@blueprint.post("/team/add")
@door.staff("lead")
def add() -> ResponseReturnValue:
    """Add somebody; one who had retired comes back. Who is here already is changed on their own page."""
    typed = _typed()
    with the_service().database.read() as db:
        known = practitioners.listed(db, door.viewer().scheme_id)
    if any(row.email == typed["email"].lower() and row.retired_at is None for row, _people in known):
        return _add_form(typed, [("email", _("Somebody with this address works here already."))]), 422
    errors = _save(typed)
    if errors:
        return _add_form(typed, errors), 422
    door.say(_("Added. They can sign in by their e-mail address."))
    return redirect(url_for("team.page"), 303)


@blueprint.get("/team/<uuid:practitioner_id>")
@door.staff("lead")
def member(practitioner_id: UUID) -> ResponseReturnValue:
    """One of the team: what is known of them, whose people become whose, and their going."""
    return _member_page(practitioner_id, [])


@blueprint.post("/team/<uuid:practitioner_id>")
@door.staff("lead")
def change(practitioner_id: UUID) -> ResponseReturnValue:
    """Put right what is known of them. Their address stays: it is who they are."""
    with the_service().database.read() as db:
        row = _one(db, practitioner_id)
    typed = {**_typed(), "email": row.email}
    if row.id == door.viewer().id:
        typed["role"] = row.role
    errors = _save(typed)
    if errors:
        return _member_page(practitioner_id, errors, typed), 422
    door.say(_("Saved."))
    return redirect(url_for("team.page"), 303)


@blueprint.post("/team/<uuid:practitioner_id>/retire")
@door.staff("lead")
def retire(practitioner_id: UUID) -> ResponseReturnValue:
    """Let them go: signed out at once, no more mail to them; their people go to whoever is named."""
    service, viewer = the_service(), door.viewer()
    to, sure = request.form.get("people_to", ""), "sure" in request.form
    with service.database.read() as db:
        row, people = _one(db, practitioner_id), _count(db, practitioner_id)
    errors = list(_why_stay(row, people, to, sure=sure))
    if not errors:
        try:
            with service.database.write() as db:
                practitioners.retire(db, viewer.scheme_id, row.email, service.clock.now(), to or None, viewer.email)
        except PractitionerRefused as refused:
            errors = [("people_to", _sentence(refused))]
    if errors:
        return _member_page(practitioner_id, errors), 422
    ours.ring_mails("handover")
    door.say(_("They are retired. What they did stays in the history."))
    return redirect(url_for("team.page"), 303)


@blueprint.get("/team/<uuid:practitioner_id>/people")
@door.staff("lead")
def people(practitioner_id: UUID) -> ResponseReturnValue:
    """Choose whom somebody else looks after from now on."""
    return _people_page(practitioner_id, [])


@blueprint.post("/team/<uuid:practitioner_id>/people")
@door.staff("lead")
def hand_over(practitioner_id: UUID) -> ResponseReturnValue:
    """Hand them over, all that are ticked or none. Whoever gets them is told by mail, without names."""
    service, viewer = the_service(), door.viewer()
    chosen, to = _ids(request.form.getlist("person")), request.form.get("people_to", "")
    with service.database.read() as db:
        row = _one(db, practitioner_id)
        theirs = {each.id for each in db.scalars(_people_of(row))}
    errors = list(_missing(chosen, to, theirs))
    moved = 0
    if not errors:
        try:
            with service.database.write() as db:
                moved = practitioners.hand_over(
                    db, viewer.scheme_id, row.email, to, viewer.email, service.clock.now(), chosen
                )
        except PractitionerRefused as refused:
            errors = [("people_to", _sentence(refused))]
    if errors:
        return _people_page(practitioner_id, errors, chosen), 422
    ours.ring_mails("handover")
    door.say(_n("%(num)d person handed over.", "%(num)d people handed over.", moved))
    return redirect(url_for("team.member", practitioner_id=practitioner_id), 303)


# ---------------------------------------------------------------- what is typed


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "").strip() for name in FACTS}


def _save(typed: Mapping[str, str]) -> Errors:
    service, viewer = the_service(), door.viewer()
    try:
        with service.database.write() as db:
            practitioners.add(
                db, service.library, viewer.scheme_id, now=service.clock.now(), by=viewer.email, **dict(typed)
            )
    except PractitionerRefused as refused:
        return refused.faults
    return []


def _why_stay(row: Practitioner, people: int, to: str, *, sure: bool) -> Errors:
    if row.id == door.viewer().id:
        return [("sure", _("Somebody else retires you: a scheme is not left without its lead by one tap."))]
    if people and not to:
        return [("people_to", str(NOBODY_TO))]
    return [] if sure else [("sure", _("Tick that they leave."))]


def _missing(chosen: Sequence[UUID], to: str, theirs: Collection[UUID]) -> Errors:
    nobody = [] if chosen else [("people", _("Tick whom it is about."))]
    if not set(chosen) <= set(theirs):
        nobody = [("people", _("Not everybody you ticked is theirs any more. Look at the list again."))]
    return [*nobody, *([] if to else [("people_to", str(NOBODY_TO))])]


def _sentence(refused: PractitionerRefused) -> str:
    return str(UNATTENDED) if isinstance(refused.__cause__, NobodyHasIt) else str(refused)


def _ids(written: Sequence[str]) -> list[UUID]:
    try:
        return [UUID(each) for each in written]
    except ValueError:
        abort(400)


# ---------------------------------------------------------------- what is shown


def _one(db: Session, practitioner_id: UUID) -> Practitioner:
    mine = (Practitioner.scheme_id == door.viewer().scheme_id, Practitioner.id == practitioner_id)
    return db.scalars(select(Practitioner).where(*mine)).one_or_none() or abort(404)


def _count(db: Session, practitioner_id: UUID) -> int:
    found = practitioners.listed(db, door.viewer().scheme_id)
    return next((people for row, people in found if row.id == practitioner_id), 0)


def _people_of(row: Practitioner) -> Select[ServiceUser]:
    """Whom they look after, those who have left apart."""
    theirs = (ServiceUser.practitioner_id == row.id, ServiceUser.state != "closed")
    return seeing.people(door.viewer()).where(*theirs).order_by(ServiceUser.first_name, ServiceUser.id)


def _others(db: Session, practitioner_id: UUID) -> list[tuple[str, str]]:
    """Who could look after their people."""
    found = practitioners.listed(db, door.viewer().scheme_id)
    there = [row for row, _people in found if row.retired_at is None and row.role != "editor"]
    return [(row.email, f"{row.first_name} ({row.email})") for row in there if row.id != practitioner_id]


def _add_form(typed: Mapping[str, str], errors: Errors) -> str:
    filled = {name: typed.get(name, "") for name in FACTS}
    return render_template("desk/team_add.html", typed=filled, errors=errors)


def _member_page(practitioner_id: UUID, errors: Errors, typed: Mapping[str, str] | None = None) -> str:
    with the_service().database.read() as db:
        row = _one(db, practitioner_id)
        count, others = _count(db, practitioner_id), _others(db, practitioner_id)
    filled = typed or {name: getattr(row, name) for name in FACTS}
    chosen = {"people_to": request.form.get("people_to", "")}
    return render_template(
        "desk/team_member.html", row=row, people=count, others=others, typed={**filled, **chosen}, errors=errors
    )


def _people_page(practitioner_id: UUID, errors: Errors, chosen: Sequence[UUID] = ()) -> str:
    with the_service().database.read() as db:
        row, others = _one(db, practitioner_id), _others(db, practitioner_id)
        them = db.scalars(_people_of(row)).all()
    typed = {"people_to": request.form.get("people_to", "")}
    return render_template(
        "desk/team_people.html", row=row, them=them, others=others, chosen=set(chosen), typed=typed, errors=errors
    )

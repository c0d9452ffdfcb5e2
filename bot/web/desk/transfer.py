"""A person goes to a colleague: what to ask them first, a note for the colleague, and who it is to be."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import jobs, transfers
from bot.models import Email, ServiceUser
from bot.transfers import TransferRefused
from bot.web.desk import door
from bot.web.desk.notes import REFUSED as NOTE_REFUSED
from bot.web.saying import _, lazy
from bot.web.the_service import the_service

blueprint = Blueprint("transfer", __name__)

Errors = Sequence[tuple[str, str]]
REFUSED: Mapping[str, tuple[str, Any]] = {
    "nobody": ("to", lazy("Choose a colleague.")),
    "theirs": ("to", lazy("They look after this person already. Choose somebody else.")),
    "safety": (
        "to",
        lazy(
            "There is an open safety flag that nobody has taken on. Take it on first: two who each think that the "
            "other has it are the worst that can happen to it."
        ),
    ),
    "asked": ("asked", lazy("Ask them first, and say here what they answered.")),
    "empty": ("note", lazy("Write what your colleague should know first.")),
}
# What they answered to whether their next one may use what they have told: it begins the note.
ANSWERS: Mapping[str, Any] = {
    "yes": lazy("Asked whether what they have told may be used: yes."),
    "fresh": lazy("Asked whether what they have told may be used: they would rather start fresh."),
    "not_yet": lazy("Not asked yet whether what they have told may be used: ask them first."),
}


@blueprint.get("/people/<uuid:person_id>/transfer")
@door.staff
def page(person_id: UUID) -> ResponseReturnValue:
    """The form, with what to ask the person before."""
    return _page(person_id, [])


@blueprint.post("/people/<uuid:person_id>/transfer")
@door.staff
def give(person_id: UUID) -> ResponseReturnValue:
    """Hand them over."""
    service, form, by = the_service(), request.form, door.viewer().email
    now = door.now()
    try:
        with service.database.write() as db:
            person = _theirs_to_give(db, person_id, lock=True)
            transfers.give(db, person, form.get("to", ""), _note(), by, now)
            told = (Email.scheme_id == person.scheme_id, Email.kind == "handover", Email.state == "queued")
            mails = list(db.scalars(select(Email.id).where(*told)))
    except TransferRefused as refused:
        return _page(person_id, [_refusal(refused)]), 422
    jobs.ring_for(service, mails=mails)
    door.say(_("They are handed over. Your colleague gets a mail that says so, without a name."))
    return redirect(url_for("today.page"), 303)


def _page(person_id: UUID, errors: Errors) -> str:
    with the_service().database.read() as db:
        person = _theirs_to_give(db, person_id)
        shown = {
            "name": person.first_name,
            "colleagues": [(each.email, each.first_name) for each in transfers.colleagues(db, person)],
            "unattended": transfers.unattended(db, person),
        }
    return render_template("desk/transfer.html", **shown, person_id=person_id, typed=request.form, errors=errors)


def _theirs_to_give(db: Session, person_id: UUID, *, lock: bool = False) -> ServiceUser:
    """For whoever only covers for a week there is no such page."""
    person = door.person(db, person_id, lock=lock)
    return person if transfers.may_give(door.viewer(), person) else abort(404)


def _note() -> str:
    """What they answered, and what was written: what is told within a scheme goes along, so it is for us to ask."""
    answer, words = request.form.get("asked", ""), request.form.get("note", "").strip()
    if answer not in ANSWERS:
        raise TransferRefused("asked")
    if not words:
        raise TransferRefused("empty")
    return f"{ANSWERS[answer]}\n\n{words}"


def _refusal(refused: TransferRefused) -> tuple[str, str]:
    if refused.why in REFUSED:
        field, sentence = REFUSED[refused.why]
        return field, str(sentence)
    return "note", str(NOTE_REFUSED[refused.why])

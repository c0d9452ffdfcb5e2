"""Add a person: what they are called, where they are texted, and the record of their yes."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from uuid import UUID

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot import practitioners
from bot.conversation import timing
from bot.conversation.scheme import Scheme
from bot.models import Practitioner
from bot.people import PersonRefused, adding
from bot.people.adding import Added
from bot.people.allowing import LIFTED_BY_STAFF
from bot.people.faults import Fault, Refused
from bot.web.desk import door, ours
from bot.web.saying import _, lazy
from bot.web.showing import day
from bot.web.the_service import the_service

blueprint = Blueprint("enrol", __name__)

FIELDS = ("first_name", "mobile", "channel", "language", "reference", "practitioner_email", "consent_by", "consent_at")
EMPTY = {
    "first_name": lazy("Enter what they like to be called."),
    "mobile": lazy("Enter their mobile number, like 07700 900123."),
    "channel": lazy("Choose how they agreed to be texted."),
    "language": lazy("Choose the language of their texts."),
    "practitioner_email": lazy("Choose who looks after them."),
    "consent_by": lazy("Enter who asked this person whether they want the texts."),
    "consent_at": lazy("Enter the day on which they agreed."),
}
WHY_NOT = {
    "opted_out": lazy(
        "Whoever has this number said that they want no texts, so nobody is enrolled with it. "
        "If they have changed their mind, they text START from it."
    ),
    "wrong_number": lazy(
        "Whoever has this number said that it was the wrong number. "
        "If you know better, tick “I know that this number is theirs” and save again."
    ),
    "forgotten": lazy(
        "This number was taken off with somebody’s record. "
        "If its owner has agreed anew, tick “I know that this number is theirs” and save again."
    ),
    "held": lazy("They wait to hear from a person. When that is done, hand them back to the bot on their page."),
    "elsewhere": lazy("This person is here already, with another practitioner. Your lead can hand them over to you."),
    "outdated": lazy(
        "They left, or said that they want no texts, on that day or later. Enter the day on which they agreed anew."
    ),
}
AGREED = lazy("Tick that they have seen or heard these words and said yes. Without that nobody is texted.")
CHANGED = lazy("The words have changed since you opened this page. Show them the words below, and ask again.")


@blueprint.get("/people/add")
@door.staff("practitioner", "lead")
def ask() -> ResponseReturnValue:
    """The empty form."""
    return _form({"consent_by": door.viewer().email, "consent_at": ours.today().isoformat()}, [])


@blueprint.post("/people/add")
@door.staff("practitioner", "lead")
def add() -> ResponseReturnValue:
    """Enrol them, or show again all that was typed with what is wrong."""
    values = _typed()
    done, errors = None, _not_agreed()
    if not errors:
        done, errors = _try(values)
    if done is None or errors:
        liftable = done is not None and done.became in LIFTED_BY_STAFF
        return _form(values, errors, liftable=liftable or "knows_better" in request.form), 422
    door.say(_said(done))
    return redirect(_their_page(done.person_id), 303)


# ---------------------------------------------------------------- one person


def _typed() -> dict[str, str]:
    viewer, scheme = door.viewer(), ours.scheme()
    typed = {name: request.form.get(name, "").strip() for name in FIELDS}
    if len(scheme.languages) == 1:
        typed["language"] = scheme.languages[0]
    if viewer.role != "lead":
        typed["practitioner_email"] = viewer.email
    return typed


def _not_agreed() -> list[tuple[str, str]]:
    """Nobody is enrolled by words they were not shown: by none, or by those of before they were changed."""
    if request.form.get("words") != _words_mark(ours.scheme()):
        return [("agreed", str(CHANGED))]
    return [] if "agreed" in request.form else [("agreed", str(AGREED))]


def _try(values: Mapping[str, str]) -> tuple[Added | None, list[tuple[str, str]]]:
    """What became of it, and what is wrong."""
    try:
        done = _added(values)
    except Refused as refused:
        return None, [_sentence(fault) for fault in refused.faults]
    except PersonRefused as refused:
        return None, [("mobile", str(refused))]
    return done, _why_not(done)


def _added(values: Mapping[str, str]) -> Added:
    try:
        return _add_once(values)
    except IntegrityError:
        # Two taps in one moment: the other one has enrolled them, so they are here now.
        return _add_once(values)


def _add_once(values: Mapping[str, str]) -> Added:
    service, viewer = the_service(), door.viewer()
    better, now = "knows_better" in request.form, service.clock.now()
    with service.database.write() as db:
        return adding.add(db, service.library, viewer, values, now, knows_better=better)


def _why_not(done: Added) -> list[tuple[str, str]]:
    sentence = WHY_NOT.get(done.became)
    field = "consent_at" if done.became == "outdated" else "mobile"
    return [(field, str(sentence))] if sentence else []


def _sentence(fault: Fault) -> tuple[str, str]:
    if fault.code == "empty":
        return fault.column, str(EMPTY[fault.column])
    field = fault.column if fault.column in FIELDS else "first_name"
    return field, f"{fault.sentence[0].upper()}{fault.sentence[1:]}."


def _said(done: Added) -> str:
    if done.became == "here":
        return _("They are here already, so nothing has been changed.")
    if done.became == "channel":
        return _("They may be texted this way, too, from now on.")
    service, zone = the_service(), ours.scheme().zone
    with service.database.read() as db:
        person = door.person(db, done.person_id) if done.person_id else None
        at = timing.local(zone, person.next_check_in_at) if person and person.next_check_in_at else None
    if at is None:
        return _("Added.")
    return _("Added. The first text asks whether they want these, and leaves on %(day)s.", day=day(at))


def _their_page(person_id: UUID | None) -> str:
    there = person_id is not None and "person.page" in current_app.view_functions
    return url_for("person.page", person_id=person_id) if there else url_for("enrol.ask")


def _form(typed: Mapping[str, str], errors: Sequence[tuple[str, str]], *, liftable: bool = False) -> str:
    scheme, viewer = ours.scheme(), door.viewer()
    with the_service().database.read() as db:
        team = _team(db, viewer.scheme_id) if viewer.role == "lead" else []
    return render_template(
        "desk/add_person.html",
        typed={name: typed.get(name, "") for name in FIELDS},
        errors=errors,
        scheme=scheme,
        words=[(language, _words(scheme, language)) for language in scheme.languages],
        words_mark=_words_mark(scheme),
        languages=[(each, each) for each in scheme.languages],
        team=[(each.email, f"{each.first_name} ({each.email})") for each in team],
        liftable=liftable,
        today=ours.today(),
    )


def _team(db: Session, scheme_id: str) -> list[Practitioner]:
    return [row for row, _people in practitioners.listed(db, scheme_id) if not row.retired_at and row.role != "editor"]


def _words(scheme: Scheme, language: str) -> str:
    """What is read or shown to them, as the record of their consent keeps it."""
    return scheme.consent_wording.get(language) or next(iter(scheme.consent_wording.values()), "")


def _words_mark(scheme: Scheme) -> str:
    return sha256("\n".join(_words(scheme, each) for each in scheme.languages).encode()).hexdigest()[:16]

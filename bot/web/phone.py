"""The phone's pages: look, text, wait, log a meeting, settle a flag, start over."""

import uuid
from datetime import timedelta
from threading import Thread

import structlog
from flask import Blueprint, abort, flash, get_flashed_messages, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from bot import digests, flags, people, phone, seed, sweep
from bot.models import ServiceUser
from bot.service import Service
from bot.web import phone_reads, rings
from bot.web.the_service import the_service

blueprint = Blueprint("phone", __name__, url_prefix="/phone")
log = structlog.get_logger()

WAITS = {2: "Two hours passed", 24: "A day passed", 168: "A week passed"}
UNANSWERED = (
    "Kept, and not answered. The bot lets a thank-you stand, says that it has passed something on once in two minutes, "
    "and is silent where texts are stopped."
)
LONGEST_TEXT = 1600  # as Twilio's
LONGEST_NOTE = 300


@blueprint.get("")
def index() -> ResponseReturnValue:
    """The first person's phone."""
    first = phone_reads.first_person(the_service())
    return render_template("phone_nobody.html") if first is None else _show(first)


@blueprint.get("/<uuid:person_id>")
def person(person_id: uuid.UUID) -> ResponseReturnValue:
    """One person's phone, and beside it what their practitioner gets."""
    return _show(person_id)


@blueprint.post("/<uuid:person_id>/text")
def text(person_id: uuid.UUID) -> ResponseReturnValue:
    """Text as this person. The same page sent twice is one text."""
    # Browsers send every line's end as two characters; a phone sends one.
    words = request.form.get("words", "").replace("\r\n", "\n")
    once = request.form.get("once", "")
    someone = _person(person_id)
    if not words.strip():
        flash("Nothing was sent: the text was empty.")
    elif len(words) > LONGEST_TEXT:
        flash(f"Nothing was sent: a text holds at most {LONGEST_TEXT} characters.")
    else:
        received = phone.text(the_service(), someone, words, _nonce(once))
        rings.ring(received.urgent)
        if received.reply is None:
            flash(UNANSWERED)
    return _back(person_id)


@blueprint.post("/<uuid:person_id>/wait")
def wait(person_id: uuid.UUID) -> ResponseReturnValue:
    """Let time pass, and say what happened meanwhile."""
    hours = request.form.get("hours", 0, type=int)
    if hours not in WAITS:
        abort(400)
    someone = _person(person_id)
    passed = phone.advance(the_service(), timedelta(hours=hours), sweep.sweep, person_id)
    flash(f"{WAITS[hours]}. {_told(someone.first_name, passed)}")
    return _back(person_id)


@blueprint.post("/<uuid:person_id>/met")
def met(person_id: uuid.UUID) -> ResponseReturnValue:
    """Log that they met."""
    service = the_service()
    now = service.clock.now()
    with service.database.write() as db:
        someone, practitioner = phone_reads.pair(db, person_id) or abort(404)
        people.met(db, someone, practitioner.email, now)
    flash(f"Logged: {practitioner.first_name} and {someone.first_name} met.")
    return _back(person_id)


@blueprint.post("/<uuid:person_id>/digest")
def digest(person_id: uuid.UUID) -> ResponseReturnValue:
    """Make the practitioner's digest now, whatever the hour."""
    service = the_service()
    now = service.clock.now()
    with service.database.write() as db:
        _, practitioner = phone_reads.pair(db, person_id) or abort(404)
        made = digests.make(db, service.library, practitioner.id, now, by_hand=True)
    got, had = "has got a digest.", "has had a digest today, and nothing has changed since."
    flash(f"{practitioner.first_name} {got if made else had}")
    return _back(person_id)


@blueprint.post("/<uuid:person_id>/flags/<uuid:flag_id>")
def flag(person_id: uuid.UUID, flag_id: uuid.UUID) -> ResponseReturnValue:
    """Acknowledge a flag or close it, as the practitioner would."""
    do = request.form.get("do", "")
    settle = {"acknowledge": flags.acknowledge, "close": flags.close}.get(do) or abort(400)
    service = the_service()
    now = service.clock.now()
    note = request.form.get("note", "").strip()[:LONGEST_NOTE]
    try:
        with service.database.write() as db:
            _, practitioner = phone_reads.pair(db, person_id) or abort(404)
            if phone_reads.is_open_flag(db, person_id, flag_id):
                settle(db, flag_id, practitioner.email, note or None, now)
                flash("Noted." if do == "acknowledge" else "Settled.")
            else:
                flash("That flag was settled already.")
    except flags.FlagRefused:
        flash("Not closed: a safety flag is closed with what was done. Write it into the note.")
    return _back(person_id)


@blueprint.get("/start-over")
def start_over() -> ResponseReturnValue:
    """Ask first."""
    return render_template("phone_start_over.html")


@blueprint.post("/start-over")
def really_start_over() -> ResponseReturnValue:
    """Have the example people made anew, which takes longer than an answer may; the page waits for them."""
    service = the_service()
    Thread(target=_start_over, args=(service,), daemon=True).start()
    return redirect(url_for("phone.making", since=phone_reads.seeded_at(service)), 303)


@blueprint.get("/making")
def making() -> ResponseReturnValue:
    """Wait until the example people are others than they were."""
    if phone_reads.seeded_at(the_service()) != request.args.get("since", ""):
        return redirect(url_for("phone.index"), 303)
    return render_template("phone_making.html")


def _start_over(service: Service) -> None:
    try:
        phone.start_over(service, lambda anew: seed.seed(anew, sweep.sweep))
    except Exception as error:
        log.error("not started over", exception=type(error).__name__)


def _show(person_id: uuid.UUID) -> str:
    page = phone_reads.read_page(the_service(), person_id, _page_number())
    if page is None:
        abort(404)
    return render_template("phone.html", page=page, news=get_flashed_messages(), once=uuid.uuid4().hex)


def _person(person_id: uuid.UUID) -> ServiceUser:
    with the_service().database.read() as db:
        found = phone_reads.pair(db, person_id)
    return found[0] if found else abort(404)


def _back(person_id: uuid.UUID) -> ResponseReturnValue:
    """To the phone's own place on the page, so that without a script nobody has to look for it."""
    return redirect(url_for("phone.person", person_id=person_id, _anchor="phone"), 303)


def _page_number() -> int:
    return max(0, min(request.args.get("page", 0, type=int), 10_000))


def _nonce(once: str) -> str:
    try:
        return uuid.UUID(once).hex
    except ValueError:
        return uuid.uuid4().hex


def _told(name: str, passed: phone.Passed) -> str:
    """`2 texts went out to Amina, 5 to the others. Mails: 1 alert.`"""
    if not passed.texts and not passed.others and not passed.mails:
        return "Nothing went out."
    parts = [f"{_count(passed.texts, 'text')} went out to {name}, {passed.others or 'none'} to the others."]
    if passed.mails:
        parts.append("Mails: " + ", ".join(_count(n, kind) for kind, n in sorted(passed.mails.items())) + ".")
    return " ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number or 'No'} {noun}{'' if number == 1 else 's'}"

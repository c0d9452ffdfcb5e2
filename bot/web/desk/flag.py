"""One flag: why it was raised, in their words first; what was done about it; and what may be done now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import alerts, flag_acts, flag_looks, flag_passing, flag_undo
from bot.conversation import flag_deeds, flag_kinds, flag_words, timing
from bot.conversation.flag_deeds import Deed, Verdict
from bot.flag_acts import By
from bot.flag_passing import Hand
from bot.models import Flag, Message, ServiceUser
from bot.web import rings
from bot.web.desk import door, flag_forms
from bot.web.desk import flag_words as sentences
from bot.web.evidence import lines, rule
from bot.web.saying import _
from bot.web.the_service import the_service

blueprint = Blueprint("flag", __name__)

# To which field a refusal belongs: the page is shown again, with what was typed.
FIELDS: Mapping[Verdict, str] = {
    Verdict.OUTCOME_NEEDED: "note",
    Verdict.HELP_NEEDED: "help-day",
    Verdict.TOO_SOON: "day",
    Verdict.TOO_FAR: "day",
}
MOST_DAYS = flag_deeds.LONGEST.days


@dataclass(frozen=True, slots=True)
class Text:
    """A text that the flag is about."""

    words: str
    at: datetime


@blueprint.get("/flags/<uuid:flag_id>")
@door.staff
def page(flag_id: UUID) -> ResponseReturnValue:
    """The flag with its evidence. That it was looked at, and by whom, is written down."""
    service, me = the_service(), door.viewer().email
    now = service.clock.now()
    with service.database.read() as db:
        shown = _shown(db, *door.flag(db, flag_id), now)
        seen = flag_looks.seen_lately(db, shown["flag"], me, now)
    if not seen:
        with service.database.write() as db:
            flag_looks.note(db, flag_id, me, now)
    return render_template("desk/flag.html", errors=[], typed={}, **shown)


@blueprint.post("/flags/<uuid:flag_id>")
@door.staff
def act(flag_id: UUID) -> ResponseReturnValue:
    """Do what the button says. What was refused for a field shows the page again, with all that was typed.

    ``back`` says that the form stood on the person's page.
    """
    service, by = the_service(), By(door.viewer().email)
    now, errors = service.clock.now(), list[tuple[str, str]]()
    with service.database.write() as db:
        flag, person = door.flag(db, flag_id, lock=True)
        do = request.form.get("do", "")
        if do == "note":
            door.say(flag_forms.note(db, flag, request.form, by, now))
        elif do == "undo":
            flag_forms.say_undone(flag_undo.undo(db, flag.id, by.email, by.via, now)[0])
        else:
            errors = _deed(db, flag, by, now)
        if errors:
            shown = _shown(db, flag, person, now)
            return render_template("desk/flag.html", errors=errors, typed=request.form, **shown), 422
    if do in flag_forms.TELLS:
        rings.ring([flag_id])
    about = person.id if person is not None and request.form.get("back") == "person" else None
    back = url_for("person.page", person_id=about) if about else url_for("flag.page", flag_id=flag_id)
    return redirect(back, 303)


@blueprint.post("/flags/<uuid:flag_id>/stop")
@door.staff
def stop(flag_id: UUID) -> ResponseReturnValue:
    """End their texts for somebody who asked for it: never by one tap, and never without saying that they asked."""
    service = the_service()
    now = service.clock.now()
    with service.database.write() as db:
        flag, person = door.flag(db, flag_id, lock=True)
        if person is None or request.form.get("asked") != "yes":
            error = [("asked", _("Say that they asked for it: texts end because they want it, not because we do."))]
            return render_template("desk/flag.html", errors=error, typed={}, **_shown(db, flag, person, now)), 422
        stopped = flag_acts.stop_texts(db, person, By(door.viewer().email), now)
    door.say(
        _("Done. They get no more texts; START from them begins again.") if stopped else _("They get none already.")
    )
    return redirect(url_for("flag.page", flag_id=flag_id), 303)


def _deed(db: Session, flag: Flag, by: By, now: datetime) -> list[tuple[str, str]]:
    """Do a deed, and say what became of it; or the field that it was refused for."""
    library = the_service().library
    hands = flag_passing.hands(db, library.scheme(flag.scheme_id), flag, by.email)
    deed = flag_forms.deed_of(request.form, library, flag, hands, now, signed_in=True)
    if deed.what == "pass_on" and deed.to is None:
        return [("to", _("Choose a colleague."))]
    verdict = flag_acts.do(db, library, flag.id, deed, by, now).verdict
    field = _field(deed, verdict)
    if field:
        return [(field, _(flag_deeds.SENTENCES[verdict]))]
    flag_forms.say_verdict(flag, deed, verdict)
    return []


def _field(deed: Deed, verdict: Verdict) -> str | None:
    if verdict is Verdict.HELP_NEEDED and "day" not in request.form:
        return f"help-{deed.ends}"
    return FIELDS.get(verdict)


def _shown(db: Session, flag: Flag, person: ServiceUser | None, now: datetime) -> dict[str, Any]:
    """What the template shows."""
    me, scheme = door.viewer().email, the_service().library.scheme(flag.scheme_id)
    zone = person.zone if person else scheme.zone
    stands = flag_acts.standing(flag)
    today = timing.local(scheme.zone, now).date()
    return {
        "flag": flag,
        "person": person,
        "title": sentences.title(flag.kind, person.first_name if person else alerts.NOBODY),
        "unsafe": _unsafe(flag, person),
        "standing": sentences.standing(db, flag, me, scheme.zone, now),
        "can_undo": flag_undo.can_undo(flag, now),
        "texts": _texts(db, flag, zone) if flag.kind == "safety" or person is None else [],
        "evidence": lines(flag.evidence, ZoneInfo(zone)),
        "rule": rule(flag.evidence),
        "waiting": sentences.waiting(flag, now),
        "since": timing.local(zone, flag.raised_at),
        "past": sentences.past(db, flag, me, scheme.zone),
        "hands": _hands(db, flag, me),
        "asks_help": flag_deeds.counts_as_snooze(stands, now) and stands.snoozes + 1 >= flag_deeds.ASKED_AT_SNOOZE,
        "barriers": flag_words.BARRIERS,
        "reasons": flag_words.reasons(flag.kind),
        "helps": flag_words.HELPS,
        "hidden": {"seen": flag.version},
        "at_once": flag.kind in flag_kinds.AT_ONCE,
        "first_day": today + timing.DAY,
        "last_day": today + MOST_DAYS * timing.DAY,
        "can_stop": person is not None and person.state not in ("opted_out", "closed"),
    }


def _unsafe(flag: Flag, person: ServiceUser | None) -> bool:
    held = person is not None and person.held_for == "not_safe"
    return held or bool(flag.evidence.get("details", {}).get("not_safe"))


def _hands(db: Session, flag: Flag, me: str) -> Sequence[Hand]:
    scheme = the_service().library.scheme(flag.scheme_id)
    return () if flag.kind == "safety" or flag.closed_at else flag_passing.hands(db, scheme, flag, me)


def _texts(db: Session, flag: Flag, zone: str) -> Sequence[Text]:
    """The texts themselves, where the evidence has no words: of safety, and of a number nobody knows."""
    about = flag.evidence.get("messages") or [flag.message_id or flag.evidence.get("message")]
    ids = [UUID(str(each)) for each in about if each]
    found = select(Message).where(Message.scheme_id == flag.scheme_id, Message.id.in_(ids), Message.body != "")
    texts = db.scalars(found.order_by(Message.created_at)).all()
    return [Text(each.body, timing.local(zone, each.created_at)) for each in texts]

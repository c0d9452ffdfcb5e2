"""What a mail leads to: a flag that is settled or put off in one tap, without signing in; and a person's page.

Whatever reads the mail may open the link, run what stands on the page, and open it again: nothing here changes by
being looked at, and a button works with what only the page that was just shown has (``one_tap.nonce``). The page has
a first name and what kind of flag it is. Everything else, and safety, is behind the sign-in.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from flask import Blueprint, Flask, abort, redirect, render_template, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from bot import alerts, flag_acts, flag_passing, flag_undo, one_tap, seeing
from bot.conversation import flag_deeds, flag_kinds, flag_words, timing
from bot.conversation.flag_deeds import Verdict
from bot.conversation.scheme import Scheme
from bot.flag_acts import By, Via
from bot.models import Flag, Practitioner, ServiceUser
from bot.one_tap import Tap, TapExpired, TapRefused
from bot.web import rings
from bot.web.desk import door, flag_forms
from bot.web.desk import flag_words as sentences
from bot.web.the_service import the_service

blueprint = Blueprint("one_tap", __name__)

VIA: Via = "email"
HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Known:
    """What a link leads to, as it stands: looked up anew each time."""

    tap: Tap
    to: Practitioner
    scheme: Scheme
    flag: Flag
    person: ServiceUser | None
    now: datetime

    @property
    def newer(self) -> bool:
        """Whether there is evidence that the mail did not have."""
        return self.flag.version != self.tap.version

    @property
    def settled(self) -> bool:
        return self.flag.closed_at is not None


class _Gone(Exception):
    """Nothing is here for this reader (any more): ``why`` is the page that says so."""

    def __init__(self, why: str, status: int, flag_id: UUID | None = None) -> None:
        self.why, self.status, self.flag_id = why, status, flag_id


@blueprint.record_once
def _needs_no_cookie(state: BlueprintSetupState) -> None:
    """A mail reader's own window may keep no cookie. The nonce is what only the page that was shown has."""
    cast(Flask, state.app).extensions["csrf"].exempt(act)


@blueprint.get("/f/<token>")
@door.public
def look(token: str) -> ResponseReturnValue:
    """The flag's kind, a first name, and buttons. Nothing is changed, and that it was looked at means nothing."""
    try:
        with the_service().database.read() as db:
            return _page(db, _known(db, _read(token)))
    except _Gone as gone:
        return _gone(gone)


@blueprint.post("/f/<token>")
@door.public
def act(token: str) -> ResponseReturnValue:
    """Do what the button says, if it may be done as things stand now."""
    try:
        tap = _read(token)
        _check_nonce(tap)
        with the_service().database.write() as db:
            known = _known(db, tap, lock=True)
            _do(db, known)
    except _Gone as gone:
        return _gone(gone)
    if request.form.get("do") in flag_forms.TELLS:
        rings.ring([tap.flag_id])
    return redirect(url_for("one_tap.look", token=token), 303)


@blueprint.get("/p/<code>")
@door.staff
def person(code: str) -> ResponseReturnValue:
    """From a short address to a person's page, for whoever may see them."""
    if not one_tap.PERSON_DIGITS <= len(code) <= 32 or set(code) - HEX:
        abort(404)
    between = (UUID(code.ljust(32, "0")), UUID(code.ljust(32, "f")))
    mine = seeing.people(door.viewer()).where(ServiceUser.id.between(*between))
    with the_service().database.read() as db:
        found = db.scalars(mine.order_by(ServiceUser.first_name).limit(9)).all()
    if not found:
        abort(404)
    if len(found) == 1:
        return redirect(_person_page(found[0].id), 303)
    return render_template("desk/which_person.html", people=[(_person_page(each.id), each) for each in found])


def _person_page(person_id: UUID) -> str:
    return f"/people/{person_id}"


def _read(token: str) -> Tap:
    try:
        return one_tap.read(the_service().settings, token)
    except TapExpired:
        raise _Gone("expired", 410) from None
    except TapRefused:
        raise _Gone("unknown", 404) from None


def _check_nonce(tap: Tap) -> None:
    try:
        one_tap.check_nonce(the_service().settings, tap, request.form.get("nonce", ""))
    except TapExpired:
        raise _Gone("old_page", 400) from None
    except TapRefused:
        raise _Gone("no_nonce", 400) from None


def _known(db: Session, tap: Tap, *, lock: bool = False) -> Known:
    """Whose it is today, looked up as at the sign-in: who has left, or handed the person over, acts no more."""
    service, to = the_service(), db.get(Practitioner, tap.practitioner_id)
    if to is None or to.retired_at is not None or to.scheme_id not in service.library.schemes:
        raise _Gone("unknown", 404)
    scheme, now = service.library.scheme(to.scheme_id), service.clock.now()
    viewer = seeing.viewer(db, to, timing.local(scheme.zone, now).date())
    found = seeing.flag(db, viewer, tap.flag_id, lock=lock)
    if found is None:
        raise _Gone("not_yours", 410)
    if found[0].kind == "safety":
        raise _Gone("safety", 200 if request.method != "POST" else 403, tap.flag_id)
    return Known(tap, to, scheme, *found, now)


def _do(db: Session, known: Known) -> None:
    """One of the buttons. A flag with newer evidence than the mail had is not touched at all."""
    by, flag, form = By(known.to.email, VIA), known.flag, request.form
    do = form.get("do", "")
    if do == "undo":
        if not sentences.can_undo(flag, by.email, known.now):
            flag_forms.say_undone(flag_undo.Undone.NOTHING)
            return
        flag_forms.say_undone(flag_undo.undo(db, flag.id, by.email, VIA, known.now)[0])
    elif known.newer and not known.settled:
        raise _Gone("newer", 409, flag.id)
    elif do == "note":
        door.say(flag_forms.note(db, flag, form, by, known.now))
    else:
        _deed(db, known, by)


def _deed(db: Session, known: Known, by: By) -> None:
    library = the_service().library
    hands = flag_passing.hands(db, known.scheme, known.flag, by.email)
    deed = flag_forms.deed_of(
        {**request.form, "seen": str(known.tap.version)}, library, known.flag, hands, known.now, signed_in=False
    )
    if deed.what == "pass_on" and deed.to is None:
        raise _Gone("nobody_chosen", 400)
    verdict = flag_acts.do(db, library, known.flag.id, deed, by, known.now).verdict
    if verdict is Verdict.SIGN_IN:
        raise _Gone("sign_in", 403, known.flag.id)
    flag_forms.say_verdict(known.flag, deed, verdict)


def _page(db: Session, known: Known) -> str:
    flag, settings = known.flag, the_service().settings
    if known.newer and not known.settled:
        raise _Gone("newer", 200, flag.id)
    mine = flag.closed_by == known.to.email
    return render_template(
        "desk/one_tap.html",
        flag=flag,
        kind=flag_kinds.of(flag.kind),
        title=sentences.title(flag.kind, _name(known)),
        unsafe=_unsafe(known),
        standing=sentences.standing(db, flag, known.to.email, known.scheme.zone, known.now),
        settled=known.settled,
        ask_more=mine and known.settled,
        asks_help=_asks_help(known),
        can_undo=sentences.can_undo(flag, known.to.email, known.now),
        hands=flag_passing.hands(db, known.scheme, flag, known.to.email),
        barriers=flag_words.BARRIERS,
        reasons=flag_words.reasons(flag.kind),
        helps=flag_words.HELPS,
        hidden={"nonce": one_tap.nonce(settings, known.tap)},
        act_url=request.path,
    )


def _name(known: Known) -> str:
    """As much of a name as the scheme's mails have."""
    person = known.person
    if person is None:
        return alerts.NOBODY
    if known.scheme.digest_detail == "codes":
        return alerts.who(person.first_name, person.reference, person.id, "codes")
    return person.first_name


def _unsafe(known: Known) -> bool:
    held = known.person is not None and known.person.held_for == "not_safe"
    return held or bool(known.flag.evidence.get("details", {}).get("not_safe"))


def _asks_help(known: Known) -> bool:
    """Whether to put it off now would be the third time."""
    stands = flag_acts.standing(known.flag)
    return flag_deeds.counts_as_snooze(stands, known.now) and stands.snoozes + 1 >= flag_deeds.ASKED_AT_SNOOZE


def _gone(gone: _Gone) -> ResponseReturnValue:
    page = url_for("flag.page", flag_id=gone.flag_id) if gone.flag_id else ""
    return render_template("desk/one_tap_gone.html", why=gone.why, page=page), gone.status

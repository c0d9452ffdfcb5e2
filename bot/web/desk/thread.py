"""What a practitioner does in a conversation: write, now or later; take back; hold, hand back, pause; say "done"."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from bot import flag_acts, in_touch, jobs, people, staff_texts
from bot.conversation import timing
from bot.conversation.flag_deeds import SENTENCES, Deed
from bot.models import ServiceUser
from bot.people import PersonRefused
from bot.staff_texts import TextRefused, Written
from bot.web.desk import door, person, reply_box, thread_words
from bot.web.desk.person_reads import Asked
from bot.web.desk.reply_box import COUNT, LATER, Box
from bot.web.saying import _
from bot.web.showing import day as in_words
from bot.web.showing import moment
from bot.web.the_service import the_service

blueprint = Blueprint("thread", __name__, url_prefix="/people/<uuid:person_id>")

Act = Callable[[Session, ServiceUser, str, datetime], str]


@blueprint.post("/reply")
@door.staff
def reply(person_id: UUID) -> ResponseReturnValue:
    """Write to them, or only count; the same button may settle what it answers.

    The same form twice is one text; what was typed is kept whatever is wrong.
    """
    service, viewer = the_service(), door.viewer()
    box = reply_box.sent(request.form).counted(viewer.first_name)
    if box.act == COUNT:
        return person.show(person_id, Asked(box=box))
    now, zone = door.now(), "UTC"
    try:
        with service.database.write() as db:
            row = door.person(db, person_id, lock=True)
            zone = row.zone
            draft = box.draft(zone)
            done = staff_texts.write(db, service.library, row, viewer.email, viewer.first_name, draft, now)
            settles = request.form.get("settle", type=UUID)
            settled = [_in_touch(db, row, settles, viewer.email, now)[1]] if settles else []
    except TextRefused as refused:
        errors = [thread_words.refused(refused.why, refused.until, zone)]
        kept = box.again() if refused.why in ("used", "gone") else box
        return person.show(person_id, Asked(box=kept), errors), 422
    if done.leaves <= now:
        jobs.ring_for(service, texts=[done.message.id])
    door.say(" ".join([_said(done, box, zone, now), *settled]))
    return redirect(url_for("person.page", person_id=person_id, sent=1), 303)


def _said(done: Written, box: Box, zone: str, now: datetime) -> str:
    if done.leaves <= now:
        return _("Your text is on its way. The bot is held while you are in touch.")
    leaves = moment(timing.local(zone, done.leaves))
    if box.act == LATER:
        return _("Your text will leave %(leaves)s. Until then you can change it or take it back.", leaves=leaves)
    return _("It is quiet hours where they are: your text will leave %(leaves)s.", leaves=leaves)


@blueprint.post("/texts/<uuid:message_id>/take-back")
@door.staff
def take_back(person_id: UUID, message_id: UUID) -> ResponseReturnValue:
    """Not send a text that waits; its words are put into the box."""

    def act(db: Session, row: ServiceUser, by: str, now: datetime) -> str:
        staff_texts.take_back(db, row, message_id, by, now)
        return _("Taken back: it will not be sent. Its words are in the box, in case you want them.")

    return _do(person_id, act, again=message_id)


@blueprint.post("/texts/<uuid:message_id>/keep")
@door.staff
def keep(person_id: UUID, message_id: UUID) -> ResponseReturnValue:
    """Send it all the same, though they have written since."""

    def act(db: Session, row: ServiceUser, by: str, now: datetime) -> str:
        staff_texts.keep(db, row, message_id, by, now)
        return _("It will be sent as planned.")

    return _do(person_id, act)


@blueprint.post("/hold")
@door.staff
def hold(person_id: UUID) -> ResponseReturnValue:
    """Hold the bot."""

    def act(db: Session, row: ServiceUser, by: str, now: datetime) -> str:
        in_touch.hold(db, the_service().library, row, by, now)
        return _("The bot is held for three working days. You can hand back at any time.")

    return _do(person_id, act)


@blueprint.post("/hand-back")
@door.staff
def hand_back(person_id: UUID) -> ResponseReturnValue:
    """Let the bot go on."""
    return _do(person_id, _hand_back)


def _hand_back(db: Session, row: ServiceUser, by: str, now: datetime) -> str:
    if in_touch.hand_back(db, row, by, now):
        return _("Handed back: the bot goes on. You can hold it again.")
    return _("The bot is held still, for a flag that is open: say that it is done first.")


@blueprint.post("/pause")
@door.staff
def pause(person_id: UUID) -> ResponseReturnValue:
    """No automatic texts until a day."""
    until = reply_box.read_day(request.form.get("until", "").strip())
    if until is None:
        return person.show(
            person_id, Asked(), [("until", _("Enter the day on which the break ends, like 14/12/2026."))]
        ), 422

    def act(db: Session, row: ServiceUser, by: str, now: datetime) -> str:
        ends = in_touch.pause_until(db, the_service().library, row, until, by, now)
        return _("No automatic texts until %(day)s.", day=in_words(timing.local(row.zone, ends)))

    return _do(person_id, act, field="until")


@blueprint.post("/resume")
@door.staff
def resume(person_id: UUID) -> ResponseReturnValue:
    """End a break, or a rest."""

    def act(db: Session, row: ServiceUser, by: str, now: datetime) -> str:
        people.resume(db, row, by, now)
        return _("The break is over: check-ins come again at their usual time.")

    return _do(person_id, act)


@blueprint.post("/flags/<uuid:flag_id>/done")
@door.staff
def done(person_id: UUID, flag_id: UUID) -> ResponseReturnValue:
    """Somebody has been in touch about a flag; and, where they say so, the bot may go on."""

    def act(db: Session, row: ServiceUser, by: str, now: datetime) -> str:
        settled, said = _in_touch(db, row, flag_id, by, now)
        if settled and request.form.get("then") == "hand-back" and row.held_for:
            return _("Done. %(more)s", more=_hand_back(db, row, by, now))
        return said

    return _do(person_id, act)


def _in_touch(db: Session, row: ServiceUser, flag_id: UUID, by: str, now: datetime) -> tuple[bool, str]:
    """Settle a flag about them on the evidence that was seen: whether it was, and what is said of it."""
    flag, about = door.flag(db, flag_id, lock=True)
    if about is None or about.id != row.id:
        abort(404)
    deed = Deed(what="in_touch", seen=request.form.get("seen", type=int))
    outcome = flag_acts.do(db, the_service().library, flag.id, deed, flag_acts.By(by), now)
    return outcome.done, _("Done. It can be taken back for a day.") if outcome.done else _(SENTENCES[outcome.verdict])


def _do(person_id: UUID, act: Act, field: str = "words", again: UUID | None = None) -> ResponseReturnValue:
    """Do it in one transaction, say what was done, and show the page; where it is refused, why."""
    service = the_service()
    now, zone = door.now(), "UTC"
    try:
        with service.database.write() as db:
            row = door.person(db, person_id, lock=True)
            zone = row.zone
            said = act(db, row, door.viewer().email, now)
    except TextRefused as refused:
        door.say(thread_words.refused(refused.why, refused.until, zone)[1], "wrong")
        again = None
    except PersonRefused as refused:
        return person.show(person_id, Asked(), [(field, str(refused))]), 422
    else:
        door.say(said)
    return redirect(url_for("person.page", person_id=person_id, again=again), 303)

"""What comes from the forms about a flag, as deeds; and what is said about what became of them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast, get_args

from flask import abort
from sqlalchemy.orm import Session

from bot import flag_acts, flag_undo, flags
from bot.conversation import flag_deeds, flag_words
from bot.conversation.flag_deeds import Deed, Ends, Verdict, What
from bot.flag_acts import By
from bot.flag_passing import Hand
from bot.flag_undo import Undone
from bot.library import Library
from bot.models import Flag
from bot.web.desk import door
from bot.web.saying import _, lazy

LONGEST_NOTE = 2000
# What a colleague is told of by mail.
TELLS = ("pass_on", "undo")
# What is said of a deed that was done. No name: it goes into a cookie.
DONE: Mapping[str, Any] = {
    "in_touch": lazy("Done. It is settled."),
    "not_a_concern": lazy("Done. It is settled."),
    "close": lazy("Done. It is closed."),
    "snooze": lazy("Done. It is put off."),
    "acknowledge": lazy("Done. Nobody else is told."),
    "pass_on": lazy("Done. They are told by mail."),
}
# Of a kind that is not raised again so soon.
COOLS = lazy("Done. It is settled, and this kind keeps quiet about them for two weeks.")
NOTED = lazy("Noted.")
NOTHING = lazy("Nothing was noted: choose what got in the way, and then the button.")
WANTS_OUT = lazy(
    "Noted. Nothing was stopped: texts go on until they text STOP, or you stop them on the page of the flag because "
    "they asked you to."
)


def deed_of(
    form: Mapping[str, str], library: Library, flag: Flag, hands: Sequence[Hand], now: datetime, *, signed_in: bool
) -> Deed:
    """What a form asks for. 400 for what no form of ours says."""
    what = form.get("do", "")
    if what not in get_args(What):
        abort(400)
    ends: Ends = "reply" if form.get("ends") == "reply" else "date"
    return Deed(
        what=cast(What, what),
        seen=seen(form),
        signed_in=signed_in,
        until=_until(form, library, flag, now) if what == "snooze" else None,
        ends=ends,
        help_wanted=_code(form, "help", flag_words.HELPS),
        to=next((hand.email for hand in hands if str(hand.id) == form.get("to")), None),
        note=form.get("note", "").strip()[:LONGEST_NOTE] or None,
        barrier=_code(form, "barrier", flag_words.BARRIERS),
        reason=_code(form, "reason", flag_words.reasons(flag.kind)),
    )


def seen(form: Mapping[str, str]) -> int:
    """The version of the evidence that the page showed."""
    return int(form["seen"]) if form.get("seen", "").isdecimal() else abort(400)


def note(db: Session, flag: Flag, form: Mapping[str, str], by: By, now: datetime) -> str:
    """One tap on what got in the way, or on why; what is said of it."""
    barrier, reason = _code(form, "barrier", flag_words.BARRIERS), _code(form, "reason", flag_words.reasons(flag.kind))
    if barrier is None and reason is None:
        return str(NOTHING) if "barrier" in form else abort(400)
    flag_acts.note(db, flag.id, by, now, barrier=barrier, reason=reason)
    return str(WANTS_OUT if reason == "wants_out" else NOTED)


def say_verdict(flag: Flag, deed: Deed, verdict: Verdict) -> None:
    """Said on the next page: that it was done, or why not."""
    if verdict is Verdict.DO:
        cools = deed.what == "not_a_concern" and flag.kind not in flags.NEVER_COOLED
        door.say(str(COOLS if cools else DONE[deed.what]))
    else:
        door.say(_(flag_deeds.SENTENCES[verdict]), "done" if verdict is Verdict.ALREADY else "wrong")


def say_undone(undone: Undone) -> None:
    door.say(_(flag_undo.SENTENCES[undone]), "done" if undone is Undone.DONE else "wrong")


def _until(form: Mapping[str, str], library: Library, flag: Flag, now: datetime) -> datetime | None:
    """The day that was chosen; a week where none was. None for what is no day."""
    if form.get("ends") == "reply":
        return now + flag_deeds.UNTIL_REPLY
    written = form.get("day")
    if written is None:
        return flag_acts.a_week_on(library, flag, now)
    try:
        return flag_acts.until(library, flag, date.fromisoformat(written.strip()))
    except (ValueError, OverflowError):
        return None


def _code(form: Mapping[str, str], field: str, known: Mapping[str, str]) -> str | None:
    """A code of ours, or nothing for an empty field; 400 for anything else."""
    code = form.get(field, "").strip()
    return None if not code else code if code in known else abort(400)

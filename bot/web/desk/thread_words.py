"""What a conversation says of itself: what became of a text, who did what in between, and why a text is refused."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.channels import codes
from bot.conversation import timing
from bot.gate import SENTENCES, Reason
from bot.models import Event, Message
from bot.people.numbers import CHANGED
from bot.web.saying import _, lazy
from bot.web.showing import full_day, moment

# A text that takes no longer than this to leave or to arrive has done so at its own time.
AT_ONCE = timedelta(minutes=10)
CHANNELS: Mapping[str, Any] = {"sms": lazy("SMS"), "whatsapp": lazy("WhatsApp")}
STATES: Mapping[str, Any] = {
    "queued": lazy("waiting to leave"),
    "claimed": lazy("waiting to leave"),
    "submitting": lazy("on its way"),
    "unknown": lazy("we do not know yet whether it arrived"),
    "accepted": lazy("sent"),
    "sent": lazy("sent"),
    "delivered": lazy("delivered"),
    "read": lazy("read"),
    "undelivered": lazy("not delivered"),
    "failed": lazy("not delivered"),
    "cancelled": lazy("not sent"),
}
NOT_ARRIVED = ("undelivered", "failed", "cancelled")
Name = Callable[[str], str]


# ---------------------------------------------------------------- what became of a text


def became(text: Message, zone: str) -> str:
    """What became of a text of ours, and why, in words; of theirs, when they wrote it where it reached us late."""
    if text.direction == "in":
        return _late(text, zone)
    said = str(STATES.get(text.state, STATES["unknown"]))
    if text.state in NOT_ARRIVED:
        why = _why(text)
        return f"{said}: {why[:1].lower()}{why[1:]}" if why else said
    left = text.submitted_at or text.sent_at
    if text.state in ("queued", "claimed") and text.due_at is not None and text.due_at > text.created_at:
        return _("waiting: leaves %(moment)s", moment=_moment(text.due_at, zone))
    if text.state in codes.ARRIVED and text.delivered_at and text.delivered_at - text.created_at > AT_ONCE:
        return _("%(state)s %(moment)s", state=said, moment=_moment(text.delivered_at, zone))
    if left is not None and left - text.created_at > AT_ONCE:
        return _("%(state)s later, %(moment)s", state=said, moment=_moment(left, zone))
    return _("sent; the network gave no receipt") if text.no_receipt_at else said


def _late(text: Message, zone: str) -> str:
    if text.state == "unhandled":
        return _("kept, and not yet read by the bot")
    written = text.sent_at
    if written is None or text.created_at - written <= AT_ONCE:
        return ""
    return _("written %(moment)s, reached us late", moment=_moment(written, zone))


def _why(text: Message) -> str:
    """The network's own word before ours, without its full stop."""
    known = SENTENCES.get(Reason(text.not_sent_reason)) if text.not_sent_reason in list(Reason) else None
    said = codes.words(text.error_code) or (_(known) if known else "")
    return said.rstrip(".")


def _moment(at: datetime, zone: str) -> str:
    return moment(timing.local(zone, at))


# ---------------------------------------------------------------- what happened in between

# Of a person's history, what whoever reads the conversation has to know to understand it.
HELD: Mapping[str, Any] = {
    "in_touch": lazy("%(who)s is in touch: the bot is held"),
    "asked_for_you": lazy("%(name)s asked for a person: the bot is held"),
    "safety": lazy("The bot is held, because of a message that sounded like danger"),
    "not_safe": lazy("%(name)s said it is not safe to text: nothing is sent"),
}
EVENTS: Mapping[str, Any] = {
    "moved": lazy("%(to)s looks after %(name)s from here on; before, it was %(was)s"),
    "handed_back": lazy("%(who)s handed back to the bot"),
    "paused": lazy("%(who)s paused the check-ins until %(until)s"),
    "resumed": lazy("%(who)s ended the break"),
    "started_again": lazy("%(name)s started the texts again"),
    "finished": lazy("%(name)s finished with check-ins, gladly"),
    "closed": lazy("%(who)s closed the record: no more texts"),
    "stopped_for_them": lazy("%(who)s stopped the texts, for %(name)s wants no more"),
    "met": lazy("%(who)s and %(name)s met or talked"),
    "met_undone": lazy("%(who)s took back that they had met"),
    CHANGED: lazy("%(who)s changed the number: texts go to the new one once it has said yes"),
    "number_allowed": lazy("%(who)s allowed the number to be enrolled again"),
    "opted_out": lazy("The network says that %(name)s texted STOP: no more texts"),
    "channel_blocked": lazy("%(name)s blocked us there: texts go another way"),
    "in_reach": lazy("Texts arrive again"),
    "rhythm": lazy("%(name)s chose a check-in every %(weeks)s"),
    "contact_time": lazy("%(name)s chose another time for check-ins"),
    "old_words_erased": lazy("Words of more than two years ago have been erased"),
}
STOPPED = lazy("%(name)s asked for no more texts")
OUT_OF_REACH = lazy("Texts stopped arriving: no automatic ones go out")
# Looked at for the two of which the history says more than one thing.
MARKED = (*EVENTS, "held", "flag_raised", "not_delivered")


def marker(event: Event, name: str, call: Name, zone: str) -> str:
    """A line of the history in words; nothing where it says nothing to a reader of the conversation."""
    before, after = event.before or {}, event.after or {}
    words = _template(event.what, after)
    if words is None:
        return ""
    until = after.get("until")
    return str(words) % {
        "name": name,
        "who": call(event.who),
        "to": call(str(after.get("practitioner", ""))),
        "was": call(str(before.get("practitioner", ""))),
        "until": full_day(_day(str(until), zone)) if until else "",
        "weeks": _("two weeks") if after.get("every_weeks") == 2 else _("week"),
    }


def _template(what: str, after: Mapping[str, Any]) -> Any:
    if what == "held":
        return HELD.get(str(after.get("for")))
    if what == "flag_raised":
        return STOPPED if after.get("kind") == "opted_out" else None
    if what == "not_delivered":
        return OUT_OF_REACH if after.get("state") == "unreachable" else None
    if what == "paused" and not after.get("until"):
        return None
    return EVENTS.get(what)


def _day(until: str, zone: str) -> Any:
    """A pause of theirs ends on a day, one of a practitioner's at a moment."""
    at = datetime.fromisoformat(until)
    return timing.local(zone, at) if at.tzinfo else at


# ---------------------------------------------------------------- why a text is refused

# Which field it is about, and what to do.
REFUSED: Mapping[str, tuple[str, Any]] = {
    "empty": ("words", lazy("Write what you want to say.")),
    "too_long": ("words", lazy("The text is too long: with your name it may have 1,600 characters.")),
    "used": (
        "words",
        lazy("This form has sent a text already, and now holds other words. If you mean both, press the button again."),
    ),
    "gone": ("words", lazy("The text that you wanted to change has left, or was taken back. Look at the list above.")),
    "date": ("date", lazy("Enter the day, like 27/11/2026.")),
    "time": ("time", lazy("Enter the time, like 14:30.")),
    "now_or_later": (
        "date",
        lazy("You filled in a time. Press “Send later”, or clear the day and the time to send now."),
    ),
    "past": ("date", lazy("That moment has passed. Choose one that is still to come.")),
    "too_far": ("date", lazy("Choose a moment within the next 28 days.")),
    Reason.QUIET_HOURS: (
        "time",
        lazy("No text leaves at that hour where they are. The next hour that is open: %(moment)s."),
    ),
    Reason.WHATSAPP_CLOSED: (
        "words",
        lazy(
            "WhatsApp takes a text of yours only within a day of their last message there, and that is over by then. "
            "Choose SMS where it is offered, ring them, or wait until they write."
        ),
    ),
    Reason.NO_CONSENT: ("words", lazy("They have not agreed to be texted. Ring them, or ask them when you meet.")),
    Reason.OPTED_OUT: (
        "words",
        lazy("They asked for the texts to stop. Ring them; START from their phone brings texts back."),
    ),
    Reason.CLOSED: ("words", lazy("Their record is closed: nothing is sent to them.")),
    Reason.UNREACHABLE: ("words", lazy("Texts do not reach their number. Ring them, or ask for another number.")),
    Reason.NOT_SAFE: (
        "words",
        lazy("They said that it is not safe to text them. Do not text or ring: wait until they write."),
    ),
}
OTHERWISE = ("words", lazy("This text cannot be sent now. Try again in a minute."))


def refused(why: str, until: datetime | None, zone: str) -> tuple[str, str]:
    """(the field it is about, the sentence)."""
    field, sentence = REFUSED.get(why, OTHERWISE)
    said = str(sentence)
    return field, said % {"moment": _moment(until, zone)} if until else said

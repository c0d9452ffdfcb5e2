"""How it stands with a person, and what the bot would text next and when: in words, on every page the same."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.gate import BY_HAND
from bot.models import CheckIn, Message, ServiceUser
from bot.queries import FOREVER
from bot.web.saying import lazy
from bot.web.showing import short_day

Names = Mapping[str, str]
# Of a person: `name`; of whoever looks after them: `practitioner`.
STATES: Mapping[str, Any] = {
    "invited": lazy("Invited, and has not said yes yet."),
    "active": lazy("Gets check-ins."),
    "paused": lazy("Taking a break{until}."),
    "resting": lazy("Resting after a long silence: no texts until {name} writes{until}."),
    "opted_out": lazy("Opted out: gets no texts."),
    "unreachable": lazy("Texts do not arrive: none go out until the number changes or {name} writes."),
    "closed": lazy("Closed: gets no texts."),
}
HOLDS: Mapping[str, Any] = {
    "asked_for_you": lazy("Held for {practitioner}, because {name} asked for a person"),
    "in_touch": lazy("Held, because somebody is in touch with {name}"),
    "safety": lazy("Held for {practitioner}, because of a message that sounded like danger"),
    "not_safe": lazy("Held, because {name} said it is not safe to text"),
}
HELD = lazy("Held for {practitioner}")
# What comes next where the bot has asked after somebody, or has left them in peace.
AFTER_SILENCE: Mapping[str, Any] = {
    "": lazy("if it is still quiet, the bot asks after them"),
    "asked": lazy("if it is still quiet, a last text, and then a rest"),
    "last_text": lazy("if it is still quiet, one hello after the rest"),
}
WAITING: Mapping[str, Any] = {
    "check_in": lazy("a check-in, written and waiting for its hour"),
    "welcome": lazy("the welcome, written and waiting for its hour"),
    "nudge": lazy("a nudge, written and waiting for its hour"),
    "reminder": lazy("the reminder, written and waiting for its hour"),
    "reply": lazy("an answer, written and waiting to leave"),
    BY_HAND: lazy("a text that a person wrote"),
}
ELSE_WAITING = lazy("a text, written and waiting for its hour")
# What has not left yet.
NOT_LEFT = ("queued", "claimed")
MOST_WAITING = 3
MOST_COMING = 4

Coming = tuple[datetime, str]
# Of an open check-in: the nudge, and the reminder of the step.
Alarms = tuple[datetime | None, datetime | None]


def state(person: ServiceUser, names: Names, zone: tzinfo) -> str:
    """Whether texts go out, and why not."""
    until = _until(person.resume_at, zone, lazy(" until {day}")) if person.resume_at else ""
    said = str(STATES[person.state]).format(until=until, **names)
    return f"{said} {hold(person, names, zone)}".strip()


def hold(person: ServiceUser, names: Names, zone: tzinfo) -> str:
    """Why the bot is held and until when; nothing where it is not."""
    if not person.held_for:
        return ""
    why = str(HOLDS.get(person.held_for, HELD)).format(**names)
    end = _until(person.held_until, zone, lazy(", until {day}")) if person.held_until else lazy(", until handed back")
    return f"{why}{end}."


def coming(db: Session, person: ServiceUser, now: datetime, zone: tzinfo) -> list[Coming]:
    """What the bot would text next and when, if nothing is said before then, in two queries."""
    waiting = db.execute(
        select(Message.due_at, Message.kind)
        .where(Message.scheme_id == person.scheme_id, Message.service_user_id == person.id)
        .where(Message.state.in_(NOT_LEFT), Message.due_at.is_not(None))
        .order_by(Message.due_at)
        .limit(MOST_WAITING)
    )
    alarms = db.execute(
        select(CheckIn.wake_at, CheckIn.remind_at)
        .where(CheckIn.service_user_id == person.id, CheckIn.ended_at.is_(None))
        .limit(1)
    ).one_or_none()
    nudge_at, remind_at = alarms or (None, None)
    return expected(person, (nudge_at, remind_at), [(at, kind) for at, kind in waiting if at], now, zone)


def expected(
    person: ServiceUser, alarms: Alarms, waiting: Sequence[tuple[datetime, str]], now: datetime, zone: tzinfo
) -> list[Coming]:
    """The same, where the open check-in's alarms and what waits to leave (when, what kind) are known."""
    nudge_at, remind_at = alarms
    alone = [
        (person.next_check_in_at, lazy("a check-in") if person.state != "invited" else lazy("the welcome")),
        (nudge_at, lazy("a nudge, if there is no answer")),
        (remind_at, lazy("a reminder of the step")),
        (person.quiet_at, AFTER_SILENCE.get(person.silence, AFTER_SILENCE[""])),
    ]
    quiet_until = _kept_out_until(person, now)
    found = [
        *((at, what) for at, what in alone if quiet_until is None or (at and at >= quiet_until)),
        (person.resume_at, lazy("the bot may text again") if person.held_for else lazy("the break ends")),
        *((at, WAITING.get(kind, ELSE_WAITING)) for at, kind in waiting),
    ]
    known = sorted((max(at, now).astimezone(zone), str(what)) for at, what in found if at is not None)
    return known[:MOST_COMING]


def _kept_out_until(person: ServiceUser, now: datetime) -> datetime | None:
    """Until when a hold or a break keeps the bot from saying anything by itself; None where nothing does."""
    ends = [person.held_until or FOREVER] if person.held_for else []
    ends += [person.resume_at or FOREVER] if person.state == "paused" else []
    return max((at for at in ends if at > now), default=None)


def _until(at: datetime, zone: tzinfo, words: Any) -> str:
    return str(words).format(day=short_day(at.astimezone(zone)))

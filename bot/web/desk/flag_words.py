"""How a flag stands and what was done about it, in sentences: on its page, and behind a link in a mail."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import flag_undo, history
from bot.conversation import flag_deeds, flag_words, timing
from bot.models import Event, Flag, Practitioner
from bot.web.saying import _, _n, lazy
from bot.web.showing import moment, short_day

# Why a flag was closed, as a sentence about whoever did it.
BY_SOMEBODY: Mapping[str, Any] = {
    "in_touch": lazy("%(who)s: been in touch, %(when)s."),
    "not_a_concern": lazy("%(who)s: not a concern, %(when)s."),
    "closed": lazy("%(who)s: closed, %(when)s."),
}
BY_ITSELF: Mapping[str, Any] = {
    "they_wrote": lazy("They wrote, %(when)s. It closed by itself."),
    "back_to_usual": lazy("Their number was back to their usual, %(when)s. It closed by itself."),
    "told": lazy("It stood in a digest, %(when)s. There was nothing to do."),
    "cant_reach": lazy("We could not reach them, %(when)s: another flag tells of that."),
    "opted_out": lazy("They asked for no more texts, %(when)s. It closed by itself."),
    "left_the_scheme": lazy("They left the scheme, %(when)s. It closed by itself."),
    "paused": lazy("A break began, %(when)s. It closed by itself."),
}
OTHERWISE = lazy("It closed by itself, %(when)s.")
# The history of a flag; a line that is none of these is not about what anybody did.
WHAT: Mapping[str, Any] = {
    "flag_raised": lazy("Raised"),
    "flag_updated": lazy("New evidence"),
    "flag_told": lazy("Told at once: %(told)s"),
    "flag_escalated": lazy("Told, for nobody had said that they have it: %(told)s"),
    "flag_acknowledged": lazy("Has it"),
    "flag_snoozed": lazy("Put off until %(until)s"),
    "flag_back": lazy("Back after it was put off"),
    "flag_passed": lazy("Passed on to %(to)s"),
    "flag_returned": lazy("Back with their practitioner"),
    "flag_handed_over": lazy("Open again: handed over with the person"),
    "flag_noted": lazy("Noted: %(noted)s"),
    "flag_closed": lazy("Closed: %(why)s"),
    "flag_reopened": lazy("Open again"),
    "flag_undone": lazy("Taken back"),
    "flag_read": lazy("Looked at it"),
}
WHY: Mapping[str, Any] = {
    "in_touch": lazy("been in touch"),
    "not_a_concern": lazy("not a concern"),
    "closed": lazy("done with"),
    "they_wrote": lazy("they wrote"),
    "back_to_usual": lazy("back to their usual"),
    "told": lazy("told in a digest"),
    "cant_reach": lazy("we cannot reach them"),
    "opted_out": lazy("they asked for no more texts"),
    "left_the_scheme": lazy("they left the scheme"),
    "paused": lazy("a break began"),
}
VIA: Mapping[str, Any] = {"email": lazy("by a link in a mail"), "command": lazy("by a command")}
# How the reader is called, and somebody who is none of the scheme's staff any more.
YOU, SOMEBODY = lazy("You"), lazy("A colleague")

Names = Callable[[str | None], str]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a flag's history."""

    at: datetime
    who: str
    what: str


def names(db: Session, scheme_id: str, me: str, emails: Iterable[str | None]) -> Names:
    """What staff are called by their addresses: "You", or a first name."""
    asked = {email for email in emails if email and email != me}
    here = select(Practitioner.email, Practitioner.first_name).where(Practitioner.scheme_id == scheme_id)
    rows = db.execute(here.where(Practitioner.email.in_(asked))) if asked else ()
    known: dict[str, str] = {each.email: each.first_name for each in rows}
    return lambda email: str(YOU) if email == me else known.get(email or "", str(SOMEBODY))


def standing(db: Session, flag: Flag, me: str, zone: str, now: datetime) -> Sequence[str]:
    """How it stands now, a sentence each; nothing for one that is simply open."""
    people = (flag.closed_by, flag.acknowledged_by, flag.snoozed_by, flag.passed_to, flag.passed_by)
    called = names(db, flag.scheme_id, me, people)
    found = [_closed(flag, called, zone)] if flag.closed_at else list(_open(flag, called, zone, now))
    noted = [flag_words.BARRIERS.get(flag.barrier or ""), flag_words.reasons(flag.kind).get(flag.reason or "")]
    return [*found, *(_("Noted: %(what)s.", what=_(each)) for each in noted if each)]


def _closed(flag: Flag, called: Names, zone: str) -> str:
    when = {"when": _moment(zone, flag.closed_at)}
    if flag.closed_by == history.AUTOMATIC:
        return str(BY_ITSELF.get(flag.closed_why or "", OTHERWISE)) % when
    sentence = BY_SOMEBODY.get(flag.closed_why or "", BY_SOMEBODY["closed"])
    return str(sentence) % {"who": called(flag.closed_by), **when}


def _open(flag: Flag, called: Names, zone: str, now: datetime) -> Iterable[str]:
    if flag.acknowledged_at:
        who, when = called(flag.acknowledged_by), _moment(zone, flag.acknowledged_at)
        yield _("%(who)s: I have it, %(when)s.", who=who, when=when)
    if flag.passed_to and flag.passed_until:
        who, to, when = called(flag.passed_by), called(flag.passed_to), _moment(zone, flag.passed_until)
        yield _("%(who)s: passed on. It is with: %(to)s.", who=who, to=to)
        yield _("If nothing is done by %(when)s, it comes back.", when=when)
    elif flag.passed_to:
        yield _("Passed on. It is with: %(to)s.", to=called(flag.passed_to))
    if flag_deeds.is_put_off(flag.snoozed_until, now):
        yield _put_off(flag, called(flag.snoozed_by), zone)
    elif flag.snoozed_until:
        yield _("It was put off, and is back.")


def _put_off(flag: Flag, who: str, zone: str) -> str:
    day = short_day(_local(zone, flag.snoozed_until))
    if flag.snooze_ends == "reply":
        return _("%(who)s: put off until they reply, until %(day)s at the latest.", who=who, day=day)
    return _("%(who)s: put off until %(day)s.", who=who, day=day)


def waiting(flag: Flag, now: datetime) -> str:
    """How long it has been open: "15 hours"; nothing for one that is closed, or has just been raised."""
    hours = int((now - flag.raised_at).total_seconds() // 3600)
    if flag.closed_at is not None or hours < 1:
        return ""
    return _n("%(num)d hour", "%(num)d hours", hours) if hours < 48 else _n("%(num)d day", "%(num)d days", hours // 24)


def can_undo(flag: Flag, me: str, now: datetime) -> bool:
    """Whether the reader may take back what they did last themselves."""
    return flag_undo.can_undo(flag, now) and flag.last_act is not None and flag.last_act["by"] == me


def past(db: Session, flag: Flag, me: str, zone: str) -> Sequence[Line]:
    """What became of it so far, the newest first."""
    mine = (Event.scheme_id == flag.scheme_id, Event.service_user_id == flag.service_user_id)
    if flag.service_user_id is None:
        mine = (Event.scheme_id == flag.scheme_id, Event.service_user_id.is_(None))
    found = db.scalars(select(Event).where(*mine, Event.at >= flag.raised_at, Event.what.in_(WHAT)))
    events = [each for each in found.all() if (each.after or {}).get("flag") == str(flag.id)]
    called = names(db, flag.scheme_id, me, [*(each.who for each in events), *(_to(each) for each in events)])
    newest_first = sorted(events, key=lambda each: each.at, reverse=True)
    return [_line(flag, each, called, zone) for each in newest_first]


def _line(flag: Flag, event: Event, called: Names, zone: str) -> Line:
    after = event.after or {}
    until = after.get("until")
    facts = {
        "told": ", ".join(after.get("told", ())),
        "until": short_day(_local(zone, datetime.fromisoformat(until))) if until else "",
        "to": called(_to(event)),
        "noted": ", ".join(_noted(flag, after)),
        "why": ", ".join([str(WHY.get(after.get("why", ""), after.get("why", ""))), *_noted(flag, after)]),
    }
    said = str(WHAT[event.what]) % facts
    via = VIA.get(after.get("via", ""))
    who = _("by itself") if event.who == history.AUTOMATIC else called(event.who)
    return Line(_local(zone, event.at), who, f"{said} ({via})" if via else said)


def _noted(flag: Flag, after: Mapping[str, Any]) -> list[str]:
    codes = (
        flag_words.BARRIERS.get(after.get("barrier", "")),
        flag_words.reasons(flag.kind).get(after.get("reason", "")),
    )
    return [_(words) for words in codes if words]


def _to(event: Event) -> str | None:
    return (event.after or {}).get("to")


def _local(zone: str, at: datetime | None) -> datetime:
    assert at is not None
    return timing.local(zone, at)


def _moment(zone: str, at: datetime | None) -> str:
    return moment(_local(zone, at))


# What a flag says, about somebody by name.
TITLES: Mapping[str, Any] = {
    "safety": lazy("A message needs you now"),
    "asked_for_you": lazy("%(name)s asked for you"),
    "cant_reach": lazy("We can’t reach %(name)s"),
    "not_sent": lazy("Your text to %(name)s was not sent"),
    "distress": lazy("Things are hard for %(name)s"),
    "confidence": lazy("%(name)s feels less sure"),
    "quiet": lazy("%(name)s has been quiet"),
    "not_started": lazy("%(name)s has not answered the welcome"),
    "misread": lazy("We did not understand %(name)s"),
    "step_too_big": lazy("The step was too big for now: %(name)s"),
    "message": lazy("%(name)s wrote something to read"),
    "loop": lazy("The same text comes again and again: %(name)s"),
    "opted_out": lazy("%(name)s asked for no more texts"),
    "good_news": lazy("Good news from %(name)s"),
}
OTHER_TITLE = lazy("Something to look at: %(name)s")


def title(kind: str, name: str) -> str:
    """What a page about a flag is called."""
    said = str(TITLES.get(kind, OTHER_TITLE)) % {"name": name}
    return said[:1].upper() + said[1:]

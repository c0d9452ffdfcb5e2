"""Whether a person can be reached: what a text that did not arrive means for them, and one that did after all.

A text that did not arrive is never their silence. Callers hold the person's row.
"""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot import evidence, flag_rows, flags, history, quiet
from bot.channels import THEIRS, codes
from bot.conversation import timing
from bot.conversation.scheme import Scheme
from bot.gate import Reason
from bot.library import Library
from bot.models import Address, Event, Flag, Message, ServiceUser

# So many days in a row on which nothing arrived.
IN_A_ROW = 3
# Where the timeline of a silence stands when a text of it turns out not to have arrived, and where it stood before.
STAGE_BEFORE = {"asked": "", "last_text": "asked", "tried_again": "last_text"}

NOT_DELIVERED = "not_delivered"
A_TEXT_ARRIVED = "a_text_arrived"
# What a text that did not arrive may change about a person, and one that did after all changes back.
TIMES = ("next_check_in_at", "quiet_at", "silent_since", "silence_stopped_at")
STANDING = ("state", "channel", "silence", *TIMES)
LOOKED_BACK = 50

Standing = Mapping[str, str | None]


# ---------------------------------------------------------------- it did not arrive


def off(db: Session, library: Library, person: ServiceUser, message: Message, now: datetime) -> None:
    """A phone that is off, or a reason nobody knows: again the next day; the third day in a row is "can't reach"."""
    person.undelivered = _days_in_a_row(db, library, person)
    if person.undelivered >= IN_A_ROW:
        cant_reach(db, library, person, message, now)
    else:
        ask_again(library, person, message, now)


def nowhere(db: Session, library: Library, person: ServiceUser, message: Message, now: datetime) -> None:
    """A number that cannot get texts: another address they agreed to, else "can't reach" at once."""
    person.undelivered = _days_in_a_row(db, library, person)
    mark(db, person, message, now)
    other = other_address(db, person)
    if other is None:
        cant_reach(db, library, person, message, now)
        return
    person.channel = other.channel
    ask_again(library, person, message, now)


def cant_reach(db: Session, library: Library, person: ServiceUser, message: Message, now: datetime) -> None:
    """No unasked texts from here on, until a text arrives, their number changes or they write."""
    person.state = "unreachable"
    person.next_check_in_at = None
    quiet.rearm(db, library, person, now)
    flag = _tell(db, library, person, message, now, "texts are not delivered")
    stopped = "automatic texts stop until they write, a text arrives, or their number is changed"
    flag.evidence = evidence.add_done(flag.evidence, stopped, now)


def tell(db: Session, library: Library, person: ServiceUser, message: Message, now: datetime, why: str) -> None:
    """A text did not arrive, and there is no other way for it: said once, while their texts go on."""
    if not told(db, person):
        _tell(db, library, person, message, now, why)


def ask_again(library: Library, person: ServiceUser, message: Message, now: datetime) -> None:
    """The same question the next day, at their usual time. Nudges and answers are not repeated."""
    scheme = library.scheme(person.scheme_id)
    zone = timing.known_zone(person.zone, scheme.zone)
    tomorrow = timing.instant(zone, timing.local(zone, now).date() + timing.DAY, _usual_time(scheme, person))
    free = person.state in ("active", "invited") and not person.held_for and not person.silence
    if message.kind in quiet.QUESTIONS and free:
        person.next_check_in_at = min(person.next_check_in_at or tomorrow, tomorrow)
    if message.kind == "quiet" and person.silence in STAGE_BEFORE and person.silent_since:
        person.state = "active" if person.silence == "last_text" else person.state
        person.silence = STAGE_BEFORE[person.silence]
        person.quiet_at = tomorrow


def mark(db: Session, person: ServiceUser, message: Message, now: datetime) -> None:
    """Nothing goes to this address until a text from it, or to it, arrives."""
    db.execute(update(Address).where(*_this(person, message)).values(unreachable_since=now))


def other_address(db: Session, person: ServiceUser) -> Address | None:
    """Another address that they agreed to be texted at, and that is not known to be out of reach."""
    usable = (Address.consented.is_(True), Address.unreachable_since.is_(None))
    return db.scalars(select(Address).where(*_theirs(person), *usable).order_by(Address.channel)).first()


def address_of(db: Session, message: Message) -> Address | None:
    """Where a text went, while its person still has that address; who has it now is told nothing by this text."""
    at = (Address.channel == message.channel, Address.address == message.address)
    theirs = (Address.scheme_id == message.scheme_id, Address.service_user_id == message.service_user_id)
    return db.scalars(select(Address).where(*theirs, *at)).first()


def told(db: Session, person: ServiceUser) -> Flag | None:
    """The open flag that says that their texts do not arrive."""
    return flag_rows.open_of(db, person, "cant_reach", None)


def _tell(db: Session, library: Library, person: ServiceUser, message: Message, now: datetime, why: str) -> Flag:
    code = message.error_code
    said = codes.words(code)
    details = {"code": code, **({"the provider says": said} if said else {})}
    return flags.raise_flag(db, library, person, "cant_reach", now, why=why, details=details)


def _days_in_a_row(db: Session, library: Library, person: ServiceUser) -> int:
    """On how many days, back from now, texts to where they are now failed, with none arrived and none from them since.

    Told by the rows, in the order in which they were written: a receipt that comes late counts where it belongs.
    """
    columns = (Message.state, Message.not_sent_reason, Message.error_code, Message.submitted_at, Message.created_at)
    newest = select(*columns).where(
        Message.scheme_id == person.scheme_id,
        Message.service_user_id == person.id,
        Message.direction == "out",
        evidence.TO_THEM,
    )
    if person.last_inbound_at:
        newest = newest.where(Message.created_at > person.last_inbound_at)
    zone = timing.known_zone(person.zone, library.scheme(person.scheme_id).zone)
    days = set()
    for row in db.execute(newest.order_by(Message.created_at.desc(), Message.id).limit(LOOKED_BACK)):
        if row.state in codes.ARRIVED:
            break
        if row.state in codes.FAILED and _is_theirs(row.not_sent_reason, row.error_code):
            days.add(timing.local(zone, row.submitted_at or row.created_at).date())
    return len(days)


def _usual_time(scheme: Scheme, person: ServiceUser) -> time:
    return scheme.check_in_time if person.slot_minute is None else time(*divmod(person.slot_minute, 60))


# ---------------------------------------------------------------- it did arrive


def arrived(db: Session, library: Library, message: Message, now: datetime, *, was_lost: bool) -> None:
    """A text has arrived at an address that is theirs. ``was_lost``: we had been told that it had not.

    1. What was done because it had not arrived is undone, as far as nothing has changed since.
    2. No later text has failed: the address is good again, and "can't reach" is over.
    3. Nothing speaks against it any more: their texts go on.
    """
    person = quiet.person_of(db, message)
    if person is None:
        return
    flag = told(db, person)
    if not (was_lost or person.undelivered or person.state == "unreachable" or flag):
        return
    newest = not _failed_since(db, person, message)
    if was_lost and newest:
        _undo(db, person, message, now)
    person.undelivered = _days_in_a_row(db, library, person)
    if newest:
        db.execute(update(Address).where(*_this(person, message)).values(unreachable_since=None))
    back = person.state == "unreachable" and person.undelivered < IN_A_ROW and other_address(db, person) is not None
    if back:
        _in_reach(db, person, now)
    if flag and person.state != "unreachable" and (back or newest):
        flags.clear(db, person, ("cant_reach",), A_TEXT_ARRIVED, now)
        # What it had explained is a question again.
        flags.reopen(db, person, "cant_reach", flag.raised_at, now)


def answer_arrived(db: Session, message: Message, now: datetime) -> None:
    """A safety text has arrived: wherever that was, it is what they were answered."""
    person = quiet.person_of(db, message) if message.kind == "safety" else None
    if person is not None:
        flags.take_back(db, person, "safety", "answer_undelivered", "our answer arrived after all", now)


def _in_reach(db: Session, person: ServiceUser, now: datetime) -> None:
    """The next sweep sets their check-ins and the clock of silence again."""
    person.state = "active" if person.started_at else "invited"
    person.resume_at = now
    history.of_person(db, person, "in_reach", now, before={"state": "unreachable"}, after={"state": person.state})


def _failed_since(db: Session, person: ServiceUser, message: Message) -> bool:
    """Whether a later text failed for a reason of theirs: then this one's arrival says nothing of now."""
    mine = (Message.scheme_id == person.scheme_id, Message.service_user_id == person.id, Message.direction == "out")
    failed = (Message.state.in_(codes.FAILED), Message.created_at > message.created_at)
    later = db.execute(select(Message.not_sent_reason, Message.error_code).where(*mine, *failed))
    return any(_is_theirs(reason, code) for reason, code in later)


def _is_theirs(reason: str | None, code: str | None) -> bool:
    """Whether a text failed at their phone: not one that was given up, or refused for a reason of ours."""
    return reason == Reason.REFUSED and codes.fault(code or "") in THEIRS


# ---------------------------------------------------------------- doing and undoing


def standing(person: ServiceUser) -> Standing:
    """Where a person stands, in words that can be kept."""
    return {name: _kept(getattr(person, name)) for name in STANDING}


def remember(db: Session, person: ServiceUser, message: Message, before: Standing, now: datetime) -> None:
    """Write down what has changed about a person because a text did not arrive, so that it can be undone."""
    after = standing(person)
    changed = [name for name in STANDING if before[name] != after[name]]
    about = {"message": str(message.id), "code": message.error_code}
    was, become = {name: before[name] for name in changed}, {name: after[name] for name in changed}
    if changed:
        history.of_person(db, person, NOT_DELIVERED, now, before=was, after={**become, **about})


def _undo(db: Session, person: ServiceUser, message: Message, now: datetime) -> None:
    done = _done_about(db, person, message)
    if done is None:
        return
    was, became = done.before or {}, done.after or {}
    for name in was:
        if _kept(getattr(person, name)) == became.get(name):
            setattr(person, name, _given_back(name, was[name]))
    history.of_person(db, person, "arrived_after_all", now, after={"message": str(message.id)})


def _done_about(db: Session, person: ServiceUser, message: Message) -> Event | None:
    mine = (Event.scheme_id == person.scheme_id, Event.service_user_id == person.id)
    newest = select(Event).where(*mine, Event.what == NOT_DELIVERED).order_by(Event.at.desc()).limit(LOOKED_BACK)
    return next((each for each in db.scalars(newest) if (each.after or {}).get("message") == str(message.id)), None)


def _kept(value: Any) -> str | None:
    return value.isoformat() if isinstance(value, datetime) else value


def _given_back(name: str, value: str | None) -> Any:
    return datetime.fromisoformat(value) if value and name in TIMES else value


def _theirs(person: ServiceUser) -> tuple[Any, Any]:
    return Address.scheme_id == person.scheme_id, Address.service_user_id == person.id


def _this(person: ServiceUser, message: Message) -> tuple[Any, ...]:
    return (*_theirs(person), Address.channel == message.channel, Address.address == message.address)

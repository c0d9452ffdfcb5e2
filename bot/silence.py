"""A silence has lasted: rule out our own faults, then take the next step of the one timeline.

Day 12: the practitioner's flag and ``still_here``, and no further check-ins. Day 21: ``last_text``, and they
rest. Day 90: ``try_again``, once. Never because of us: what was not delivered does not count, and while the
provider's list of inbound texts has not been read, nobody is judged.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bot import checkins, evidence, flags, history, queries, quiet
from bot.channels import codes
from bot.conversation import timing
from bot.library import Library
from bot.models import Heartbeat, Message, ServiceUser

INBOUND_LIST = "inbound_list"
FRESH = timedelta(hours=1)
# How long to wait for the list to be read: well within the quarter of an hour in which a flag is promised.
LOOK_AGAIN = timedelta(minutes=5)
# Where the bot was down for days, its texts still come a week apart.
BETWEEN_TEXTS = timedelta(days=7)


def look(db: Session, library: Library, person_id: UUID, now: datetime) -> None:
    """The alarm ``quiet_at`` has passed. Looking early, twice, or at someone who wrote changes nothing.

    1. If the list of inbound texts was not read whole within the hour, nobody is judged: looked at again soon.
    2. The rows are asked once more, and whatever stops the count stops it here.
    3. Still silent: the next step of the timeline.
    """
    person = queries.locked_person(db, person_id)
    if person is None or person.quiet_at is None or person.quiet_at > now:
        return
    if not _inbound_read(db, now):
        person.quiet_at = now + LOOK_AGAIN
        return
    _count_again(db, person)
    quiet.rearm(db, library, person, now)
    if person.quiet_at is not None and person.quiet_at <= now:
        _NEXT[person.silence](db, library, person, now)


def _inbound_read(db: Session, now: datetime) -> bool:
    beat = db.get(Heartbeat, INBOUND_LIST)
    return beat is not None and beat.at is not None and now - beat.at < FRESH


def _count_again(db: Session, person: ServiceUser) -> None:
    """Before anyone is flagged, the rows are asked once more: which delivered check-in was left unanswered?"""
    mine = (Message.scheme_id == person.scheme_id, Message.service_user_id == person.id)
    newest = select(Message.created_at).where(*mine, Message.direction == "in")
    wrote_at = db.scalars(newest.order_by(Message.created_at.desc()).limit(1)).first()
    if person.silence or person.silence_stopped_at:
        return
    arrived_at = func.coalesce(Message.delivered_at, Message.no_receipt_at)
    arrived = or_(Message.state.in_(codes.ARRIVED), Message.no_receipt_at.is_not(None))
    asked = select(arrived_at).where(*mine, Message.direction == "out", Message.kind == "check_in", arrived)
    if wrote_at is not None:
        asked = asked.where(Message.created_at > wrote_at)
    first = db.execute(asked.order_by(arrived_at).limit(1)).first()
    if first is None:
        person.silent_since = None
    elif first[0] and person.silent_since and first[0] > person.silent_since:
        person.silent_since = first[0]


def _ask(db: Session, library: Library, person: ServiceUser, now: datetime) -> None:
    """The flag, and one text that asks what would suit them. No check-ins from here on."""
    days = (now - (person.silent_since or now)).days
    flag = flags.raise_flag(db, library, person, "quiet", now, why=f"no reply for {days} days to a delivered check-in")
    person.silence = "asked"
    person.next_check_in_at = None
    _say(db, library, person, now, "still_here")
    flag.evidence = evidence.add_done(flag.evidence, "asked if they want a smaller step, a break or a chat", now)


def _rest(db: Session, library: Library, person: ServiceUser, now: datetime) -> None:
    """The last text. They rest: nothing automatic, and a call by a person is suggested."""
    flag = flags.raise_flag(
        db, library, person, "quiet", now, why="still silent: a call by a person may be kinder than a text"
    )
    person.silence = "last_text"
    _say(db, library, person, now, "last_text")
    person.state = "resting"
    flag.evidence = evidence.add_done(flag.evidence, "sent the last text; automatic texts rest", now)


def _try_again(db: Session, library: Library, person: ServiceUser, now: datetime) -> None:
    """One text after three months; then nothing."""
    person.silence = "tried_again"
    _say(db, library, person, now, "try_again")


_NEXT: Mapping[str, Callable[[Session, Library, ServiceUser, datetime], None]] = {
    "": _ask,
    "asked": _rest,
    "last_text": _try_again,
}


def _say(db: Session, library: Library, person: ServiceUser, now: datetime, flow: str) -> None:
    """Begin the flow, and set the alarm of the next stage: on its day, and a week from this text at least."""
    checkins.begin_flow(db, library, person, flow, now, "quiet")
    person.next_check_in_at = None
    thresholds = library.scheme(person.scheme_id).thresholds
    due = timing.quiet_at(person.silent_since, thresholds, person.silence)
    person.quiet_at = max(due, now + BETWEEN_TEXTS) if due else None
    history.of_person(db, person, "silence", now, after={"silence": person.silence, "flow": flow})

"""The count of a silence: it begins when a check-in is delivered, stops for every reason that is not theirs, and
ends with any text at all. ``silence.look`` acts when its alarm passes.

Callers hold the person's row.
"""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot import flags, queries
from bot.conversation import timing
from bot.evidence import confidence_answers, prompts
from bot.library import Library
from bot.models import Address, CheckIn, Flag, Message, ServiceUser

QUESTIONS = ("check_in", "welcome")


def delivered(db: Session, library: Library, message: Message, now: datetime) -> None:
    """A text is known to have arrived. The first unanswered check-in begins the silence; twice changes nothing."""
    person = person_of(db, message)
    if person is None:
        return
    at = message.delivered_at or now
    if message.check_in_id and message.kind in QUESTIONS:
        first = update(CheckIn).where(CheckIn.id == message.check_in_id, CheckIn.delivered_at.is_(None))
        db.execute(first.values(delivered_at=at))
    if message.kind == "quiet" and person.silent_since:
        flags.put_facts(db, person, "quiet", prompts=prompts(db, person, person.silent_since - timing.DAY))
    wrote_since = person.last_inbound_at is not None and person.last_inbound_at >= message.created_at
    if message.kind == "check_in" and person.silent_since is None and not wrote_since:
        person.silent_since = at
        person.silence_stopped_at = None
        rearm(db, library, person, now)


def not_delivered(db: Session, message: Message) -> None:
    """A text that counted as arrived, because no receipt had come for a day, did not arrive after all.

    A silence that it began is none: the next check-in that arrives begins it.
    """
    message.no_receipt_at = None
    person = person_of(db, message)
    asked = db.get(CheckIn, message.check_in_id) if message.check_in_id and message.kind in QUESTIONS else None
    if person is None or asked is None:
        return
    if message.kind == "check_in" and not person.silence and person.silent_since == asked.delivered_at:
        person.silent_since = person.silence_stopped_at = person.quiet_at = None
    asked.delivered_at = None


def answered(db: Session, person: ServiceUser, now: datetime, *, flags_open: bool = True) -> None:
    """They wrote, whatever it was: the silence is over, and the flags that it meant are cleared.

    Call it once the facts for the decision have been gathered, which tell that somebody has come back, and
    before the decision is applied. Who was resting or could not be reached is active again. ``flags_open``:
    whether they have any.
    """
    if flags_open:
        flags.they_wrote(db, person, now)
    if person.state == "unreachable":
        person.state = "active" if person.started_at else "invited"
        mine = (Address.scheme_id == person.scheme_id, Address.service_user_id == person.id)
        db.execute(update(Address).where(*mine).values(unreachable_since=None))
    if person.state == "resting":
        person.state = "active"
    person.silent_since = person.quiet_at = person.silence_stopped_at = None
    person.silence, person.undelivered = "", 0


def rearm(db: Session, library: Library, person: ServiceUser, now: datetime) -> None:
    """Set ``quiet_at`` from where the person stands: stop the count, or let it go on.

    Call it when a check-in arrives, a pause or a hold ends, texts cannot reach them or can again, and when the alarm
    rings: a hold and a safety flag begin with a text of theirs, which ends the silence, and an opt-out ends it for
    good. What begins without a text of theirs stops the count at once (``stop_counting``). The time in between is
    not counted.
    """
    if _stopped(db, person):
        stop_counting(person, now)
        return
    if person.silent_since and person.silence_stopped_at:
        person.silent_since += max(now - person.silence_stopped_at, timedelta())
    person.silence_stopped_at = None
    thresholds = library.scheme(person.scheme_id).thresholds
    sooner = person.silence == "" and person.silent_since is not None and look_sooner(db, library, person)
    person.quiet_at = timing.quiet_at(person.silent_since, thresholds, person.silence, sooner)


def stop_counting(person: ServiceUser, now: datetime) -> None:
    """Something else than their silence explains from now on that nothing comes: a practitioner's pause."""
    person.quiet_at = None
    if person.silent_since and person.silence_stopped_at is None:
        person.silence_stopped_at = now


def look_sooner(db: Session, library: Library, person: ServiceUser) -> bool:
    """Whether their last words were distress, or their last number was low or had fallen."""
    hard = (Flag.scheme_id == person.scheme_id, Flag.service_user_id == person.id, Flag.kind == "distress")
    if (
        person.last_inbound_at
        and db.scalars(select(Flag.id).where(*hard, Flag.updated_at >= person.last_inbound_at)).first()
    ):
        return True
    limits = library.scheme(person.scheme_id).thresholds
    numbers = [number for number, _ in confidence_answers(db, person)[:2]]
    low = bool(numbers) and numbers[0] <= limits.low_confidence
    return low or (len(numbers) == 2 and numbers[1] - numbers[0] >= limits.confidence_fall)


def _stopped(db: Session, person: ServiceUser) -> bool:
    """Whether something else than their silence explains that nothing comes."""
    rested = person.state == "resting" and person.silence in ("last_text", "tried_again")
    if (person.state != "active" and not rested) or person.held_for is not None:
        return True
    return safety_open(db, person)


def safety_open(db: Session, person: ServiceUser) -> bool:
    mine = (Flag.scheme_id == person.scheme_id, Flag.service_user_id == person.id)
    return db.scalars(select(Flag.id).where(*mine, Flag.kind == "safety", Flag.closed_at.is_(None))).first() is not None


def person_of(db: Session, message: Message) -> ServiceUser | None:
    """Whose text it is, locked until the transaction ends."""
    if message.service_user_id is None:
        return None
    return queries.locked_person(db, message.service_user_id)

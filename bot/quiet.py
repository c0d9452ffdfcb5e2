"""The count of a silence: it begins when a check-in is delivered, stops for every reason that is not theirs, and
ends with any text at all. ``silence.look`` acts when its alarm passes.

Callers hold the person's row.
"""

from datetime import datetime, time, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot import flags, history, queries
from bot.channels import OPERATORS, Fault, codes
from bot.conversation import timing
from bot.conversation.scheme import Scheme
from bot.evidence import confidence_answers, prompts
from bot.library import Library
from bot.models import Address, CheckIn, Flag, Message, ServiceUser

# Where the timeline stands when a text of it turns out not to have arrived, and where it stood before.
STAGE_BEFORE = {"asked": "", "last_text": "asked", "tried_again": "last_text"}
# This address cannot get texts at all: no second attempt there.
NO_SUCH = codes.FAULTS[Fault.BAD_ADDRESS] | codes.FAULTS[Fault.NOT_THERE]
# Faults of ours, of the network's rules or of the moment; they say nothing about the person's phone.
NOT_THEIRS = frozenset().union(
    *(codes.FAULTS[each] for each in (*OPERATORS, Fault.TEMPORARY, Fault.OPTED_OUT, Fault.BLOCKED))
)
NOT_THIS_CHANNEL = codes.FAULTS[Fault.OTHER_CHANNEL]
IN_A_ROW = 3
QUESTIONS = ("check_in", "welcome")


def delivered(db: Session, library: Library, message: Message, now: datetime) -> None:
    """A text is known to have arrived. The first unanswered check-in begins the silence; twice changes nothing."""
    person = _person(db, message)
    if person is None:
        return
    person.undelivered = 0
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


def answered(db: Session, person: ServiceUser, now: datetime, *, flags_open: bool = True) -> None:
    """They wrote, whatever it was: the silence is over, and the flags that it meant are cleared.

    Call it once the facts for the decision have been gathered, which tell that somebody has come back, and
    before the decision is applied. Who was resting or could not be reached is active again. ``flags_open``:
    whether they have any.
    """
    if flags_open:
        flags.clear(db, person, ("quiet", "cant_reach", "not_started"), "they_wrote", now)
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

    Call it when a pause, a hold, an opt-out or a safety flag begins or ends. The time in between is not
    counted.
    """
    if _stopped(db, person):
        person.quiet_at = None
        if person.silent_since and person.silence_stopped_at is None:
            person.silence_stopped_at = now
        return
    if person.silent_since and person.silence_stopped_at:
        person.silent_since += max(now - person.silence_stopped_at, timedelta())
    person.silence_stopped_at = None
    thresholds = library.scheme(person.scheme_id).thresholds
    sooner = person.silence == "" and person.silent_since is not None and look_sooner(db, library, person)
    person.quiet_at = timing.quiet_at(person.silent_since, thresholds, person.silence, sooner)


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


def undelivered(db: Session, library: Library, message: Message, now: datetime) -> None:
    """A text is known not to have arrived (call it once a text). It is never their silence.

    1. A safety text: those who know of the flag are told.
    2. A number that cannot get texts: another address they agreed to, else "can't reach" at once.
    3. A phone that is off: again the next day; three in a row are "can't reach".
    """
    person = _person(db, message)
    if person is None:
        return
    if message.kind == "safety":
        flags.raise_flag(
            db,
            library,
            person,
            "safety",
            now,
            why="our answer was not delivered",
            loud=True,
            details={"answer_undelivered": True},
        )
    if message.error_code in NOT_THEIRS | NOT_THIS_CHANNEL or person.state in ("opted_out", "closed"):
        return
    person.undelivered += 1
    permanent = message.error_code in NO_SUCH
    if permanent:
        _mark(db, person, message, now)
    if permanent and (other := _other_address(db, person)):
        person.channel = other.channel
        _ask_again(library, person, message, now)
    elif permanent or person.undelivered >= IN_A_ROW:
        _cant_reach(db, library, person, message, now)
    else:
        _ask_again(library, person, message, now)


def _cant_reach(db: Session, library: Library, person: ServiceUser, message: Message, now: datetime) -> None:
    """No unasked texts from here on, until their number changes or they write."""
    before = person.state
    person.state = "unreachable"
    person.next_check_in_at = None
    rearm(db, library, person, now)
    flags.raise_flag(
        db, library, person, "cant_reach", now, why="texts are not delivered", details={"code": message.error_code}
    )
    if before != "unreachable":
        after = {"state": "unreachable", "code": message.error_code}
        history.of_person(db, person, "unreachable", now, before={"state": before}, after=after)


def _ask_again(library: Library, person: ServiceUser, message: Message, now: datetime) -> None:
    """The same question the next day, at their usual time. Nudges and answers are not repeated."""
    scheme = library.scheme(person.scheme_id)
    zone = timing.known_zone(person.zone, scheme.zone)
    tomorrow = timing.instant(zone, timing.local(zone, now).date() + timing.DAY, _usual_time(scheme, person))
    if message.kind in QUESTIONS and person.state in ("active", "invited"):
        person.next_check_in_at = min(person.next_check_in_at or tomorrow, tomorrow)
    if message.kind == "quiet" and person.silence in STAGE_BEFORE and person.silent_since:
        person.state = "active" if person.silence == "last_text" else person.state
        person.silence = STAGE_BEFORE[person.silence]
        person.quiet_at = tomorrow


def _mark(db: Session, person: ServiceUser, message: Message, now: datetime) -> None:
    where = (Address.scheme_id == person.scheme_id, Address.service_user_id == person.id)
    this = (Address.channel == message.channel, Address.address == message.address)
    db.execute(update(Address).where(*where, *this).values(unreachable_since=now))


def _other_address(db: Session, person: ServiceUser) -> Address | None:
    mine = (Address.scheme_id == person.scheme_id, Address.service_user_id == person.id)
    usable = (Address.consented.is_(True), Address.unreachable_since.is_(None))
    return db.scalars(select(Address).where(*mine, *usable)).first()


def _stopped(db: Session, person: ServiceUser) -> bool:
    """Whether something else than their silence explains that nothing comes."""
    rested = person.state == "resting" and person.silence in ("last_text", "tried_again")
    if (person.state != "active" and not rested) or person.held_for is not None:
        return True
    return safety_open(db, person)


def safety_open(db: Session, person: ServiceUser) -> bool:
    mine = (Flag.scheme_id == person.scheme_id, Flag.service_user_id == person.id)
    return db.scalars(select(Flag.id).where(*mine, Flag.kind == "safety", Flag.closed_at.is_(None))).first() is not None


def _usual_time(scheme: Scheme, person: ServiceUser) -> time:
    return scheme.check_in_time if person.slot_minute is None else time(*divmod(person.slot_minute, 60))


def _person(db: Session, message: Message) -> ServiceUser | None:
    if message.service_user_id is None:
        return None
    return queries.locked_person(db, message.service_user_id)

"""Check-ins: a check-in falls due, a nudge falls due. Decisions meet the database here; a text that comes in
is taken at the ``door``.

Each function is one transaction of its caller's: it locks the person, asks the engine, and writes what was
decided. Nothing is sent; what waits to be sent are rows (``outbox``).
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from bot import check_in_rows, effects, holds, queries, quiet
from bot.applying import Applying
from bot.conversation import engine, fills
from bot.library import Library
from bot.models import Message, ServiceUser
from bot.queries import WEEKLY, WELCOME
from bot.rhythm import set_next_check_in

# ---------------------------------------------------------------- a check-in falls due


def begin(db: Session, library: Library, person_id: UUID, now: datetime) -> Message | None:
    """Begin what is due for a person: the welcome, or the weekly check-in. Not due (any more): nothing.

    The alarm is set to the next one in the same transaction, so a second call finds nothing due. However
    long we were away, one check-in goes out, not one for every week.
    """
    person = queries.locked_person(db, person_id)
    if person is None or person.next_check_in_at is None or person.next_check_in_at > now:
        return None
    if person.state not in ("invited", "active") or person.held_for:
        person.next_check_in_at = None
        return None
    if person.state == "invited":
        person.next_check_in_at = None
        return begin_flow(db, library, person, WELCOME, now, "welcome")
    return begin_flow(db, library, person, WEEKLY, now, "check_in")


def begin_flow(
    db: Session, library: Library, person: ServiceUser, flow_key: str, now: datetime, kind: str
) -> Message | None:
    """Begin a flow with a person whose row the caller has locked. The open check-in, if any, ends with it."""
    address = check_in_rows.address_to(db, person)
    if address is None:
        return None
    check_in_rows.end_open(db, person, now, "next")
    gathered = queries.gather(db, library, person, now)
    facts = gathered.facts
    decision = engine.start(library.flows(person.scheme_id), flow_key, facts, now)
    check_in = check_in_rows.begin(db, library, person, flow_key, decision, now)
    kept = decision.state.kept if decision.state else None
    applying = Applying(db, library, person, facts, gathered.last_step, now, check_in, kept=kept)
    effects.apply(applying, decision)
    if kind == "check_in":
        # As long as nobody answers, whole weeks from this one; an answer goes back to their usual slot.
        person.next_check_in_at = fills.weeks_later(facts, now)
    said = decision.said
    message = effects.say(applying, said, kind, f"{kind}:{check_in.id}", address=address) if said else None
    db.flush()
    return message


# ---------------------------------------------------------------- a nudge, a reminder, the end of a pause


def wake(db: Session, library: Library, check_in_id: UUID, now: datetime) -> Message | None:
    """Look at a check-in whose alarm has rung: send its nudge, or set the alarm again."""
    check_in, person = check_in_rows.locked(db, check_in_id)
    if not check_in or not person or check_in.ended_at or not check_in.wake_at or check_in.wake_at > now:
        return None
    state = check_in_rows.state_of(check_in)
    if state is None:
        check_in_rows.end_open(db, person, now, check_in_rows.UNREADABLE)
        return None
    gathered = queries.gather(db, library, person, now, check_in)
    facts = gathered.facts
    decision = engine.wake(check_in_rows.flows_of(db, library, person, check_in), state, facts, now)
    check_in_rows.put_state(check_in, decision, now)
    applying = Applying(db, library, person, facts, gathered.last_step, now, check_in)
    effects.apply(applying, decision)
    address, said = check_in_rows.address_to(db, person), decision.said
    if not said or not address or not decision.state:
        return None
    # The place is part of the intention: each question has its own nudges.
    intention = f"nudge:{check_in.id}:{len(decision.state.answered)}:{decision.state.nudged}"
    return effects.say(applying, said, "nudge", intention, address=address)


def remind(db: Session, library: Library, check_in_id: UUID, now: datetime) -> Message | None:
    """The one text they asked for on the day of their step."""
    check_in, person = check_in_rows.locked(db, check_in_id)
    if not check_in or not person or not check_in.remind_at or check_in.remind_at > now:
        return None
    due, check_in.remind_at = check_in.remind_at, None
    gathered = queries.gather(db, library, person, now)
    facts, step = gathered.facts, gathered.last_step
    address, open_step = check_in_rows.address_to(db, person), step and step.outcome is None
    if person.state != "active" or person.held_for or not open_step or not address:
        return None
    said = engine.phrase(library.flows(person.scheme_id), "reminder", facts, now)
    applying = Applying(db, library, person, facts, step, now, check_in)
    return effects.say(applying, said, "reminder", f"reminder:{check_in.id}:{due.isoformat()}", address=address)


def resume(db: Session, library: Library, person_id: UUID, now: datetime) -> None:
    """The end of a pause or of a hold for a call: check-ins come again, at their usual slot."""
    person = queries.locked_person(db, person_id)
    if person is None or person.resume_at is None or person.resume_at > now:
        return
    person.resume_at = None
    if person.state == "paused":
        person.state = "active"
    holds.lapse(person, now)
    if person.held_for:
        person.resume_at = person.held_until
    set_next_check_in(person, queries.person_facts(db, library, person, now), now, again=True)
    quiet.rearm(db, library, person, now)

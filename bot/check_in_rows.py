"""The rows of check-ins: found, begun, moved on, ended. The caller holds the person's row."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid4

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import queries
from bot.conversation.decision import Decision, State
from bot.conversation.flow import Flows
from bot.database import insert_into
from bot.library import Library
from bot.models import Address, CheckIn, FlowVersion, ServiceUser

log = structlog.get_logger()

UNREADABLE = "unreadable"


def address_to(db: Session, person: ServiceUser) -> Address | None:
    """Where unasked texts go: the channel they prefer, if they consented to it; else another they consented to.

    One that is known not to reach them comes last: where it is the only one, what becomes of the text says so.
    """
    mine = [address for address in queries.addresses(db, person) if address.consented]
    first = sorted(mine, key=lambda each: (each.unreachable_since is not None, each.channel != person.channel))
    return first[0] if first else None


def last(db: Session, person: ServiceUser, now: datetime) -> tuple[CheckIn | None, State | None]:
    """Their open check-in, else their last one, and where it stands.

    One whose state is kept no longer, or cannot be read, is as good as none, and ends if it is open: what they write
    is heard as a text out of the blue, and answered.
    """
    check_in = queries.last_check_in(db, person)
    state = state_of(check_in)
    if check_in is None or state is not None:
        return check_in, state
    end_open(db, person, now, UNREADABLE)
    return None, None


def state_of(check_in: CheckIn | None) -> State | None:
    """Where a check-in stands; None where that is kept no longer, or cannot be read."""
    if check_in is None or not check_in.state.keys() - {"flow"}:
        return None
    try:
        return State.from_json(check_in.state)
    except (AttributeError, TypeError, ValueError):
        # Its values are what people wrote: the id alone.
        log.error("the state of a check-in cannot be read", check_in_id=check_in.id)
        return None


def end_open(db: Session, person: ServiceUser, now: datetime, why: str) -> None:
    """End the person's open check-in: what came in is kept."""
    check_in = queries.last_check_in(db, person)
    if check_in and check_in.ended_at is None:
        check_in.ended_at, check_in.ended_why, check_in.wake_at = now, why, None
        db.flush()


def locked(db: Session, check_in_id: UUID) -> tuple[CheckIn | None, ServiceUser | None]:
    """The check-in and its person, the person's row locked first: every decision locks in that order."""
    owner = db.scalar(select(CheckIn.service_user_id).where(CheckIn.id == check_in_id))
    person = queries.locked_person(db, owner) if owner else None
    check_in = db.get(CheckIn, check_in_id, populate_existing=True)
    return check_in, person


def flows_of(db: Session, library: Library, person: ServiceUser, check_in: CheckIn | None) -> Flows:
    """The flows a check-in began with, with the phrases of now; without a check-in, those of now."""
    if check_in is None:
        return library.flows(person.scheme_id)
    known = library.known(person.scheme_id, check_in.flow_version)
    if known is not None:
        return known
    version = db.get_one(FlowVersion, check_in.flow_version)
    return library.pinned(person.scheme_id, version.hash, version.files)


def go_on(
    db: Session, library: Library, person: ServiceUser, check_in: CheckIn | None, decision: Decision, now: datetime
) -> CheckIn | None:
    """The check-in after a text: as it was, moved on, ended, or a new one for a question asked out of the blue."""
    if decision.state is None:
        return check_in if check_in and check_in.ended_at is None else None
    if check_in is None:
        return begin(db, library, person, decision.state.flow, decision, now)
    put_state(check_in, decision, now)
    return check_in


def begin(
    db: Session, library: Library, person: ServiceUser, flow_key: str, decision: Decision, now: datetime
) -> CheckIn:
    """A new check-in, in its table before any row that points at it."""
    check_in = _new(db, library, person, flow_key, now)
    put_state(check_in, decision, now)
    db.flush()
    return check_in


def _new(db: Session, library: Library, person: ServiceUser, flow_key: str, now: datetime) -> CheckIn:
    pinned = library.pin(person.scheme_id, flow_key)
    if db.scalar(select(FlowVersion.hash).where(FlowVersion.hash == pinned.hash)) is None:
        _keep_version(db, person.scheme_id, pinned.hash, pinned.flow, pinned.files, now)
    check_in = CheckIn(
        id=uuid4(), scheme_id=person.scheme_id, service_user_id=person.id, flow=flow_key, flow_version=pinned.hash,
        state={}, version=0, started_at=now,
    )  # fmt: skip
    db.add(check_in)
    return check_in


def _keep_version(db: Session, scheme_id: str, hash: str, flow: str, files: Mapping[str, str], now: datetime) -> None:
    """Two may use a version first at once: either's row is the same."""
    row = {"hash": hash, "scheme_id": scheme_id, "flow": flow, "files": dict(files), "first_used_at": now}
    db.execute(insert_into(db, FlowVersion).values(row).on_conflict_do_nothing())


def put_state(check_in: CheckIn, decision: Decision, now: datetime) -> None:
    state = decision.state
    if state is None:
        return
    check_in.state = state.to_json()
    check_in.version += 1
    check_in.wake_at = decision.wake_at
    if state.finished:
        check_in.ended_at, check_in.ended_why = check_in.ended_at or now, check_in.ended_why or "finished"
    else:
        check_in.ended_at = check_in.ended_why = None

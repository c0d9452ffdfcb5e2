"""Weeks of somebody's life with the check-ins, as rows: what they did, how sure they were, what was in the way."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.models import Answer, CheckIn, Dream, FlowVersion, ServiceUser, Step
from tests.desk.conftest import Desk

WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class Week:
    """A check-in: its step and number; ``answered``: they said something; ``arrived``: it reached them."""

    words: str = ""
    number: int | None = None
    outcome: str | None = None
    reason: str = ""
    helped: str | None = None
    barrier: str | None = None
    barrier_words: str | None = None
    answered: bool = True
    arrived: bool = True


def live(desk: Desk, name: str, weeks: Sequence[Week], flow: str = "weekly_check_in") -> list[datetime]:
    """So many weeks, the last of them ending now; when each check-in began."""
    times = [desk.now - WEEK * (len(weeks) - n) for n in range(len(weeks))]
    with desk.service.database.write() as db:
        person = db.get_one(ServiceUser, desk.people[name])
        version = _version(db, person, flow)
        for at, week in zip(times, weeks, strict=True):
            _week(db, person, version, at, week, over=True)
    return times


def begin(desk: Desk, name: str, week: Week) -> None:
    """A check-in that began just now and is still open."""
    with desk.service.database.write() as db:
        person = db.get_one(ServiceUser, desk.people[name])
        _week(db, person, _version(db, person, "weekly_check_in"), desk.now, week, over=False)


def dream(desk: Desk, name: str, words: str) -> None:
    with desk.service.database.write() as db:
        person = db.get_one(ServiceUser, desk.people[name])
        db.add(Dream(**_owns(person), words=words, at=desk.now))


def _owns(person: ServiceUser) -> dict[str, object]:
    return {"scheme_id": person.scheme_id, "service_user_id": person.id}


def _version(db: Session, person: ServiceUser, flow: str) -> FlowVersion:
    row = db.get(FlowVersion, f"{person.scheme_id}:{flow}")
    if row is None:
        row = FlowVersion(
            hash=f"{person.scheme_id}:{flow}",
            scheme_id=person.scheme_id,
            flow=flow,
            files={},
            first_used_at=person.enrolled_at,
        )
        db.add(row)
        db.flush()
    return row


def _week(db: Session, person: ServiceUser, version: FlowVersion, at: datetime, week: Week, *, over: bool) -> None:
    later = at + timedelta(hours=1)
    check_in = CheckIn(
        id=uuid.uuid4(),
        **_owns(person),
        flow=version.flow,
        flow_version=version.hash,
        state={"flow": version.flow},
        started_at=at,
        delivered_at=at if week.arrived else None,
        answered_at=later if week.answered and week.arrived else None,
        ended_at=at + WEEK if over else None,
    )
    db.add(check_in)
    db.flush()
    step = _step(db, person, check_in, later, week) if week.words else None
    if week.number is not None:
        _answer(db, person, check_in, step, "step.confidence", str(week.number), str(week.number), later)
    if week.reason:
        _answer(db, person, check_in, step, "step.higher", week.reason, week.reason, later + timedelta(minutes=1))


def _step(db: Session, person: ServiceUser, check_in: CheckIn, at: datetime, week: Week) -> Step:
    last = db.scalars(select(Step).where(Step.service_user_id == person.id).order_by(Step.set_at.desc())).first()
    if last is not None and last.ended_at is None:
        last.ended_at = at
    step = Step(
        id=uuid.uuid4(),
        **_owns(person),
        check_in_id=check_in.id,
        words=week.words,
        when_words="thurs 2pm",
        confidence=week.number,
        outcome=week.outcome,
        outcome_at=at + timedelta(days=6) if week.outcome else None,
        helped=week.helped,
        barrier=week.barrier,
        barrier_words=week.barrier_words,
        set_at=at,
    )
    db.add(step)
    db.flush()
    return step


def _answer(
    db: Session,
    person: ServiceUser,
    check_in: CheckIn,
    step: Step | None,
    kept_as: str,
    raw: str,
    value: str,
    at: datetime,
) -> None:
    said = {"raw": raw, "value": value, "certainty": "sure", "reason": "a number", "at": at}
    of = {"check_in_id": check_in.id, "step_id": step.id if step else None}
    db.add(Answer(**_owns(person), **of, node=f"step/{kept_as}", kept_as=kept_as, question="How sure?", **said))

"""How sure people said they were, check-in by check-in, with the check-ins that got no number: what a chart shows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from bot.charts import SPARK_POINTS, Point
from bot.conversation import flag_kinds, timing
from bot.models import Answer, CheckIn, ServiceUser, Step
from bot.queries import WEEKLY

SCORE = "step.confidence"
REASONS = ("step.why", "step.higher")
# Why a check-in has no number: they said nothing; it did not reach them; they answered, but not this.
NOT_ANSWERED, NOT_DELIVERED, NO_NUMBER = "not_answered", "not_delivered", "no_number"

_IN_ORDER = (CheckIn.started_at, CheckIn.id, Answer.at)


@dataclass(frozen=True, slots=True)
class Said:
    """What a check-in says of their confidence. ``why`` where it has no ``value``; ``reason`` in their words, to the
    question that followed; ``step_id`` the step it was about.
    """

    at: datetime
    value: int | None
    why: str = ""
    reason: str = ""
    step_id: UUID | None = None


def newest(db: Session, person: ServiceUser, check_ins: int, before: datetime | None = None) -> list[Said]:
    """Of the newest so many check-ins (those begun ``before`` then), oldest first, in one query."""
    whose = (CheckIn.scheme_id == person.scheme_id, CheckIn.service_user_id == person.id)
    begun = select(CheckIn.id).where(*whose, _asks(), *((CheckIn.started_at < before,) if before else ()))
    chosen = begun.order_by(CheckIn.started_at.desc()).limit(check_ins)
    rows = db.execute(_answers().where(*whose, CheckIn.id.in_(chosen)).order_by(*_IN_ORDER)).all()
    return _from_the_first_number([said for _, each in groupby(rows, lambda row: row.id) for said in _said(list(each))])


def lately(db: Session, people: Sequence[ServiceUser]) -> Mapping[UUID, list[Point]]:
    """The last few points of each of these people, oldest first: what ``charts.spark`` draws. One query for all."""
    zones = {person.id: person.zone for person in people}
    place = func.row_number().over(partition_by=CheckIn.service_user_id, order_by=CheckIn.started_at.desc())
    # With the scheme, and below with the person: that is how the indexes go.
    whose = (CheckIn.scheme_id.in_({person.scheme_id for person in people}), CheckIn.service_user_id.in_(zones))
    theirs = select(CheckIn.id, place.label("place")).where(*whose, _asks()).subquery()
    chosen = select(theirs.c.id).where(theirs.c.place <= SPARK_POINTS)
    rows = db.execute(_answers().where(CheckIn.id.in_(chosen)).order_by(CheckIn.service_user_id, *_IN_ORDER)).all()
    found = {}
    for person_id, each in groupby(rows, lambda row: row.service_user_id):
        check_ins = (list(one) for _, one in groupby(each, lambda row: row.id))
        said = _from_the_first_number([said for one in check_ins for said in _said(one)])
        found[person_id] = points(said, zones[person_id])
    return found


def points(said: Sequence[Said], zone: str, steps: Mapping[UUID, Step] | None = None) -> list[Point]:
    """As a chart takes them, with the words of the step that each was about."""
    known = steps or {}
    return [Point(timing.local(zone, each.at).date(), each.value, _words(known, each)) for each in said]


def usual(said: Sequence[Said]) -> float | None:
    """Their own usual number as flags know it: of those before the newest."""
    numbers = [each.value for each in reversed(said) if each.value is not None]
    return flag_kinds.usual(numbers[1:])


def _asks() -> Any:
    """Check-ins that ask for a number or are the week's; the others of a flow of their own have none to miss."""
    scored = select(Answer.check_in_id).where(Answer.kept_as == SCORE, *_of_check_in())
    return or_(CheckIn.flow == WEEKLY, scored.exists())


def _of_check_in() -> tuple[Any, ...]:
    theirs = (Answer.scheme_id == CheckIn.scheme_id, Answer.service_user_id == CheckIn.service_user_id)
    return *theirs, Answer.check_in_id == CheckIn.id


def _answers() -> Any:
    """Check-ins, each with its numbers and the reasons for them, if any."""
    told = and_(
        *_of_check_in(),
        Answer.corrected_at.is_(None),
        Answer.kept_as.in_((SCORE, *REASONS)),
    )
    of_check_in = (CheckIn.id, CheckIn.service_user_id, CheckIn.started_at, CheckIn.delivered_at, CheckIn.answered_at)
    of_answer = (Answer.kept_as, Answer.value, Answer.raw, Answer.step_id, Answer.at)
    return select(*of_check_in, CheckIn.ended_at, *of_answer).outerjoin(Answer, told)


def _said(rows: Sequence[Any]) -> Iterator[Said]:
    """Of one check-in: its numbers, each with the reason that follows it; or that it has none, once it is over."""
    scores = [row for row in rows if row.kept_as == SCORE and (row.value or "").isdecimal()]
    for score, following in zip(scores, [*scores[1:], None], strict=False):
        until = following.at if following else None
        given = [row for row in rows if row.kept_as in REASONS and row.at >= score.at]
        mine = [row.raw for row in given if until is None or row.at < until]
        yield Said(score.at, int(score.value), reason=mine[0] if mine else "", step_id=score.step_id)
    if not scores and rows[0].ended_at is not None:
        yield Said(rows[0].started_at, None, _why(rows[0]))


def _why(row: Any) -> str:
    if row.answered_at is not None:
        return NO_NUMBER
    return NOT_ANSWERED if row.delivered_at is not None else NOT_DELIVERED


def _from_the_first_number(said: Sequence[Said]) -> list[Said]:
    first = next((n for n, each in enumerate(said) if each.value is not None), len(said))
    return list(said[first:])


def _words(steps: Mapping[UUID, Step], said: Said) -> str:
    step = steps.get(said.step_id) if said.step_id else None
    return step.words if step else ""

"""What a person has told of themselves, and what we have promised and noted: the other half of their page.

Four queries, however long they have been here. Times are those of the person's zone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from bot import charts, confidence, ladder, transfers
from bot.charts import Chart
from bot.confidence import Said
from bot.conversation import timing
from bot.models import ServiceUser, Step
from bot.web.desk import door, staff_words
from bot.web.desk.staff_words import DREAM, RHYTHM, PromiseShown, Words
from bot.web.saying import _, _n, lazy

MOST_NUMBERS, MOST_RUNGS, MOST_WINS, MOST_NOTES, MOST_PROMISES = 8, 3, 3, 2, 3
WEEKDAYS = (
    *(lazy("Mondays"), lazy("Tuesdays"), lazy("Wednesdays"), lazy("Thursdays"), lazy("Fridays")),
    *(lazy("Saturdays"), lazy("Sundays")),
)
NO_VALUE: Mapping[str, Any] = {
    confidence.NOT_ANSWERED: lazy("not answered"),
    confidence.NOT_DELIVERED: lazy("our text did not arrive"),
    confidence.NO_NUMBER: lazy("answered, without a number"),
}


@dataclass(frozen=True, slots=True)
class Number:
    """A row of the table under the chart: a number with its day, its step and their reason, or why there is none."""

    at: datetime
    value: int | None
    why: str
    step: str
    reason: str
    became: str


@dataclass(frozen=True, slots=True)
class RungShown:
    """A step in their words. ``planned`` is when, as they put it."""

    at: datetime
    words: str
    planned: str
    became: str
    when: datetime | None
    helped: str
    in_the_way: str
    barrier: str


@dataclass(frozen=True, slots=True)
class Numbers:
    """The chart and its table, the newest row first."""

    chart: Chart | None
    rows: Sequence[Number]
    usual: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the templates show."""

    id: UUID
    name: str
    dream: Words | None
    numbers: Numbers
    rungs: Sequence[RungShown]
    steps: int
    wins: Sequence[RungShown]
    done: int
    ledger: Sequence[tuple[str, int]]
    rhythm: str
    promises: Sequence[PromiseShown]
    more_promised: bool
    notes: Sequence[Words]
    met: date | None
    today: date
    may_give: bool


def shown(db: Session, person: ServiceUser, now: datetime) -> Facts:
    """The facts of a person, for whoever is signed in."""
    viewer, zone = door.viewer(), person.zone
    steps = ladder.steps(db, person)
    told = staff_words.told(db, person, MOST_NOTES)
    rungs = [_rung(rung, zone) for rung in ladder.rungs(steps)]
    promised = staff_words.promised(db, person, viewer, MOST_PROMISES, now)
    did = {step.id for step in ladder.wins(steps)[:MOST_WINS]}
    return Facts(
        id=person.id,
        name=person.first_name,
        dream=next((staff_words.words_of(row, viewer, zone, now) for row in told if row.kind == DREAM), None),
        numbers=numbers(confidence.newest(db, person, MOST_NUMBERS), person, steps),
        rungs=rungs[:MOST_RUNGS],
        steps=len(steps),
        wins=[shown for step, shown in zip(steps, rungs, strict=True) if step.id in did],
        done=sum(step.outcome == "done" for step in steps),
        ledger=in_the_way(steps),
        rhythm=rhythm(person, next((row for row in told if row.kind == RHYTHM), None)),
        promises=promised[:MOST_PROMISES],
        more_promised=len(promised) > MOST_PROMISES,
        notes=[staff_words.words_of(row, viewer, zone, now) for row in told if row.kind not in (DREAM, RHYTHM)],
        met=timing.local(zone, person.met_at).date() if person.met_at else None,
        today=timing.local(zone, now).date(),
        may_give=transfers.may_give(viewer, person),
    )


# ---------------------------------------------------------------- steps and numbers


def numbers(said: Sequence[Said], person: ServiceUser, steps: Sequence[Step]) -> Numbers:
    """The chart of what was said, oldest first, and the same in a table."""
    by_id = {step.id: step for step in steps}
    rungs = {rung.step.id: rung for rung in ladder.rungs(steps)}
    usual = confidence.usual(said)
    points = confidence.points(said, person.zone, by_id)
    rows = [_number(each, person.zone, rungs.get(each.step_id) if each.step_id else None) for each in reversed(said)]
    return Numbers(charts.chart(points, person.every_weeks, usual), rows, usual)


def _number(said: Said, zone: str, rung: ladder.Rung | None) -> Number:
    return Number(
        at=timing.local(zone, said.at),
        value=said.value,
        why=str(NO_VALUE.get(said.why, "")),
        step=rung.step.words if rung else "",
        reason=said.reason,
        became=_(ladder.BECAME[rung.became]) if rung else "",
    )


def _rung(rung: ladder.Rung, zone: str) -> RungShown:
    step = rung.step
    return RungShown(
        at=timing.local(zone, step.set_at),
        words=step.words,
        planned=step.when_words or "",
        became=_(ladder.BECAME[rung.became]),
        when=timing.local(zone, step.outcome_at) if step.outcome_at else None,
        helped=step.helped or "",
        in_the_way=step.barrier_words or "",
        barrier=_barrier(step.barrier) if step.barrier else "",
    )


def all_rungs(steps: Sequence[Step], zone: str) -> list[RungShown]:
    """Every step as it is shown, newest first."""
    return [_rung(rung, zone) for rung in ladder.rungs(steps)]


def in_the_way(steps: Sequence[Step]) -> list[tuple[str, int]]:
    """What got in their way, in words, and in how many steps."""
    return in_words(ladder.ledger(steps))


def in_words(ledger: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """A ledger's codes in words."""
    return [(_barrier(code), times) for code, times in ledger]


def _barrier(code: str) -> str:
    return _(ladder.IN_THE_WAY[code]) if code in ladder.IN_THE_WAY else code.replace("_", " ").capitalize()


# ---------------------------------------------------------------- their rhythm


def rhythm(person: ServiceUser, chosen: Any) -> str:
    """How often and when, and whose choice that was."""
    often = _n("every week", "every %(num)s weeks", person.every_weeks)
    if chosen is not None:
        day = timing.local(person.zone, chosen.at)
        said = _("%(name)s chose %(often)s on %(day)s.", name=person.first_name, often=often, day=_day(day))
    else:
        said = _("A check-in %(often)s, as the scheme sets it.", often=often)
    return f"{said} {_time(person)}".strip()


def _time(person: ServiceUser) -> str:
    if person.slot_weekday is None and person.slot_minute is None:
        return ""
    day = str(WEEKDAYS[person.slot_weekday]) if person.slot_weekday is not None else _("any day")
    if person.slot_minute is None:
        return _("Their own time: %(day)s.", day=day)
    at = "{:02}:{:02}".format(*divmod(person.slot_minute, 60))
    return _("Their own time: %(day)s at %(at)s.", day=day, at=at)


def _day(at: date) -> str:
    return f"{at.day} {at:%b} {at.year}"

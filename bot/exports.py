"""Rows that staff take out as a file: people, their steps, the outcome report. Why is written down, and by whom.

Which columns there are and which not, with the reason for each, is in docs/exports.md. Nobody gets rows of people whom
they do not see on the pages.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVarTuple
from uuid import UUID, uuid4

from sqlalchemy import Select, insert, select
from sqlalchemy.orm import Session

from bot import outcome_report, seeing
from bot.conversation import timing
from bot.conversation.scheme import Scheme
from bot.models import Address, Event, Flag, Practitioner, ServiceUser, Step
from bot.outcome_report import Month
from bot.safe_cells import as_csv
from bot.seeing import Viewer
from bot.small_counts import Published
from bot.suppression import batches

SHORTEST_REASON, LONGEST_REASON = 10, 300
Rows = Iterator[Sequence[object]]
Ts = TypeVarTuple("Ts")

PEOPLE = (
    *("id", "reference", "first_name", "practitioner", "state", "contact", "open_flags", "sms", "whatsapp", "language"),
    *("every_weeks", "enrolled", "started", "last_wrote", "staff_last_wrote", "bot_last_wrote", "next_check_in"),
)
STEPS = (
    *("person_id", "reference", "first_name", "practitioner", "step", "chosen", "planned_for", "sureness", "outcome"),
    *("outcome_told", "what_helped", "barrier", "barrier_words", "ended"),
)
REPORT = ("month", "part", "what", "count", "of")
# What whoever rings or texts by the list has to know before all else.
CONTACT: Mapping[str, str] = {
    "not_safe": "DO NOT CONTACT: they said that it is not safe",
    "opted_out": "no texts: they said stop",
    "closed": "no texts: they have left",
    "unreachable": "texts do not arrive",
    "invited": "asked, no yes yet",
    "paused": "on a break",
    "resting": "resting after a silence",
}
FEWER = "fewer than 5"


class ExportRefused(ValueError):
    """What was asked cannot be done; the sentence says what to do. ``field``: "choice" or "reason"."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Export:
    """A kind of file: what it is called, whose it is, and how its rows are read."""

    name: str
    columns: Sequence[str]
    rows: Callable[[Session, Scheme, Viewer, datetime], Rows]
    roles: Sequence[str]


def take(db: Session, scheme: Scheme, viewer: Viewer, name: str, reason: str, now: datetime) -> bytes:
    """The file. ExportRefused where no reason is given, or there is no such file for them.

    It is in the history with its reason and its size, and with each person whose row was in it.
    """
    export, why = EXPORTS.get(name), " ".join(reason.split())
    if export is None or viewer.role not in export.roles:
        raise ExportRefused("choice", "There is no such file. Choose one of those on the page.")
    if not SHORTEST_REASON <= len(why) <= LONGEST_REASON:
        raise ExportRefused(
            "reason",
            f"Write what you need it for, in {SHORTEST_REASON} to {LONGEST_REASON} characters. "
            "It is kept in the history.",
        )
    rows = list(export.rows(db, scheme, viewer, now))
    after = {"export": name, "rows": len(rows), "reason": why}
    db.add(Event(scheme_id=scheme.key, at=now, who=viewer.email, what=f"{name}_exported", before=None, after=after))
    if name != "report":
        _note_people(db, scheme, viewer, {UUID(str(row[0])) for row in rows}, name, now)
    return as_csv(export.columns, rows)


def _note_people(db: Session, scheme: Scheme, viewer: Viewer, people: set[UUID], name: str, now: datetime) -> None:
    """In the history of each: their record says who has taken it out."""
    same = {"scheme_id": scheme.key, "at": now, "who": viewer.email, "what": "row_exported", "after": {"export": name}}
    for batch in batches(sorted(people)):
        db.execute(insert(Event), [{"id": uuid4(), "service_user_id": each, **same} for each in batch])


# ---------------------------------------------------------------- people and steps


def _people(db: Session, scheme: Scheme, viewer: Viewer, now: datetime) -> Rows:
    numbers, flags = _numbers(db, viewer), _open_flags(db, viewer)
    everybody = _with_practitioner(select(ServiceUser, Practitioner.email), viewer)
    for person, practitioner in db.execute(everybody.order_by(ServiceUser.first_name, ServiceUser.id)):
        held = numbers[person.id]
        yield (
            *(person.id, person.reference, person.first_name, practitioner, person.state),
            *(_contact(person, now), ", ".join(sorted(flags[person.id])), held.get("sms"), held.get("whatsapp")),
            *(person.language, person.every_weeks, *_times(scheme, person)),
        )


def _times(scheme: Scheme, person: ServiceUser) -> list[str | None]:
    wrote = (person.last_inbound_at, person.last_person_sent_at, person.last_automatic_sent_at)
    return [_local(scheme, at) for at in (person.enrolled_at, person.started_at, *wrote, person.next_check_in_at)]


def _contact(person: ServiceUser, now: datetime) -> str:
    if person.held_for == "not_safe":
        return CONTACT["not_safe"]
    holds = person.held_for and (person.held_until is None or person.held_until > now)
    return CONTACT.get(person.state) or (f"the bot waits: {str(person.held_for).replace('_', ' ')}" if holds else "")


def _with_practitioner(found: Select[*Ts], viewer: Viewer) -> Select[*Ts]:
    """Of everybody they may see, with who looks after them."""
    return found.join(Practitioner, Practitioner.id == ServiceUser.practitioner_id).where(*seeing.restrict(viewer))


def _numbers(db: Session, viewer: Viewer) -> Mapping[UUID, dict[str, str]]:
    found: dict[UUID, dict[str, str]] = defaultdict(dict)
    held = select(Address.service_user_id, Address.channel, Address.address).join(
        ServiceUser, ServiceUser.id == Address.service_user_id
    )
    for person_id, channel, address in db.execute(held.where(*seeing.restrict(viewer))):
        found[person_id][channel] = address
    return found


def _open_flags(db: Session, viewer: Viewer) -> Mapping[UUID, set[str]]:
    found: dict[UUID, set[str]] = defaultdict(set)
    raised = select(Flag.service_user_id, Flag.kind).join(ServiceUser, ServiceUser.id == Flag.service_user_id)
    for person_id, kind in db.execute(raised.where(*seeing.restrict(viewer), Flag.closed_at.is_(None))):
        if person_id is not None:
            found[person_id].add(kind)
    return found


def _steps(db: Session, scheme: Scheme, viewer: Viewer, _now: datetime) -> Rows:
    theirs = select(Step, ServiceUser, Practitioner.email).join(ServiceUser, ServiceUser.id == Step.service_user_id)
    for step, person, email in db.execute(_with_practitioner(theirs, viewer).order_by(Step.set_at, Step.id)):
        yield (
            *(person.id, person.reference, person.first_name, email, step.words, _local(scheme, step.set_at)),
            *(step.day or step.when_words, step.confidence, step.outcome, _local(scheme, step.outcome_at)),
            *(step.helped, step.barrier, step.barrier_words, _local(scheme, step.ended_at)),
        )


# ---------------------------------------------------------------- the report


def _report(db: Session, scheme: Scheme, _viewer: Viewer, now: datetime) -> Rows:
    for month in outcome_report.months(db, scheme, timing.local(scheme.zone, now).date()):
        for part, what, count, of in _month(db, scheme, month):
            yield f"{month.first:%Y-%m}", part, what, count, of


def _month(db: Session, scheme: Scheme, month: Month) -> Iterator[tuple[str, str, object, object]]:
    found = outcome_report.report(db, scheme, month)
    for what in ("set", "done", "some", "not_yet"):
        yield "steps", what, found.steps.get(what, 0), None
    over = FEWER if found.over_a_barrier is None else found.over_a_barrier
    yield "steps", "people_over_a_barrier", over, None
    yield "replies", "people_answered", found.replied, found.texted
    yield "replies", "check_ins_answered", found.answered, found.asked
    yield "waits", "asked_for_a_person", found.waits.asked, None
    yield "waits", "still_waiting", found.waits.still, found.waits.asked
    for what, wait in (("median_minutes", found.waits.median), ("longest_minutes", found.waits.longest)):
        yield "waits", what, int(wait.total_seconds() // 60) if wait else None, None
    for what in ("kept", "not_needed", "moved"):
        yield "promises", what, found.promises[what], None
    yield from _ledger("barriers_of_steps", found.step_barriers)
    yield from _ledger("barriers_of_quiet_spells", found.quiet_barriers)
    yield from _ledger("meanings_of_quiet_spells", found.quiet_reasons)
    if found.note:
        yield "what_we_changed", found.note.words, None, None


def _ledger(part: str, found: Published) -> Iterator[tuple[str, str, object, object]]:
    if found.total is None:
        yield part, "all", FEWER, None
    for code, count in found.rows:
        yield part, code, count, found.total
    if found.rest:
        yield part, "the_rest_together", found.rest, found.total


def _local(scheme: Scheme, at: datetime | date | None) -> str | None:
    return f"{timing.local(scheme.zone, at):%Y-%m-%d %H:%M}" if isinstance(at, datetime) else None


PEOPLES = ("practitioner", "lead")
EXPORTS: Mapping[str, Export] = {
    "people": Export("people", PEOPLE, _people, PEOPLES),
    "steps": Export("steps", STEPS, _steps, PEOPLES),
    "report": Export("report", REPORT, _report, ("lead",)),
}


def offered(viewer: Viewer) -> list[Export]:
    """The files that somebody may take."""
    return [export for export in EXPORTS.values() if viewer.role in export.roles]

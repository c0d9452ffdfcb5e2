"""What came of a month, for a scheme's lead: steps, replies, waits, promises, and what got in the way.

It counts what was done for and by people, never how much was sent. What is about a few people is not published
(``small_counts``); the exports of rows (``exports``) are for work with them, the report is for everybody.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any

from sqlalchemy import Select, and_, distinct, func, select
from sqlalchemy.orm import Session, aliased

from bot import promises
from bot.conversation import timing
from bot.conversation.flag_words import BARRIERS, SILENCES
from bot.conversation.scheme import Scheme
from bot.gate import BY_HAND
from bot.models import CheckIn, Event, Flag, Message, Practitioner, ReportNote, Step
from bot.small_counts import LEAST, Published, publish

NOT_SAID = "not_said"
# What the reader of replies names besides (``reading.barrier``).
STEP_BARRIERS = (*BARRIERS, "caring", "id", "no_reply", "money", "time", "confidence", NOT_SAID)
QUIET_BARRIERS = (*BARRIERS, NOT_SAID)
QUIET_REASONS = (*SILENCES, NOT_SAID)
LONGEST_NOTE = 2000
MOST_MONTHS = 24


class NoteRefused(ValueError):
    """What cannot be noted; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month where the scheme is. ``first`` is its first day; what is counted lies from ``start`` until ``end``."""

    first: date
    start: datetime
    end: datetime

    @classmethod
    def of(cls, scheme: Scheme, day: date) -> "Month":
        """The month in which a day lies."""
        first = day.replace(day=1)
        after = (first + timedelta(days=32)).replace(day=1)
        return cls(first, *(timing.instant(scheme.zone, each, time()) for each in (first, after)))

    @property
    def before(self) -> date:
        """A day of the month before."""
        return self.first - timedelta(days=1)

    def has(self, column: Any) -> Any:
        """That a time lies in it."""
        return and_(column >= self.start, column < self.end)


@dataclass(frozen=True, slots=True)
class Waits:
    """From "asked for you" until somebody wrote to them, or closed the flag. ``still`` wait at this moment."""

    asked: int
    median: timedelta | None
    longest: timedelta | None
    still: int


@dataclass(frozen=True, slots=True)
class Report:
    """A month. ``steps`` by outcome, with those that were ``set``; counts of people are None where under five."""

    month: Month
    steps: Mapping[str, int]
    over_a_barrier: int | None
    texted: int
    replied: int
    asked: int
    answered: int
    waits: Waits
    promises: Mapping[str, int]
    step_barriers: Published
    quiet_barriers: Published
    quiet_reasons: Published
    note: ReportNote | None


def months(db: Session, scheme: Scheme, today: date) -> list[Month]:
    """Those of which there is a report, the newest first: since somebody began to work here, two years at most."""
    began = db.scalar(select(func.min(Practitioner.created_at)).where(Practitioner.scheme_id == scheme.key))
    first = timing.local(scheme.zone, began).date() if began else today
    found = [Month.of(scheme, today)]
    while len(found) < MOST_MONTHS and found[-1].first > first.replace(day=1):
        found.append(Month.of(scheme, found[-1].before))
    return found


def report(db: Session, scheme: Scheme, month: Month) -> Report:
    """All that is told of a month, by one statement a part."""
    texted, replied = _people(db, scheme, month)
    asked, answered = _check_ins(db, scheme, month)
    spells = _spells(db, scheme, month)
    return Report(
        month=month,
        steps=_steps(db, scheme, month),
        over_a_barrier=few(_over_a_barrier(db, scheme, month)),
        texted=texted,
        replied=replied,
        asked=asked,
        answered=answered,
        waits=_waits(db, scheme, month),
        promises=promises.counts(db, scheme.key, month.start, month.end),
        step_barriers=_counted(STEP_BARRIERS, _told_barriers(db, scheme, month)),
        quiet_barriers=_counted(QUIET_BARRIERS, [barrier for barrier, _ in spells]),
        quiet_reasons=_counted(QUIET_REASONS, [reason for _, reason in spells]),
        note=note_of(db, scheme, month),
    )


def few(count: int) -> int | None:
    """A count of people, or None where it is one to four."""
    return None if 0 < count < LEAST else count


def note_of(db: Session, scheme: Scheme, month: Month) -> ReportNote | None:
    """What the organisation has noted for a month."""
    of = (ReportNote.scheme_id == scheme.key, ReportNote.month == month.first)
    return db.scalars(select(ReportNote).where(*of)).one_or_none()


def write_note(db: Session, scheme: Scheme, month: Month, words: str, by: str, now: datetime) -> bool:
    """Note what was changed in a month; nothing written takes it away. Whether that changed anything.

    NoteRefused where it is too long, or the month has not begun.
    """
    plain = words.replace("\r\n", "\n").strip()
    if len(plain) > LONGEST_NOTE:
        raise NoteRefused(f"This is longer than {LONGEST_NOTE} characters. Write it shorter.")
    if month.start > now:
        raise NoteRefused("That month has not begun yet.")
    row = note_of(db, scheme, month)
    if plain == (row.words if row else ""):
        return False
    if row is not None and not plain:
        db.delete(row)
    elif row is not None:
        row.words, row.by, row.at = plain, by, now
    else:
        db.add(ReportNote(scheme_id=scheme.key, month=month.first, words=plain, by=by, at=now))
    after = {"month": month.first.isoformat(), "characters": len(plain)}
    db.add(Event(scheme_id=scheme.key, at=now, who=by, what="report_noted", before=None, after=after))
    return True


# ---------------------------------------------------------------- steps and replies


def _steps(db: Session, scheme: Scheme, month: Month) -> dict[str, int]:
    mine = Step.scheme_id == scheme.key
    chosen = db.scalar(select(func.count()).select_from(Step).where(mine, month.has(Step.set_at))) or 0
    told = select(Step.outcome, func.count()).where(mine, month.has(Step.outcome_at)).group_by(Step.outcome)
    return {"set": chosen, **{str(outcome): count for outcome, count in db.execute(told)}}


def _over_a_barrier(db: Session, scheme: Scheme, month: Month) -> int:
    """People who did a step after one in whose way something had been."""
    earlier = aliased(Step)
    hindered = select(earlier.id).where(
        earlier.scheme_id == Step.scheme_id,
        earlier.service_user_id == Step.service_user_id,
        earlier.barrier.is_not(None),
        earlier.set_at < Step.set_at,
    )
    done = (Step.scheme_id == scheme.key, Step.outcome == "done", month.has(Step.outcome_at))
    return db.scalar(select(func.count(distinct(Step.service_user_id))).where(*done, hindered.exists())) or 0


def _people(db: Session, scheme: Scheme, month: Month) -> tuple[int, int]:
    """How many people were asked how it goes, and how many of them answered."""
    answered = func.count(distinct(CheckIn.service_user_id)).filter(CheckIn.answered_at.is_not(None))
    found = select(func.count(distinct(CheckIn.service_user_id)), answered).where(_delivered(scheme, month))
    asked, replied = db.execute(found).one()
    return int(asked), int(replied)


def _check_ins(db: Session, scheme: Scheme, month: Month) -> tuple[int, int]:
    answered = func.count().filter(CheckIn.answered_at.is_not(None))
    asked, replied = db.execute(select(func.count(), answered).where(_delivered(scheme, month))).one()
    return int(asked), int(replied)


def _delivered(scheme: Scheme, month: Month) -> Any:
    return and_(CheckIn.scheme_id == scheme.key, month.has(CheckIn.delivered_at))


# ---------------------------------------------------------------- waits


def _waits(db: Session, scheme: Scheme, month: Month) -> Waits:
    rows = db.execute(_asked(scheme, month)).all()
    waited = [_first(wrote, closed, by) for _, _, closed, by, wrote in rows]
    ended = [end - raised for (_, raised, *_), end in zip(rows, waited, strict=True) if end is not None]
    return Waits(
        asked=len(rows),
        median=median(ended) if ended else None,
        longest=max(ended, default=None),
        still=sum(1 for (_, _, closed, *_), end in zip(rows, waited, strict=True) if end is None and closed is None),
    )


def _asked(scheme: Scheme, month: Month) -> Select[Any, Any, Any, Any, Any]:
    """Who asked for a person, with when somebody of the staff first texted them since."""
    theirs = and_(
        Message.scheme_id == Flag.scheme_id,
        Message.service_user_id == Flag.service_user_id,
        Message.direction == "out",
        Message.kind == BY_HAND,
        Message.submitted_at >= Flag.raised_at,
    )
    asked = (Flag.scheme_id == scheme.key, Flag.kind == "asked_for_you", month.has(Flag.raised_at))
    wrote = func.min(Message.submitted_at)
    columns = (Flag.id, Flag.raised_at, Flag.closed_at, Flag.closed_by)
    return select(*columns, wrote).outerjoin(Message, theirs).where(*asked).group_by(*columns)


def _first(wrote: datetime | None, closed: datetime | None, by: str | None) -> datetime | None:
    """When they heard from somebody: a text, or what a person did before they closed the flag. Never by itself."""
    by_hand = closed if by and "@" in by else None
    return min((each for each in (wrote, by_hand) if each is not None), default=None)


# ---------------------------------------------------------------- what got in the way


def _told_barriers(db: Session, scheme: Scheme, month: Month) -> Iterator[str | None]:
    """Of steps that were not done, or not all of them: what was in the way."""
    undone = (Step.scheme_id == scheme.key, month.has(Step.outcome_at), Step.outcome != "done")
    yield from db.scalars(select(Step.barrier).where(*undone))


def _spells(db: Session, scheme: Scheme, month: Month) -> Sequence[tuple[str | None, str | None]]:
    """Quiet spells that ended in the month: what was in the way and what the silence meant, where it was noted."""
    quiet = (Flag.scheme_id == scheme.key, Flag.kind == "quiet", month.has(Flag.closed_at))
    return [(barrier, reason) for barrier, reason in db.execute(select(Flag.barrier, Flag.reason).where(*quiet))]


def _counted(codes: Sequence[str], found: Iterator[str | None] | Sequence[str | None]) -> Published:
    counts = dict.fromkeys(codes, 0)
    for code in found:
        named = code if code in counts else "other" if code else NOT_SAID
        counts[named if named in counts else NOT_SAID] += 1
    return publish(counts)

"""What a rule would have raised: played over what happened, before it is turned on for people.

Read from the rows as they are, with the thresholds and the word lists as they are now, and nothing is written. As if
nobody had acted on the flags: a practitioner who rings somebody ends a silence sooner than this can know.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bot import reading
from bot.channels import codes
from bot.conversation import replayed, timing
from bot.conversation.replayed import Break, Happened
from bot.conversation.scheme import Scheme
from bot.flag_rows import FlagRefused
from bot.models import Answer, ConsentEvent, Event, Message, Practitioner, ServiceUser, Step

# How far before the first day counted is looked: a silence, and a usual number, began before it.
BEFORE = timedelta(days=120)
# What they may have said to texts that ended them.
ENDED = ("opted_out", "stopped_again", "declined", "wrong_number", "finished")
PAUSES, PAUSES_END = ("paused", "held"), ("resumed", "handed_back")
# A practitioner's hold that nobody handed back: three working days, wherever a weekend falls.
A_HOLD = timedelta(days=5)

Rows = Mapping[UUID, list[Any]]
Raised = Iterator[tuple[UUID, datetime]]


@dataclass(frozen=True, slots=True)
class Played:
    """What a rule is played over: one scheme, and from when to when it is counted."""

    db: Session
    scheme: Scheme
    since: datetime
    now: datetime

    def rows(self, table: type[Any], at: Any, *columns: Any, where: Iterable[Any] = (), before: bool = True) -> Rows:
        """The time and these columns of each person's rows, oldest first."""
        first = self.since - BEFORE if before else self.since
        mine = (table.scheme_id == self.scheme.key, table.service_user_id.is_not(None), at >= first, at <= self.now)
        found: dict[UUID, list[Any]] = defaultdict(list)
        for person, *rest in self.db.execute(
            select(table.service_user_id, at, *columns).where(*mine, *where).order_by(at)
        ):
            found[person].append(tuple(rest))
        return found


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many flags each practitioner would have got in each week, and about how many people they were."""

    kind: str
    weeks: Mapping[tuple[str, date], int] = field(default_factory=dict)
    practitioners: int = 0
    people: int = 0
    flagged: int = 0

    @property
    def flags(self) -> int:
        return sum(self.weeks.values())

    @property
    def most(self) -> int:
        """In the worst week of the one who would have got the most."""
        return max(self.weeks.values(), default=0)


def replay(db: Session, scheme: Scheme, kind: str, since: datetime, now: datetime) -> Replayed:
    """Play one rule. FlagRefused for one that no rows tell of: what a provider says, or how a conversation went."""
    rule = RULES.get(kind)
    if rule is None:
        raise FlagRefused(f"The rule {kind!r} cannot be replayed from what is kept; these can: {', '.join(RULES)}.")
    owners = _owners(db, scheme)
    raised = [(person, at) for person, at in rule(Played(db, scheme, since, now)) if since <= at <= now]
    weeks = Counter((owners[person], _monday(scheme, at)) for person, at in raised)
    people = {person for person, _ in raised}
    return Replayed(kind, weeks, len(set(owners.values())), len(owners), len(people))


def _owners(db: Session, scheme: Scheme) -> dict[UUID, str]:
    """Who looks after whom: as it is now, whoever did then."""
    whose = select(ServiceUser.id, Practitioner.email).join(
        Practitioner, Practitioner.id == ServiceUser.practitioner_id
    )
    return {row.id: row.email for row in db.execute(whose.where(ServiceUser.scheme_id == scheme.key))}


def _monday(scheme: Scheme, at: datetime) -> date:
    day = timing.local(scheme.zone, at).date()
    return day - day.weekday() * timing.DAY


# ---------------------------------------------------------------- the rules


def _quiet(it: Played) -> Raised:
    happened, breaks, numbers = _happened(it), _breaks(it), _numbers(it)
    for person, events in happened.items():
        days = replayed.days_of_silence(numbers.get(person, []), it.scheme.thresholds)
        for at in replayed.silences(events, breaks.get(person, []), days, it.now):
            yield person, at


def _happened(it: Played) -> Mapping[UUID, list[Happened]]:
    """Check-ins that arrived, their texts, and what ended the check-ins."""
    arrived_at = func.coalesce(Message.delivered_at, Message.no_receipt_at, Message.sent_at, Message.created_at)
    arrived = or_(Message.state.in_(codes.ARRIVED), Message.no_receipt_at.is_not(None))
    asked = (Message.direction == "out", Message.kind == "check_in", arrived)
    found: dict[UUID, list[Happened]] = defaultdict(list)
    for what, rows in (
        ("asked", it.rows(Message, arrived_at, where=asked)),
        ("wrote", it.rows(Message, Message.created_at, where=(Message.direction == "in",))),
        ("ended", it.rows(ConsentEvent, ConsentEvent.recorded_at, where=(ConsentEvent.what.in_(ENDED),))),
        ("ended", it.rows(Event, Event.at, where=(Event.what == "closed",))),
    ):
        for person, times in rows.items():
            found[person] += [(at, what) for (at,) in times]  # type: ignore[misc]
    return found


def _breaks(it: Played) -> Mapping[UUID, list[Break]]:
    """Pauses, and holds of a practitioner's: until they ended, or were to end."""
    events = it.rows(Event, Event.at, Event.what, Event.after, where=(Event.what.in_((*PAUSES, *PAUSES_END)),))
    found: dict[UUID, list[Break]] = defaultdict(list)
    for person, rows in events.items():
        for n, (at, what, after) in enumerate(rows):
            if what in PAUSES:
                ended = next((later for later, then, _ in rows[n + 1 :] if then in PAUSES_END), None)
                ends = _until(it.scheme, (after or {}).get("until")) or at + A_HOLD
                found[person].append((at, min(ends, ended) if ended else ends))
    return found


def _until(scheme: Scheme, written: str | None) -> datetime | None:
    """The end of a pause as the history has it: a day, or a time."""
    if not written:
        return None
    if len(written) == len("2026-12-01"):
        return timing.instant(scheme.zone, date.fromisoformat(written), scheme.quiet_until)
    return datetime.fromisoformat(written)


def _confidence(it: Played) -> Raised:
    for person, numbers in _numbers(it).items():
        for at in replayed.falls(numbers, it.scheme.thresholds):
            yield person, at


def _numbers(it: Played) -> Mapping[UUID, list[tuple[datetime, int]]]:
    theirs = (Answer.kept_as == "step.confidence", Answer.corrected_at.is_(None))
    rows = it.rows(Answer, Answer.at, Answer.value, where=theirs)
    return {
        person: [(at, int(value)) for at, value in answers if (value or "").isdecimal()]
        for person, answers in rows.items()
    }


def _step_too_big(it: Played) -> Raised:
    for person, outcomes in it.rows(Step, Step.outcome_at, Step.outcome).items():
        for at in replayed.too_big(outcomes):
            yield person, at


def _reads(is_one: Callable[[reading.Heard], bool]) -> Callable[[Played], Raised]:
    """A rule that looks at each text by itself: read again, with the word lists as they are now."""

    def rule(it: Played) -> Raised:
        here = select(ServiceUser.id, ServiceUser.language).where(ServiceUser.scheme_id == it.scheme.key)
        spoken = {row.id: row.language for row in it.db.execute(here)}
        said = (Message.direction == "in", Message.body != "")
        for person, texts in it.rows(Message, Message.created_at, Message.body, where=said, before=False).items():
            language = spoken.get(person, it.scheme.languages[0])
            found = (at for at, body in texts if is_one(reading.hear(body, None, at, language=language)))
            for at in replayed.once_open(found):
                yield person, at

    return rule


RULES: Mapping[str, Callable[[Played], Raised]] = {
    "quiet": _quiet,
    "confidence": _confidence,
    "step_too_big": _step_too_big,
    "safety": _reads(lambda heard: heard.concern.level == "crisis"),
    "distress": _reads(lambda heard: heard.concern.level == "distress"),
    "asked_for_you": _reads(lambda heard: any(wish.name == "call_me" for wish in heard.wishes)),
}

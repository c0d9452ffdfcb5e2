"""What came of each rule: how many flags it raised, how many somebody acted on, how many were no concern.

A rule that is waved away more often than it is acted on is wrong, not the practitioner: the lead is shown it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import history
from bot.conversation import flag_kinds, timing
from bot.conversation.scheme import Scheme
from bot.models import Flag

LOOKED_BACK = timedelta(weeks=4)
# Of fewer, a share says nothing about a rule.
LEAST_SETTLED = 4
NOT_A_CONCERN = "not_a_concern"
RAISED, ACTED, WAVED_AWAY, BY_ITSELF = "raised", "acted", "not_a_concern", "by_itself"


@dataclass(frozen=True, slots=True)
class Week:
    """What came of one rule in the week that begins on ``monday``, each counted when it happened."""

    kind: str
    monday: date
    raised: int = 0
    acted: int = 0
    not_a_concern: int = 0
    by_itself: int = 0


@dataclass(frozen=True, slots=True)
class Doubted:
    """A rule of which more than half were no concern to whoever settled them."""

    kind: str
    version: int
    settled: int
    not_a_concern: int

    @property
    def rule(self) -> str:
        """What it does, in plain words."""
        return flag_kinds.of(self.kind).rule


def by_week(db: Session, scheme: Scheme, since: datetime) -> Sequence[Week]:
    """A line for each rule and week since then in which anything happened, the newest week first.

    Told facts (a stop, good news) are nobody's to act on, and are left out.
    """
    columns = (Flag.kind, Flag.raised_at, Flag.closed_at, Flag.closed_by, Flag.closed_why)
    # One raised before may have been settled since; what was closed before then counts in no week.
    lived = (Flag.scheme_id == scheme.key, func.coalesce(Flag.closed_at, Flag.raised_at) >= since)
    counts: dict[tuple[str, date], Counter[str]] = defaultdict(Counter)
    for kind, raised_at, closed_at, closed_by, why in db.execute(select(*columns).where(*lived)):
        if flag_kinds.of(kind).fact:
            continue
        if raised_at >= since:
            counts[kind, _monday(scheme, raised_at)][RAISED] += 1
        if closed_at is not None:
            counts[kind, _monday(scheme, closed_at)][_came_of(closed_by, why)] += 1
    weeks = [Week(kind, monday, **count) for (kind, monday), count in counts.items()]
    return sorted(weeks, key=lambda week: (-week.monday.toordinal(), flag_kinds.order(week.kind)))


def doubted(db: Session, scheme: Scheme, now: datetime) -> Sequence[Doubted]:
    """The rules that the scheme's lead should look at: in four weeks over half of what was settled was no concern.

    A rule that has changed since is judged anew.
    """
    version = Flag.evidence["rule_version"].as_integer()
    settled = (Flag.closed_at > now - LOOKED_BACK, Flag.closed_by != history.AUTOMATIC)
    tally = (
        select(Flag.kind, version, func.count(), func.count().filter(Flag.closed_why == NOT_A_CONCERN))
        .where(Flag.scheme_id == scheme.key, *settled)
        .group_by(Flag.kind, version)
    )
    found = (Doubted(kind, of or 1, n, waved) for kind, of, n, waved in db.execute(tally))
    return sorted(_in_force(found), key=lambda each: flag_kinds.order(each.kind))


def _in_force(found: Iterable[Doubted]) -> Iterable[Doubted]:
    for each in found:
        over_half = each.settled >= LEAST_SETTLED and 2 * each.not_a_concern > each.settled
        if over_half and each.version == flag_kinds.of(each.kind).version:
            yield each


def _came_of(by: str | None, why: str | None) -> str:
    if by == history.AUTOMATIC:
        return BY_ITSELF
    return WAVED_AWAY if why == NOT_A_CONCERN else ACTED


def _monday(scheme: Scheme, at: datetime) -> date:
    day = timing.local(scheme.zone, at).date()
    return day - day.weekday() * timing.DAY

"""What a practitioner has said they will do for a person: the only list of what is overdue is ours.

A mail names what was promised by its kind alone; the words are for behind the sign-in. Callers hold the person's row.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import Session

from bot import history
from bot.conversation.flag_words import N_
from bot.models import Practitioner, Promise, ServiceUser
from bot.seeing import Viewer

# What can be promised, by its code; in a mail the person's name follows.
WHAT: Mapping[str, str] = {
    "ring": N_("ring"),
    "text": N_("text"),
    "meet": N_("meet"),
    "find_out": N_("find something out for"),
    "other": N_("do something for"),
}
KEPT, NOT_NEEDED = "kept", "not_needed"
LONGEST = 300
FURTHEST = timedelta(days=366)
MAY_TAKE_BACK = timedelta(hours=24)
MOST_DUE = 200
_BY = (Practitioner.scheme_id == Promise.scheme_id) & (Practitioner.email == Promise.by)


class Due(NamedTuple):
    """A promise with the person, and the first name of whoever made it: it stays due when they are handed over."""

    promise: Promise
    person: ServiceUser
    by: str


class PromiseRefused(ValueError):
    """What cannot be promised or done like this: ``why`` is ``what``, ``too_long``, ``past``, ``too_far``, ``ended``
    or ``too_late``.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def make(
    db: Session, person: ServiceUser, by: str, what: str, day: date, words: str, now: datetime, today: date
) -> Promise:
    """A promise for a day from ``today`` on; the same again, still open, is the same one. PromiseRefused says why not.

    ``today`` is the day in the scheme's zone.
    """
    plain = " ".join(words.split())
    if what not in WHAT:
        raise PromiseRefused("what")
    if len(plain) > LONGEST:
        raise PromiseRefused("too_long")
    _judge_day(day, today)
    same = (Promise.by == by, Promise.what == what, Promise.day == day, Promise.words == plain)
    known = db.scalars(_of(person).where(*same, Promise.ended_at.is_(None))).first()
    if known is not None:
        return known
    owns = {"scheme_id": person.scheme_id, "service_user_id": person.id}
    row = Promise(**owns, by=by, at=now, what=what, day=day, words=plain)
    db.add(row)
    db.flush()
    _note(db, person, row, "promised", by, now)
    return row


def end(db: Session, person: ServiceUser, promise: Promise, how: str, by: str, now: datetime) -> bool:
    """It was ``kept``, or is ``not_needed`` any more. False where it had ended already."""
    if how not in (KEPT, NOT_NEEDED):
        raise ValueError(f"a promise ends as {KEPT} or {NOT_NEEDED}, not as {how}")
    if promise.ended_at is not None:
        return False
    promise.ended, promise.ended_at, promise.ended_by = how, now, by
    _note(db, person, promise, f"promise_{how}", by, now)
    return True


def move(db: Session, person: ServiceUser, promise: Promise, day: date, by: str, now: datetime, today: date) -> None:
    """To another day from ``today`` on. PromiseRefused where it has ended, or the day will not do."""
    if promise.ended_at is not None:
        raise PromiseRefused("ended")
    _judge_day(day, today)
    if day != promise.day:
        before = {"day": promise.day.isoformat()}
        promise.day, promise.moves = day, promise.moves + 1
        _note(db, person, promise, "promise_moved", by, now, before)


def take_back(db: Session, person: ServiceUser, promise: Promise, by: str, now: datetime) -> None:
    """It has not ended after all: for a day. PromiseRefused later."""
    if not may_take_back(promise, now):
        raise PromiseRefused("too_late")
    promise.ended = promise.ended_at = promise.ended_by = None
    _note(db, person, promise, "promise_open_again", by, now)


def may_take_back(promise: Promise, now: datetime) -> bool:
    return promise.ended_at is not None and now - promise.ended_at < MAY_TAKE_BACK


def due(db: Session, viewer: Viewer, day: date) -> Sequence[Due]:
    """What was promised for that day or an earlier one and is still to be done, of all whom they may see; the
    longest waiting first. Whoever left so long ago that their words are gone has none.
    """
    return due_of(db, viewer.scheme_id, viewer.owners, day)


def due_of(db: Session, scheme_id: str, owners: Collection[UUID] | None, day: date) -> Sequence[Due]:
    """The same for the people of these practitioners; None: of everybody in the scheme."""
    waits = (Promise.scheme_id == scheme_id, Promise.ended_at.is_(None), Promise.day <= day)
    here = ServiceUser.words_erased_at.is_(None)
    theirs: ColumnElement[bool] = true() if owners is None else ServiceUser.practitioner_id.in_(owners)
    whose = (ServiceUser.scheme_id == Promise.scheme_id) & (ServiceUser.id == Promise.service_user_id)
    found = select(Promise, ServiceUser, Practitioner.first_name).join(ServiceUser, whose).outerjoin(Practitioner, _BY)
    rows = db.execute(found.where(*waits, here, theirs).order_by(Promise.day, Promise.at).limit(MOST_DUE))
    return [Due(promise, person, name or promise.by) for promise, person, name in rows]


def of_person(db: Session, person: ServiceUser, ended: int) -> list[tuple[Promise, str]]:
    """All that are open, the next first, and the newest so many that have ended; each with who promised it."""
    place = func.row_number().over(partition_by=Promise.ended_at.is_(None), order_by=Promise.ended_at.desc())
    ranked = _of(person).add_columns(place.label("place")).subquery()
    shown = select(ranked.c.id).where(ranked.c.ended_at.is_(None) | (ranked.c.place <= ended))
    named = select(Promise, Practitioner.first_name).outerjoin(Practitioner, _BY).where(Promise.id.in_(shown))
    rows = [(row, name or row.by) for row, name in db.execute(named)]
    still = sorted((each for each in rows if each[0].ended_at is None), key=lambda each: (each[0].day, each[0].at))
    over = [each for each in rows if each[0].ended_at is not None]
    return [*still, *sorted(over, key=lambda each: each[0].ended_at or each[0].at, reverse=True)]


def find(db: Session, person: ServiceUser, promise_id: UUID) -> Promise | None:
    """One of the promises made to this person."""
    return db.scalars(_of(person).where(Promise.id == promise_id)).one_or_none()


def counts(db: Session, scheme_id: str, first: datetime, until: datetime) -> Counter[str]:
    """Of the promises that ended in that time: ``kept``, ``not_needed``. Of these ``moved``: at least once."""
    ended = (Promise.scheme_id == scheme_id, Promise.ended_at >= first, Promise.ended_at < until)
    moved = func.count().filter(Promise.moves > 0)
    found: Counter[str] = Counter()
    for how, number, times in db.execute(
        select(Promise.ended, func.count(), moved).where(*ended).group_by(Promise.ended)
    ):
        found.update({str(how): number, "moved": times})
    return found


def _of(person: ServiceUser) -> Select[Promise]:
    return select(Promise).where(Promise.scheme_id == person.scheme_id, Promise.service_user_id == person.id)


def _judge_day(day: date, today: date) -> None:
    if day < today:
        raise PromiseRefused("past")
    if day - today > FURTHEST:
        raise PromiseRefused("too_far")


def _note(
    db: Session,
    person: ServiceUser,
    promise: Promise,
    what: str,
    by: str,
    now: datetime,
    before: Mapping[str, str] | None = None,
) -> None:
    after = {"promise": str(promise.id), "day": promise.day.isoformat()}
    history.of_person(db, person, what, now, by=by, before=before, after=after)

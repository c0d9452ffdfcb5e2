"""Cover: who looks after a practitioner's people between two days. It is arranged, listed and ended here.

Whoever covers sees the people and gets their alerts and their part of the digest (``seeing``, ``alerts``,
``digest_matter``); whoever is away gets no digest meanwhile. So nobody covers who is away themselves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from bot.models import Cover, Email, Event, Practitioner

LONGEST = timedelta(days=366)
MAIL = "cover"


class CoverRefused(ValueError):
    """What was asked cannot be done. ``faults``: each with the field it is about and a sentence."""

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        self.faults = list(faults)
        super().__init__(" ".join(sentence for _, sentence in self.faults))


@dataclass(frozen=True, slots=True)
class Arranged:
    """One cover, with who is away and who is there."""

    id: UUID
    away: Practitioner
    there: Practitioner
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Wish:
    """Who is to look after whose people, both days included."""

    away: UUID
    there: UUID
    first_day: date
    last_day: date


def listed(db: Session, scheme_id: str, today: date, of: UUID | None = None) -> list[Arranged]:
    """Those that are not over, the next first; of one practitioner, away or there, where named."""
    away, there = aliased(Practitioner), aliased(Practitioner)
    found = (
        select(Cover, away, there)
        .join(away, away.id == Cover.practitioner_id)
        .join(there, there.id == Cover.covered_by_id)
        .where(Cover.scheme_id == scheme_id, Cover.last_day >= today)
    )
    if of is not None:
        found = found.where(or_(Cover.practitioner_id == of, Cover.covered_by_id == of))
    rows = db.execute(found.order_by(Cover.first_day, away.first_name, Cover.id)).all()
    return [Arranged(cover.id, one, other, cover.first_day, cover.last_day) for cover, one, other in rows]


def arrange(db: Session, scheme_id: str, wish: Wish, by: str, now: datetime, today: date) -> Email:
    """Arrange it, and write the mail that tells whoever covers. CoverRefused names all that is wrong."""
    # In the order of their ids, so that two who arrange at once wait and do not block one another.
    both = select(Practitioner).where(Practitioner.scheme_id == scheme_id, Practitioner.id.in_((wish.away, wish.there)))
    rows = {row.id: row for row in db.scalars(both.order_by(Practitioner.id).with_for_update())}
    faults = list(_faults(wish, rows, today)) or list(_clashes(db, scheme_id, wish, rows))
    if faults:
        raise CoverRefused(faults)
    cover = Cover(
        id=uuid4(),
        scheme_id=scheme_id,
        practitioner_id=wish.away,
        covered_by_id=wish.there,
        first_day=wish.first_day,
        last_day=wish.last_day,
    )
    db.add(cover)
    away, there = rows[wish.away], rows[wish.there]
    _note(db, cover, "cover_arranged", (away, there), by, now)
    mail = _mail(cover, away, there, now)
    db.add(mail)
    return mail


def end(db: Session, scheme_id: str, cover_id: UUID, by: str, now: datetime, today: date) -> bool:
    """Over from this moment: today is no longer part of it. False where there is no such cover, or it was over."""
    found = select(Cover).where(Cover.scheme_id == scheme_id, Cover.id == cover_id).with_for_update()
    cover = db.scalars(found).one_or_none()
    if cover is None or cover.last_day < today:
        return False
    away, there = (db.get_one(Practitioner, each) for each in (cover.practitioner_id, cover.covered_by_id))
    _note(db, cover, "cover_ended", (away, there), by, now)
    _cut(db, cover, today)
    return True


def end_all(db: Session, practitioner: Practitioner, by: str, now: datetime, today: date) -> int:
    """Whoever goes covers for nobody, and needs nobody who covers; how many covers that ended."""
    found = listed(db, practitioner.scheme_id, today, practitioner.id)
    return sum(end(db, practitioner.scheme_id, each.id, by, now, today) for each in found)


def _faults(wish: Wish, rows: dict[UUID, Practitioner], today: date) -> Iterator[tuple[str, str]]:
    for field, who in (("away", wish.away), ("there", wish.there)):
        if who not in rows or rows[who].retired_at:
            yield field, "Choose somebody who works here."
    if wish.away == wish.there:
        yield "there", "Choose somebody else: nobody covers for themselves."
    elif wish.there in rows and rows[wish.there].role == "editor":
        yield "there", "Choose somebody who looks after people."
    if wish.last_day < wish.first_day:
        yield "last_day", "The last day comes before the first one."
    elif wish.last_day < today:
        yield "last_day", "That day is over."
    elif wish.last_day - max(wish.first_day, today) > LONGEST:
        yield "last_day", "A cover is for a year at the most. For longer, hand their people over."


def _clashes(db: Session, scheme_id: str, wish: Wish, rows: dict[UUID, Practitioner]) -> Iterator[tuple[str, str]]:
    """Covers of the same days that would leave somebody's people with one who is away."""
    same_days = (Cover.first_day <= wish.last_day, Cover.last_day >= wish.first_day)
    for cover in db.scalars(select(Cover).where(Cover.scheme_id == scheme_id, *same_days)):
        days = f"from {_day(cover.first_day)} to {_day(cover.last_day)}"
        if cover.practitioner_id == wish.there:
            yield "there", f"{rows[wish.there].first_name} is away {days}. Choose somebody else, or other days."
        elif cover.covered_by_id == wish.away:
            yield "away", f"{rows[wish.away].first_name} covers for somebody {days}. End that first."
        elif cover.practitioner_id == wish.away:
            yield "away", f"Somebody covers for {rows[wish.away].first_name} {days} already. End that first."


def _cut(db: Session, cover: Cover, today: date) -> None:
    if cover.first_day >= today:
        db.delete(cover)
    else:
        cover.last_day = today - timedelta(days=1)
    db.flush()


def _note(db: Session, cover: Cover, what: str, who: tuple[Practitioner, Practitioner], by: str, now: datetime) -> None:
    away, there = who
    after = {
        "away": away.email,
        "covered_by": there.email,
        "first_day": cover.first_day.isoformat(),
        "last_day": cover.last_day.isoformat(),
    }
    db.add(Event(scheme_id=cover.scheme_id, at=now, who=by, what=what, before=None, after=after))


def _mail(cover: Cover, away: Practitioner, there: Practitioner, now: datetime) -> Email:
    lines = [
        f"Hello {there.first_name},",
        "",
        f"you look after {away.first_name}'s people from {_day(cover.first_day)} to {_day(cover.last_day)}, both days",
        "included. On those days their alerts come to you, and they stand in your digest and among",
        "your people when you sign in.",
        "",
        "Is that not right? Talk to them, or to whoever leads your scheme.",
        "",
    ]
    return Email(
        id=uuid4(),
        scheme_id=cover.scheme_id,
        to=there.email,
        kind=MAIL,
        subject="You cover for a colleague",
        body="\n".join(lines),
        intention=f"cover:{cover.id.hex}",
        due_at=now,
        created_at=now,
    )


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"

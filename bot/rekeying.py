"""Another SECRET_KEY: what must not be texted is kept as hashes by the key, and has to be carried over."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, case, delete, func, or_, select, update
from sqlalchemy.orm import Session

from bot.models import Address, ConsentEvent, FormerAddress, ServiceUser, Suppression
from bot.suppression import address_hash, batches, suppress

BATCH = 1000
# What people have said to being texted, as far as it closes or opens their numbers. Who has blocked us on one channel
# has said nothing about the other.
CLOSES = ("opted_out", "wrong_number", "declined")
OPENS = ("started_again", "given", "agreed")
BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Carried:
    """``over`` by the hash of the old key, ``again`` from what people's records say, ``left`` hashes of the old key.

    Those that are left are of numbers that are on no record any more: they cannot be found by the new key. So are
    ``former``: they can no more be asked whether a number was somebody's once.
    """

    over: int
    again: int
    left: int
    former: int = 0


def carry_over(db: Session, old_hash: Callable[[str], str] | None, now: datetime) -> Carried:
    """Hash anew what is on record. ``old_hash`` is by the old key; None where that is lost. Twice changes nothing.

    Without the old key a number is closed to us where the last that its owner said to being texted was no, for the
    reason that they gave, whatever has become of their record since.
    """
    over = 0
    for rows in batches(db.execute(select(Address.scheme_id, Address.address).distinct()).all(), BATCH):
        for scheme_id, address in rows:
            over += old_hash is not None and _one(db, scheme_id, address, old_hash(address))
    again = _by_record(db, now, lost=old_hash is None)
    known = _known(db)
    return Carried(over, again, _left(db, Suppression, known), _left(db, FormerAddress, known))


def _one(db: Session, scheme_id: str, address: str, old: str) -> bool:
    found, new = db.get(Suppression, (scheme_id, old)), address_hash(db, address)
    was = (FormerAddress.scheme_id == scheme_id, FormerAddress.address_hash == old)
    db.execute(update(FormerAddress).where(*was).values(address_hash=new))
    if found is None or old == new:
        return False
    if db.get(Suppression, (scheme_id, new)) is None:
        db.add(Suppression(scheme_id=scheme_id, address_hash=new, why=found.why, at=found.at))
    db.execute(delete(Suppression).where(Suppression.scheme_id == scheme_id, Suppression.address_hash == old))
    db.flush()
    return True


def _by_record(db: Session, now: datetime, *, lost: bool) -> int:
    """Suppress the numbers of those who said no last, and how many that is.

    With the old key, which knows of numbers that staff have opened again, only of those who are opted out now.
    """
    before = db.scalar(select(func.count()).select_from(Suppression)) or 0
    last = _last_said()
    theirs = (
        select(Address.scheme_id, Address.address, last.c.what, last.c.at)
        .join(ServiceUser, ServiceUser.id == Address.service_user_id)
        .outerjoin(last, (last.c.service_user_id == ServiceUser.id) & (last.c.newest == 1))
    )
    for scheme_id, address, what, at in db.execute(theirs.where(_closed(last.c.what, lost))).all():
        suppress(db, scheme_id, address, what or "opted_out", at or now)
    return (db.scalar(select(func.count()).select_from(Suppression)) or 0) - before


def _closed(what: Any, lost: bool) -> ColumnElement[bool]:
    said_no: ColumnElement[bool] = what.in_(CLOSES)
    # Nothing is known of what they said: their state is.
    opted_out = ServiceUser.state == "opted_out"
    unknown: ColumnElement[bool] = what.is_(None)
    return or_(said_no, and_(opted_out, unknown)) if lost else and_(opted_out, or_(said_no, unknown))


def _last_said() -> Subquery:
    """What each person has said to being texted, the newest first; of one moment, the no."""
    newest_first = (ConsentEvent.recorded_at.desc(), case((ConsentEvent.what.in_(CLOSES), 0), else_=1))
    newest = func.row_number().over(partition_by=ConsentEvent.service_user_id, order_by=newest_first)
    said = select(ConsentEvent.service_user_id, ConsentEvent.what, ConsentEvent.at, newest.label("newest"))
    return said.where(ConsentEvent.what.in_((*CLOSES, *OPENS, BLOCKED))).subquery()


def _left(db: Session, table: type[Suppression | FormerAddress], known: set[tuple[str, str]]) -> int:
    kept = db.execute(select(table.scheme_id, table.address_hash)).all()
    return sum((scheme_id, hashed) not in known for scheme_id, hashed in kept)


def _known(db: Session) -> set[tuple[str, str]]:
    """The hashes by the new key of every address on record."""
    held = db.execute(select(Address.scheme_id, Address.address).distinct())
    return {(scheme_id, address_hash(db, address)) for scheme_id, address in held}

"""Another SECRET_KEY: what must not be texted is kept as hashes by the key, and has to be carried over."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot.models import Address, ServiceUser, Suppression
from bot.suppression import address_hash, batches, suppress

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Carried:
    """``over`` by the hash of the old key, ``again`` from what people's records say, ``left`` hashes of the old key.

    Those that are left are of numbers that are on no record any more: they cannot be found by the new key.
    """

    over: int
    again: int
    left: int


def carry_over(db: Session, old_hash: Callable[[str], str] | None, now: datetime) -> Carried:
    """Hash anew what is on record. ``old_hash`` is by the old key; None where that is lost. Twice changes nothing.

    Without the old key an opt-out is known by the person's state alone.
    """
    over = 0
    for rows in batches(db.execute(select(Address.scheme_id, Address.address).distinct()).all(), BATCH):
        for scheme_id, address in rows:
            over += old_hash is not None and _one(db, scheme_id, address, old_hash(address))
    again = _by_state(db, now)
    known = _known(db)
    kept = db.execute(select(Suppression.scheme_id, Suppression.address_hash)).all()
    return Carried(over, again, sum((scheme_id, hashed) not in known for scheme_id, hashed in kept))


def _one(db: Session, scheme_id: str, address: str, old: str) -> bool:
    found, new = db.get(Suppression, (scheme_id, old)), address_hash(db, address)
    if found is None or old == new:
        return False
    if db.get(Suppression, (scheme_id, new)) is None:
        db.add(Suppression(scheme_id=scheme_id, address_hash=new, why=found.why, at=found.at))
    db.execute(delete(Suppression).where(Suppression.scheme_id == scheme_id, Suppression.address_hash == old))
    db.flush()
    return True


def _by_state(db: Session, now: datetime) -> int:
    """Whoever is opted out has their addresses suppressed, whatever the hashes say."""
    before = db.scalar(select(func.count()).select_from(Suppression)) or 0
    theirs = select(Address.scheme_id, Address.address).join(ServiceUser, ServiceUser.id == Address.service_user_id)
    for scheme_id, address in db.execute(theirs.where(ServiceUser.state == "opted_out")).all():
        suppress(db, scheme_id, address, "opted_out", now)
    return (db.scalar(select(func.count()).select_from(Suppression)) or 0) - before


def _known(db: Session) -> set[tuple[str, str]]:
    """The hashes by the new key of every address on record."""
    held = db.execute(select(Address.scheme_id, Address.address).distinct())
    return {(scheme_id, address_hash(db, address)) for scheme_id, address in held}

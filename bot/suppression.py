"""Addresses that must not be texted: keyed hashes, which outlive the record they came from.

The key never travels. ``Database`` puts ``address_hash`` into each session's ``info``; whoever holds the
session can ask and tell. What is suppressed is an address in a scheme, whatever the channel.
"""

import hashlib
import hmac
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.database import insert_into
from bot.models import Address, Suppression

INFO_KEY = "address_hash"
# How many values one statement may hold: SQLite allows 32,766.
BATCH = 5_000

T = TypeVar("T")


def address_hasher(secret: str) -> Callable[[str], str]:
    """What ``Database`` puts into ``db.info["address_hash"]``: an address in, 64 hexadecimal digits out.

    The key is derived, so that the hash shares nothing with what else is made from the secret. A new
    SECRET_KEY would forget every opt-out: ``docs/decisions`` says how it is changed.
    """
    key = hmac.digest(secret.encode(), b"stepalong suppression", "sha256")
    return lambda address: hmac.new(key, address.encode(), hashlib.sha256).hexdigest()


def address_hash(db: Session, address: str) -> str:
    """The keyed hash of an address."""
    hasher: Callable[[str], str] = db.info[INFO_KEY]
    return hasher(address)


def suppress(db: Session, scheme_id: str, address: str, why: str, now: datetime) -> None:
    """Never text this address again in this scheme. The first reason and time stay."""
    row = {"scheme_id": scheme_id, "address_hash": address_hash(db, address), "why": why, "at": now}
    # Two texts from a number nobody knows lock no row: the later one finds the earlier one's.
    db.execute(insert_into(db, Suppression).values(row).on_conflict_do_nothing())


def suppress_person(db: Session, scheme_id: str, person_id: Any, why: str, now: datetime) -> None:
    """An opt-out takes all of a person's addresses in the scheme."""
    held = select(Address.address).where(Address.scheme_id == scheme_id, Address.service_user_id == person_id)
    for address in set(db.scalars(held)):
        suppress(db, scheme_id, address, why, now)


def lift(db: Session, scheme_id: str, addresses: Iterable[str]) -> None:
    """They texted START: the addresses may be texted again."""
    hashes = [address_hash(db, address) for address in addresses]
    db.execute(delete(Suppression).where(Suppression.scheme_id == scheme_id, Suppression.address_hash.in_(hashes)))


def is_suppressed(db: Session, scheme_id: str, address: str) -> bool:
    """Whether this address must not be texted in this scheme."""
    return db.get(Suppression, (scheme_id, address_hash(db, address))) is not None


def why(db: Session, scheme_id: str, address: str) -> str | None:
    """Why this address must not be texted, or None."""
    row = db.get(Suppression, (scheme_id, address_hash(db, address)))
    return row.why if row else None


def suppressed(db: Session, scheme_id: str, addresses: Collection[str]) -> dict[str, Suppression]:
    """Those of many addresses that must not be texted, each with why and since when."""
    by_hash = {address_hash(db, address): address for address in addresses}
    found: dict[str, Suppression] = {}
    for hashes in batches(by_hash):
        rows = select(Suppression).where(Suppression.scheme_id == scheme_id, Suppression.address_hash.in_(hashes))
        found.update({by_hash[row.address_hash]: row for row in db.scalars(rows)})
    return found


def batches(values: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """The values in lists that fit into one statement."""
    rest = iter(values)
    while batch := list(islice(rest, size)):
        yield batch

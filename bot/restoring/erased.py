"""Who was forgotten after the copy was made is forgotten again: their ids are all that was kept of them."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot import provider_copies
from bot.channels import Inbound, Listed
from bot.models import Address, Erasure, Flag, ServiceUser
from bot.outbox import Counts
from bot.people import forgetting
from bot.reconcile import scheme_of
from bot.restoring.lists import Lists

# A scheme and an address in it: the same phone may be with another scheme, which has forgotten nobody.
Place = tuple[str, str]

LINE = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s+(\d{4}-\d\d-\d\dT[\d:.]+(?:\+00:00|Z))")


def written(db: Session) -> list[str]:
    """Everybody who was ever forgotten, a line each: an id, and when. Nothing in it is about a person."""
    found = db.execute(select(Erasure.service_user_id, Erasure.at).order_by(Erasure.at))
    return [f"{person} {at.isoformat()}" for person, at in found]


def read(lines: Iterable[str]) -> dict[UUID, datetime]:
    """What ``written`` wrote. Lines that are no such lines are passed over: it may be a log with others in it."""
    found = filter(None, map(LINE.search, lines))
    return {UUID(each[1]): datetime.fromisoformat(each[2]).astimezone(UTC) for each in found}


def forget_again(db: Session, forgotten: Mapping[UUID, datetime], counts: Counts) -> dict[Place, datetime]:
    """Forget those of them who are back. Gives until when what came from their addresses is not to be taken."""
    until: dict[Place, datetime] = {}
    for person in db.scalars(select(ServiceUser).where(ServiceUser.id.in_(forgotten))).all():
        at = forgotten[person.id]
        owned = (Address.scheme_id == person.scheme_id, Address.service_user_id == person.id)
        until |= {(person.scheme_id, each): at for each in db.scalars(select(Address.address).where(*owned))}
        _close_flags(db, person, at)
        forgetting.forget(db, person, "restored", at)
        counts["forgotten again"] += 1
    return until


def let_go(db: Session, lists: Lists, until: Mapping[Place, datetime], now: datetime) -> None:
    """What they wrote and what left for them before they were forgotten is no text of ours: the provider deletes it."""

    def scheme(text: Inbound | Listed) -> str:
        return scheme_of(lists.service, text) or ""

    def theirs(text: Inbound | Listed) -> bool:
        over = until.get((scheme(text), text.address))
        at = text.sent_at if isinstance(text, Inbound) else text.at
        return over is not None and (at is None or at <= over)

    gone = lists.take_out(theirs)
    provider_copies.ask_by_id(db, [(scheme(each), each.provider_id) for each in gone], now)


def _close_flags(db: Session, person: ServiceUser, at: datetime) -> None:
    """Nobody is forgotten while a safety flag is open, so theirs had been closed."""
    theirs = (Flag.scheme_id == person.scheme_id, Flag.service_user_id == person.id, Flag.closed_at.is_(None))
    db.execute(update(Flag).where(*theirs).values(closed_at=at, closed_by="restored"))

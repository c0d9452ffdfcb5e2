"""Who was forgotten after the copy was made is forgotten again: their ids are all that was kept of them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.channels import Inbound
from bot.models import Address, Erasure, Flag, ServiceUser
from bot.outbox import Counts
from bot.people import forgetting
from bot.service import Service

LINE = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s+(\d{4}-\d\d-\d\dT[\d:.]+(?:\+00:00|Z))")


def written(db: Session) -> list[str]:
    """Everybody who was ever forgotten, a line each: an id, and when. Nothing in it is about a person."""
    found = db.execute(select(Erasure.service_user_id, Erasure.at).order_by(Erasure.at))
    return [f"{person} {at.isoformat()}" for person, at in found]


def read(lines: Iterable[str]) -> dict[UUID, datetime]:
    """What ``written`` wrote. Lines that are no such lines are passed over: it may be a log with others in it."""
    found = filter(None, map(LINE.search, lines))
    return {UUID(each[1]): datetime.fromisoformat(each[2]).astimezone(UTC) for each in found}


def forget_again(service: Service, forgotten: Mapping[UUID, datetime], counts: Counts) -> dict[str, datetime]:
    """Forget those of them who are back. Gives until when what came from their addresses is not to be taken."""
    until: dict[str, datetime] = {}
    with service.database.write() as db:
        for person in db.scalars(select(ServiceUser).where(ServiceUser.id.in_(forgotten))).all():
            at = forgotten[person.id]
            owned = (Address.scheme_id == person.scheme_id, Address.service_user_id == person.id)
            until |= dict.fromkeys(db.scalars(select(Address.address).where(*owned)), at)
            _close_flags(db, person, at)
            forgetting.forget(db, person, "restored", at)
            counts["forgotten again"] += 1
    return until


def without(came_in: Sequence[Inbound], until: Mapping[str, datetime]) -> list[Inbound]:
    """What came in, but for what people wrote before they were forgotten."""
    return [each for each in came_in if each.address not in until or _later(each, until[each.address])]


def _later(inbound: Inbound, until: datetime) -> bool:
    return inbound.sent_at is not None and inbound.sent_at > until


def _close_flags(db: Session, person: ServiceUser, at: datetime) -> None:
    """Nobody is forgotten while a safety flag is open, so theirs had been closed."""
    theirs = (Flag.scheme_id == person.scheme_id, Flag.service_user_id == person.id, Flag.closed_at.is_(None))
    db.execute(update(Flag).where(*theirs).values(closed_at=at, closed_by="restored"))

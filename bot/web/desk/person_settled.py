"""What the reader settled about a person in the last day: to be taken back, and to say what got in the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import flag_undo
from bot.conversation import timing
from bot.models import Flag, ServiceUser
from bot.seeing import Viewer
from bot.web.desk import flag_words


@dataclass(frozen=True, slots=True)
class Settled:
    """A flag that the reader closed. ``barrier``: the code that they noted, or nothing."""

    id: UUID
    version: int
    title: str
    at: datetime
    barrier: str
    can_undo: bool


def read(db: Session, person: ServiceUser, viewer: Viewer, now: datetime) -> Sequence[Settled]:
    """In one query, the newest first; what closed by itself or was closed by a colleague is not among them."""
    theirs = (Flag.scheme_id == person.scheme_id, Flag.service_user_id == person.id)
    lately = (Flag.closed_by == viewer.email, Flag.closed_at >= now - flag_undo.UNDO_WITHIN)
    rows = db.scalars(select(Flag).where(*theirs, *lately).order_by(Flag.closed_at.desc(), Flag.id))
    return [
        Settled(
            id=row.id,
            version=row.version,
            title=flag_words.title(row.kind, person.first_name),
            at=timing.local(person.zone, row.closed_at or now),
            barrier=row.barrier or "",
            can_undo=flag_undo.can_undo(row, now),
        )
        for row in rows
    ]

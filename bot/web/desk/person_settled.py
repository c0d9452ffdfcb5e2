"""What the reader settled about a person in the last day: to be taken back, and to say what got in the way."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_

from bot import flag_undo
from bot.conversation import timing
from bot.conversation.flag_words import BARRIERS
from bot.models import Flag, ServiceUser
from bot.seeing import Viewer
from bot.web.desk import flag_words


@dataclass(frozen=True, slots=True)
class Settled:
    """A flag that the reader closed. ``barrier``: the code that was noted, or nothing; one of ``barriers``."""

    id: UUID
    version: int
    title: str
    at: datetime
    barrier: str
    barriers: Mapping[str, str]
    can_undo: bool


def open_or_settled(viewer: Viewer, now: datetime) -> ColumnElement[bool]:
    """Which flags a person's page reads. What closed by itself, or by a colleague, is not among them."""
    lately = Flag.closed_at >= now - flag_undo.UNDO_WITHIN
    return or_(Flag.closed_at.is_(None), and_(Flag.closed_by == viewer.email, lately))


def newest_first(flags: Iterable[Flag]) -> list[Flag]:
    """Those of them that were settled."""
    closed = [(flag.closed_at, flag.id, flag) for flag in flags if flag.closed_at is not None]
    return [flag for *_at, flag in sorted(closed, key=lambda each: each[:2], reverse=True)]


def shown(person: ServiceUser, flag: Flag, now: datetime) -> Settled:
    """One of them, as the page shows it."""
    return Settled(
        id=flag.id,
        version=flag.version,
        title=flag_words.title(flag.kind, person.first_name),
        at=timing.local(person.zone, flag.closed_at or now),
        barrier=flag.barrier or "",
        barriers=BARRIERS,
        can_undo=flag_undo.can_undo(flag, now),
    )

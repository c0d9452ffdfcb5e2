"""Noting a trouble: one row a day for each kind, scheme and detail, counted up by one statement."""

from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from bot.database import insert_into
from bot.models import EVERYBODY, Notice
from bot.notices.words import Kind

# The scope of what is no one scheme's.
EVERYWHERE = EVERYBODY
LONGEST_DETAIL = 24

log = structlog.get_logger()


def note(db: Session, kind: Kind, now: datetime, scope: str = EVERYWHERE, detail: str = "") -> None:
    """Count it, and log it. ``detail`` is a code of the provider's or a word of ours.

    Note it last: the row stays locked until the transaction ends.
    """
    more = {"count": Notice.count + 1, "last_at": now}
    row = _row(kind, now, scope, detail)
    key = ["day", "kind", "scope", "detail"]
    db.execute(insert_into(db, Notice).values(row).on_conflict_do_update(index_elements=key, set_=more))
    log.error("for the operator", kind=kind, scope=scope, detail=detail)


def note_once(db: Session, kind: Kind, now: datetime, scope: str = EVERYWHERE, detail: str = "") -> bool:
    """The same for what holds on, and is met at every look: counted the first time of a day. Whether this was it."""
    insert = insert_into(db, Notice).values(_row(kind, now, scope, detail)).on_conflict_do_nothing()
    first = db.scalar(insert.returning(Notice.count)) is not None
    if first:
        log.error("for the operator", kind=kind, scope=scope, detail=detail)
    return first


def _row(kind: Kind, now: datetime, scope: str, detail: str) -> dict[str, object]:
    known = {"day": now.date(), "kind": kind.value, "scope": scope, "detail": detail[:LONGEST_DETAIL]}
    return {**known, "count": 1, "first_at": now, "last_at": now}

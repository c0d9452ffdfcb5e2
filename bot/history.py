"""The history: who did what, when, before and after. Append-only; never the words a person wrote."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.models import Event, Flag, ServiceUser

AUTOMATIC = "automatic"


def of_person(
    db: Session,
    person: ServiceUser,
    what: str,
    now: datetime,
    *,
    by: str = AUTOMATIC,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write down what was done about a person."""
    db.add(
        Event(
            scheme_id=person.scheme_id,
            service_user_id=person.id,
            at=now,
            who=by,
            what=what,
            before=dict(before) if before else None,
            after=dict(after) if after else None,
        )
    )


def of_flag(db: Session, flag: Flag, what: str, now: datetime, *, by: str = AUTOMATIC, **facts: Any) -> None:
    """Write down what was done about a flag; it may be about nobody we know."""
    after = {"flag": str(flag.id), "kind": flag.kind, "version": flag.version, **facts}
    owner = {"scheme_id": flag.scheme_id, "service_user_id": flag.service_user_id}
    db.add(Event(**owner, at=now, who=by, what=what, before=None, after=after))

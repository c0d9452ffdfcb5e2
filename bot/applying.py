"""What the effects of one decision need while they become rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from bot.conversation.facts import Facts
from bot.library import Library
from bot.models import CheckIn, Event, Message, ServiceUser


@dataclass(slots=True)
class Applying:
    """All that the effects of one decision need. It lives for one transaction."""

    db: Session
    library: Library
    person: ServiceUser
    facts: Facts
    now: datetime
    check_in: CheckIn | None = None
    heard: Message | None = None
    kept: Mapping[str, Any] | None = None
    new_rhythm: bool = False
    urgent: list[UUID] = field(default_factory=list)

    def owned(self) -> dict[str, Any]:
        return {"scheme_id": self.person.scheme_id, "service_user_id": self.person.id}

    def note(self, what: str, after: Mapping[str, Any] | None = None, before: Mapping[str, Any] | None = None) -> None:
        """Write down who did what: append-only."""
        who = "service user" if self.heard else "automatic"
        self.db.add(
            Event(
                **self.owned(), at=self.now, who=who, what=what,
                before=dict(before) if before else None, after=dict(after) if after else None,
            )
        )  # fmt: skip

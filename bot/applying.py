"""What the effects of one decision need while they become rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from bot import queries
from bot.conversation.facts import Facts
from bot.library import Library
from bot.models import CheckIn, Event, Message, ServiceUser, Step
from bot.queries import WEEKLY, WELCOME


@dataclass(slots=True)
class Applying:
    """All that the effects of one decision need. It lives for one transaction."""

    db: Session
    library: Library
    person: ServiceUser
    facts: Facts
    last_step: Step | None
    now: datetime
    check_in: CheckIn | None = None
    heard: Message | None = None
    kept: Mapping[str, Any] | None = None
    new_rhythm: bool = False
    urgent: list[UUID] = field(default_factory=list)

    def owned(self) -> dict[str, Any]:
        return {"scheme_id": self.person.scheme_id, "service_user_id": self.person.id}

    def facts_now(self) -> Facts:
        """The facts with what the effects have changed of the person's rhythm and step."""
        person, check_in = self.person, self.check_in
        begun = check_in.started_at if check_in and check_in.flow in (WEEKLY, WELCOME) else None
        return replace(
            self.facts,
            every_weeks=person.every_weeks,
            slot_weekday=person.slot_weekday,
            slot_minute=person.slot_minute,
            step=queries.step_facts(self.last_step) if self.last_step else None,
            last_check_in_at=max(filter(None, (self.facts.last_check_in_at, begun)), default=None),
        )

    def note(self, what: str, after: Mapping[str, Any] | None = None, before: Mapping[str, Any] | None = None) -> None:
        """Write down who did what: append-only."""
        who = "service user" if self.heard else "automatic"
        self.db.add(
            Event(
                **self.owned(), at=self.now, who=who, what=what,
                before=dict(before) if before else None, after=dict(after) if after else None,
            )
        )  # fmt: skip

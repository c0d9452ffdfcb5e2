"""The people of these tests, and the texts that wait for them."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.clock import Clock
from bot.database import Database
from bot.models import Address, Message, Practitioner, Scheme, ServiceUser
from bot.service import Service

# A Tuesday, at noon in London.
NOON = datetime(2026, 6, 2, 11, tzinfo=UTC)
SCHEME = "tyneside"


class HandClock(Clock):
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = NOON) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        return self.at

    def move(self, **by: float) -> datetime:
        self.at += timedelta(**by)
        return self.at


@dataclass
class Cast:
    """Sam the practitioner, and the people Sam sends texts to."""

    database: Database
    sam: uuid.UUID = field(default_factory=uuid.uuid4)
    numbers: int = 0

    def __post_init__(self) -> None:
        with self.database.write() as db:
            db.add(Scheme(id=SCHEME, created_at=NOON))
            db.flush()
            phone, hours = "+441632960101", "Mon-Fri 09:00-17:00"
            named = {"email": "sam@example.org", "first_name": "Sam", "phone": phone, "hours": hours}
            db.add(Practitioner(id=self.sam, scheme_id=SCHEME, created_at=NOON, **named))

    def person(self, **facts: Any) -> uuid.UUID:
        """An active person with a mobile they agreed to be texted on."""
        self.numbers += 1
        row_id = uuid.uuid4()
        given = {"state": "active", "started_at": NOON - timedelta(days=60), **facts}
        with self.database.write() as db:
            owned = {"scheme_id": SCHEME}
            db.add(
                ServiceUser(
                    id=row_id,
                    practitioner_id=self.sam,
                    first_name="Leon",
                    enrolled_at=NOON - timedelta(days=60),
                    **owned,
                    **given,
                )
            )
            db.flush()
            number = f"+447700900{self.numbers:03}"
            db.add(Address(service_user_id=row_id, channel="sms", address=number, consented=True, **owned))
        return row_id

    def text(self, person: uuid.UUID | None, now: datetime = NOON, **facts: Any) -> uuid.UUID:
        """A text that waits: a nudge, unless it is said to be another."""
        row_id = uuid.uuid4()
        with self.database.write() as db:
            found = select(Address.address).where(Address.service_user_id == person)
            given = {
                "kind": "nudge",
                "state": "queued",
                "body": f"Hi Leon. No rush at all. {row_id.hex[:6]}",
                "channel": "sms",
                "address": db.scalar(found) or "+447700900999",
                "due_at": now,
                "created_at": now,
                **facts,
            }
            db.add(
                Message(
                    id=row_id,
                    scheme_id=SCHEME,
                    service_user_id=person,
                    direction="out",
                    intention=f"test:{row_id}",
                    **given,
                )
            )
        return row_id

    def change(self, model: Any, row_id: uuid.UUID, **values: Any) -> None:
        with self.database.write() as db:
            row = db.get_one(model, row_id)
            for name, value in values.items():
                setattr(row, name, value)

    def row(self, row_id: uuid.UUID) -> Message:
        with self.database.read() as db:
            return db.get_one(Message, row_id)

    def states(self) -> dict[str, int]:
        with self.database.read() as db:
            found: dict[str, int] = {}
            for state in db.scalars(select(Message.state)):
                found[state] = found.get(state, 0) + 1
            return found


@dataclass(frozen=True)
class World:
    """A service, its people, and its provider."""

    service: Service
    cast: Cast
    clock: HandClock
    twilio: Any

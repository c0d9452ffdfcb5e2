"""A small cast on a real database, with the example scheme's own flows: what the tests of flags stand on."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import flags, outbox, quiet, silence
from bot.database import Database
from bot.library import Library
from bot.models import (
    Address,
    Answer,
    CheckIn,
    Email,
    Event,
    Flag,
    FlowVersion,
    Heartbeat,
    Message,
    Practitioner,
    Scheme,
    ServiceUser,
)

# A Tuesday, in working hours.
NOW = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
FLOWS = Path(__file__).parents[2] / "flows"
DAY = timedelta(days=1)


@pytest.fixture(scope="session")
def library() -> Library:
    return Library.load(FLOWS)


class Cast:
    """Sam looks after Leon; Kim leads the scheme. The clock is moved by hand."""

    def __init__(self, database: Database, library: Library) -> None:
        self.database, self.library, self.now = database, library, NOW
        self.numbers = count(100)
        version = {"hash": "v", "scheme_id": "tyneside", "flow": "weekly_check_in", "files": {}}
        self.add(Scheme(id="tyneside", created_at=NOW), FlowVersion(**version, first_used_at=NOW))
        self.sam = self.practitioner("Sam")
        self.leon = self.person("Leon")

    def practitioner(self, name: str, **changes: Any) -> UUID:
        values = {
            "id": uuid4(), "scheme_id": "tyneside", "email": f"{name.lower()}@example.org", "first_name": name,
            "phone": "01632 960100", "hours": "Mon-Fri 09:00-17:00", "created_at": NOW, **changes,
        }  # fmt: skip
        self.add(Practitioner(**values))
        return values["id"]

    def person(self, name: str, practitioner: UUID | None = None, **changes: Any) -> UUID:
        values = {
            "id": uuid4(), "scheme_id": "tyneside", "practitioner_id": practitioner or self.sam, "first_name": name,
            "state": "active", "enrolled_at": NOW - 60 * DAY, "started_at": NOW - 60 * DAY, **changes,
        }  # fmt: skip
        self.add(ServiceUser(**values), self._address(values["id"]))
        return values["id"]

    def _address(self, person_id: UUID, channel: str = "sms") -> Address:
        mobile = f"+447700900{next(self.numbers)}"
        return Address(
            scheme_id="tyneside", service_user_id=person_id, channel=channel, address=mobile, consented=True,
            sender="phone:tyneside",
        )  # fmt: skip

    def also_on_whatsapp(self, person_id: UUID) -> None:
        self.add(self._address(person_id, "whatsapp"))

    def add(self, *rows: Any) -> None:
        with self.database.write() as db:
            for row in rows:
                db.add(row)
                db.flush()

    def wrote(self, words: str, person_id: UUID | None = None) -> UUID:
        """They text us, and what the webhook does about silence is done."""
        message = self._message(person_id or self.leon, "in", "text", words, "handled")
        with self.database.write() as db:
            db.add(message)
            person = db.get_one(ServiceUser, message.service_user_id)
            person.last_inbound_at = self.now
            quiet.answered(db, person, self.now)
        return message.id

    def asked(self, person_id: UUID | None = None, kind: str = "check_in", state: str = "delivered") -> UUID:
        """A text leaves, and arrives or not."""
        came = state == "delivered"
        message = self._message(person_id or self.leon, "out", kind, "How did it go?", "sent" if came else state)
        message.check_in_id = uuid4()
        message.sent_at = self.now
        check_in = CheckIn(
            id=message.check_in_id, scheme_id="tyneside", service_user_id=message.service_user_id,
            flow="weekly_check_in", flow_version="v", state={}, started_at=self.now, ended_at=self.now,
        )  # fmt: skip
        self.add(check_in, message)
        if came:
            self.receipt(message.id, "delivered")
        return message.id

    def lost(self, code: str, person_id: UUID | None = None, kind: str = "check_in") -> UUID:
        """A text does not arrive."""
        message_id = self.asked(person_id, kind, "sent")
        self.receipt(message_id, "undelivered", code)
        return message_id

    def receipt(self, message_id: UUID, state: str, code: str | None = None) -> None:
        with self.database.write() as db:
            outbox.record(db, self.library, message_id, state, self.now, error_code=code)

    def _message(self, person_id: UUID, direction: str, kind: str, body: str, state: str) -> Message:
        return Message(
            id=uuid4(), scheme_id="tyneside", service_user_id=person_id, channel="sms", address="+447700900100",
            direction=direction, kind=kind, body=body, state=state, created_at=self.now,
            intention=f"test:{uuid4()}" if direction == "out" else None,
        )  # fmt: skip

    def look(self, after: timedelta = timedelta(), person_id: UUID | None = None, read: bool = True) -> None:
        """Time passes, and a sweep looks at the silence."""
        self.now += after
        with self.database.write() as db:
            if read:
                db.merge(Heartbeat(name=silence.INBOUND_LIST, at=self.now))
            silence.look(db, self.library, person_id or self.leon, self.now)

    def flag(self, kind: str, person_id: UUID | None = None, **changes: Any) -> Flag:
        values = {"why": "a test", **changes}
        with self.database.write() as db:
            person = db.get_one(ServiceUser, person_id or self.leon)
            return flags.raise_flag(db, self.library, person, kind, self.now, **values)

    def set(self, person_id: UUID, **changes: Any) -> None:
        with self.database.write() as db:
            person = db.get_one(ServiceUser, person_id)
            for name, value in changes.items():
                setattr(person, name, value)

    def change(self, message_id: UUID, **changes: Any) -> None:
        with self.database.write() as db:
            message = db.get_one(Message, message_id)
            for name, value in changes.items():
                setattr(message, name, value)

    def answered_with(self, number: int, at: datetime) -> None:
        owner = {"scheme_id": "tyneside", "service_user_id": self.leon}
        self.add(
            Answer(
                **owner, node="step/confidence", kept_as="step.confidence", raw=str(number), value=str(number),
                certainty="sure", reason="one number", at=at, question="How sure are you?",
            )
        )  # fmt: skip

    def get_in(self, db: Session) -> ServiceUser:
        return db.get_one(ServiceUser, self.leon)

    def get(self, person_id: UUID | None = None) -> ServiceUser:
        with self.database.read() as db:
            return db.get_one(ServiceUser, person_id or self.leon)

    def rows(self, table: type, *where: Any) -> list[Any]:
        with self.database.read() as db:
            return list(db.scalars(select(table).where(*where)))

    def open_flags(self, kind: str | None = None) -> list[Flag]:
        found = self.rows(Flag, Flag.closed_at.is_(None))
        return [flag for flag in found if kind in (None, flag.kind)]

    def mails(self) -> list[Email]:
        return sorted(self.rows(Email), key=lambda email: (email.created_at, email.to))

    def texts(self, *kinds: str) -> list[Message]:
        found = self.rows(Message, Message.direction == "out", Message.kind.in_(kinds))
        return sorted(found, key=lambda message: message.created_at)

    def events(self, what: str) -> list[Mapping[str, Any]]:
        return [event.after or {} for event in self.rows(Event, Event.what == what)]


@pytest.fixture
def cast(database: Database, library: Library) -> Cast:
    return Cast(database, library)

"""One scheme, one practitioner, one person, on a real database: what the tests of check-ins stand on."""

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import checkins, receiving
from bot.channels import Inbound
from bot.database import Database
from bot.library import Library
from bot.models import Address, CheckIn, Flag, Message, Practitioner, Scheme, ServiceUser, Step
from bot.receiving import Received

NOW = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
MOBILE = "+447700900123"
OURS = "+447400999000"
FLOWS_DIR = Path(__file__).parents[2] / "flows"


@pytest.fixture(scope="session")
def library() -> Library:
    return Library.load(FLOWS_DIR)


class World:
    """Leon, who texts; the clock is moved by hand."""

    def __init__(self, database: Database, library: Library) -> None:
        self.database, self.library, self.now = database, library, NOW
        self.ids = (f"SM{n:032}" for n in count(1))
        with database.write() as db:
            self.person_id = _leon(db)

    def text(self, body: str, *, after: timedelta = timedelta(minutes=1), **changes: object) -> Received:
        self.now += after
        values = {
            "provider_id": next(self.ids), "channel": "sms", "address": MOBILE, "sender": OURS, "body": body, **changes
        }  # fmt: skip
        with self.database.write() as db:
            return receiving.receive(db, self.library, "tyneside", Inbound(**values), self.now)  # type: ignore[arg-type]

    def begin(self, at: datetime | None = None) -> Message | None:
        self.now = at or self.now
        with self.database.write() as db:
            return checkins.begin(db, self.library, self.person_id, self.now)

    def start(self) -> None:
        """Welcomed, agreed, a step set and a number given."""
        self.begin()
        for body in ("ok", "ring the college thurs 2pm", "8"):
            self.text(body)

    @property
    def person(self) -> ServiceUser:
        with self.database.read() as db:
            return db.get_one(ServiceUser, self.person_id)

    def rows(self, table: type, *where: object) -> list:  # type: ignore[type-arg]
        with self.database.read() as db:
            return list(db.scalars(select(table).where(*where)))  # type: ignore[arg-type]

    @property
    def step(self) -> Step:
        return max(self.rows(Step), key=lambda step: step.set_at)

    @property
    def open_flags(self) -> list[str]:
        return sorted(flag.kind for flag in self.rows(Flag, Flag.closed_at.is_(None)))

    @property
    def open_check_ins(self) -> list[CheckIn]:
        return self.rows(CheckIn, CheckIn.ended_at.is_(None))


@pytest.fixture
def world(database: Database, library: Library) -> World:
    return World(database, library)


def _leon(db: Session) -> UUID:
    db.add(Scheme(id="tyneside", created_at=NOW))
    db.flush()
    sam = Practitioner(
        scheme_id="tyneside", email="sam@example.org", first_name="Sam", phone="0191 4980123",
        hours="Mon-Fri 09:00-17:00", created_at=NOW,
    )  # fmt: skip
    db.add(sam)
    db.flush()
    leon = ServiceUser(
        scheme_id="tyneside", practitioner_id=sam.id, first_name="Leon", enrolled_at=NOW, next_check_in_at=NOW
    )
    db.add(leon)
    db.flush()
    db.add(
        Address(
            scheme_id="tyneside", service_user_id=leon.id, channel="sms", address=MOBILE, sender=OURS, consented=True
        )
    )
    return leon.id

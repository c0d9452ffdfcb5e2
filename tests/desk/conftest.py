"""A desk with the people who sit at it: Sam and Jo with their own people, Mo who leads, Ed who edits; Pat elsewhere."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from bot import sign_in
from bot.clock import Clock
from bot.library import Library
from bot.models import Address, Email, Flag, Message, Practitioner, Scheme, ServiceUser
from bot.service import Service
from bot.settings import ROOT, Settings
from bot.web import create_app
from bot.web.desk import mailbox
from bot.web.the_service import put
from tests.desk.talking import MIDDAY, Talk
from tests.web import pages

STAFF = {"sam": "practitioner", "jo": "practitioner", "mo": "lead", "ed": "editor"}
# Another scheme, whose people nobody of the first may see.
ELSEWHERE = "wearside"
BANNED = ("disengaged", "non-compliant", "failed to", "non-engager")
LARGEST_PAGE = 30_000


@dataclass
class Desk:
    """The running pages, with whoever is there by first name in lower case."""

    app: Flask
    service: Service
    staff: dict[str, uuid.UUID]
    people: dict[str, uuid.UUID] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return self.service.clock.now()

    def signed_in(self, name: str) -> FlaskClient:
        """A browser of theirs. Signing in again elsewhere would end it, so ask once a test and name."""
        now = Clock().now()
        with self.service.database.write() as db:
            row = db.get(Practitioner, self.staff[name])
            assert row is not None
            [mail] = sign_in.ask(db, self.service.settings.public_url, row.email, now)
            [link] = [line for line in mail.body.splitlines() if "/sign-in/" in line]
        client = self.app.test_client()
        answer = client.post(link.removeprefix(self.service.settings.public_url))
        assert answer.status_code == 303
        return client

    def add_person(self, name: str, owner: str = "sam", **values: Any) -> uuid.UUID:
        """An active person with a UK mobile of Ofcom's fiction range."""
        scheme = ELSEWHERE if owner == "pat" else "tyneside"
        number = f"+44770090{len(self.people):04d}"
        row = ServiceUser(
            id=uuid.uuid4(),
            scheme_id=scheme,
            practitioner_id=self.staff[owner],
            first_name=name,
            **{"state": "active", "enrolled_at": self.now, "started_at": self.now, **values},
        )
        with self.service.database.write() as db:
            db.add(row)
            db.flush()
            owns = {"scheme_id": scheme, "service_user_id": row.id}
            db.add(Address(**owns, channel="sms", address=number, consented=True))
        self.people[name.lower()] = row.id
        return row.id

    def add_text(self, name: str, words: str, direction: str = "in", **values: Any) -> uuid.UUID:
        """A text of theirs, or one that went to them and arrived."""
        with self.service.database.write() as db:
            person = db.get(ServiceUser, self.people[name])
            assert person is not None
            [number] = db.scalars(select(Address.address).where(Address.service_user_id == person.id))
            ours = direction == "out"
            row = Message(
                id=uuid.uuid4(),
                scheme_id=person.scheme_id,
                service_user_id=person.id,
                channel="sms",
                address=number,
                direction=direction,
                **{
                    "kind": "check_in" if ours else "text",
                    "body": words,
                    "state": "delivered" if ours else "received",
                    "created_at": self.now,
                    **values,
                },
            )
            db.add(row)
            if not ours:
                person.last_inbound_at = max(row.created_at, person.last_inbound_at or row.created_at)
        return row.id

    def add_flag(self, name: str, kind: str = "asked_for_you", **values: Any) -> uuid.UUID:
        """An open flag with a small evidence; raise it by ``flags.raise_flag`` where its evidence matters."""
        with self.service.database.write() as db:
            person = db.get(ServiceUser, self.people[name])
            assert person is not None
            row = Flag(
                id=uuid.uuid4(),
                scheme_id=person.scheme_id,
                service_user_id=person.id,
                kind=kind,
                **{
                    "evidence": {"since": self.now.isoformat(), "why": "they asked", "details": {}, "done": []},
                    "raised_at": self.now,
                    "updated_at": self.now,
                    **values,
                },
            )
            db.add(row)
        return row.id

    def row(self, table: type[Any], row_id: uuid.UUID) -> Any:
        with self.service.database.read() as db:
            return db.get(table, row_id)

    def mails(self, kind: str | None = None) -> list[Email]:
        with self.service.database.read() as db:
            found = db.scalars(select(Email).order_by(Email.created_at)).all()
        return [each for each in found if kind in (None, each.kind)]

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """The statements that the database is asked meanwhile, without those that begin and end a transaction."""
        asked: list[str] = []

        def note(_: Any, __: Any, statement: str, *___: Any) -> None:
            if not statement.startswith("BEGIN"):
                asked.append(statement)

        engine = self.service.database._engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield asked
        finally:
            event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def desk_settings(environ: dict[str, str], database_url: str, tmp_path: Path) -> Settings:
    """Two schemes, no forms' tokens: that they are asked for is a test of its own."""
    copytree(ROOT / "flows", tmp_path / "flows")
    copytree(tmp_path / "flows" / "tyneside", tmp_path / "flows" / ELSEWHERE)
    return Settings.from_env(environ | {"FLOWS_DIR": str(tmp_path / "flows")})


@pytest.fixture(scope="session")
def desk_library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The flows of both schemes, read once: to read them takes as long as a test."""
    flows = tmp_path_factory.mktemp("desk") / "flows"
    copytree(ROOT / "flows", flows)
    copytree(flows / "tyneside", flows / ELSEWHERE)
    return Library.load(flows)


# The pages by what they are made of; to make them and their templates takes longer than most tests.
_apps: dict[tuple[str, str, bool], Flask] = {}


def _app(settings: Settings, service: Service) -> Flask:
    """The pages, with this service behind them."""
    kind = settings.channel, settings.public_url, mailbox.is_here(settings)
    if kind not in _apps:
        _apps[kind] = create_app(settings, service)
    put(_apps[kind], service)
    _apps[kind].config["WTF_CSRF_ENABLED"] = False
    return _apps[kind]


@pytest.fixture
def desk(desk_settings: Settings, desk_library: Library) -> Iterator[Desk]:
    service = Service.from_settings(desk_settings, desk_library)
    app = _app(desk_settings, service)
    staff = _add_staff(service)
    yield Desk(app, service, staff)
    service.database.close()


def _add_staff(service: Service) -> dict[str, uuid.UUID]:
    now = service.clock.now() - timedelta(days=100)
    staff = {name: uuid.uuid4() for name in (*STAFF, "pat")}
    with service.database.write() as db:
        db.add_all([Scheme(id="tyneside", created_at=now), Scheme(id=ELSEWHERE, created_at=now)])
        db.flush()
        for name, row_id in staff.items():
            db.add(
                Practitioner(
                    id=row_id,
                    scheme_id=ELSEWHERE if name == "pat" else "tyneside",
                    email=f"{name}@example.org",
                    first_name=name.capitalize(),
                    phone="0191 4960000",
                    hours="Mon-Fri 09:00-17:00",
                    role=STAFF.get(name, "lead"),
                    created_at=now,
                )
            )
    return staff


@pytest.fixture
def check_page() -> Callable[[str], None]:
    """What every page of the desk has to be."""

    def check(html: str) -> None:
        pages.check(html)
        assert len(html.encode()) < LARGEST_PAGE
        assert not [word for word in BANNED if word in html.lower()]

    return check


@pytest.fixture
def stand_at(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Let the service's clock stand there."""

    def stand(moment: datetime) -> None:
        monkeypatch.setattr(desk.service.clock, "now", lambda: moment.astimezone(UTC))

    return stand


@pytest.fixture
def talk(desk: Desk, check_page: Callable[[str], None], stand_at: Callable[[datetime], None]) -> Talk:
    """Sam at the page of Amina, at midday."""
    stand_at(MIDDAY)
    return Talk(desk, desk.signed_in("sam"), desk.add_person("Amina"), check_page)

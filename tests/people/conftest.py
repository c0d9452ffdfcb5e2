"""A scheme with two practitioners on a real database, and people files written out in the tests."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from bot import practitioners, receiving
from bot.channels import Inbound
from bot.database import Database
from bot.library import Library
from bot.people import importing
from bot.people.faults import Refused
from bot.settings import ROOT
from bot.suppression import INFO_KEY, address_hasher

A_TUESDAY = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
HEADER = "scheme,practitioner_email,first_name,mobile,channel,language,consent_by,consent_at,reference"
AMINA = "tyneside,sam@example.org,Amina,07700 900001,sms,en,Sam,2026-11-20,T-01"
LEON = "tyneside,sam@example.org,Leon,07700 900002,sms,en,Sam,2026-11-20,"


@pytest.fixture(scope="session")
def library() -> Library:
    return Library.load(ROOT / "flows")


@pytest.fixture
def empty(database_url: str) -> Iterator[Database]:
    database = Database(database_url, {INFO_KEY: address_hasher("a secret of tests")})
    yield database
    database.close()


@pytest.fixture
def database(empty: Database, library: Library) -> Database:
    """Sam and Jo are practitioners; nobody is enrolled."""
    for name in ("Sam", "Jo"):
        with empty.write() as db:
            practitioners.add(
                db,
                library,
                "tyneside",
                email=f"{name.lower()}@example.org",
                first_name=name,
                phone="0191 498 0000",
                hours="Mon-Fri 09:00-17:00",
                now=A_TUESDAY,
            )
    return empty


Import = Callable[..., importing.Imported]


@pytest.fixture
def import_rows(database: Database, library: Library) -> Import:
    """Import these rows under the usual header, in one transaction."""

    def import_rows(*rows: str, header: str = HEADER, now: datetime = A_TUESDAY) -> importing.Imported:
        with database.write() as db:
            return importing.import_file(db, library, "\n".join((header, *rows)).encode(), now)

    return import_rows


@pytest.fixture
def faults(import_rows: Import) -> Callable[..., list[str]]:
    """What an import of these rows says, line by line."""

    def faults(*rows: str, header: str = HEADER) -> list[str]:
        with pytest.raises(Refused) as refused:
            import_rows(*rows, header=header)
        return str(refused.value).splitlines()

    return faults


NUMBER = "+447700900001"
Texts = Callable[..., None]


@pytest.fixture
def text(database: Database, library: Library) -> Texts:
    """Amina's number texts the bot."""
    sent = 0

    def text(words: str, *, number: str = NUMBER, now: datetime = A_TUESDAY, sid: str = "") -> None:
        nonlocal sent
        sent += 1
        inbound = Inbound(
            provider_id=sid or f"SM{sent:032d}", channel="sms", address=number, sender="phone:tyneside", body=words
        )
        with database.write() as db:
            receiving.receive(db, library, "tyneside", inbound, now)

    return text

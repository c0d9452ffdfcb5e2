"""A service with a stand-in for Twilio, on a database of its own."""

from collections.abc import Iterator

import pytest

from bot.channels.twilio import TwilioChannel
from bot.database import Database
from bot.library import Library
from bot.service import Service
from bot.settings import ROOT, Settings
from bot.suppression import INFO_KEY, address_hasher
from tests.delivery import stand_in
from tests.delivery.people import Cast, HandClock, World
from tests.delivery.stand_in import StandIn


@pytest.fixture(scope="session")
def library() -> Library:
    return Library.load(ROOT / "flows")


@pytest.fixture
def twilio() -> Iterator[StandIn]:
    with stand_in.running() as running:
        yield running


@pytest.fixture
def world(database_url: str, library: Library, twilio: StandIn, environ: dict[str, str]) -> Iterator[World]:
    """A service that texts by the stand-in; its clock stands at noon until it is moved."""
    yield from make_world(database_url, library, twilio, environ)


@pytest.fixture
def small_world(world: World) -> World:
    """The same: the name that tests of no database in particular have for it."""
    return world


def make_world(url: str, library: Library, twilio: StandIn, environ: dict[str, str]) -> Iterator[World]:
    settings = Settings.from_env(
        environ
        | {
            "CHANNEL": "twilio",
            "TWILIO_ACCOUNT_SID": stand_in.ACCOUNT,
            "TWILIO_AUTH_TOKEN": "token",
            "TWILIO_API_URL": twilio.url,
            "SENDERS": f"tyneside={stand_in.NUMBER}",
            # How fast a number may send is felt only where it is meant to be.
            "SMS_PER_SECOND": "9999",
            "WHATSAPP_PER_SECOND": "9999",
        }
    )
    database = Database(url, {INFO_KEY: address_hasher("a key for tests")})
    clock = HandClock()
    twilio.now = clock.now
    # Longer than a busy machine takes to answer: only what hangs on purpose may count as hung.
    service = Service(settings, database, library, clock, TwilioChannel(settings, seconds=2))
    yield World(service, Cast(database), clock, twilio)
    database.close()

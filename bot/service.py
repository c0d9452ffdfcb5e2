"""The parts that every entry is given: made once a process, safe to share between its threads."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot import links
from bot.channels import Channel
from bot.clock import Clock
from bot.database import Database
from bot.models import Heartbeat
from bot.settings import Settings, SettingsError
from bot.settings_faults import sentence
from bot.suppression import INFO_KEY, address_hasher

if TYPE_CHECKING:
    from bot.library import Library

PHONE_CLOCK = "phone_clock"


@dataclass(frozen=True)
class Service:
    """Settings, database, flows, clock and channel of a running bot."""

    settings: Settings
    database: Database
    library: "Library"
    clock: Clock
    channel: Channel

    @classmethod
    def from_settings(cls, settings: Settings, library: "Library | None" = None) -> "Service":
        """Put the parts together; the flows are read, unless they have been (``library``). Nothing is connected to yet.

        Flows with errors are refused, and so is a sender of a scheme that is not there.
        """
        from bot.library import Library

        database = database_for(settings)
        library = library or Library.load(settings.flows_dir)
        library.require_sound()
        _require_schemes(settings, library)
        return cls(settings, database, library, _clock(settings, database), _channel(settings))


def database_for(settings: Settings) -> Database:
    """The database, its sessions told what they need and no row holds."""
    return Database(settings.database_url, session_info(settings))


def session_info(settings: Settings) -> dict[str, Any]:
    """What every session is told: how addresses are hashed, and where the pages are that mails lead to."""
    return {INFO_KEY: address_hasher(settings.secret_key), links.INFO_KEY: settings}


def _require_schemes(settings: Settings, library: "Library") -> None:
    """A text to a sender whose scheme is not there could not be kept: refused before one comes."""
    schemes = {sender.scheme for sender in settings.senders} - library.schemes.keys()
    there = ", ".join(sorted(library.schemes))
    if schemes:
        raise SettingsError([sentence("sender scheme", value=each, there=there) for each in sorted(schemes)])


def _clock(settings: Settings, database: Database) -> Clock:
    """The wall clock; with the phone on a page, moved by the one row that every process reads."""
    if settings.channel != "phone":
        return Clock()

    def offset() -> timedelta:
        with database.read() as db:
            row = db.get(Heartbeat, PHONE_CLOCK)
            return timedelta(seconds=row.seconds if row else 0)

    return Clock(offset)


def _channel(settings: Settings) -> Channel:
    if settings.channel == "twilio":
        from bot.channels.twilio import TwilioChannel

        return TwilioChannel(settings)
    from bot.channels.phone import PhoneChannel

    return PhoneChannel()

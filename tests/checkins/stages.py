"""People in every stage of the service, each with a number of their own on SMS and on WhatsApp."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count, cycle
from uuid import UUID, uuid4

from sqlalchemy import select

from bot import checkins, people, receiving
from bot.channels import Inbound
from bot.channels.twilio import TwilioChannel
from bot.database import Database
from bot.library import Library
from bot.models import Address, Message, Practitioner, Scheme, ServiceUser
from bot.receiving import Received
from bot.service import Service
from bot.settings import Settings
from bot.suppression import INFO_KEY, address_hasher
from bot.sweep import sweep
from tests.checkins.conftest import NOW, OURS
from tests.delivery import stand_in
from tests.delivery.people import HandClock
from tests.delivery.stand_in import StandIn

SCHEME = "tyneside"


@dataclass
class Town:
    """A running service with a stand-in for Twilio, whose ledger is the judge of what was sent."""

    service: Service
    clock: HandClock
    twilio: StandIn
    sam: UUID
    numbers: Iterator[int] = field(default_factory=count)
    sids: Iterator[int] = field(default_factory=count)

    def person(self, channel: str, **facts: object) -> str:
        """An active person who has agreed on both channels and likes this one; their number."""
        mobile = f"+44770090{next(self.numbers):04}"
        person = uuid4()
        given = {"state": "active", "started_at": NOW - timedelta(days=30), "next_check_in_at": NOW, **facts}
        with self.service.database.write() as db:
            own = {"scheme_id": SCHEME}
            db.add(
                ServiceUser(
                    id=person,
                    practitioner_id=self.sam,
                    first_name="Leon",
                    channel=channel,
                    enrolled_at=NOW - timedelta(days=30),
                    **own,
                    **given,
                )
            )
            db.flush()
            for each in ("sms", "whatsapp"):
                # A session that is always open: what stops a text here must be the stop.
                window = NOW + timedelta(days=99)
                address = {"address": mobile, "sender": OURS, "consented": True, "window_until": window}
                db.add(Address(service_user_id=person, channel=each, **address, **own))
        return mobile

    def text(self, mobile: str, body: str, channel: str, **more: object) -> Received:
        sid = f"SMin{next(self.sids):028}"
        inbound = Inbound(
            provider_id=sid,
            channel=channel,
            address=mobile,
            sender=OURS,
            body=body,
            **more,  # type: ignore[arg-type]
        )
        with self.service.database.write() as db:
            return receiving.receive(db, self.service.library, SCHEME, inbound, self.clock.now())

    def days(self, days: int, a_day: int = 3) -> None:
        """Days go by, with some sweeps in each of them."""
        for _ in range(days * a_day):
            self.clock.move(hours=24 / a_day)
            sweep(self.service, jitter=lambda: 0.0)

    def sent_to(self, mobile: str) -> list[str]:
        """What the provider was given for this number, on either channel."""
        with self.twilio.lock:
            return [form.get("Body", "") for form in self.twilio.ledger if form["To"].endswith(mobile)]

    def rows(self, model: type, *where: object) -> list:  # type: ignore[type-arg]
        with self.service.database.read() as db:
            return list(db.scalars(select(model).where(*where)))  # type: ignore[arg-type]

    def row(self, mobile: str) -> ServiceUser:
        with self.service.database.read() as db:
            return people.find(db, mobile)

    def waiting(self, mobile: str) -> list[Message]:
        return self.rows(Message, Message.address == mobile, Message.state.in_(("queued", "claimed", "unknown")))


@contextmanager
def town(url: str, library: Library, environ: dict[str, str]) -> Iterator[Town]:
    with stand_in.running() as twilio:
        settings = Settings.from_env(
            environ
            | {
                "CHANNEL": "twilio",
                "TWILIO_ACCOUNT_SID": stand_in.ACCOUNT,
                "TWILIO_AUTH_TOKEN": "token",
                "TWILIO_API_URL": twilio.url,
                "SENDERS": f"{SCHEME}={OURS} {SCHEME}=whatsapp:{OURS}",
                # The clock stands still while a sweep sends: a number's pace would hold nearly everybody up.
                "SMS_PER_SECOND": "9999",
                "WHATSAPP_PER_SECOND": "9999",
            }
        )
        database = Database(url, {INFO_KEY: address_hasher("a key for tests")})
        clock = HandClock(NOW)
        twilio.now = clock.now
        made = Town(
            Service(settings, database, library, clock, TwilioChannel(settings, seconds=2)), clock, twilio, uuid4()
        )
        with database.write() as db:
            db.add(Scheme(id=SCHEME, created_at=NOW))
            db.flush()
            named = {"email": "sam@example.org", "first_name": "Sam", "phone": "0191 4980123"}
            hours = "Mon-Fri 09:00-17:00"
            db.add(Practitioner(id=made.sam, scheme_id=SCHEME, hours=hours, created_at=NOW, **named))
        try:
            yield made
        finally:
            database.close()


Stage = Callable[[Town, str], str]


def _asked(town: Town, channel: str) -> str:
    """Asked how their step went."""
    mobile = town.person(channel)
    _begin(town, mobile)
    return mobile


def _invited(town: Town, channel: str) -> str:
    """Asked whether to start; the one repeat is still to come."""
    mobile = town.person(channel, state="invited", started_at=None)
    _begin(town, mobile)
    return mobile


def _paused(town: Town, channel: str) -> str:
    return town.person(channel, state="paused", next_check_in_at=None, resume_at=NOW + timedelta(days=5))


def _held(town: Town, channel: str) -> str:
    mobile = town.person(channel)
    town.text(mobile, "can sam ring me", channel)
    return mobile


def _resting(town: Town, channel: str) -> str:
    facts = {"silence": "last_text", "silent_since": NOW - timedelta(days=80), "quiet_at": NOW + timedelta(days=9)}
    return town.person(channel, state="resting", next_check_in_at=None, **facts)


def _gone_quiet(town: Town, channel: str) -> str:
    facts = {"silence": "asked", "silent_since": NOW - timedelta(days=13), "quiet_at": NOW + timedelta(days=8)}
    return town.person(channel, next_check_in_at=None, **facts)


def _reminded(town: Town, channel: str) -> str:
    """A reminder of their step is set for the week after."""
    mobile = town.person(channel)
    _begin(town, mobile)
    for body in ("done", "me mam helped", "ring the college next friday 2pm", "8", "REMIND"):
        town.text(mobile, body, channel)
    return mobile


def _begin(town: Town, mobile: str) -> None:
    with town.service.database.write() as db:
        checkins.begin(db, town.service.library, people.find(db, mobile).id, town.clock.now())


STAGES: tuple[Stage, ...] = (_asked, _reminded, _invited, _paused, _held, _resting, _gone_quiet)


def in_every_stage() -> Iterator[Stage]:
    return cycle(STAGES)

"""A service on a real database with one person, and webhooks signed as Twilio signs them."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from bot.database import Database
from bot.models import Address, Message, Practitioner, Scheme, ServiceUser
from bot.service import Service
from bot.settings import Settings
from bot.web import create_app

ACCOUNT = "AC00000000000000000000000000000001"
SERVICE = "MG00000000000000000000000000000001"
OLD_TOKEN, NEW_TOKEN = "the token of last year", "the token of this year"
PUBLIC_URL = "https://check-ins.example.org"
SENDER = "+447400999000"
AMINA = "+447700900001"
A_TUESDAY = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)


@pytest.fixture
def twilio_settings(environ: dict[str, str], database_url: str, tmp_path: Path) -> Settings:
    """As in earnest, with a Redis that is dead: no reply may need it."""
    return Settings.from_env(
        environ
        | {
            "CHANNEL": "twilio",
            "PUBLIC_URL": PUBLIC_URL,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": f"{NEW_TOKEN},{OLD_TOKEN}",
            "TWILIO_MESSAGING_SERVICE_SID": SERVICE,
            "SENDERS": f"tyneside={SENDER} tyneside=whatsapp:{SENDER}",
            "REDIS_URL": f"unix://{tmp_path}/nobody-listens.sock",
        }
    )


@pytest.fixture
def service(twilio_settings: Settings) -> Iterator[Service]:
    service = Service.from_settings(twilio_settings)
    yield service
    service.database.close()


@pytest.fixture
def app(twilio_settings: Settings, service: Service) -> Flask:
    return create_app(twilio_settings, service)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def amina(service: Service) -> uuid.UUID:
    """One active person with a number and Sam for a practitioner."""
    return add_person(service.database, "Amina", AMINA, service.clock.now())


def add_person(database: Database, name: str, mobile: str, now: datetime) -> uuid.UUID:
    sam, person = uuid.uuid4(), uuid.uuid4()
    with database.write() as db:
        if db.get(Scheme, "tyneside") is None:
            db.add(Scheme(id="tyneside", created_at=now))
            db.flush()
        db.add(
            Practitioner(
                id=sam,
                scheme_id="tyneside",
                email=f"{sam.hex[:8]}@tyneside.example",
                first_name="Sam",
                phone="0191 4960000",
                hours="Mon-Fri 09:00-17:00",
                created_at=now,
            )
        )
        db.flush()
        db.add(
            ServiceUser(
                id=person,
                scheme_id="tyneside",
                practitioner_id=sam,
                first_name=name,
                state="active",
                enrolled_at=now,
                started_at=now,
                next_check_in_at=now + timedelta(days=2),
            )
        )
        db.flush()
        db.add(
            Address(
                scheme_id="tyneside",
                service_user_id=person,
                channel="sms",
                address=mobile,
                sender=SENDER,
                consented=True,
            )
        )
    return person


def text_params(body: str = "hello", **changes: str) -> dict[str, Any]:
    """A text as Twilio posts it."""
    sid = "SM" + uuid.uuid4().hex
    return {
        "MessageSid": sid,
        "SmsSid": sid,
        "SmsMessageSid": sid,
        "AccountSid": ACCOUNT,
        "MessagingServiceSid": SERVICE,
        "From": AMINA,
        "To": SENDER,
        "Body": body,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
        "FromCountry": "GB",
        "FromCity": "",
    } | changes


@dataclass
class Twilio:
    """Posts to the application as Twilio does."""

    client: FlaskClient

    def text(self, body: str = "hello", **changes: str) -> TestResponse:
        return self.post("/twilio/inbound", text_params(body, **changes))

    def post(self, path: str, params: Mapping[str, Any], token: str = NEW_TOKEN) -> TestResponse:
        signature = RequestValidator(token).compute_signature(PUBLIC_URL + path, params)
        return self.raw(path, urlencode(params, doseq=True), signature)

    def raw(self, path: str, body: str, signature: str | None) -> TestResponse:
        headers = {} if signature is None else {"X-Twilio-Signature": signature}
        return self.client.post(path, data=body, headers=headers, content_type="application/x-www-form-urlencoded")


@pytest.fixture
def twilio(client: FlaskClient) -> Twilio:
    return Twilio(client)


Counted = Callable[..., int]


@pytest.fixture
def rows(service: Service) -> Counted:
    """Count messages: `rows(direction="in")`."""

    def count(**where: Any) -> int:
        with service.database.read() as db:
            return db.scalar(select(func.count()).select_from(Message).filter_by(**where)) or 0

    return count

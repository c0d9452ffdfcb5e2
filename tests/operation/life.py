"""A service that lives: people text it, it texts them, receipts come back; Twilio's ledger is the judge."""

import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator

from bot.models import Message, ServiceUser
from bot.service import Service
from bot.sweep import sweep
from bot.web import create_app
from tests.delivery import stand_in
from tests.delivery.people import World

FORM = "application/x-www-form-urlencoded"


@dataclass
class Life:
    """Days of a small scheme, by one clock that is moved by hand."""

    world: World
    service: Service
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = create_app(self.service.settings, self.service).test_client()

    def hours(self, hours: float) -> None:
        """Let time pass: a sweep every half an hour, and receipts for what has left."""
        for _ in range(int(hours * 2)):
            self.world.clock.move(minutes=30)
            sweep(self.service, jitter=lambda: 0.0)
            self.receipts()

    def text(self, number: str, body: str) -> str:
        """Somebody texts us; the answer leaves by the webhook's own response. Returns Twilio's id of their text."""
        sid = self.missed(number, body)
        form = {"MessageSid": sid, "AccountSid": stand_in.ACCOUNT, "From": number, "To": stand_in.NUMBER, "Body": body}
        answer = self.post("/twilio/inbound", form)
        for said in ET.fromstring(answer):
            left = self.world.twilio.take({"To": number, "From": stand_in.NUMBER, "Body": said.text or ""})
            left["direction"] = "outbound-reply"
            self.world.twilio.ledger[-1]["StatusCallback"] = said.attrib["statusCallback"]
        self.receipts()
        return sid

    def missed(self, number: str, body: str) -> str:
        """Somebody texts us, and nobody tells us."""
        sid = f"SM{uuid4().hex}"
        self.world.twilio.add(sid, stand_in.NUMBER, number, body, "inbound", "received")
        return sid

    def receipts(self) -> None:
        """Everything that is on its way arrives."""
        for form in self.world.twilio.ledger:
            record = next(each for each in self.world.twilio.records if each["sid"] == form["Sid"])
            if record["status"] == "queued":
                record["status"] = "delivered"
                # The row that it would name is lost with the database that made it.
                callback = urlsplit(form.get("StatusCallback", "/twilio/status?message="))
                told = {"MessageSid": form["Sid"], "AccountSid": stand_in.ACCOUNT, "MessageStatus": "delivered"}
                self.post(f"{callback.path}?{callback.query}", told)

    def post(self, path: str, form: dict[str, str]) -> str:
        url = self.service.settings.public_url + path
        signed = {"X-Twilio-Signature": RequestValidator("token").compute_signature(url, form)}
        answer = self.client.post(path, data=urlencode(form), headers=signed, content_type=FORM)
        assert answer.status_code in (200, 204), answer.status_code
        return answer.text

    def sent_to(self, number: str) -> list[str]:
        return [form["Body"] for form in self.world.twilio.ledger if form["To"] == number]

    def sent_twice(self) -> list[tuple[str, str]]:
        counted = Counter((form["To"], form["Body"]) for form in self.world.twilio.ledger)
        return [text for text, times in counted.items() if times > 1]

    def person(self, number: str) -> ServiceUser:
        with self.service.database.read() as db:
            return db.scalars(select(ServiceUser).join(Message).where(Message.address == number).limit(1)).one()

    def taken(self, sid: str) -> int:
        """How many rows hold this text of theirs."""
        with self.service.database.read() as db:
            return db.scalar(select(func.count()).where(Message.provider_id == sid)) or 0

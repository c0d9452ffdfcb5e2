"""Services on SQLite files of their own, with people in them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import insert

from bot.database import upgrade
from bot.models import Address, Message, Practitioner, Scheme, ServiceUser
from bot.service import Service
from bot.settings import ROOT, Settings

SCHEME, SENDER, TOKEN, ACCOUNT = "tyneside", "+447400999000", "a token for a bench", "AC" + "0" * 32
URL = "https://check-ins.example.org"
TWILIO = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_MESSAGING_SERVICE_SID": "MG" + "0" * 32}


@contextmanager
def service(channel: str) -> Iterator[Service]:
    """A service whose files are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="stepalong-bench-") as folder:
        files = {"VAR_DIR": folder, "FLOWS_DIR": str(ROOT / "flows"), "CHANNEL": channel}
        twilio = {**TWILIO, "PUBLIC_URL": URL, "SENDERS": f"{SCHEME}={SENDER}"} if channel == "twilio" else {}
        settings = Settings.from_env({**files, **twilio, "SECRET_KEY": "a secret for a bench, long enough"})
        upgrade(settings.database_url)
        made = Service.from_settings(settings)
        yield made
        made.database.close()


def mobile(number: int) -> str:
    return f"+4477009{number:05}"


def enrol(service: Service, people: int, next_check_in: timedelta, texts: int = 0) -> list[UUID]:
    """This many active people whose next check-in is that far from now, each with so many texts behind them."""
    now, sam, ids = service.clock.now(), uuid4(), [uuid4() for _ in range(people)]
    staff = {"email": "sam@example.org", "first_name": "Sam", "phone": "0191 4980123", "hours": "Mon-Fri 09:00-17:00"}
    person = {"practitioner_id": sam, "first_name": "Leon", "state": "active", "enrolled_at": now, "started_at": now}
    text = {"direction": "out", "kind": "check_in", "body": "How did it go?", "state": "delivered", "created_at": now}
    own = {"scheme_id": SCHEME, "channel": "sms", "sender": SENDER}
    theirs = [{**own, "service_user_id": each, "address": mobile(n)} for n, each in enumerate(ids)]
    alarm = {"next_check_in_at": now + next_check_in}
    with service.database.write() as db:
        db.execute(insert(Scheme), {"id": SCHEME, "created_at": now})
        db.execute(insert(Practitioner), {"id": sam, "scheme_id": SCHEME, "created_at": now, **staff})
        db.execute(insert(ServiceUser), [{"id": each, "scheme_id": SCHEME, **person, **alarm} for each in ids])
        db.execute(insert(Address), [{**address, "consented": True} for address in theirs])
        if texts:
            db.execute(insert(Message), [{**address, **text} for address in theirs for _ in range(texts)])
    return ids

"""G19 and G20: who goes in by every way there is shows up in no log, queue, metric or error, and goes out whole."""

import logging
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from io import StringIO
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from twilio.request_validator import RequestValidator

from bot import digests, flags, jobs, logs, people, practitioners, provider_copies
from bot.channels.twilio import TwilioChannel
from bot.conversation import engine
from bot.embedded import valkey
from bot.library import Library
from bot.models import Flag, Practitioner, ProviderCopy, ServiceUser
from bot.people import forgetting, importing
from bot.people.scrub import scrub
from bot.reconcile import reconcile
from bot.service import Service
from bot.settings import Settings
from bot.sweep import sweep
from bot.web import create_app
from tests.delivery import stand_in
from tests.delivery.people import HandClock
from tests.delivery.stand_in import StandIn
from tests.people.conftest import A_TUESDAY, HEADER
from tests.people.test_forget import everything

NAME, NUMBER, EMAIL, SENTENCE = "Zebulonia", "+447700900777", "zeb@canary.example", "my cormorant sings at dawn"
CANARIES = (NAME, NUMBER, "447700900777", EMAIL, SENTENCE, "CANARY-REF")
ROW = f"tyneside,sam@example.org,{NAME},07700 900777,sms,en,Sam,2026-11-20,CANARY-REF"


@dataclass
class Everywhere:
    """A service with all that it writes to, in folders that can be searched byte by byte."""

    service: Service
    clock: HandClock
    twilio: StandIn
    client: FlaskClient
    folders: list[Path]
    logs: StringIO
    sent: int = 0
    answers: list[str] = field(default_factory=list)

    def texts(self, words: str) -> int:
        """A signed webhook; Twilio's own list has the text, too."""
        self.sent += 1
        sid = f"SM{'c' * 20}{self.sent:012d}"
        self.twilio.add(sid, stand_in.NUMBER, NUMBER, words, "inbound", "received")
        params = {"MessageSid": sid, "AccountSid": stand_in.ACCOUNT, "From": NUMBER, "To": stand_in.NUMBER}
        params |= {"Body": words, "NumMedia": "0", "SmsStatus": "received"}
        path = "/twilio/inbound"
        signed = RequestValidator("token").compute_signature(self.service.settings.public_url + path, params)
        answer = self.client.post(
            path,
            data=urlencode(params),
            headers={"X-Twilio-Signature": signed},
            content_type="application/x-www-form-urlencoded",
        )
        if answer.status_code != 200:
            self.answers.append(answer.text)
        return answer.status_code

    def traces(self) -> list[str]:
        """Where which canary is found in a file: the database's, mails, the queue's."""
        files = [file for folder in self.folders for file in folder.rglob("*") if file.is_file()]
        return [f"{each} in {file.name}" for file in files for each in CANARIES if each.encode() in file.read_bytes()]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: pytest's own are too long for a socket."""
    with tempfile.TemporaryDirectory(prefix="stepalong-") as made:
        yield Path(made)


@pytest.fixture
def everywhere(
    environ: dict[str, str], database_url: str, library: Library, tmp_path: Path, folder: Path, own_logs: None
) -> Iterator[Everywhere]:
    queue, mails = folder, tmp_path / "mails"
    clock = HandClock(A_TUESDAY)
    with stand_in.running() as twilio, valkey(queue / "v.sock", queue / "data"):
        twilio.now = clock.now
        settings = Settings.from_env(
            environ
            | {
                **{"CHANNEL": "twilio", "TWILIO_ACCOUNT_SID": stand_in.ACCOUNT, "TWILIO_AUTH_TOKEN": "token"},
                **{"TWILIO_API_URL": twilio.url, "SENDERS": f"tyneside={stand_in.NUMBER}"},
                **{"MAIL_URL": f"file:{mails}", "REDIS_URL": f"unix://{queue / 'v.sock'}"},
            }
        )
        whole = Service.from_settings(settings)
        service = Service(settings, whole.database, library, clock, TwilioChannel(settings, seconds=2))
        logs.configure(settings)
        written = StringIO()
        [handler] = logging.getLogger().handlers
        handler.setStream(written)  # type: ignore[attr-defined]
        with service.database.write() as db:
            practitioners.ensure_schemes(db, ["tyneside"], clock.now())
        client = create_app(settings, service).test_client()
        yield Everywhere(service, clock, twilio, client, [tmp_path, queue / "data"], written)
        whole.database.close()


def go_in(it: Everywhere, monkeypatch: pytest.MonkeyPatch) -> None:
    """By an import, webhooks, flags with notes, digests, alerts, jobs, and by what breaks on the way."""
    service, now = it.service, it.clock.now
    sam = {"email": "sam@example.org", "first_name": "Sam", "phone": "0191 498 0000", "hours": "Mon-Fri 09:00-17:00"}
    assert it.texts(f"{SENTENCE}, who is this? {EMAIL}") == 200
    with service.database.write() as db:
        practitioners.add(db, service.library, "tyneside", now=now(), **sam)
        importing.import_file(db, service.library, f"{HEADER}\n{ROW}".encode(), now())
    sweep(service)
    for words in ("ok", f"ring {EMAIL} about {SENTENCE} thurs", "7", f"can someone ring me, {SENTENCE}"):
        assert it.texts(words) == 200
    assert it.texts(f"i want to kill myself, {SENTENCE}") == 200
    with service.database.write() as db:
        for flag_id in db.scalars(select(Flag.id).where(Flag.closed_at.is_(None))).all():
            flags.close(db, flag_id, "sam@example.org", f"rang {NAME}: {SENTENCE}", now())
        practitioner = db.scalars(select(Practitioner.id)).one()
    assert it.texts(f"can i talk to someone. {SENTENCE}") == 200
    with service.database.write() as db:
        digests.make(db, service.library, practitioner, now(), by_hand=True)
    jobs.serve(service)
    jobs.tick(service)
    sweep(service)
    break_things(it, monkeypatch)


def break_things(it: Everywhere, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exceptions that quote what they were given: our own, and the database's with its parameters."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"{NAME} {NUMBER} {SENTENCE}")

    with monkeypatch.context() as patched:
        patched.setattr(engine, "hear", fail)
        it.texts(SENTENCE)

    def refuse(_: object, *__: object, **___: object) -> None:
        with it.service.database.read() as db:
            db.execute(text("INSERT INTO nowhere VALUES (:a, :b)"), {"a": NUMBER, "b": SENTENCE})

    with monkeypatch.context() as patched:
        patched.setattr(engine, "start", refuse)
        with it.service.database.write() as db:
            person = db.scalars(select(ServiceUser)).one()
            person.held_for, person.state, person.next_check_in_at = None, "active", it.clock.now()
        sweep(it.service)
    # The text that broke on the way was not handled: whatever became of it, nobody is to lose it.
    jobs.work("texts", [NUMBER])


def test_a_canary_sings_nowhere_but_in_its_own_rows(everywhere: Everywhere, monkeypatch: pytest.MonkeyPatch) -> None:
    go_in(everywhere, monkeypatch)
    assert all(each in everything(everywhere.service.database) for each in (NAME, NUMBER, EMAIL, SENTENCE))
    written = everywhere.logs.getvalue()
    assert "RuntimeError" in written, "something was logged"
    assert "OperationalError" in written or "ProgrammingError" in written
    metrics = everywhere.client.get("/metrics").text
    ready = everywhere.client.get("/readyz").text
    kept = [file.read_bytes() for file in everywhere.folders[1].rglob("*") if file.is_file()]
    queue = b"".join(kept).decode("utf-8", "replace")
    assert "stepalong" in queue, "the queue was used"
    addresses = " ".join(form.get("StatusCallback", "") for form in everywhere.twilio.ledger)
    assert "/twilio/status" in addresses
    for place in (written, metrics, ready, queue, addresses, *everywhere.answers):
        assert not [each for each in CANARIES if each in place]


def test_a_canary_that_is_forgotten_is_nowhere(
    everywhere: Everywhere, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = everywhere
    go_in(it, monkeypatch)
    assert [each for each in it.traces() if each.endswith(".eml")], "mails named them"
    with it.service.database.write() as db:
        for flag_id in db.scalars(select(Flag.id).where(Flag.closed_at.is_(None))).all():
            flags.close(db, flag_id, "sam@example.org", "done", it.clock.now())
        gone = forgetting.forget(db, people.find(db, NUMBER), "sam@example.org", it.clock.now())
    forgetting.clear_folder(it.service.settings.mail_url, gone.names)
    # Twilio still has every text of theirs, and is down: nothing of it comes back by its list.
    it.clock.move(minutes=5)
    assert NUMBER in str(it.twilio.records)
    assert not reconcile(it.service)["late texts"]
    it.twilio.readable = False
    assert provider_copies.erase(it.service)["provider's copies to be tried again"]
    it.twilio.readable = True
    it.twilio.on_their_way = {record["sid"] for record in it.twilio.records[:2]}
    for _ in range(3):
        it.clock.move(days=1)
        sweep(it.service)
        it.twilio.on_their_way = set()
    assert NUMBER not in str(it.twilio.records)
    with it.service.database.read() as db:
        assert not [each for each in provider_copies.waiting(db, it.clock.now()) if each.copies]
        assert all(copy.gone_at for copy in db.scalars(select(ProviderCopy)) if copy.provider_id)
    assert [each for each in CANARIES if each in everything(it.service.database)] == []
    assert scrub(database_url)
    assert it.traces() == []
    assert not [each for each in CANARIES if each in everywhere.logs.getvalue()]


@pytest.mark.parametrize("days", [1, 15])
def test_a_copy_that_will_not_go_is_told_to_the_operators_log(everywhere: Everywhere, days: int) -> None:
    it = everywhere
    it.twilio.on_their_way = {"SMstuck"}
    with it.service.database.write() as db:
        due = it.clock.now() + timedelta(minutes=2)
        asked = {"due_at": due, "asked_at": it.clock.now(), "attempts": 0}
        db.add(ProviderCopy(scheme_id="tyneside", provider_id="SMstuck", **asked))
    it.clock.move(days=days)
    provider_copies.erase(it.service)
    assert ("cannot be deleted" in it.logs.getvalue()) is (days > 14)
    with it.service.database.read() as db:
        [waiting] = provider_copies.waiting(db, it.clock.now())
    assert (waiting.copies, waiting.error) == (1, "20009")

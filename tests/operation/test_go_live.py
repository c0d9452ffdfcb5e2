"""What is missing before a scheme may start: everything right, and then one thing wrong after the other."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text, update
from werkzeug.serving import make_server

from bot import duties, go_live
from bot.channels.twilio import TwilioChannel
from bot.clock import Clock
from bot.conversation.scheme import DutyContact, Hours
from bot.go_live import Weight
from bot.library import Library
from bot.models import Heartbeat, Practitioner
from bot.service import Service
from bot.settings import ROOT, Sender
from bot.vitals import SILENT
from bot.web import create_app
from bot.web.go_live import address
from tests.delivery.people import World
from tests.flags import smtp
from tests.operation import console
from tests.operation.console import SERVICE, Console
from tests.web.pages import check

NUMBER = "+447400123456"
REAL = (
    DutyContact("Jo Ridley", "jo@tyneside.gov.uk", "0191 200 0001"),
    DutyContact("Dev", "d@tyneside.gov.uk", "07400 1"),
)


@pytest.fixture
def twilio() -> Iterator[Console]:
    with console.running() as running:
        yield running


@pytest.fixture
def outside(world: World) -> Iterator[Any]:
    """A web server whose application is put in later."""
    server = make_server("127.0.0.1", 0, lambda environ, start: server.answering(environ, start), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def service(world: World, outside: Any, twilio: Console, redis_url: str) -> Iterator[Service]:
    """A service of which everything is right."""
    clock = Clock()
    twilio.now = clock.now
    with smtp.letterbox(smtp.Letterbox()) as box:
        settings = replace(
            world.service.settings,
            environment="production",
            public_url=f"http://127.0.0.1:{outside.server_port}",
            redis_url=redis_url,
            mail_url=f"smtp://user:password@localhost:{box.port}",
            senders=(Sender("tyneside", "sms", NUMBER),),
            operator_email="operator@tyneside.gov.uk",
            heartbeat_url="https://watcher.tyneside.gov.uk/x",
        )
        twilio.number(NUMBER, **our_webhook(settings.public_url))
        library = replace(world.service.library, schemes={"tyneside": sound(world.service.library)})
        ready = replace(world.service, settings=settings, clock=clock, library=library, channel=TwilioChannel(settings))
        world.cast.person()
        world.cast.change(Practitioner, world.cast.sam, phone="0191 200 0002", role="lead", email=REAL[0].email)
        with ready.database.write() as db:
            db.add(on_duty(REAL[1], clock.now()))
            for name in SILENT:
                duties.beat(db, name, clock.now())
        outside.answering = create_app(settings, ready)
        yield ready


def on_duty(contact: DutyContact, now: datetime) -> Practitioner:
    """A duty contact who can sign in."""
    facts = {"phone": contact.phone, "hours": "Mon-Fri 09:00-17:00", "role": "practitioner"}
    return Practitioner(scheme_id="tyneside", email=contact.email, first_name=contact.name, created_at=now, **facts)


def our_webhook(public_url: str) -> dict[str, str]:
    there = f"{public_url}/twilio/inbound"
    return {"sms_url": there, "sms_method": "POST", "sms_fallback_url": there}


def sound(library: Library, **changes: Any) -> Any:
    return replace(library.scheme("tyneside"), **{"duty_contacts": REAL, "link": "steps.tyneside.gov.uk"} | changes)


def with_scheme(service: Service, **changes: Any) -> Service:
    return replace(service, library=replace(service.library, schemes={"tyneside": sound(service.library, **changes)}))


def missing(service: Service, weight: Weight = Weight.MISSING) -> list[str]:
    report = go_live.look(service)
    return [each.what for each in (*report.common, *report.schemes["tyneside"]) if each.weight is weight]


def test_everything_is_right(service: Service) -> None:
    report = go_live.look(service)
    assert [each for each in (*report.common, *report.schemes["tyneside"]) if each.sentence] == []
    assert report.ready("tyneside")


def test_it_sends_nothing_and_changes_nothing(service: Service, twilio: Console) -> None:
    def rows() -> list[Any]:
        with service.database.read() as db:
            tables = ("message", "email", "event", "flag", "notice")
            return [db.scalar(text(f"SELECT count(*) FROM {table}")) for table in tables]

    before = rows()
    go_live.look(service)
    assert rows() == before
    assert twilio.ledger == []


FICTION = DutyContact("Jo", "jo@tyneside.gov.uk", "07700 900999")
EXAMPLE = DutyContact("Jo", "jo@example.org", "0191 200 0001")


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"duty_contacts": REAL[:1]}, "duty contacts"),
        ({"duty_contacts": ()}, "duty contacts"),
        ({"duty_contacts": (*REAL, FICTION)}, "duty contacts that can be reached"),
        ({"duty_contacts": (*REAL, EXAMPLE)}, "duty contacts that can be reached"),
        ({"hours": Hours({}, "")}, "hours"),
        ({"safeguarding_lead": " "}, "a safeguarding lead"),
        ({"consent_wording": {}}, "consent wording"),
        ({"languages": ("en", "cy")}, "consent wording"),
        ({"link": "steps.example.org"}, "the privacy page"),
    ],
)
def test_what_a_scheme_lacks(service: Service, changes: dict[str, Any], what: str) -> None:
    assert missing(with_scheme(service, **changes)) == [what]


@pytest.mark.parametrize(
    ("senders", "what"),
    [
        ((), ["a number for texts"]),
        (("whatsapp", NUMBER), ["a number for texts"]),
        (("sms", "+447700900123"), ["numbers that are ours", "webhook of the number ...123"]),
    ],
)
def test_numbers(service: Service, senders: tuple[str, ...], what: list[str]) -> None:
    given = (Sender("tyneside", *senders),) if senders else ()  # type: ignore[arg-type]
    assert missing(replace(service, settings=replace(service.settings, senders=given))) == what


def test_who_answers_people(service: Service, world: World) -> None:
    world.cast.change(Practitioner, world.cast.sam, role="practitioner", phone="0191 498 0000")
    assert missing(service) == ["practitioners' numbers"]
    assert missing(service, Weight.ADVICE) == ["a lead among them"]
    world.cast.change(Practitioner, world.cast.sam, retired_at=datetime(2026, 6, 1, tzinfo=UTC))
    assert missing(service, Weight.ADVICE) == ["a lead among them", "duty contacts who can sign in"]
    with service.database.write() as db:
        db.execute(update(Practitioner).values(retired_at=datetime(2026, 6, 1, tzinfo=UTC)))
    assert missing(service) == ["practitioners"]


def test_a_duty_contact_who_cannot_sign_in_is_named(service: Service) -> None:
    new = DutyContact("Kit", "KIT@tyneside.gov.uk", "0191 200 0003")
    report = go_live.look(with_scheme(service, duty_contacts=(*REAL, new)))
    [advice] = [each for each in report.schemes["tyneside"] if each.sentence]
    assert "cannot read what it is about: Kit." in advice.sentence
    assert report.ready("tyneside")


@pytest.mark.parametrize(
    ("facts", "what"),
    [
        ({"sms_url": "https://demo.twilio.com/welcome/sms/reply/"}, ["webhook of the number ...456"]),
        ({"sms_url": ""}, ["webhook of the number ...456"]),
        ({"sms_method": "GET"}, ["webhook of the number ...456"]),
    ],
)
def test_a_number_that_sends_elsewhere(
    service: Service, twilio: Console, facts: dict[str, str], what: list[str]
) -> None:
    twilio.number(NUMBER, **our_webhook(service.settings.public_url) | facts)
    assert missing(service) == what


def test_the_part_of_an_address_for_twilio_alone_is_passed_over(service: Service, twilio: Console) -> None:
    webhook = our_webhook(service.settings.public_url)
    twilio.number(NUMBER, **webhook | {"sms_url": f"{webhook['sms_url']}#rc=2&rp=all", "sms_fallback_url": ""})
    assert missing(service) == []
    assert missing(service, Weight.ADVICE) == ["fallback of the number ...456"]


@pytest.mark.parametrize(("on_number", "what"), [(False, ["webhook of the number ...456"]), (True, [])])
def test_a_messaging_service_decides_for_its_numbers(
    service: Service, twilio: Console, on_number: bool, what: list[str]
) -> None:
    elsewhere = {"inbound_request_url": "https://elsewhere.tyneside.gov.uk/", "inbound_method": "POST"}
    twilio.set_up[SERVICE] = {**elsewhere, "fallback_url": "x", "use_inbound_webhook_on_number": on_number}
    twilio.set_up["PhoneNumbers"] = {"phone_numbers": [{"phone_number": NUMBER}]}
    assert missing(replace(service, settings=replace(service.settings, twilio_messaging_service_sid=SERVICE))) == what


def test_each_thing_fails_by_itself(service: Service, twilio: Console, outside: Any) -> None:
    """Nobody is there: no Twilio, no mail server, no Redis, no way in; each is named, and the rest is looked at."""
    nobody = "127.0.0.1:1"
    away = replace(
        service.settings,
        twilio_api_url=f"http://{nobody}",
        mail_url=f"smtp://{nobody}",
        redis_url=f"redis://{nobody}",
        public_url=f"http://{nobody}",
    )
    found = missing(replace(service, settings=away, channel=TwilioChannel(away)))
    assert set(found) == {
        *("Redis", "mail", "the way in", "the account at Twilio", "the list of what came in", "webhooks at Twilio"),
    }


def test_a_token_of_last_year(service: Service) -> None:
    old = replace(service.settings, twilio_auth_tokens=("old",))
    found = missing(replace(service, settings=old, channel=TwilioChannel(old)))
    assert {"the account at Twilio", "the way in", "webhooks at Twilio"} <= set(found)


def test_a_stranger_behind_our_address(service: Service, outside: Any) -> None:
    def stranger(environ: Any, start: Any) -> Any:
        start("204 No Content", [])
        return []

    outside.answering = stranger
    assert missing(service) == ["the door"]


def test_a_clock_that_is_wrong(service: Service) -> None:
    ahead = replace(service, clock=Clock(lambda: timedelta(minutes=3)))
    assert "the time" in missing(ahead)


@pytest.mark.parametrize("name", list(SILENT))
def test_what_does_not_beat(service: Service, name: str) -> None:
    with service.database.write() as db:
        db.delete(db.get_one(Heartbeat, name))
    assert missing(service) == [f"beat of the {name.replace('_', ' ')}"]


def test_settings_that_are_only_for_trying_out(service: Service) -> None:
    weak = replace(
        service.settings, environment="development", secret_key="a" * 40, operator_email="", heartbeat_url=""
    )
    assert missing(replace(service, settings=weak))[:2] == ["production", "the secret key"]
    assert missing(replace(service, settings=weak), Weight.ADVICE) == ["the operator's address", "a watcher outside"]


# ---------------------------------------------------------------- the page


@pytest.fixture
def client(service: Service) -> FlaskClient:
    return create_app(service.settings, service).test_client()


def test_the_page_opens_by_its_link_alone(service: Service, client: FlaskClient) -> None:
    assert client.get("/go-live").status_code == 404
    assert client.get("/go-live?key=guessed").status_code == 404
    other = replace(service.settings, secret_key="another secret key, long enough for all")
    assert client.get(address(other).removeprefix(other.public_url)).status_code == 404
    answer = client.get(address(service.settings).removeprefix(service.settings.public_url))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_outside_production_it_is_open(service: Service) -> None:
    trying = replace(service.settings, environment="development")
    ours = replace(service, settings=trying)
    assert create_app(trying, ours).test_client().get("/go-live").status_code == 200


def test_the_page_is_sound_and_about_nobody(service: Service, world: World) -> None:
    lacking = with_scheme(service, duty_contacts=(), hours=Hours({}, ""))
    page = create_app(service.settings, lacking).test_client()
    html = page.get(address(service.settings).removeprefix(service.settings.public_url)).text
    check(html)
    assert "Missing: duty contacts." in html
    assert "not yet" in html
    for private in ("Sam", "sam@example.org", "0191", "Leon", NUMBER, "password", service.settings.secret_key, "token"):
        assert private not in html
    assert (ROOT / "bot/web/static/style.css").stat().st_size < 15_000

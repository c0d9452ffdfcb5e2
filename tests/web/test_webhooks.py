"""A text is answered in its own request, once, whatever else is dead; a receipt only moves forward."""

import re
import uuid
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import select, update
from twilio.request_validator import RequestValidator

from bot import receiving
from bot.channels import Inbound
from bot.models import Message
from bot.service import Service
from bot.settings import Settings
from bot.web import create_app
from tests.web.conftest import ACCOUNT, AMINA, NEW_TOKEN, PUBLIC_URL, SENDER, Counted, Twilio, text_params

pytestmark = pytest.mark.usefixtures("amina")


def said(twiml: bytes) -> list[ET.Element]:
    """The messages of an answer, which has to be well-formed."""
    response = ET.fromstring(twiml)
    assert response.tag == "Response"
    assert all(child.tag == "Message" for child in response)
    return list(response)


def reply_row(service: Service) -> Message:
    with service.database.read() as db:
        return db.scalars(select(Message).where(Message.direction == "out")).one()


def test_a_text_is_answered_by_one_message_that_names_our_row(twilio: Twilio, service: Service) -> None:
    answer = twilio.text("hello there")
    assert answer.status_code == 200
    assert answer.mimetype == "application/xml"
    [message] = said(answer.data)
    row = reply_row(service)
    assert message.text == row.body
    assert message.attrib == {"statusCallback": f"{PUBLIC_URL}/twilio/status?message={row.id}"}
    assert row.via == "twiml"


def test_a_text_seen_before_gets_the_same_answer_byte_for_byte(twilio: Twilio, rows: Counted) -> None:
    params = text_params("hello")
    first = twilio.post("/twilio/inbound", params)
    again = twilio.post("/twilio/inbound", params)
    with_more = twilio.post("/twilio/inbound", params | {"New": "parameter"})
    assert first.data == again.data == with_more.data
    assert (rows(direction="in"), rows(direction="out")) == (1, 1)


def test_a_text_that_was_fetched_before_its_webhook_came_is_not_answered_twice(
    twilio: Twilio, service: Service, rows: Counted
) -> None:
    """The provider's list may show it first; its answer is on its way by REST."""
    params = text_params("hello")
    fetched = Inbound(
        provider_id=params["MessageSid"], channel="sms", address=AMINA, sender=SENDER, body="hello", late=True
    )
    with service.database.write() as db:
        assert receiving.receive(db, service.library, "tyneside", fetched, service.clock.now()).reply
    answer = twilio.post("/twilio/inbound", params)
    assert (answer.status_code, said(answer.data)) == (200, [])
    assert (rows(direction="in"), rows(direction="out")) == (1, 1)


def test_a_text_asked_for_again_once_its_answer_has_left_is_not_answered_twice(
    twilio: Twilio, service: Service
) -> None:
    params = text_params("hello")
    assert said(twilio.post("/twilio/inbound", params).data)
    receipt = {"MessageSid": "SM1", "MessageStatus": "sent", "AccountSid": ACCOUNT}
    twilio.post(f"/twilio/status?message={reply_row(service).id}", receipt)
    assert said(twilio.post("/twilio/inbound", params).data) == []


def test_the_same_text_twenty_times_at_once_is_one_text(app: Flask, rows: Counted) -> None:
    params = text_params("hello")
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: Twilio(app.test_client()).post("/twilio/inbound", params), range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.data for answer in answers}) == 1
    assert (rows(direction="in"), rows(direction="out")) == (1, 1)


def test_two_texts_in_the_same_second_are_two(twilio: Twilio, rows: Counted) -> None:
    twilio.text("hello")
    twilio.text("hello")
    assert rows(direction="in") == 2


@pytest.mark.parametrize("word", ["STOP", "stop", "HELP", "Start"])
def test_what_twilio_answers_itself_gets_an_empty_response(twilio: Twilio, word: str) -> None:
    assert said(twilio.text(word).data) == []


def test_an_opt_out_that_twilio_has_answered_gets_an_empty_response(twilio: Twilio) -> None:
    assert said(twilio.text("leave me alone please", OptOutType="STOP").data) == []


def test_a_crisis_is_answered_though_redis_is_dead(twilio: Twilio) -> None:
    [message] = said(twilio.text("i want to kill myself").data)
    assert "116 123" in str(message.text)


def test_what_cannot_wait_rings_the_doorbell_with_ids_alone(
    environ: dict[str, str], twilio_settings: Settings, service: Service, redis_url: str
) -> None:
    settings = replace(twilio_settings, redis_url=redis_url)
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
        twilio = Twilio(create_app(settings, replace(service, settings=settings)).test_client())
        twilio.text("my secret is that i want to kill myself")
        kept = b"".join(_everything(redis))
    assert b"mails" in kept
    for private in (b"secret", AMINA[1:].encode(), b"Amina", b"tyneside.example"):
        assert private not in kept


def _everything(redis: Redis) -> Iterator[bytes]:
    for key in redis.scan_iter():
        yield key
        yield redis.dump(key) or b""
        if redis.type(key) == b"hash":
            for name, value in redis.hgetall(key).items():
                yield name + (zlib.decompress(value) if name == b"data" else value)


def test_a_stranger_gets_a_neutral_answer_and_only_once_a_day(twilio: Twilio, rows: Counted) -> None:
    [message] = said(twilio.text("who is this", From="+447700900777").data)
    assert "Amina" not in str(message.text)
    assert said(twilio.text("hello??", From="+447700900777").data) == []
    assert rows(direction="in", state="unclaimed") == 2


@pytest.mark.parametrize(
    "body", ["", "\x00\x01\x1b[31m\ufffe\u202e", "<Message>&amp;]]></Response>", "\U0001f642" * 400]
)
def test_any_body_gets_well_formed_xml(twilio: Twilio, body: str) -> None:
    answer = twilio.text(body)
    assert answer.status_code == 200
    assert len(said(answer.data)) <= 1


def test_control_characters_in_a_stored_reply_are_left_out(twilio: Twilio, service: Service) -> None:
    params = text_params("hello")
    twilio.post("/twilio/inbound", params)
    with service.database.write() as db:
        db.execute(
            update(Message).where(Message.direction == "out").values(body="a\x00\x0b<b>\ufffe & \u00e9\U0001f642\n")
        )
    [message] = said(twilio.post("/twilio/inbound", params).data)
    assert message.text == "a<b> & \u00e9\U0001f642\n"


def test_a_picture_and_a_tapped_button_come_through(twilio: Twilio, service: Service) -> None:
    twilio.text("", NumMedia="2", MediaUrl0="https://api.twilio.com/x", MediaContentType0="image/jpeg")
    twilio.text("Done", ButtonText="DONE", ButtonPayload="done")
    with service.database.read() as db:
        kept = db.execute(select(Message.body, Message.media).where(Message.direction == "in").order_by(Message.media))
        assert [tuple(row) for row in kept] == [("DONE", 0), ("", 2)]


class TestReceipts:
    """What became of a text we sent."""

    def post(self, twilio: Twilio, row_id: uuid.UUID | str, status: str, **more: str) -> int:
        params = {"MessageSid": "SM1", "MessageStatus": status, "AccountSid": ACCOUNT, "To": "+447700900001"}
        return twilio.post(f"/twilio/status?message={row_id}", params | more).status_code

    def test_it_brings_the_providers_id_and_moves_the_row_forward(self, twilio: Twilio, service: Service) -> None:
        twilio.text("hello")
        row = reply_row(service)
        for status, state in [("sent", "sent"), ("delivered", "delivered"), ("queued", "delivered")]:
            assert self.post(twilio, row.id, status) == 204
            assert reply_row(service).state == state
        assert reply_row(service).provider_id == "SM1"

    @pytest.mark.parametrize("row_id", ["", "nonsense", "0b7e5a52-0000-4000-8000-000000000000", "%00"])
    def test_of_a_text_we_do_not_know_it_is_thanked_for(self, twilio: Twilio, row_id: str) -> None:
        assert self.post(twilio, row_id, "delivered") == 204

    def test_of_a_status_we_do_not_know_it_is_thanked_for(self, twilio: Twilio) -> None:
        assert self.post(twilio, "", "teleported") == 204

    def test_it_is_found_by_the_providers_id_too(self, twilio: Twilio, service: Service) -> None:
        twilio.text("hello")
        self.post(twilio, reply_row(service).id, "sent")
        params = {"MessageSid": "SM1", "MessageStatus": "delivered", "AccountSid": ACCOUNT}
        assert twilio.post("/twilio/status", params).status_code == 204
        assert reply_row(service).state == "delivered"


class TestTooLarge:
    """At most 32 kilobytes, with a sentence, and nothing of it in the logs."""

    def test_a_large_form_is_refused_with_a_sentence(self, twilio: Twilio, capfd: pytest.CaptureFixture[str]) -> None:
        answer = twilio.text("secret" * 20_000)
        assert answer.status_code == 413
        assert re.fullmatch("That was too long. At most 32 kilobytes .*", answer.text.strip())
        assert "secretsecret" not in "".join(capfd.readouterr())

    @pytest.mark.parametrize("path", ["/twilio/status", "/", "/nowhere"])
    def test_it_is_refused_everywhere(self, twilio: Twilio, path: str) -> None:
        assert twilio.raw(path, "x" * 100_000, None).status_code == 413

    def test_one_that_does_not_say_how_large_it_is_is_cut_off(self, app: Flask) -> None:
        from io import BytesIO

        environ: dict[str, Any] = {"wsgi.input_terminated": True}
        answer = app.test_client().post(
            "/twilio/inbound",
            input_stream=BytesIO(b"Body=" + b"x" * 100_000),
            content_type="application/x-www-form-urlencoded",
            headers={"X-Twilio-Signature": "x", "Transfer-Encoding": "chunked"},
            environ_overrides=environ,
        )
        assert answer.status_code == 413

    def test_the_longest_text_there_is_is_taken(self, twilio: Twilio) -> None:
        assert twilio.text("\N{GRINNING FACE}" * 1600, ChannelMetadata="x" * 2000).status_code == 200


class TestWhatNoDatabaseKeeps:
    """PostgreSQL refuses a NUL anywhere, and what is longer than its column: no reason to lose a text."""

    def test_a_nul_is_dropped_and_not_the_text(self, twilio: Twilio, service: Service) -> None:
        assert twilio.text("i want\0 to die").status_code == 200
        with service.database.read() as db:
            assert db.scalar(select(Message.body).where(Message.direction == "in")) == "i want to die"

    def test_bytes_that_are_no_utf8_are_kept_as_they_were_written(self, twilio: Twilio, service: Service) -> None:
        params = text_params("caf%FF")
        signed = RequestValidator(NEW_TOKEN).compute_signature(f"{PUBLIC_URL}/twilio/inbound", params)
        answer = twilio.raw("/twilio/inbound", urlencode(params).replace("%25FF", "%FF"), signed)
        assert answer.status_code == 200
        with service.database.read() as db:
            assert db.scalar(select(Message.body).where(Message.direction == "in")) == "caf%FF"

    @pytest.mark.parametrize("address", ["+1" * 100, "+4477009\0", "whatsapp:"])
    def test_a_sender_that_is_no_address_is_refused(self, twilio: Twilio, rows: Counted, address: str) -> None:
        assert twilio.text("hello", From=address).status_code == 403
        assert rows(direction="in") == 0

    def test_a_receipt_of_nonsense_is_a_message_we_do_not_know(self, twilio: Twilio, service: Service) -> None:
        twilio.text("hello")
        path = f"/twilio/status?message={reply_row(service).id}"
        params = {"MessageSid": "SM\0", "MessageStatus": "sent", "ErrorCode": "\0" * 99, "AccountSid": ACCOUNT}
        assert twilio.post(path, params).status_code == 204
        row = reply_row(service)
        assert (row.state, row.provider_id, row.error_code) == ("sent", None, None)

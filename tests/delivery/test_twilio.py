"""The channel against a stand-in: what is asked of Twilio, and what its answers mean."""

import json
import subprocess
import sys
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.channels import Fault, Outgoing, Refused, Sent, Unknown, Unreadable
from bot.channels.twilio import TwilioChannel
from bot.settings import Sender
from tests.delivery.people import NOON, World


@pytest.fixture
def world(small_world: World) -> World:
    return small_world


def outgoing(**facts: object) -> Outgoing:
    given = {"channel": "sms", "address": "+447700900001", "sender": "+447400999000", "body": "Hi Leon"}
    return Outgoing(id=uuid.uuid4(), **{**given, **facts})  # type: ignore[arg-type]


OUTCOMES = [
    ("ok", Sent(f"SM{0:032x}", "accepted")),
    ("429", Refused("429", Fault.TEMPORARY)),
    ("21611", Refused("21611", Fault.TEMPORARY)),
    ("21610", Refused("21610", Fault.OPTED_OUT)),
    ("21614", Refused("21614", Fault.BAD_ADDRESS)),
    ("21606", Refused("21606", Fault.OURS)),
    ("63016", Refused("63016", Fault.OTHER_CHANNEL)),
    ("12345", Refused("12345", Fault.PERMANENT)),
    ("500", Unknown("500")),
    ("cut", Unknown("ConnectionError"[:12])),
    ("hang", Unknown("ReadTimeout")),
    ("swallow", Unknown("ReadTimeout")),
]


@pytest.mark.parametrize(("planned", "outcome"), OUTCOMES)
def test_what_its_answers_mean(world: World, planned: str, outcome: object) -> None:
    world.twilio.plan.append(planned)
    assert world.service.channel.send(outgoing()) == outcome


def test_whatsapp_is_another_spelling_and_templates_have_no_body(world: World) -> None:
    template = {"sid": "HX1", "variables": {"1": "Leon"}}
    world.service.channel.send(outgoing(channel="whatsapp", template=template, seconds=600))
    [asked] = world.twilio.ledger
    assert (asked["To"], asked["From"]) == ("whatsapp:+447700900001", "whatsapp:+447400999000")
    assert (asked["ContentSid"], asked["ContentVariables"]) == ("HX1", '{"1": "Leon"}')
    assert "Body" not in asked


def test_a_messaging_service_keeps_the_number_they_had_last(world: World) -> None:
    settings = replace(world.service.settings, twilio_messaging_service_sid="MG1")
    TwilioChannel(settings).send(outgoing())
    TwilioChannel(settings).send(outgoing(sender=None))
    first, second = world.twilio.ledger
    assert (first["MessagingServiceSid"], first["From"]) == ("MG1", "+447400999000")
    assert second["MessagingServiceSid"] == "MG1"
    assert "From" not in second


VARIABLES = [
    ({"1": "Leon", "2": 7}, {"1": "Leon", "2": "7"}),
    ({"1": "ring the college\nand the bank\r\n\tby   five    pm  "}, {"1": "ring the college and the bank by five pm"}),
    ({"1": "Leon", "2": "", "3": None, "4": " \n"}, {"1": "Leon"}),
    ({"1": "caf\u00e9 \u2028 on Friday"}, {"1": "caf\u00e9 on Friday"}),
]


@pytest.mark.parametrize(("given", "asked"), VARIABLES)
def test_what_fills_a_template_is_strings_of_one_line(
    world: World, given: dict[str, object], asked: dict[str, str]
) -> None:
    """WhatsApp refuses line ends, tabs and rows of spaces; Twilio refuses what is empty (21656)."""
    template = {"sid": "HX1", "variables": given}
    assert isinstance(world.service.channel.send(outgoing(channel="whatsapp", template=template)), Sent)
    assert json.loads(world.twilio.ledger[0]["ContentVariables"]) == asked


def test_a_template_with_nothing_to_fill_in_has_no_variables(world: World) -> None:
    world.service.channel.send(outgoing(channel="whatsapp", template={"sid": "HX1", "variables": {"1": ""}}))
    assert "ContentVariables" not in world.twilio.ledger[0]


def test_connections_are_kept_and_time_out(world: World) -> None:
    """Ten texts one after the other go through one connection; a provider that hangs is waited for so long."""
    ports = {world.twilio.taken_from[-1] for _ in range(10) if world.service.channel.send(outgoing())}
    assert len(ports) == 1
    assert TwilioChannel(world.service.settings)._client.http_client.timeout == 10


SIDE_BY_SIDE = [("10", "80", 16), ("80", "80", 64), ("1", "1", 16), ("9999", "1", 64)]


@pytest.mark.parametrize(("sms", "whatsapp", "at_once"), SIDE_BY_SIDE)
def test_as_many_side_by_side_as_its_numbers_need(world: World, sms: str, whatsapp: str, at_once: int) -> None:
    senders = (Sender("tyneside", "sms", "+447400999000"), Sender("tyneside", "whatsapp", "+447400999000"))
    fast = {"sms_per_second": int(sms), "whatsapp_per_second": int(whatsapp)}
    only_sms = senders[:1] if sms == "10" else senders
    channel = TwilioChannel(replace(world.service.settings, senders=only_sms, **fast))
    assert channel.at_once == at_once


def test_while_tokens_are_exchanged_either_is_taken(world: World) -> None:
    settings = replace(world.service.settings, twilio_auth_tokens=("old", "token"))
    assert isinstance(TwilioChannel(settings).send(outgoing()), Sent)
    settings = replace(settings, twilio_auth_tokens=("old",))
    assert TwilioChannel(settings).send(outgoing()) == Refused("20003", Fault.AUTH)


def test_it_is_found_by_address_time_and_words(world: World) -> None:
    channel, sent = world.service.channel, outgoing(body="Hi  Leon\n")
    since, until = NOON - timedelta(minutes=5), NOON + timedelta(minutes=5)
    assert channel.find(sent, since, until, frozenset()) is None
    world.twilio.add("SMother", "+447700900001", "+447400999000", "Another text", "outbound-api", "sent")
    world.twilio.add("SMinbound", "+447700900001", "+447400999000", "Hi Leon", "inbound", "received")
    assert channel.find(sent, since, until, frozenset()) is None
    world.twilio.add("SMours", "+447700900001", "+447400999000", "Hi Leon", "outbound-api", "undelivered")
    found = channel.find(sent, since, until, frozenset())
    assert found is not None
    assert (found.provider_id, found.state) == ("SMours", "undelivered")
    assert channel.find(sent, since, until, frozenset({"SMours"})) is None
    assert channel.find(sent, NOON + timedelta(minutes=1), until, frozenset()) is None
    assert channel.find(sent, since, NOON - timedelta(seconds=1), frozenset()) is None


def test_a_list_that_cannot_be_read_is_not_an_empty_one(world: World) -> None:
    world.twilio.readable = False
    with pytest.raises(Unreadable):
        world.service.channel.find(outgoing(), NOON, NOON, frozenset())
    with pytest.raises(Unreadable):
        world.service.channel.inbound_since(NOON)


def test_what_came_in_is_told_oldest_first_from_every_number(world: World) -> None:
    senders = (Sender("tyneside", "sms", "+447400999000"), Sender("tyneside", "whatsapp", "+447400999000"))
    channel = TwilioChannel(replace(world.service.settings, senders=senders))
    world.twilio.add("SMold", "+447400999000", "+447700900001", "too old", "inbound", "received")
    world.clock.move(minutes=10)
    since = world.clock.at
    world.twilio.add("SM1", "whatsapp:+447400999000", "whatsapp:+447700900002", "hello", "inbound", "received")
    world.clock.move(seconds=1)
    world.twilio.add("SM2", "+447400999000", "+447700900001", "STOP", "inbound", "received")
    first, second = channel.inbound_since(since)
    assert (first.provider_id, first.channel, first.address) == ("SM1", "whatsapp", "+447700900002")
    assert (second.provider_id, second.body, second.late) == ("SM2", "STOP", True)
    assert second.sent_at == world.clock.at


def test_what_left_any_of_our_numbers_is_told_oldest_first(world: World) -> None:
    """Answers to webhooks too; not what came in, nor what is older than asked for."""
    world.twilio.add("SMold", "+447700900001", "+447400999000", "too old", "outbound-api", "sent")
    world.clock.move(minutes=10)
    since = world.clock.at
    world.twilio.add("SM1", "+447700900001", "+447400999000", "Hi Leon", "outbound-api", "delivered")
    world.clock.move(seconds=1)
    world.twilio.add("SM2", "+447700900002", "+447400999000", "Good one!", "outbound-reply", "queued")
    world.twilio.add("SM3", "+447700900002", "+447400111222", "not ours", "outbound-api", "sent")
    world.twilio.add("SM4", "+447400999000", "+447400999000", "to ourselves", "inbound", "received")
    first, second = world.service.channel.outbound_since(since)
    assert (first.provider_id, first.address, first.state, first.at) == ("SM1", "+447700900001", "delivered", since)
    assert (second.provider_id, second.body, second.state) == ("SM2", "Good one!", "accepted")
    world.twilio.readable = False
    with pytest.raises(Unreadable):
        world.service.channel.outbound_since(since)


def test_a_process_that_sends_nothing_does_not_load_the_client() -> None:
    loads = "import sys, bot.service, bot.channels.twilio; sys.exit('twilio.rest' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loads], check=False).returncode == 0

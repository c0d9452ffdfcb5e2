"""STOP is final: in whatever words, on either channel, in whatever stage. The provider's ledger is the judge."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bot import suppression
from bot.channels import keywords
from bot.library import Library
from bot.models import CheckIn, ConsentEvent, Flag, Message, Suppression
from tests.checkins.stages import SCHEME, STAGES, Town, in_every_stage, town

TEXTS = yaml.safe_load(Path(__file__).with_name("stops.yaml").read_text(encoding="utf-8"))
STOPS, GOES_ON = TEXTS["stops"], TEXTS["goes_on"]
CHANNELS = ("sms", "whatsapp")


@pytest.fixture
def tyneside(database_url: str, library: Library, environ: dict[str, str]) -> Iterator[Town]:
    with town(database_url, library, environ) as made:
        yield made


def test_there_are_enough_of_them() -> None:
    assert len(STOPS) >= 40
    assert len(set(STOPS)) == len(STOPS)
    assert len(GOES_ON) >= 20


@pytest.mark.parametrize("channel", CHANNELS)
def test_after_a_stop_nothing_is_sent_in_thirty_days_of_sweeps(tyneside: Town, channel: str) -> None:
    """Every wording, by people in every stage; beside them somebody who goes on, for whom the texts must come."""
    control = tyneside.person(channel)
    stages = in_every_stage()
    stopped = {next(stages)(tyneside, channel): body for body in STOPS}
    tyneside.clock.move(minutes=1)
    replies = {mobile: tyneside.text(mobile, body, channel).reply for mobile, body in stopped.items()}
    before = {mobile: len(tyneside.sent_to(mobile)) for mobile in stopped}
    tyneside.days(30, a_day=2)
    assert {body for mobile, body in stopped.items() if tyneside.row(mobile).state != "opted_out"} == set()
    assert {stopped[m]: tyneside.sent_to(m) for m in stopped if len(tyneside.sent_to(m)) > before[m]} == {}
    assert {stopped[m] for m in stopped if tyneside.waiting(m)} == set()
    assert len(tyneside.sent_to(control)) >= 3, "the sweeps do send"
    # One confirmation, unless the network has given it.
    silent = {stopped[mobile] for mobile, reply in replies.items() if reply is None}
    answered_there = {body for body in STOPS if channel == "sms" and keywords.BARE.get(keywords.bare(body))}
    assert silent == answered_there
    nodes = {reply.node for reply in replies.values() if reply}
    assert nodes <= {"phrases/stop", "phrases/wrong_number", "welcome/no_thanks"}


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_is_no_stop_ends_nothing(tyneside: Town, channel: str) -> None:
    asked = {STAGES[0](tyneside, channel): body for body in GOES_ON}
    tyneside.clock.move(minutes=1)
    for mobile, body in asked.items():
        tyneside.text(mobile, body, channel)
    assert {body for mobile, body in asked.items() if tyneside.row(mobile).state == "opted_out"} == set()
    tyneside.days(15, a_day=2)
    assert {body for mobile, body in asked.items() if not tyneside.sent_to(mobile)} == set()


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.__name__)
def test_a_stop_leaves_nothing_that_could_ring(tyneside: Town, stage: object) -> None:
    mobile = stage(tyneside, "sms")  # type: ignore[operator]
    tyneside.text(mobile, "please stop texting me", "sms")
    person = tyneside.row(mobile)
    assert (person.next_check_in_at, person.quiet_at, person.resume_at) == (None, None, None)
    check_ins = tyneside.rows(CheckIn, CheckIn.service_user_id == person.id)
    assert [(each.wake_at, each.remind_at) for each in check_ins] == [(None, None)] * len(check_ins)
    [said] = tyneside.rows(ConsentEvent, ConsentEvent.service_user_id == person.id, ConsentEvent.what == "opted_out")
    assert said.words == "please stop texting me"
    assert [f.kind for f in tyneside.rows(Flag, Flag.service_user_id == person.id, Flag.kind == "opted_out")]
    with tyneside.service.database.read() as db:
        assert suppression.is_suppressed(db, SCHEME, mobile)


@pytest.mark.parametrize("again", ["stop texting me", "STOP", "wrong number mate", "leave me alone!!"])
@pytest.mark.parametrize("first", ["stop texting me", "wrong number mate"])
def test_a_second_stop_is_not_answered(tyneside: Town, first: str, again: str) -> None:
    """After a wrong number least of all: the words for a stop name the practitioner."""
    mobile = tyneside.person("sms")
    assert tyneside.text(mobile, first, "sms").reply
    tyneside.clock.move(minutes=3)
    assert tyneside.text(mobile, again, "sms").reply is None
    assert tyneside.row(mobile).state == "opted_out"
    [kept] = tyneside.rows(Suppression)
    assert kept.why == ("wrong_number" if "wrong" in first else "opted_out"), "and the first reason stands"
    [told] = tyneside.rows(Flag, Flag.kind == "opted_out")
    assert told.version == 1


def test_a_stop_on_one_channel_ends_both(tyneside: Town) -> None:
    mobile = tyneside.person("sms")
    assert tyneside.text(mobile, "STOP", "whatsapp").reply, "there the network answers nothing"
    tyneside.days(8, a_day=2)
    assert tyneside.sent_to(mobile) == []


def test_stopped_and_started_in_a_pause_the_reminder_of_before_is_gone(tyneside: Town) -> None:
    mobile = STAGES[1](tyneside, "sms")
    tyneside.text(mobile, "stop texting me", "sms")
    tyneside.text(mobile, "START", "sms")
    assert tyneside.row(mobile).state == "active"
    assert tyneside.rows(CheckIn, CheckIn.remind_at.is_not(None)) == []
    tyneside.days(14, a_day=2)
    assert tyneside.sent_to(mobile), "and check-ins come again"


def test_no_to_the_welcome_and_then_start_asks_the_welcome_again(tyneside: Town) -> None:
    mobile = STAGES[2](tyneside, "sms")
    tyneside.text(mobile, "no thanks", "sms")
    tyneside.days(3)
    assert (tyneside.row(mobile).state, tyneside.sent_to(mobile)) == ("opted_out", [])
    tyneside.text(mobile, "START", "sms")
    tyneside.days(1)
    assert tyneside.row(mobile).state == "invited"
    assert [body.split(".")[0] for body in tyneside.sent_to(mobile)] == ["Hi Leon"]
    assert tyneside.rows(Message, Message.kind == "welcome", Message.state != "cancelled")

"""Numbers nobody knows: kept, answered once a day, told nothing of anybody, and bounded however many they are."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot import people, receiving, suppression, unclaimed
from bot.channels import Inbound
from bot.database import Database
from bot.library import Library
from bot.models import Flag, Message, Tally
from bot.people import importing
from bot.people.forgetting import forget
from tests.checkins.conftest import MOBILE, NOW, OURS, World

STRANGER = "+447700900999"
HEADER = "scheme,practitioner_email,first_name,mobile,channel,language,consent_by,consent_at"


def ask(database: Database, library: Library, mobile: str, body: str, n: int, **more: object) -> str | None:
    channel = str(more.pop("channel", "sms"))
    inbound = Inbound(provider_id=f"SM{n}", channel=channel, address=mobile, sender=OURS, body=body, **more)  # type: ignore[arg-type]
    with database.write() as db:
        reply = receiving.receive(db, library, "tyneside", inbound, NOW).reply
        return reply.body if reply else None


def people_file(*mobiles: str, channel: str = "sms") -> bytes:
    rows = (f"tyneside,sam@example.org,Jo,{each},{channel},en,Sam,2026-11-20" for each in mobiles)
    return "\n".join((HEADER, *rows)).encode()


def imported(world: World, data: bytes) -> importing.Imported:
    with world.database.write() as db:
        return importing.import_file(db, world.library, data, world.now)


def test_one_answer_a_day_on_either_channel(world: World) -> None:
    assert world.text("hiya", address=STRANGER).reply is not None
    assert world.text("hello?", address=STRANGER, channel="whatsapp").reply is None
    assert world.text("hello??", address=STRANGER, after=timedelta(hours=23)).reply is None
    assert world.text("hello???", address=STRANGER, after=timedelta(hours=1)).reply is not None
    assert {row.state for row in world.rows(Message, Message.address == STRANGER, Message.direction == "in")} == {
        "unclaimed"
    }


def test_two_texts_in_the_same_moment_get_one_answer(world: World) -> None:
    def text(n: int) -> str | None:
        return ask(world.database, world.library, STRANGER, "hello", n)

    with ThreadPoolExecutor(8) as pool:
        answers = [said for said in pool.map(text, range(16)) if said]
    assert len(answers) == 1
    assert len(world.rows(Message, Message.address == STRANGER, Message.direction == "in")) == 16


def test_however_many_numbers_there_are_a_days_answers_are_bounded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unclaimed, "ANSWERS_A_DAY", 5)
    answers = [world.text("hi", address=f"+4477009{n:05}", after=timedelta(seconds=1)).reply for n in range(40)]
    assert sum(reply is not None for reply in answers) == 5
    assert sum(row.sent for row in world.rows(Tally)) == 5
    crisis = world.text("i want to kill myself", address="+447700999999").reply
    assert crisis is not None, "a crisis is answered however full the day is"
    assert world.text("hi", address="+447700988888", after=timedelta(days=1)).reply is not None


@pytest.mark.parametrize("body", ["hello", "who is this", "is leon there", "CALL", "MY STEP", "WINS", "done", "7"])
def test_everybody_hears_the_same_and_nothing_of_anybody(world: World, body: str) -> None:
    world.start()
    said = {
        world.text(words, address=f"{STRANGER}{n}").reply.body  # type: ignore[union-attr]
        for n, words in enumerate([body, "anything"])
    }
    [only] = said
    for private in ("Leon", "Sam", "college", "tyneside", "Tyneside", "0191"):
        assert private not in only
    assert world.open_flags == []


@pytest.mark.parametrize("body", ["HELP", "INFO", "START"])
def test_what_the_network_answers_is_not_answered_again(world: World, body: str) -> None:
    assert world.text(body, address=STRANGER).reply is None
    assert world.text("x", address=STRANGER, opt_out_type="HELP").reply is None


class TestCrisis:
    def test_it_is_answered_each_time_and_told(self, world: World) -> None:
        for _ in range(3):
            received = world.text("i want to kill myself", address=STRANGER)
            assert received.reply is not None
            assert "116 123" in received.reply.body
        [flag] = world.rows(Flag, Flag.closed_at.is_(None))
        assert (flag.kind, flag.loud, flag.service_user_id) == ("safety", True, None)

    def test_of_danger_at_home_nothing_is_sent_that_names_it(self, world: World) -> None:
        reply = world.text("hes hitting me again im scared", address=STRANGER).reply
        assert reply is not None
        assert "automatic" in reply.body
        for telling in ("Samaritans", "safe", "abuse", "ring", "danger"):
            assert telling not in reply.body

    def test_not_safe_afterwards_is_heard(self, world: World) -> None:
        world.text("i want to die", address=STRANGER)
        received = world.text("NOT SAFE", address=STRANGER)
        assert received.reply is not None
        assert received.reply.node == "phrases/not_safe"
        [flag] = world.rows(Flag, Flag.closed_at.is_(None))
        assert flag.evidence["details"]["not_safe"] is True

    def test_not_safe_out_of_the_blue_is_only_a_text(self, world: World) -> None:
        reply = world.text("NOT SAFE", address=STRANGER).reply
        assert reply is not None
        assert reply.node == "phrases/unknown_number"

    def test_fetched_late_it_goes_at_once_by_the_outbox(self, world: World) -> None:
        reply = world.text("i want to die", address=STRANGER, late=True, sent_at=world.now).reply
        assert reply is not None
        assert (reply.via, reply.state, reply.submitted_at) == ("rest", "queued", None)


class TestStop:
    """A stop from a number nobody knows outlasts the day on which somebody enrols it."""

    @pytest.mark.parametrize(
        ("body", "kind"), [("STOP", None), ("stop texting me", None), ("terfyn", "STOP"), ("wrong number mate", None)]
    )
    @pytest.mark.parametrize("channel", ["sms", "whatsapp"])
    def test_an_import_enrols_nobody_who_stopped_before(
        self, world: World, body: str, kind: str | None, channel: str
    ) -> None:
        assert world.text(body, address=STRANGER, opt_out_type=kind, channel=channel).reply is None
        for enrolled_on in ("sms", "whatsapp"):
            done = imported(world, people_file(STRANGER, channel=enrolled_on))
            assert (done.enrolled, done.opted_out) == ([], 1)
        assert world.text("hello", address=STRANGER).reply is None

    def test_start_takes_it_back(self, world: World) -> None:
        world.text("stop texting me", address=STRANGER)
        world.text("START", address=STRANGER)
        assert len(imported(world, people_file(STRANGER)).enrolled) == 1

    @pytest.mark.parametrize("word", ["yes", "start again please"])
    def test_so_does_yes(self, world: World, word: str) -> None:
        world.text("stop texting me", address=STRANGER)
        world.text(word, address=STRANGER)
        assert len(imported(world, people_file(STRANGER)).enrolled) == 1

    def test_a_wrong_number_comes_back_only_by_a_practitioner(self, world: World) -> None:
        world.text("wrong number mate", address=STRANGER)
        world.text("START", address=STRANGER)
        assert imported(world, people_file(STRANGER)).opted_out == 1
        with world.database.write() as db:
            people.allow(db, "tyneside", STRANGER, "sam@example.org", world.now)
        assert len(imported(world, people_file(STRANGER)).enrolled) == 1


class TestErased:
    """An opt-out outlives the record."""

    def erase(self, world: World) -> None:
        with world.database.write() as db:
            forget(db, people.find(db, MOBILE), "sam@example.org", world.now)

    @pytest.mark.parametrize("words", ["STOP", "please stop texting me", None])
    def test_no_file_brings_them_back(self, world: World, words: str | None) -> None:
        world.start()
        if words:
            world.text(words)
        self.erase(world)
        for channel in ("sms", "whatsapp"):
            done = imported(world, people_file(MOBILE, channel=channel))
            assert (done.enrolled, done.opted_out) == ([], 1)
        assert world.text("hello").reply is None

    def test_who_had_stopped_may_start_again(self, world: World) -> None:
        world.start()
        world.text("please stop texting me")
        self.erase(world)
        world.text("START")
        assert len(imported(world, people_file(MOBILE)).enrolled) == 1

    def test_who_was_erased_without_a_stop_comes_back_by_a_practitioner_alone(self, world: World) -> None:
        self.erase(world)
        world.text("START")
        with world.database.read() as db:
            assert suppression.why(db, "tyneside", MOBILE) == "forgotten"

    def test_a_crisis_is_answered_all_the_same(self, world: World) -> None:
        self.erase(world)
        assert world.text("i want to kill myself").reply is not None

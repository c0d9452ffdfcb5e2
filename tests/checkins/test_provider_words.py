"""What the network answers by itself is not answered twice, and what it does not is answered by us."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot import digests, receiving
from bot.channels import Inbound
from bot.library import Library
from bot.models import Answer, ConsentEvent, Email, Flag, Message
from tests.checkins.conftest import OURS, World
from tests.checkins.stages import Town, town

THERE = ["stop", "STOPALL", "Unsubscribe", "cancel", "END", "quit", "OptOut", "revoke"]


@pytest.fixture
def tyneside(database_url: str, library: Library, environ: dict[str, str]) -> Iterator[Town]:
    with town(database_url, library, environ) as made:
        yield made


def flag(world: World, kind: str) -> Flag:
    [found] = world.rows(Flag, Flag.kind == kind, Flag.closed_at.is_(None))
    return found  # type: ignore[no-any-return]


@pytest.mark.parametrize("word", THERE)
def test_a_stop_word_by_sms_is_answered_by_the_network_and_on_whatsapp_by_us(world: World, word: str) -> None:
    world.start()
    assert world.text(word).reply is None
    assert world.person.state == "opted_out"
    assert world.text("START").reply is None
    assert world.person.state == "active"
    reply = world.text(word, channel="whatsapp").reply
    assert reply is not None
    assert reply.node == "phrases/stop"


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
@pytest.mark.parametrize("body", ["ARRÊT", "terfyn", "dość", "8", "ok thanks", "done", "?"])
def test_an_opt_out_type_decides_whatever_the_words_are(world: World, channel: str, body: str) -> None:
    world.start()
    world.begin(world.person.next_check_in_at)
    answers = len(world.rows(Answer))
    assert world.text(body, channel=channel, opt_out_type="STOP").reply is None
    assert world.person.state == "opted_out"
    assert len(world.rows(Answer)) == answers, "it was no answer to the question"
    [said] = world.rows(ConsentEvent, ConsentEvent.what == "opted_out")
    assert said.words == body
    assert world.text(body, channel=channel, opt_out_type="START").reply is None
    assert world.person.state == "active"
    assert world.text(body, channel=channel, opt_out_type="HELP").reply is None
    assert flag(world, "asked_for_you").loud


def test_a_type_that_nobody_has_heard_of_is_passed_over(world: World) -> None:
    world.start()
    assert world.text("who is this", opt_out_type="SOMETHING").reply is not None


@pytest.mark.parametrize("body", ["HELP", "help", " Info "])
def test_help_by_sms_is_passed_on_for_the_network_names_nobody(world: World, body: str) -> None:
    world.start()
    received = world.text(body)
    assert received.reply is None
    assert "HELP" in flag(world, "asked_for_you").evidence["why"]
    assert received.urgent, "it is told at once"
    assert world.person.held_for is None, "nobody promised a call"


def test_help_on_whatsapp_is_answered_by_us_and_needs_no_flag(world: World) -> None:
    world.start()
    reply = world.text("HELP", channel="whatsapp").reply
    assert reply is not None
    assert reply.node == "phrases/help"
    assert world.open_flags == []


@pytest.mark.parametrize("body", ["who is this", "who dis", "new phone who dis", "whos this"])
def test_who_is_this_is_answered_and_raises_no_flag(world: World, body: str) -> None:
    world.start()
    reply = world.text(body).reply
    assert reply is not None
    assert "STOP to end" in reply.body
    assert world.open_flags == []


@pytest.mark.parametrize("word", ["END", "quit", "Cancel"])
def test_a_stop_that_may_have_been_an_answer_is_told_with_what_undoes_it(world: World, word: str) -> None:
    world.start()
    world.begin(world.person.next_check_in_at)
    world.text(word)
    told = flag(world, "opted_out").evidence
    assert f"{word.upper()} alone is STOP to the network" in told["why"]
    assert "START" in told["details"]["note"]


def test_and_the_digest_says_what_undoes_it(world: World) -> None:
    world.start()
    world.text("END")
    with world.database.write() as db:
        digests.make(db, world.library, world.person.practitioner_id, world.now + timedelta(days=1), by_hand=True)
    [digest] = world.rows(Email, Email.kind == "digest")
    told = " ".join(digest.body.split())
    assert "STOPPED" in told
    assert "END alone is STOP to the network; if it was an answer, START brings the texts back." in told
    # A link alone on its line may be longer.
    assert max(len(line) for line in digest.body.splitlines() if "http" not in line) <= 70


@pytest.mark.parametrize("word", ["STOP", "unsubscribe"])
def test_a_plain_stop_is_told_without_a_doubt(world: World, word: str) -> None:
    world.start()
    world.text(word)
    assert "note" not in flag(world, "opted_out").evidence["details"]


def test_start_to_the_welcome_is_a_yes_and_answered_by_us(world: World) -> None:
    """The welcome asks "Start?": what the network says to that word is no welcome."""
    world.begin()
    reply = world.text("START").reply
    assert reply is not None
    assert "999" in reply.body
    assert world.person.state == "active"


class TestYes:
    """YES answers a question; from somebody who has stopped it is START."""

    def test_it_answers_a_question(self, world: World) -> None:
        world.begin()
        assert world.text("YES").reply is not None
        assert world.person.state == "active"

    def test_after_a_stop_in_their_own_words_it_starts_again_and_we_say_so(self, world: World) -> None:
        world.start()
        world.text("please stop texting me")
        reply = world.text("yes").reply
        assert (world.person.state, reply and reply.node) == ("active", "phrases/start")

    def test_after_the_networks_own_stop_the_network_has_said_so(self, world: World) -> None:
        world.start()
        world.text("STOP")
        assert (world.text("yes").reply, world.person.state) == (None, "active")

    def test_the_networks_stop_is_not_forgotten_over_a_later_one_in_their_words(self, world: World) -> None:
        world.start()
        for stop in ("STOP", "leave me alone"):
            world.text(stop)
        assert (world.text("yes").reply, world.person.state) == (None, "active")
        world.text("please stop texting me")
        assert world.text("yes").reply is not None, "it was undone before"

    def test_after_a_stop_on_whatsapp_we_say_so(self, world: World) -> None:
        world.start()
        world.text("STOP", channel="whatsapp")
        assert world.text("Yes", channel="whatsapp").reply is not None
        assert world.person.state == "active"

    def test_after_a_wrong_number_it_does_nothing(self, world: World) -> None:
        world.begin()
        world.text("wrong number mate")
        for word in ("YES", "START", "unstop", "start please"):
            assert world.text(word).reply is None
        assert world.text("x", opt_out_type="START").reply is None
        assert world.person.state == "opted_out"


class TestCrisis:
    """A cry for help is heard before everything else, and answered even where texts are stopped."""

    @pytest.mark.parametrize("kind", ["STOP", "START", "HELP", None])
    def test_whatever_the_network_took_it_for(self, world: World, kind: str | None) -> None:
        world.start()
        received = world.text("i want to die", opt_out_type=kind)
        assert received.reply is not None
        assert received.reply.kind == "safety"
        assert "safety" in world.open_flags
        assert (world.person.state == "opted_out") == (kind == "STOP"), "and the stop stands beside it"

    def test_and_leave_me_alone_is_a_stop_beside_it(self, world: World) -> None:
        world.start()
        received = world.text("leave me alone i want to die")
        assert received.reply is not None
        assert (received.reply.kind, world.person.state) == ("safety", "opted_out")

    @pytest.mark.parametrize("before", ["STOP", "please stop texting me", "wrong number mate"])
    def test_from_somebody_who_has_stopped(self, world: World, before: str) -> None:
        world.start()
        world.text(before)
        received = world.text("i want to kill myself")
        assert received.reply is not None
        assert received.reply.kind == "safety"
        assert received.urgent
        assert world.person.state == "opted_out"
        assert world.text("how are you").reply is None


def test_fetched_late_a_stop_word_is_still_the_networks_to_answer(tyneside: Town) -> None:
    mobile = tyneside.person("sms")
    assert tyneside.text(mobile, "STOP", "sms", late=True, sent_at=tyneside.clock.now()).reply is None
    assert tyneside.row(mobile).state == "opted_out"
    other = tyneside.person("sms")
    late = tyneside.text(other, "please stop texting me", "sms", late=True, sent_at=tyneside.clock.now()).reply
    assert late is not None
    assert (late.via, late.state) == ("rest", "queued")
    tyneside.days(1)
    assert [body[:26] for body in tyneside.sent_to(other)] == ["OK, I've stopped the texts"]


def test_on_the_phones_page_there_is_no_network_to_answer(world: World) -> None:
    world.start()
    for word in ("STOP", "START", "HELP"):
        assert world.text(word, sender="phone:tyneside").reply is not None


def test_what_the_provider_took_it_for_is_kept_with_the_text(world: World) -> None:
    world.start()
    world.text("terfyn", opt_out_type="STOP", provider_id="SM1")
    world.text("x", opt_out_type="LONGER THAN ITS COLUMN", provider_id="SM2")
    kept = {row.provider_id: row.opt_out_type for row in world.rows(Message, Message.opt_out_type.is_not(None))}
    assert kept == {"SM1": "STOP", "SM2": "LONGER T"}


def test_a_text_of_no_letters_breaks_nothing(world: World, library: Library) -> None:
    for body in ("", " ", "\n", "\u200b"):
        inbound = Inbound(provider_id=f"SM{body!r}", channel="sms", address="+447700900555", sender=OURS, body=body)
        with world.database.write() as db:
            receiving.receive(db, library, "tyneside", inbound, world.now + timedelta(days=2))

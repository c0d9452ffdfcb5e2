"""WhatsApp, from their side: buttons, voice notes, the 24 hours, ids that are no numbers, and which way a text goes."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import checkins
from bot.models import Address, Answer, Flag, Message, ServiceUser
from bot.receiving import Received
from tests.checkins.conftest import MOBILE, NOW, World

OPAQUE = "GB.1A2b3C4d5E6f7G8h9"
A_WEEK = timedelta(days=7)


@pytest.fixture
def world(world: World) -> World:
    """Leon has moved to WhatsApp, where his id is no number; he agreed to it, and to SMS."""
    with world.database.write() as db:
        db.get_one(ServiceUser, world.person_id).channel = "whatsapp"
        owned = {"scheme_id": "tyneside", "service_user_id": world.person_id}
        db.add(Address(**owned, channel="whatsapp", address=OPAQUE, consented=True))
    return world


def write(world: World, body: str = "", **more: object) -> Received:
    return world.text(body, channel="whatsapp", address=OPAQUE, **more)


def start(world: World) -> None:
    world.begin()
    for body in ("ok", "ring the college thurs 2pm", "8"):
        write(world, body)


def ask(world: World) -> str:
    """This week's check-in goes out; the tag of its buttons."""
    asked = world.begin(at=world.person.next_check_in_at)
    assert asked is not None
    assert asked.template is not None
    assert asked.template["name"].startswith("weekly_checkin")
    return asked.check_in_id.hex[:8] if asked.check_in_id else ""


def tap(world: World, case: str, tag: str, words: str = "Wedi ei wneud", **more: object) -> Received:
    return write(world, words, payload=f"weekly_checkin:{case}:{tag}", **more)


def place(received: Received) -> str | None:
    return received.reply.node if received.reply else None


def outcomes(world: World) -> list[str | None]:
    kept = (Answer.kept_as == "step.outcome", Answer.corrected_at.is_(None))
    return [answer.value for answer in world.rows(Answer, *kept) if answer.value]


# ---------------------------------------------------------------- buttons


def test_an_unasked_text_carries_what_a_template_may_say_and_nothing_is_decided_yet(world: World) -> None:
    start(world)
    ask(world)
    [asked] = world.rows(Message, Message.kind == "check_in")
    assert (asked.channel, asked.address) == ("whatsapp", OPAQUE)
    assert asked.template["language"] == "en"
    # Of what is known of Leon only what the template says.
    assert asked.template["variables"] == {"name": "Leon", "practitioner": "Sam", "step": "ring the college"}


@pytest.mark.parametrize(
    ("case", "outcome", "next_question"),
    [
        ("yes", "done", "weekly_check_in/what_helped"),
        ("partly", "some", "weekly_check_in/which_bit"),
        ("no", "not_yet", "weekly_check_in/what_got_in_the_way"),
    ],
)
def test_a_tap_is_the_answer_that_its_payload_names(world: World, case: str, outcome: str, next_question: str) -> None:
    """Whatever stands on the button, in whatever language: these words are a yes to the reader."""
    start(world)
    received = tap(world, case, ask(world), "yes done it")
    assert place(received) == next_question
    assert outcomes(world) == [outcome]
    [kept] = world.rows(Message, Message.payload.is_not(None))
    assert kept.payload.startswith(f"weekly_checkin:{case}:")


def test_a_tap_on_last_weeks_message_does_not_answer_this_weeks_question(world: World) -> None:
    start(world)
    last_week = ask(world)
    this_week = ask(world)
    assert last_week != this_week
    received = tap(world, "yes", last_week, "Done")
    assert received.reply is not None
    assert received.reply.body.startswith("Thanks. That button was on an older message")
    # ... and the question is put once more.
    assert place(received) == "weekly_check_in/how_did_it_go"
    assert (outcomes(world), world.step.outcome) == ([], None)
    assert "message" in world.open_flags
    tap(world, "no", this_week)
    assert outcomes(world) == ["not_yet"]


def test_a_tap_on_an_old_message_marks_no_later_step_as_done(world: World) -> None:
    """Nothing is open, and the step is another one by now: in words, "Done" would be taken for it."""
    start(world)
    last_week = ask(world)
    ask(world)
    for body in ("done", "me mam helped", "email the garage tomorrow", "9"):
        write(world, body)
    assert world.open_check_ins == []
    assert world.step.words == "email the garage"
    tap(world, "yes", last_week, "Done")
    assert world.step.outcome is None
    assert write(world, "done!").reply is not None
    assert world.step.outcome == "done"


def test_another_button_of_the_same_message_corrects_and_the_same_one_changes_nothing(world: World) -> None:
    start(world)
    tag = ask(world)
    tap(world, "yes", tag)
    assert tap(world, "yes", tag).reply is None
    assert outcomes(world) == ["done"]
    assert place(tap(world, "partly", tag)) == "phrases/corrected"
    assert outcomes(world) == ["some"]


@pytest.mark.parametrize("payload", ["weekly_checkin:yes", "weekly_checkin:yes:{{4}}"])
def test_a_template_made_by_hand_without_the_tag_answers_the_question_it_asks(world: World, payload: str) -> None:
    start(world)
    ask(world)
    assert place(write(world, "Iawn", payload=payload)) == "weekly_check_in/what_helped"


@pytest.mark.parametrize("payload", ["another_bot:42", "x", "weekly_checkin:maybe:00000000", "new_step:skip"])
def test_a_payload_that_names_no_answer_here_answers_nothing(world: World, payload: str) -> None:
    start(world)
    ask(world)
    received = write(world, "Hmm", payload=payload)
    assert received.reply is not None
    assert outcomes(world) == []
    assert world.open_check_ins[0].state["at"] == "weekly_check_in/how_did_it_go"


def test_a_crisis_is_found_on_a_button_too(world: World) -> None:
    start(world)
    received = tap(world, "yes", ask(world), "i want to die")
    assert received.reply is not None
    assert received.reply.kind == "safety"
    assert received.urgent
    assert outcomes(world) == []


@pytest.mark.parametrize(("case", "state"), [("stop", "opted_out"), ("pause", "active")])
def test_a_wish_on_an_old_button_is_meant(world: World, case: str, state: str) -> None:
    start(world)
    old = ask(world)
    ask(world)
    tap(world, case, old, "x")
    assert world.person.state == state
    assert "message" not in world.open_flags


def test_a_skip_on_an_old_button_skips_nothing(world: World) -> None:
    start(world)
    old = ask(world)
    ask(world)
    write(world, "Skip this week", payload=f"new_step:skip:{old}")
    assert world.open_check_ins[0].state["at"] == "weekly_check_in/how_did_it_go"


def test_the_welcome_is_agreed_to_by_its_button_on_either_of_its_two_messages(world: World) -> None:
    asked = world.begin()
    assert asked is not None
    tag = asked.check_in_id.hex[:8] if asked.check_in_id else ""
    with world.database.write() as db:
        nudge = checkins.wake(db, world.library, world.open_check_ins[0].id, NOW + timedelta(days=2, minutes=1))
    assert nudge is not None
    assert nudge.template is not None
    assert nudge.template["name"] == "hello_again"
    write(world, "Ydw", payload=f"hello_again:ok:{tag}", after=timedelta(days=3))
    assert world.person.state == "active"


# ---------------------------------------------------------------- what came in place of words


@pytest.mark.parametrize(
    ("kinds", "media", "reply", "told"),
    [
        (("voice note",), 1, "phrases/cannot_listen", "a voice note"),
        (("picture",), 1, "phrases/cannot_see", "a picture"),
        (("sticker",), 1, "phrases/cannot_see", "a sticker"),
        (("contact", "video"), 2, "phrases/cannot_see", "a contact and a video"),
        (("location",), 0, "phrases/cannot_see_where", "a location"),
        ((), 1, "phrases/cannot_see", "a picture or a voice note"),
        ((), 0, "phrases/nothing_in_it", None),
    ],
)
@pytest.mark.parametrize("channel", ["whatsapp", "sms"])
def test_what_has_no_words_is_answered_kindly_and_the_question_stays_open(
    world: World, channel: str, kinds: tuple[str, ...], media: int, reply: str, told: str | None
) -> None:
    start(world)
    ask(world)
    address = OPAQUE if channel == "whatsapp" else MOBILE
    received = world.text("", channel=channel, address=address, media=media, kinds=kinds)
    assert place(received) == reply
    assert world.open_check_ins[0].state["at"] == "weekly_check_in/how_did_it_go"
    flags = world.rows(Flag, Flag.kind == "message")
    assert [flag.evidence["why"] for flag in flags] == ([f"sent {told}: it cannot be opened here"] if told else [])
    [heard] = world.rows(Message, Message.direction == "in", Message.body == "")
    assert heard.media_kinds == (", ".join(kinds) or None)
    assert place(write(world, "done")) == "weekly_check_in/what_helped"


def test_several_in_a_minute_are_answered_once(world: World) -> None:
    start(world)
    sent = [write(world, media=1, kinds=("voice note",), after=timedelta(seconds=s)) for s in (600, 20, 30, 59, 61)]
    assert [received.reply is not None for received in sent] == [True, False, False, False, True]
    assert len(world.rows(Message, Message.media_kinds == "voice note")) == 5


def test_words_with_a_picture_are_read_as_words(world: World) -> None:
    start(world)
    ask(world)
    assert place(write(world, "done it", media=1, kinds=("picture",))) == "weekly_check_in/what_helped"
    received = write(world, "i cant do this i want to die", media=1, kinds=("picture",))
    assert received.reply is not None
    assert received.reply.kind == "safety"


# ---------------------------------------------------------------- the window, and which way a text goes


def window(world: World, address: str = OPAQUE) -> object:
    with world.database.read() as db:
        return db.scalars(select(Address.window_until).where(Address.address == address)).one()


def test_the_24_hours_begin_when_they_wrote_on_whatsapp_and_nowhere_else(world: World) -> None:
    world.begin()
    assert window(world) is None
    write(world, "ok")
    assert window(world) == world.now + timedelta(hours=24)
    opened = world.now
    world.text("hello", after=timedelta(hours=5))
    assert (window(world), window(world, MOBILE)) == (opened + timedelta(hours=24), None)


def test_of_a_text_that_was_fetched_late_they_count_from_when_it_was_written(world: World) -> None:
    world.begin()
    wrote = world.now + timedelta(hours=1)
    write(world, "ok", after=timedelta(hours=9), late=True, sent_at=wrote)
    assert window(world) == wrote + timedelta(hours=24)
    # One that is older still takes nothing away.
    write(world, "hello", late=True, sent_at=wrote - timedelta(hours=2))
    assert window(world) == wrote + timedelta(hours=24)


def test_an_answer_goes_where_they_last_wrote_and_what_is_unasked_where_they_prefer(world: World) -> None:
    start(world)
    ask(world)
    reply = world.text("done", sender="+447400999111").reply
    assert reply is not None
    assert (reply.channel, reply.address, reply.sender) == ("sms", MOBILE, "+447400999111")
    again = world.begin(at=world.now + A_WEEK)
    assert again is not None
    assert (again.channel, again.address) == ("whatsapp", OPAQUE)


@pytest.mark.parametrize(("consented", "unreachable"), [(False, False), (True, True)])
def test_where_the_one_they_prefer_is_no_way_it_is_the_other(world: World, consented: bool, unreachable: bool) -> None:
    with world.database.write() as db:
        address = db.scalars(select(Address).where(Address.address == OPAQUE)).one()
        address.consented, address.unreachable_since = consented, NOW if unreachable else None
    asked = world.begin()
    assert asked is not None
    assert (asked.channel, asked.address) == ("sms", MOBILE)


def test_of_several_numbers_of_ours_it_is_the_one_they_had_last(world: World) -> None:
    start(world)
    write(world, "hello", sender="+447400999222")
    asked = world.begin(at=world.now + A_WEEK)
    assert asked is not None
    assert asked.sender == "+447400999222"


def test_a_whatsapp_id_that_nobody_has_is_a_stranger(world: World) -> None:
    received = world.text("hello", channel="whatsapp", address="GB.zzz")
    assert place(received) == "phrases/unknown_number"
    assert received.reply is not None
    assert received.reply.address == "GB.zzz"


def test_a_stop_takes_an_id_that_is_no_number_and_start_gives_it_back(world: World) -> None:
    start(world)
    write(world, "take me off this please")
    assert world.person.state == "opted_out"
    assert world.begin(at=world.now + A_WEEK) is None
    write(world, "start")
    assert world.person.state == "active"

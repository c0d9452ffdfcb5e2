"""A text comes in: kept, decided and answered in one transaction."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import checkins, flags, receiving, suppression
from bot.channels import Inbound
from bot.models import Address, Answer, CheckIn, ConsentEvent, Dream, Flag, Message, ServiceUser, Step, Suppression
from tests.checkins.conftest import MOBILE, NOW, OURS, World


def test_a_first_week_from_welcome_to_good_luck(world: World) -> None:
    welcome = world.begin()
    assert welcome is not None
    assert (welcome.kind, welcome.state, welcome.direction) == ("welcome", "queued", "out")
    assert world.person.next_check_in_at is None
    replies = [world.text(body).reply for body in ("ok", "ring the college thurs 2pm", "8")]
    assert all(reply and reply.segments <= 2 for reply in replies)
    assert world.person.state == "active"
    assert world.person.next_check_in_at is not None
    assert world.person.next_check_in_at > world.now + timedelta(days=3)
    assert (world.step.words, world.step.confidence) == ("ring the college", 8)
    assert world.step.day is not None
    assert world.open_check_ins == []
    assert [event.what for event in world.rows(ConsentEvent)] == ["agreed"]


def test_the_same_text_again_gives_the_stored_reply_and_changes_nothing(world: World) -> None:
    world.begin()
    first = world.text("ok", provider_id="SM1")
    again = world.text("ok", provider_id="SM1", after=timedelta(hours=48))
    assert again.seen_before
    assert first.reply
    assert again.reply
    assert first.reply.id == again.reply.id
    assert len(world.rows(Message, Message.direction == "in")) == 1
    assert len(world.rows(Answer)) == 1


def test_the_same_text_twenty_times_at_once_is_one_change(world: World) -> None:
    world.begin()
    inbound = Inbound(provider_id="SM1", channel="sms", address=MOBILE, sender=OURS, body="ok")

    def deliver(_: int) -> str:
        with world.database.write() as db:
            reply = receiving.receive(db, world.library, "tyneside", inbound, NOW).reply
            assert reply is not None
            return reply.body

    with ThreadPoolExecutor(20) as pool:
        replies = set(pool.map(deliver, range(20)))
    assert len(replies) == 1
    assert len(world.rows(Message, Message.direction == "in")) == 1
    assert len(world.rows(Message, Message.kind == "reply")) == 1


def test_done_is_a_win_and_leads_to_the_next_step(world: World) -> None:
    world.start()
    world.begin(world.person.next_check_in_at)
    for body in ("aye done it", "me mam came with us", "email the tutor fri", "7"):
        assert world.text(body).reply is not None
    steps = sorted(world.rows(Step), key=lambda step: step.set_at)
    assert [(step.words, step.outcome, step.confidence) for step in steps] == [
        ("ring the college", "done", 8),
        ("email the tutor", None, 7),
    ]
    assert steps[0].helped == "me mam came with us"
    assert steps[0].ended_at is not None


def test_what_got_in_the_way_is_kept_with_its_kind(world: World) -> None:
    world.start()
    world.begin(world.person.next_check_in_at)
    world.text("not yet")
    world.text("couldnt afford the bus fare")
    assert (world.step.outcome, world.step.barrier) == ("not_yet", "travel")
    assert world.step.barrier_words == "couldnt afford the bus fare"


@pytest.mark.parametrize("body", ["STOP", "Stop.", "stop texting me please", "leave me alone", "take me off this list"])
def test_a_stop_is_final(world: World, body: str) -> None:
    world.start()
    waiting = world.begin(world.person.next_check_in_at)
    assert waiting is not None
    received = world.text(body)
    assert world.person.state == "opted_out"
    assert (world.person.next_check_in_at, world.person.quiet_at, world.person.resume_at) == (None, None, None)
    [cancelled] = world.rows(Message, Message.id == waiting.id)
    assert (cancelled.state, cancelled.not_sent_reason) == ("cancelled", "opted_out")
    assert len(world.rows(Suppression)) == 1
    assert (received.reply is None) == (body == "STOP"), "the provider answers the bare word itself"
    assert world.open_check_ins == []
    assert world.text("anyone there").reply is None


def test_start_undoes_a_stop(world: World) -> None:
    world.start()
    world.text("please stop texting me")
    world.text("START")
    assert world.person.state == "active"
    assert world.person.next_check_in_at is not None
    with world.database.read() as db:
        assert not suppression.is_suppressed(db, "tyneside", MOBILE)


def test_a_wrong_number_comes_back_only_by_a_practitioner(world: World) -> None:
    world.begin()
    world.text("wrong number mate")
    world.text("START")
    assert world.person.state == "opted_out"


def test_a_crisis_holds_the_bot_and_tells_people_at_once(world: World) -> None:
    world.start()
    world.begin(world.person.next_check_in_at)
    received = world.text("i cant go on, i want to die")
    assert received.reply is not None
    assert received.reply.kind == "safety"
    assert len(received.urgent) == 1
    assert world.open_flags == ["safety"]
    assert world.person.held_for == "safety"
    assert world.person.held_until is None
    assert world.person.next_check_in_at is None


def test_asking_for_a_person_holds_for_three_working_days(world: World) -> None:
    world.start()
    received = world.text("can sam ring me")
    assert received.urgent
    assert world.open_flags == ["asked_for_you"]
    assert world.person.held_for == "asked_for_you"
    assert world.person.resume_at is not None
    assert timedelta(days=3) <= world.person.resume_at - world.now <= timedelta(days=5)
    with world.database.write() as db:
        checkins.resume(db, world.library, world.person_id, world.person.resume_at)
    assert world.person.held_for is None
    assert world.person.next_check_in_at is not None


def test_a_break_of_two_weeks(world: World) -> None:
    world.start()
    world.text("BREAK")
    assert len(world.open_check_ins) == 1
    reply = world.text("2").reply
    assert reply is not None
    assert world.person.state == "paused"
    assert world.person.resume_at is not None
    assert timedelta(days=13) < world.person.resume_at - world.now < timedelta(days=15)
    with world.database.write() as db:
        checkins.resume(db, world.library, world.person_id, world.person.resume_at)
    assert world.person.state == "active"


def test_rhythm_and_time_are_theirs(world: World) -> None:
    world.start()
    world.text("LESS")
    assert world.person.every_weeks == 2
    world.text("MORE")
    assert world.person.every_weeks == 1
    world.text("TIME")
    world.text("fridays 2pm")
    assert (world.person.slot_weekday, world.person.slot_minute) == (4, 14 * 60)
    assert world.person.next_check_in_at is not None
    assert world.person.next_check_in_at.weekday() == 4


def test_a_number_nobody_knows_is_answered_once_a_day_and_a_crisis_always(world: World) -> None:
    stranger = "+447700900999"
    first = world.text("hiya is this the job thing", address=stranger)
    second = world.text("hello", address=stranger)
    assert first.reply is not None
    assert second.reply is None
    crisis = world.text("i want to kill myself", address=stranger)
    assert crisis.reply is not None
    assert len(crisis.urgent) == 1
    assert {message.state for message in world.rows(Message, Message.direction == "in")} == {"unclaimed"}


def test_a_flow_edited_while_in_use_keeps_its_wording(world: World) -> None:
    world.begin()
    [check_in] = world.rows(CheckIn)
    assert check_in.flow_version
    world.text("ok")
    [same] = world.rows(CheckIn)
    assert same.flow_version == check_in.flow_version
    assert same.version > check_in.version


def test_an_overdue_check_in_goes_out_once_however_long_we_were_away(world: World) -> None:
    world.start()
    assert world.person.next_check_in_at is not None
    late = world.person.next_check_in_at + timedelta(days=21)
    assert world.begin(late) is not None
    assert world.begin(late) is None
    assert world.person.next_check_in_at > late


def test_a_dream_is_kept_in_full_and_asked_once(world: World) -> None:
    world.start()
    world.text("DREAM")
    world.text("id love to be a midwife, always have done since our kid was born")
    [dream] = world.rows(Dream)
    assert dream.words == "id love to be a midwife, always have done since our kid was born"


def test_a_reminder_they_asked_for(world: World) -> None:
    world.start()
    world.text("REMIND")
    [check_in] = [row for row in world.rows(CheckIn) if row.remind_at]
    assert check_in.remind_at > world.now
    with world.database.write() as db:
        message = checkins.remind(db, world.library, check_in.id, check_in.remind_at)
        assert message is not None
        assert "ring the college" in message.body
    with world.database.write() as db:
        assert checkins.remind(db, world.library, check_in.id, check_in.remind_at) is None


def test_every_reply_names_the_text_it_answers(world: World) -> None:
    world.start()
    with world.database.read() as db:
        rows = db.scalars(select(Message).where(Message.kind == "reply")).all()
        assert all(row.reply_to_id and row.via == "twiml" and row.state == "submitting" for row in rows)
    assert not world.rows(Flag)


def test_in_a_silence_check_ins_are_whole_weeks_apart_and_an_answer_goes_back_to_the_usual_day(world: World) -> None:
    world.begin()
    for body in ("ok", "ring the college 2nd dec", "8"):
        world.text(body)
    moved = world.person.next_check_in_at
    assert moved is not None
    assert moved.weekday() == 3, "the day after the step, not their usual Tuesday before it"
    world.begin(moved)
    assert world.person.next_check_in_at == moved + timedelta(days=7)
    for body in ("done", "my mam helped", "ring asda sat", "7"):
        world.text(body, after=timedelta(hours=1))
    assert world.person.next_check_in_at is not None
    assert world.person.next_check_in_at.weekday() == 1, "their usual Tuesday"
    assert timedelta(days=3) < world.person.next_check_in_at - moved < timedelta(days=11)


def test_a_step_done_between_check_ins_is_no_step_any_more(world: World) -> None:
    world.start()
    done = world.text("done it!").reply
    assert done is not None
    assert "ring the college" in done.body
    mine = world.text("MY STEP").reply
    assert mine is not None
    assert "No step set" in mine.body
    wins = world.text("WINS").reply
    assert wins is not None
    assert "ring the college" in wins.body


def test_their_own_number_on_whatsapp_is_them_and_no_consent_to_more(world: World) -> None:
    world.start()
    received = world.text("i want to die", channel="whatsapp")
    assert received.reply is not None
    assert received.reply.channel == "whatsapp"
    assert world.person.held_for == "safety"
    [flag] = world.rows(Flag)
    assert flag.service_user_id == world.person_id
    addresses = {row.channel: row.consented for row in world.rows(Address)}
    assert addresses == {"sms": True, "whatsapp": False}


def test_a_time_in_the_quiet_hours_is_moved_and_they_are_told(world: World) -> None:
    world.start()
    world.text("TIME")
    reply = world.text("sundays 1am").reply
    assert reply is not None
    assert "Sundays 9am" in reply.body
    assert world.person.slot_minute == 9 * 60


def resume(world: World) -> None:
    with world.database.write() as db:
        checkins.resume(db, world.library, world.person_id, world.person.resume_at or world.now)


def test_a_call_asked_for_in_a_break_does_not_end_the_break(world: World) -> None:
    world.start()
    world.text("BREAK")
    world.text("4")
    until = world.person.resume_at
    world.text("can sam ring me")
    assert (world.person.state, world.person.resume_at) == ("paused", until)
    [flag] = world.rows(Flag, Flag.kind == "asked_for_you")
    with world.database.write() as db:
        flags.close(db, flag.id, "sam@example.org", None, world.now)
    assert (world.person.held_for, world.person.resume_at) == (None, until), "nor does closing it"


def test_a_hold_runs_out_in_a_break_and_hi_starts_again(world: World) -> None:
    world.start()
    for body in ("BREAK", "4", "can sam ring me"):
        world.text(body)
    world.text("HI", after=timedelta(days=8))
    assert (world.person.state, world.person.held_for) == ("active", None), "the hold is over after three working days"
    assert world.person.next_check_in_at is not None


def test_a_hold_that_outlasts_a_break_ends_all_the_same(world: World) -> None:
    world.start()
    world.text("can sam ring me")
    ends = world.person.held_until
    assert ends is not None
    with world.database.write() as db:
        person = db.get_one(ServiceUser, world.person_id)
        person.state, person.resume_at = "paused", ends - timedelta(days=1)
    resume(world)
    assert (world.person.state, world.person.held_for, world.person.resume_at) == ("active", "asked_for_you", ends)
    resume(world)
    assert world.person.held_for is None
    assert world.person.next_check_in_at is not None


def test_any_gives_the_time_back_to_the_scheme(world: World) -> None:
    world.start()
    for body in ("TIME", "fridays 2pm", "TIME", "ANY"):
        world.text(body)
    assert (world.person.slot_weekday, world.person.slot_minute) == (None, None)

"""What a text leads to, whoever writes and whatever was asked."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation.decision import Keep, OutcomeOfLastStep, State
from bot.conversation.engine import hear
from tests.conversation.people import NIGHT, NOW, Talk, amina, flows, leon

STATES = ("invited", "active", "paused", "resting", "opted_out", "closed")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("flow", [None, "weekly_check_in"])
def test_a_crisis_is_answered_in_every_state(state: str, flow: str | None) -> None:
    talk = Talk(leon(state=state), flow)
    talk.them("i want to kill myself")
    assert "999" in talk.said
    assert "safety" in talk.flags
    assert talk.decision.wake_at is None


def test_out_of_hours_a_crisis_is_told_that_nobody_reads_now() -> None:
    talk = Talk(leon(), "weekly_check_in", NIGHT)
    talk.them("i want to kill myself")
    assert "No one here reads texts until" in talk.said


def test_danger_at_home_is_never_named() -> None:
    talk = Talk(leon(), "weekly_check_in")
    talk.them("he hit me again im scared to go home")
    assert "safety" in talk.flags
    assert not any(word in talk.said.lower() for word in ("hit", "abuse", "violen", "partner", "safe to ring"))


@pytest.mark.parametrize("state", [state for state in STATES if state != "opted_out"])
def test_a_stop_ends_the_texts_in_every_state(state: str) -> None:
    talk = Talk(leon(state=state), "weekly_check_in")
    talk.them("please stop texting me")
    assert "opt_out" in talk.actions
    assert talk.decision.wake_at is None
    assert talk.state is None or talk.state.finished


def test_after_a_stop_nothing_is_said_but_the_text_is_shown() -> None:
    talk = Talk(leon(state="opted_out"))
    for text in ("stop", "hello?", "done it", "maybe"):
        talk.them(text)
        assert talk.said == ""
    assert talk.flags == ["message"]


def test_start_undoes_a_stop_and_yes_does_so_too() -> None:
    for text in ("START", "yes"):
        talk = Talk(leon(state="opted_out"))
        talk.them(text)
        assert "start_again" in talk.actions


def test_an_answer_and_a_wish_in_one_text_give_both() -> None:
    talk = Talk(leon(), "step")
    assert talk.asks is not None
    talk = Talk(leon(), "weekly_check_in")
    talk.them("done it! can sam ring me")
    kept = [effect.value for effect in talk.decision.effects if isinstance(effect, Keep)]
    assert kept == ["done"]
    assert "hold_for_call" in talk.actions
    assert talk.decision.wake_at is None


def test_a_hello_before_the_welcome_hears_who_this_is_and_after_it_the_question() -> None:
    talk = Talk(amina())
    talk.them("hello?")
    assert "set it up with you" in talk.said
    assert "Nothing to catch up on" not in talk.said
    talk = Talk(amina(), "welcome")
    talk.them("hello?")
    assert talk.asks == "welcome/hello"
    assert talk.said.endswith("Reply OK or NO")


def test_a_wish_for_a_person_is_no_step() -> None:
    talk = Talk(leon(), "weekly_check_in")
    for text in ("done", "my mam helped", "can sam ring me about the taster day, after 3"):
        talk.them(text)
    assert "hold_for_call" in talk.actions
    assert not any(isinstance(effect, Keep) for effect in talk.decision.effects)


def test_a_command_beside_an_answer_lets_the_next_question_follow() -> None:
    talk = Talk(leon(), "weekly_check_in")
    talk.them("done it. text me less please")
    if "less" in talk.actions:
        assert talk.asks == "weekly_check_in/what_helped" or talk.state and talk.state.at


@pytest.mark.parametrize("texts", [("done",), ("done", "my mam helped")])
def test_a_job_is_news_whatever_was_asked(texts: tuple[str, ...]) -> None:
    talk = Talk(leon(), "weekly_check_in")
    for text in texts:
        talk.them(text)
    talk.them("i got the job!!! at the cafe")
    assert "got_a_job" in talk.actions
    assert "brilliant" in talk.said
    assert not any(isinstance(effect, Keep) for effect in talk.decision.effects)


def test_a_job_in_a_dream_is_the_dream() -> None:
    talk = Talk(leon(), "dream")
    for text in ("ok", "just to have a job"):
        talk.them(text)
    assert "got_a_job" not in talk.actions
    assert talk.asks == "dream/towards_it"


@pytest.mark.parametrize("nothing", ["cheers", "dunno", "dunno how to start like", "👍"])
def test_thanks_or_no_idea_is_no_time(nothing: str) -> None:
    talk = Talk(leon(), "weekly_check_in")
    for text in ("done", "my mam helped", "tidy up my cv", nothing):
        talk.them(text)
    assert talk.asks == "step/how_sure_of_it"
    assert nothing not in talk.said


def test_a_correction_changes_the_answer_just_given() -> None:
    talk = Talk(leon(), "weekly_check_in")
    for text in ("done", "my mam helped", "ring asda fri 2pm", "8"):
        talk.them(text)
    talk.them("sorry meant 4")
    [kept] = [effect for effect in talk.decision.effects if isinstance(effect, Keep)]
    assert (kept.value, kept.corrects) == (4, True)
    assert talk.said


def test_an_answer_in_two_parts() -> None:
    talk = Talk(leon(), "weekly_check_in")
    for text in ("done", "my mam helped", "ring asda fri 2pm"):
        talk.them(text)
    talk.them("erm")
    talk.them("7", after=timedelta(seconds=20))
    assert any(isinstance(effect, Keep) and effect.value == 7 for effect in talk.decision.effects)


def test_two_misreads_hand_over_to_a_person_and_a_clear_answer_still_counts() -> None:
    talk = Talk(leon(), "weekly_check_in")
    talk.them("huh?")
    assert talk.said
    assert talk.flags == []
    talk.them("eh", after=timedelta(minutes=5))
    assert talk.flags == ["misread"]
    talk.them("wat", after=timedelta(minutes=5))
    assert "passed that on" in talk.said
    assert talk.flags == []
    talk.them("aye done it")
    assert talk.asks is not None
    assert talk.said


def test_a_late_done_belongs_to_the_last_step() -> None:
    talk = Talk(leon())
    talk.them("done it!")
    assert any(isinstance(e, OutcomeOfLastStep) and e.outcome == "done" for e in talk.decision.effects)
    assert talk.said


def test_thanks_needs_no_answer_and_no_flag() -> None:
    talk = Talk(leon())
    talk.them("thanks")
    assert (talk.said, talk.flags) == ("", [])


def test_free_text_is_passed_on_and_not_twice_in_a_row() -> None:
    talk = Talk(leon())
    talk.them("the bus to the college has changed its route")
    assert "passed" in talk.said
    again = Talk(leon(passed_on_at=NOW))
    again.them("and its dear")
    assert again.said == ""
    assert again.flags == ["message"]


def test_a_picture_alone_is_answered_kindly() -> None:
    talk = Talk(leon(media=1), "weekly_check_in")
    talk.them("")
    assert "picture" in talk.said.lower()


def test_while_a_practitioner_has_the_thread_the_bot_asks_nothing() -> None:
    talk = Talk(leon(), "weekly_check_in")
    talk.facts = leon(held_for="asked_for_you")
    talk.them("done it")
    assert any(isinstance(effect, Keep) and effect.value == "done" for effect in talk.decision.effects)
    assert "?" not in talk.said
    assert talk.decision.wake_at is None


def test_any_text_after_day_12_is_met_with_nothing_to_catch_up_on() -> None:
    talk = Talk(leon(silence="asked"), "still_here")
    talk.them("?")
    assert "Good to hear from you" in talk.said


def test_a_text_that_reached_us_late_is_kept_and_not_run() -> None:
    talk = Talk(leon(late=True), "weekly_check_in")
    talk.them("done")
    assert (talk.said, talk.flags) == ("", ["message"])
    talk.them("i want to end my life")
    assert "999" in talk.said


def test_a_thumbs_up_is_no_consent() -> None:
    talk = Talk(amina(), "welcome")
    talk.them("👍")
    assert "consent" not in talk.actions
    assert talk.said
    talk.them("aye ok")
    assert "consent" in talk.actions


def test_a_hello_to_an_open_question_repeats_the_question() -> None:
    talk = Talk(leon(), "weekly_check_in")
    first = talk.said
    talk.them("hi")
    assert talk.said
    assert talk.state is not None
    assert (talk.state.at, talk.state.misreads) == ("weekly_check_in/how_did_it_go", 0)
    assert first


@given(text=st.text(max_size=200), state=st.sampled_from(STATES), flow=st.sampled_from([None, "weekly_check_in"]))
@settings(max_examples=300, deadline=None)
def test_any_text_is_heard_and_never_answered_by_more_than_one_text(text: str, state: str, flow: str | None) -> None:
    talk = Talk(leon(state=state), flow)
    decision = hear(flows(), talk.state, text, talk.facts, NOW)
    assert sum(1 for effect in decision.effects if effect is decision.said) <= 1


@given(
    st.builds(
        State,
        flow=st.sampled_from(["weekly_check_in", "phrases"]),
        at=st.none() | st.just("weekly_check_in/how_did_it_go"),
        kept=st.dictionaries(st.sampled_from(["step", "when", "confidence"]), st.text() | st.integers()),
        visited=st.lists(st.text()).map(tuple),
        misreads=st.integers(0, 3),
        asked_at=st.none() | st.just(NOW),
        unclear=st.none() | st.text(),
        unclear_at=st.none() | st.just(NOW),
        unsaid=st.booleans(),
    )
)
def test_a_state_survives_being_written_and_read(state: State) -> None:
    assert State.from_json(state.to_json()) == state


@pytest.mark.parametrize(
    ("text", "flags"),
    [("hiya its me", []), ("sorry been mad busy, emailed them and got a place on the taster", ["message"])],
)
def test_who_comes_back_with_news_is_read_by_a_person(text: str, flags: list[str]) -> None:
    talk = Talk(leon(silence="asked"), "still_here")
    talk.them(text)
    assert talk.flags == flags


def test_words_that_are_cut_show_it() -> None:
    talk = Talk(leon(), "weekly_check_in")
    for text in ("done", "my mam helped", "go to the careers fair at the metrocentre with our kid fri 11am"):
        talk.them(text)
    assert "So: go to the careers fair at the..., fri 11am. How" in talk.said


@pytest.mark.parametrize(("text", "told"), [("aye did it mon x", True), ("page one. coffee helped", False)])
def test_out_of_the_blue_only_a_plain_answer_is_taken_for_the_last_step(text: str, told: bool) -> None:
    talk = Talk(leon())
    talk.them(text)
    assert any(isinstance(effect, OutcomeOfLastStep) for effect in talk.decision.effects) is told

"""Nudges and repeats in their time, and whom the bot leaves alone."""

from datetime import timedelta

import pytest

from bot.conversation.engine import start, wake
from tests.conversation.people import NOW, Talk, amina, flows, leon


def test_the_nudge_is_due_48_hours_after_the_question_and_only_once() -> None:
    talk = Talk(leon(), "weekly_check_in")
    due = talk.decision.wake_at
    assert due == NOW + timedelta(hours=48)
    assert talk.state is not None
    early = wake(flows(), talk.state, talk.facts, due - timedelta(seconds=1))
    assert (early.said, early.wake_at) == (None, due)
    nudged = wake(flows(), talk.state, talk.facts, due)
    assert nudged.said is not None
    assert nudged.said.kind == "nudge"
    assert nudged.state is not None
    again = wake(flows(), nudged.state, talk.facts, due + timedelta(days=5))
    assert (again.said, again.wake_at) == (None, None)


def test_the_second_unanswered_check_in_comes_without_a_nudge() -> None:
    decision = start(flows(), "weekly_check_in", leon(silent_since=NOW - timedelta(days=7)), NOW)
    assert decision.wake_at is None


def test_the_welcome_is_repeated_once_and_then_the_practitioner_is_told() -> None:
    talk = Talk(amina(), "welcome")
    assert talk.state is not None
    once = wake(flows(), talk.state, talk.facts, NOW + timedelta(hours=48))
    assert once.said is not None
    assert once.state is not None
    told = wake(flows(), once.state, talk.facts, NOW + timedelta(hours=96))
    assert told.said is None
    assert [getattr(effect, "kind", "") for effect in told.effects] == ["not_started"]
    assert told.wake_at is None


def test_who_said_not_safe_is_left_alone_until_they_come_back_themselves() -> None:
    talk = Talk(leon(held_for="not_safe"), "weekly_check_in")
    for text in ("who is this", "done it", "WINS"):
        talk.them(text)
        assert talk.said == ""
    talk.them("HI")
    assert "start_again" in talk.actions
    assert "Good to hear from you" in talk.said


def test_hi_and_step_leave_a_practitioners_thread_alone() -> None:
    for text in ("HI", "STEP", "SMALL"):
        talk = Talk(leon(held_for="asked_for_you"))
        talk.them(text)
        assert "start_again" not in talk.actions
        assert talk.asks is None


def test_a_yes_to_the_welcome_counts_while_a_practitioner_has_the_thread() -> None:
    talk = Talk(amina(held_for="asked_for_you"), "welcome")
    talk.them("aye ok")
    assert "consent" in talk.actions


def test_a_nudge_that_fell_due_while_we_were_away_is_dropped_not_sent_late() -> None:
    talk = Talk(leon(), "weekly_check_in")
    assert talk.state is not None
    late = wake(flows(), talk.state, talk.facts, NOW + timedelta(hours=48 + 25))
    assert late.said is None
    assert late.state is not None
    assert late.wake_at is None
    assert wake(flows(), late.state, talk.facts, NOW + timedelta(days=9)).said is None


@pytest.mark.parametrize("text", ["STEP", "SMALL", "DREAM"])
def test_nothing_begins_before_the_yes_to_the_welcome(text: str) -> None:
    talk = Talk(amina(), "welcome")
    talk.them(text)
    assert talk.asks == "welcome/hello"
    assert "OK or NO" in talk.said


def test_a_late_repeat_of_the_welcome_leaves_two_days_to_answer() -> None:
    talk = Talk(amina(), "welcome")
    assert talk.state is not None
    late = NOW + timedelta(days=6)
    repeat = wake(flows(), talk.state, talk.facts, late)
    assert repeat.said is not None
    assert repeat.wake_at == late + timedelta(hours=48)

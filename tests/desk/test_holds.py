"""Hold and hand back, a break and its end, "done" in one tap: each undoes the other, and all are in the history."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from bot.models import Flag, Message
from tests.desk.talking import MIDDAY, Talk, box


def test_hold_and_hand_back_undo_each_other(talk: Talk, stand_at: Callable[[datetime], None]) -> None:
    assert "held for three working days" in talk.done(talk.post("hold"))
    assert "Hold the bot" not in talk.look()
    stand_at(MIDDAY + timedelta(minutes=1))
    assert talk.done(talk.post("hand-back")) == "Handed back: the bot goes on. You can hold it again."
    assert talk.person().held_for is None
    html = talk.look()
    assert "Hand back" not in html
    assert "Sam handed back to the bot" in html
    assert "nothing to hand back" in talk.refused(talk.post("hand-back"))
    assert talk.events() == ["held", "handed_back"]


def test_a_break_is_set_ended_and_taken_up_again(talk: Talk, stand_at: Callable[[datetime], None]) -> None:
    assert talk.done(talk.post("pause", until="2026-12-14")) == "No automatic texts until Monday 14 December."
    assert "Taking a break until Mon 14 Dec." in talk.look()
    assert "Sam paused the check-ins until 14 Dec 2026" in talk.look()
    stand_at(MIDDAY + timedelta(minutes=1))
    assert talk.done(talk.post("resume")).startswith("The break is over")
    html = talk.look()
    assert "Take up the break again, until Monday 14 December" in html
    stand_at(MIDDAY + timedelta(minutes=2))
    talk.done(talk.post("pause", until=re.findall(r'name="until" value="([^"]+)"', html)[0]))
    assert talk.person().state == "paused"
    assert talk.events() == ["paused", "resumed", "paused"]


@pytest.mark.parametrize(
    ("until", "sentence"),
    [("", "Enter the day"), ("2026-11-24", "still to come"), ("2027-12-01", "at most 26 weeks")],
)
def test_a_break_that_will_not_do_is_said_beside_its_field(talk: Talk, until: str, sentence: str) -> None:
    answer = talk.post("pause", until=until)
    assert sentence in talk.refused(answer)
    assert 'aria-describedby="until-error"' in answer.text


def test_after_a_reply_of_theirs_asked_for_you_is_done_in_one_tap(
    talk: Talk, stand_at: Callable[[datetime], None]
) -> None:
    flag = talk.desk.add_flag("amina", loud=True)
    assert "I’ve been in touch" in talk.look()
    talk.change(last_person_sent_at=MIDDAY + timedelta(minutes=1), held_for="in_touch")
    html = talk.look()
    assert "Somebody has written to them since." in html
    assert "Done, and hand back to the bot" in html
    assert talk.done(talk.post(f"flags/{flag}/done", seen="1", then="hand-back")).startswith("Done. Handed back")
    row = talk.desk.row(Flag, flag)
    assert (row.closed_why, row.closed_by) == ("in_touch", "sam@example.org")
    assert talk.person().held_for is None
    assert "already" in talk.done(talk.post(f"flags/{flag}/done", seen="1"))


def test_what_has_newer_evidence_is_looked_at_first(talk: Talk) -> None:
    flag = talk.desk.add_flag("amina", version=2)
    assert "newer evidence" in talk.done(talk.post(f"flags/{flag}/done", seen="1"))
    assert talk.desk.row(Flag, flag).closed_at is None


def test_a_safety_flag_is_not_done_in_one_tap_and_the_page_says_who_may_read(talk: Talk) -> None:
    flag = talk.desk.add_flag("amina", kind="safety", loud=True)
    talk.change(held_for="safety")
    html = talk.look()
    assert f"flags/{flag}/done" not in html
    assert "Somebody else may read this phone" in html
    talk.post(f"flags/{flag}/done", seen="1")
    assert talk.desk.row(Flag, flag).closed_at is None


def test_another_persons_flag_and_text_are_nobodys_here(talk: Talk) -> None:
    dev = talk.desk.add_person("Dev")
    flag, text = talk.desk.add_flag("dev"), talk.desk.add_text("dev", "x", "out", kind="staff", state="queued")
    assert talk.post(f"flags/{flag}/done").status_code == 404
    assert talk.done(talk.post(f"texts/{text}/take-back")).startswith("The text that you wanted to change has left")
    assert box(talk.look(again=text))["words"] == box(talk.look(edit=text))["words"] == ""
    assert talk.desk.row(Message, text).state == "queued"
    assert dev != talk.amina


def test_what_comes_next_is_not_promised_while_the_bot_is_held(talk: Talk) -> None:
    talk.change(next_check_in_at=MIDDAY + timedelta(days=1))
    assert "Wed 25 Nov, 12:00</time>: a check-in" in talk.look()
    talk.post("hold")
    html = talk.look()
    assert ": a check-in" not in html
    assert "Fri 27 Nov, 12:00</time>: the bot may text again" in html
    talk.change(held_until=None, resume_at=None)
    assert "None is planned." in talk.look()

"""A text for later: at their day and hour, changed and taken back until it leaves, looked at again when they write."""

import uuid
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from bot.conversation import timing
from tests.desk.talking import LONDON, MIDDAY, Talk, box


def later(talk: Talk, day: str = "2026-11-27", clock: str = "10:00", **values: Any) -> TestResponse:
    return talk.reply(**{"words": "Good luck today!", "act": "later", "date": day, "time": clock, **values})


def test_a_text_for_later_waits_is_changed_and_taken_back(talk: Talk) -> None:
    assert talk.done(later(talk)).startswith("Your text will leave Fri 27 Nov, 10:00.")
    [text] = talk.texts()
    assert text.planned_for == timing.instant("Europe/London", date(2026, 11, 27), time(10))
    assert talk.person().held_for is None
    html = talk.look()
    assert "Sam, by SMS, leaves Fri 27 Nov, 10:00" in html
    # In the list of what waits, and not as if it had been said.
    assert html.index("Good luck today!") > html.index('id="waiting"')
    held = box(talk.look(edit=text.id))
    assert (held["words"], held["date"], held["time"]) == ("Good luck today! From Sam", "2026-11-27", "10:00")
    changed = {"instead": held["instead"], "once": held["once"], "words": "Good luck!"}
    talk.done(later(talk, clock="09:30", **changed))
    # The same form once more changes nothing more.
    talk.done(later(talk, clock="09:30", **changed))
    states = {text.body: text.state for text in talk.texts()}
    assert states == {"Good luck today! From Sam": "cancelled", "Good luck! From Sam": "queued"}
    [waits] = [text for text in talk.texts() if text.state == "queued"]
    answer = talk.post(f"texts/{waits.id}/take-back")
    assert answer.location.endswith(f"?again={waits.id}")
    assert talk.done(answer).startswith("Taken back")
    assert box(talk.look(again=waits.id))["words"] == "Good luck! From Sam"
    assert "Good luck!" not in talk.look()
    assert talk.done(talk.post(f"texts/{waits.id}/take-back")).startswith("The text that you wanted to change has left")


@pytest.mark.parametrize(
    ("day", "clock", "sentence"),
    [
        ("", "10:00", "Enter the day"),
        ("31/02/2026", "10:00", "Enter the day"),
        ("soon", "10:00", "Enter the day"),
        ("2026-11-27", "", "Enter the time"),
        ("2026-11-27", "25:00", "Enter the time"),
        ("2026-11-24", "11:59", "That moment has passed"),
        ("2026-12-24", "10:00", "within the next 28 days"),
        ("2026-11-27", "20:00", "The next hour that is open: Sat 28 Nov, 09:00."),
        ("2026-11-27", "08:59", "The next hour that is open: Fri 27 Nov, 09:00."),
    ],
)
def test_a_moment_that_will_not_do_is_said_and_everything_is_kept(
    talk: Talk, day: str, clock: str, sentence: str
) -> None:
    answer = later(talk, day, clock)
    assert sentence in talk.refused(answer)
    held = box(answer.text)
    assert (held["words"], held["date"], held["time"]) == ("Good luck today!", day, clock)
    assert talk.texts() == []


@pytest.mark.parametrize("day", ["2026-11-27", "27/11/2026", "27.11.2026", "27-11-2026"])
def test_a_day_is_read_as_browsers_and_people_write_it(talk: Talk, day: str) -> None:
    assert "Fri 27 Nov, 10:00" in talk.done(later(talk, day))


def test_it_is_their_day_and_hour_also_across_a_change_of_clocks(
    talk: Talk, stand_at: Callable[[datetime], None]
) -> None:
    stand_at(datetime(2027, 3, 20, 12, 0, tzinfo=LONDON))
    talk.done(later(talk, "2027-03-29", "10:00"))
    [text] = talk.texts()
    assert text.planned_for is not None
    assert text.planned_for.isoformat() == "2027-03-29T09:00:00+00:00"
    talk.change(zone="America/New_York")
    talk.once = uuid.uuid4().hex
    assert "Mon 29 Mar, 10:00" in talk.done(later(talk, "2027-03-29", "10:00"))
    assert {text.planned_for.hour for text in talk.texts() if text.planned_for} == {9, 14}


def test_send_now_with_a_time_filled_in_is_asked_about_not_guessed(talk: Talk) -> None:
    answer = later(talk, act="send")
    assert "You filled in a time." in talk.refused(answer)
    assert talk.texts() == []


def test_they_wrote_since_and_the_page_says_so_and_what_can_be_done(
    talk: Talk, stand_at: Callable[[datetime], None]
) -> None:
    talk.done(later(talk))
    [text] = talk.texts()
    stand_at(MIDDAY + timedelta(days=1))
    talk.desk.add_text("amina", "its been moved to monday")
    html = talk.look()
    assert "Amina wrote since you planned this: Wed 25 Nov, 12:00. It is not sent until you have looked." in html
    assert talk.done(talk.post(f"texts/{text.id}/keep")) == "It will be sent as planned."
    assert "wrote since you planned this" not in talk.look()
    assert talk.events() == ["text_planned", "text_kept"]

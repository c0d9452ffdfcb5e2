"""A text that waits for the morning is told beside its person: on today, and among all the people."""

import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape

import pytest

from bot.models import Practitioner
from tests.desk.talking import MIDDAY, NIGHT, Talk

PAGES = ("/today", "/people")
TONIGHT = "Your text leaves at 09:00"
DAY = timedelta(days=1)
StandAt = Callable[[datetime], None]


def beside_amina(talk: Talk, path: str, client: str | None = None) -> str:
    """What a list says of her, in words."""
    answer = (talk.desk.signed_in(client) if client else talk.client).get(path)
    assert answer.status_code == 200
    talk.check(answer.text)
    [part] = [each for each in re.findall(r"<li[^>]*>\s*<h3>(.*?)</li>", answer.text, re.DOTALL) if "Amina" in each]
    return " ".join(unescape(re.sub("<[^>]+>", "", part)).split())


@pytest.fixture
def night(talk: Talk, stand_at: StandAt) -> Talk:
    stand_at(NIGHT)
    talk.desk.add_flag("amina")
    return talk


@pytest.mark.parametrize("path", PAGES)
def test_a_text_that_waits_stands_beside_its_person(night: Talk, path: str) -> None:
    assert "leaves" not in beside_amina(night, path)
    night.reply()
    said = beside_amina(night, path)
    # It leaves on the day after.
    assert "Your text leaves Wed 25 Nov, 09:00." in said


@pytest.mark.parametrize("path", PAGES)
def test_after_midnight_the_hour_is_enough(night: Talk, stand_at: StandAt, path: str) -> None:
    night.reply()
    stand_at(NIGHT + timedelta(hours=3))
    assert f"{TONIGHT}." in beside_amina(night, path)


@pytest.mark.parametrize("path", PAGES)
def test_what_was_taken_back_is_not_told(night: Talk, path: str) -> None:
    night.reply()
    [text] = night.texts()
    night.post(f"texts/{text.id}/take-back")
    assert "leaves" not in beside_amina(night, path)


@pytest.mark.parametrize("path", PAGES)
def test_the_next_of_several_is_told(night: Talk, path: str) -> None:
    for day in (27, 26):
        once, at = uuid.uuid4().hex, {"date": f"2026-11-{day}", "time": "10:00"}
        night.done(night.reply(f"On the {day}th.", act="later", once=once, **at))
    assert "Your text leaves Thu 26 Nov, 10:00." in beside_amina(night, path)


@pytest.mark.parametrize("path", PAGES)
def test_a_planned_text_that_waits_for_a_look_does_not_leave(night: Talk, stand_at: StandAt, path: str) -> None:
    night.done(night.reply(act="later", date="2026-11-26", time="10:00"))
    stand_at(NIGHT + timedelta(minutes=5))
    night.desk.add_text("amina", "are you there")
    assert "leaves" not in beside_amina(night, path)


@pytest.mark.parametrize("path", PAGES)
def test_a_colleagues_text_is_no_text_of_mine(night: Talk, path: str) -> None:
    night.reply()
    with night.desk.service.database.write() as db:
        db.get_one(Practitioner, night.desk.staff["jo"]).role = "lead"
    whose = "?whose=all" if path == "/today" else ""
    assert "A colleague’s text leaves Wed 25 Nov, 09:00." in beside_amina(night, path + whose, "jo")


def test_asking_for_you_looks_the_same_on_every_list(night: Talk) -> None:
    assert '<li class="loud">' in night.client.get("/today").text
    assert '<span class="tag loud">Asked for you</span>' in night.client.get("/people").text


def test_nothing_waits_at_midday(talk: Talk, stand_at: StandAt) -> None:
    stand_at(MIDDAY + DAY)
    talk.desk.add_flag("amina", raised_at=MIDDAY)
    for path in PAGES:
        assert "leaves" not in beside_amina(talk, path)

"""What was settled on a person's page stays in sight there for a day: to take back, to look at, and to say why."""

import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from werkzeug.exceptions import NotFound
from werkzeug.test import TestResponse

from bot.models import Flag
from tests.desk.talking import MIDDAY, Talk

QUESTION = "What got in the way, if anything?"
HEADING = "What you settled in the last day"
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
StandAt = Callable[[datetime], None]


@pytest.fixture
def flag_id(talk: Talk) -> uuid.UUID:
    return talk.desk.add_flag("amina")


def settled(html: str) -> str:
    found = re.search(r'<section id="settled".*?</section>', html, re.DOTALL)
    return found[0] if found else ""


def by_button(talk: Talk, flag_id: uuid.UUID) -> None:
    assert talk.done(talk.post(f"flags/{flag_id}/done", seen=1)) == "Done. It can be taken back for a day."


def by_text(talk: Talk, flag_id: uuid.UUID) -> None:
    assert "Done. It can be taken back for a day." in talk.done(talk.reply(settle=str(flag_id), seen=1))


@pytest.mark.parametrize("settle", [by_button, by_text])
def test_what_was_settled_here_can_be_taken_back_here(
    talk: Talk, flag_id: uuid.UUID, settle: Callable[[Talk, uuid.UUID], None]
) -> None:
    assert settled(talk.look()) == ""
    settle(talk, flag_id)
    part = settled(talk.look())
    assert HEADING in part
    assert QUESTION in part
    assert f'href="/flags/{flag_id}"' in part
    assert ">Undo<" in part
    answer = act(talk, flag_id, do="undo")
    assert answer.location == f"/people/{talk.amina}"
    assert talk.done(answer) == "Taken back. It stands as it did before."
    assert talk.desk.row(Flag, flag_id).closed_at is None
    assert settled(talk.look()) == ""


def act(talk: Talk, flag_id: uuid.UUID, **values: str) -> TestResponse:
    return talk.client.post(f"/flags/{flag_id}", data={"seen": "1", "back": "person", **values})


def test_what_got_in_the_way_is_noted_here(talk: Talk, flag_id: uuid.UUID) -> None:
    by_button(talk, flag_id)
    answer = act(talk, flag_id, do="note", barrier="travel")
    assert answer.location == f"/people/{talk.amina}"
    assert talk.done(answer) == "Noted."
    flag = talk.desk.row(Flag, flag_id)
    assert (flag.barrier, flag.closed_why) == ("travel", "in_touch")
    assert '<option value="travel" selected>' in settled(talk.look())
    assert "flag_noted" in talk.events()


def test_nothing_chosen_notes_nothing_and_says_so(talk: Talk, flag_id: uuid.UUID) -> None:
    by_button(talk, flag_id)
    assert talk.done(act(talk, flag_id, do="note", barrier="")).startswith("Nothing was noted")
    assert talk.desk.row(Flag, flag_id).barrier is None


def test_after_a_day_it_is_gone_from_the_page(talk: Talk, flag_id: uuid.UUID, stand_at: StandAt) -> None:
    by_button(talk, flag_id)
    stand_at(MIDDAY + DAY - MINUTE)
    assert ">Undo<" in settled(talk.look())
    stand_at(MIDDAY + DAY + MINUTE)
    assert settled(talk.look()) == ""


@pytest.mark.parametrize("by", ["mo@example.org", "automatic"])
def test_what_others_closed_is_not_mine_to_explain(talk: Talk, flag_id: uuid.UUID, by: str) -> None:
    by_button(talk, flag_id)
    talk.change(Flag, closed_by=by)
    assert settled(talk.look()) == ""


def test_once_something_new_has_come_there_is_no_undo(talk: Talk, flag_id: uuid.UUID) -> None:
    by_button(talk, flag_id)
    talk.change(Flag, last_act=None)
    part = settled(talk.look())
    assert QUESTION in part
    assert ">Undo<" not in part


def test_nobody_elses_flag_is_touched_from_here(talk: Talk) -> None:
    talk.desk.add_person("Leon", "jo")
    theirs = talk.desk.add_flag("leon")
    for do in ("undo", "note"):
        assert act(talk, theirs, do=do, barrier="travel").status_code == NotFound.code
    assert talk.desk.row(Flag, theirs).barrier is None


def test_many_that_were_settled_fit_on_the_page(talk: Talk) -> None:
    for kind in ("asked_for_you", "quiet", "distress", "confidence", "cant_reach", "message", "misread"):
        talk.desk.add_flag("amina", kind, closed_at=MIDDAY, closed_by="sam@example.org", closed_why="in_touch")
    with talk.desk.counted() as asked:
        assert settled(talk.look()).count(QUESTION) == 7
    assert len(asked) <= 19, "with the look that is written down"

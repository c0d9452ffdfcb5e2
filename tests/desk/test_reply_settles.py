"""One button for what is done most: the text leaves, and what they asked for is settled."""

import pytest
from werkzeug.exceptions import NotFound

from bot.models import Flag
from tests.desk.talking import MIDDAY, Talk

SENT = "Your text is on its way. The bot is held while you are in touch."


def test_a_reply_settles_what_it_answers(talk: Talk) -> None:
    flag_id = talk.desk.add_flag("amina")
    assert "Send now, and done" in talk.look()
    assert talk.done(talk.reply(settle=str(flag_id), seen=1)) == f"{SENT} Done. It can be taken back for a day."
    flag = talk.desk.row(Flag, flag_id)
    assert (flag.closed_by, flag.closed_why) == ("sam@example.org", "in_touch")
    assert len(talk.texts()) == 1
    assert "Send now, and done" not in talk.look()


def test_the_same_form_twice_is_one_text_and_one_deed(talk: Talk) -> None:
    flag_id = talk.desk.add_flag("amina")
    for _ in range(2):
        assert SENT in talk.done(talk.reply(settle=str(flag_id), seen=1))
    assert len(talk.texts()) == 1
    assert talk.desk.row(Flag, flag_id).closed_why == "in_touch"


def test_a_text_that_is_refused_settles_nothing(talk: Talk) -> None:
    flag_id = talk.desk.add_flag("amina")
    talk.refused(talk.reply(words="", settle=str(flag_id), seen=1))
    assert talk.desk.row(Flag, flag_id).closed_at is None


def test_newer_evidence_is_shown_first_and_the_text_leaves_all_the_same(talk: Talk) -> None:
    flag_id = talk.desk.add_flag("amina", version=2)
    assert SENT in talk.done(talk.reply(settle=str(flag_id), seen=1))
    assert talk.desk.row(Flag, flag_id).closed_at is None
    assert len(talk.texts()) == 1


def test_no_flag_of_somebody_else_is_settled_from_here(talk: Talk) -> None:
    talk.desk.add_person("Leon")
    flag_id = talk.desk.add_flag("leon")
    assert talk.reply(settle=str(flag_id), seen=1).status_code == NotFound.code
    assert talk.desk.row(Flag, flag_id).closed_at is None
    assert talk.texts() == []


@pytest.mark.parametrize("kind", ["safety", "quiet"])
def test_only_who_asked_is_answered_by_a_text(talk: Talk, kind: str) -> None:
    talk.desk.add_flag("amina", kind, raised_at=MIDDAY)
    assert "Send now, and done" not in talk.look()

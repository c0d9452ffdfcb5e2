"""The box on a person's page: one text a form, counted, signed, and nothing that was typed is lost."""

import re
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from bot import outbox
from bot.models import Address
from tests.desk.talking import MIDDAY, NIGHT, Talk, box


def test_a_reply_is_a_row_for_the_outbox_signed_and_holds_the_bot(talk: Talk) -> None:
    assert talk.done(talk.reply()) == "Your text is on its way. The bot is held while you are in touch."
    [text] = talk.texts()
    assert (text.body, text.author, text.kind, text.state) == (
        "How was it? From Sam",
        "sam@example.org",
        "staff",
        "queued",
    )
    assert talk.person().held_for == "in_touch"
    html = talk.look()
    assert "Held, because somebody is in touch with Amina, until Fri 27 Nov." in html
    assert "Hand back to the bot" in html
    # Until it leaves it can be taken back.
    assert "Do not send it" in html


def test_the_same_form_sent_twice_is_one_text(talk: Talk) -> None:
    assert talk.done(talk.reply()) == talk.done(talk.reply())
    assert len(talk.texts()) == 1
    assert "holds other words" in talk.refused(again := talk.reply("And this?"))
    assert box(again.text)["words"] == "And this?"
    assert box(again.text)["once"] != talk.once
    talk.once = box(again.text)["once"]
    talk.done(talk.reply("And this?"))
    assert [text.body for text in talk.texts()] == ["How was it? From Sam", "And this? From Sam"]


def test_a_form_whose_mark_is_nonsense_is_still_a_text(talk: Talk) -> None:
    talk.done(talk.reply(once="' or 1=1"))
    assert len(talk.texts()) == 1


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("", "0 characters with your name, 0 texts"),
        ("x", "10 characters with your name, 1 text"),
        ("x" * 151, "160 characters with your name, 1 text"),
        ("x" * 152, "161 characters with your name, 2 texts"),
        ("\U0001f600" * 31, "40 characters with your name, 2 texts"),
        ("\u2019" * 151, "160 characters with your name, 1 text"),
        ("See you, Sam", "12 characters with your name, 1 text"),
        ("x" * 1592, "1601 characters: 1 too many"),
    ],
)
def test_it_is_counted_without_a_script_and_nothing_is_sent(talk: Talk, words: str, count: str) -> None:
    answer = talk.reply(words, act="count", date="2026-11-30", time="10:00")
    assert answer.status_code == 200
    talk.check(answer.text)
    assert f">{count}</p>" in answer.text
    assert box(answer.text) == {"words": words, "once": talk.once, "date": "2026-11-30", "time": "10:00"}
    assert talk.texts() == []
    assert talk.person().held_for is None


@pytest.mark.parametrize("words", ["", "   \r\n ", "x" * 1592, "<b>" + "\U0001f600" * 1600, "\u202e" * 3])
def test_what_is_refused_is_kept_in_the_box(talk: Talk, words: str) -> None:
    answer = talk.reply(words)
    assert "words" in talk.refused(answer)
    assert box(answer.text)["words"] == words.replace("\r\n", "\n")
    assert talk.texts() == []


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"state": "opted_out"}, "They asked for the texts to stop."),
        ({"state": "closed"}, "Their record is closed"),
        ({"state": "unreachable"}, "Texts do not reach their number."),
        ({"held_for": "not_safe"}, "Do not text or ring"),
    ],
)
def test_who_may_not_be_texted_has_a_sentence_in_place_of_the_box(
    talk: Talk, facts: dict[str, Any], sentence: str
) -> None:
    talk.change(**facts)
    html = talk.look()
    assert sentence in html
    assert 'id="compose"' not in html
    # Somebody's open page still has its box.
    assert sentence in talk.refused(talk.reply())
    assert ("tel:" in html) == ("held_for" not in facts)


def test_at_night_the_button_says_when_the_text_leaves(talk: Talk, stand_at: Callable[[datetime], None]) -> None:
    talk.desk.add_flag("amina")
    by_day = buttons(talk.look())
    assert {"Send now", "Send now, and done: Amina asked for you"} <= by_day
    stand_at(NIGHT)
    talk.done(talk.reply())
    by_night = buttons(talk.look())
    assert {"Send at 09:00", "Send at 09:00, and done: Amina asked for you"} <= by_night
    assert "Send it at 09:00 instead" in buttons(talk.look(edit=talk.texts()[0].id))
    assert not any("now" in each for each in by_night)


def buttons(html: str) -> set[str]:
    return {re.sub("<[^>]+>", "", each).strip() for each in re.findall(r"<button[^>]*>(.*?)</button>", html, re.DOTALL)}


def test_at_night_it_is_said_when_a_text_leaves(talk: Talk, stand_at: Callable[[datetime], None]) -> None:
    stand_at(NIGHT)
    assert "Quiet hours where they are: written now, it leaves Wed 25 Nov, 09:00." in talk.look()
    assert talk.done(talk.reply()) == "It is quiet hours where they are: your text will leave Wed 25 Nov, 09:00."
    assert "waiting to leave: Wed 25 Nov, 09:00" in talk.look()


def test_whatsapp_is_offered_while_it_is_open_and_sms_where_they_agreed_to_it(talk: Talk) -> None:
    number = "+447700900777"
    whatsapp = {"channel": "whatsapp", "address": number, "consented": True, "last_inbound_at": MIDDAY}
    with talk.desk.service.database.write() as db:
        own = {"scheme_id": "tyneside", "service_user_id": talk.amina}
        db.add(Address(**own, **whatsapp, window_until=MIDDAY + timedelta(hours=20)))
    assert 'value="whatsapp" checked' in talk.look()
    talk.done(talk.reply(channel="sms"))
    talk.once = uuid.uuid4().hex
    talk.done(talk.reply(channel="whatsapp"))
    assert [text.channel for text in talk.texts()] == ["sms", "whatsapp"]
    talk.change(Address, window_until=None)
    assert 'value="sms" checked' in talk.look()
    talk.once = uuid.uuid4().hex
    assert "Choose SMS where it is offered" in talk.refused(talk.reply(channel="whatsapp"))


def test_whoever_was_signed_out_meanwhile_gets_their_words_back(talk: Talk) -> None:
    talk.client.post("/sign-out")
    answer = talk.reply("Ring me <b>before</b> 5")
    assert answer.status_code == 403
    talk.check(answer.text)
    assert "Ring me &lt;b&gt;before&lt;/b&gt; 5" in answer.text
    assert talk.texts() == []


def test_with_an_old_page_the_words_come_back_too(talk: Talk) -> None:
    talk.desk.app.config["WTF_CSRF_ENABLED"] = True
    answer = talk.reply("Ring me <b>before</b> 5")
    assert answer.status_code == 400
    talk.check(answer.text)
    assert "Ring me &lt;b&gt;before&lt;/b&gt; 5" in answer.text
    assert talk.texts() == []


def test_two_taps_at_the_same_moment_are_one_text(talk: Talk) -> None:
    """Two requests of one browser with the same form, whichever is served first."""
    key = talk.client.get_cookie("stepalong")
    assert key is not None
    start = Barrier(2)

    def tap() -> int:
        client = talk.desk.app.test_client()
        client.set_cookie("stepalong", key.value)
        start.wait()
        words = {"words": "How was it?", "act": "send", "once": talk.once}
        return client.post(f"/people/{talk.amina}/reply", data=words).status_code

    with ThreadPoolExecutor(2) as pool:
        taps = [pool.submit(tap) for _ in range(2)]
    assert [each.result() for each in taps] == [303, 303]
    assert len(talk.texts()) == 1
    assert talk.events().count("wrote") == 1


def test_once_it_has_left_it_stands_in_the_conversation_under_their_name(talk: Talk) -> None:
    talk.done(talk.reply())
    [text] = talk.texts()
    with talk.desk.service.database.write() as db:
        outbox.record(db, talk.desk.service.library, text.id, "delivered", MIDDAY)
    html = talk.look()
    assert 'id="waiting"' not in html
    assert 'Sent by </span>Sam, SMS, <time datetime="2026-11-24T12:00+00:00">12:00</time>, delivered' in html
    assert talk.person().last_person_sent_at == MIDDAY
    assert talk.person().last_automatic_sent_at is None
    # And so it stands on the person's own phone.
    assert '<p class="meta">Sam, ' in talk.client.get(f"/phone/{talk.amina}").text

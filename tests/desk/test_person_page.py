"""A person's page: who said what and when, what became of it, what comes next; and who has looked."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot import history, people
from bot.models import Event, Message, ServiceUser
from bot.people import record
from tests.desk.conftest import Desk

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Check = Callable[[str], None]


def page(desk: Desk, person: uuid.UUID, by: str = "sam", **query: Any) -> str:
    answer = desk.signed_in(by).get(f"/people/{person}", query_string=query)
    assert answer.status_code == 200
    return answer.text


def note(desk: Desk, person: uuid.UUID, what: str, by: str = "sam@example.org", **facts: Any) -> None:
    with desk.service.database.write() as db:
        row = db.get_one(ServiceUser, person)
        history.of_person(db, row, what, facts.pop("at", desk.now), by=by, **facts)


def looks(desk: Desk, person: uuid.UUID) -> list[str]:
    with desk.service.database.read() as db:
        return list(db.scalars(select(Event.who).where(Event.service_user_id == person, Event.what == "viewed")))


def test_who_is_speaking_is_said_of_every_text_on_both_sides(desk: Desk, check_page: Check) -> None:
    amina = desk.add_person("Amina")
    desk.add_text("amina", "How did it go?", "out", created_at=desk.now - 2 * HOUR)
    desk.add_text("amina", "done it!", created_at=desk.now - HOUR)
    desk.add_text("amina", "Brilliant. From Sam", "out", kind="staff", author="sam@example.org")
    html = page(desk, amina)
    check_page(html)
    order = ["How did it go?", "done it!", "Brilliant. From Sam"]
    conversation = html[html.index('id="conversation"') :]
    assert sorted(order, key=conversation.index) == order
    for said in ("Sent by </span>Automatic", "Received from </span>Amina", "Sent by </span>Sam, SMS"):
        assert said in conversation


BECAME = [
    ({"state": "delivered"}, "delivered"),
    ({"state": "accepted"}, "sent"),
    ({"state": "queued", "kind": "check_in"}, "waiting to leave"),
    ({"state": "submitting"}, "on its way"),
    ({"state": "unknown"}, "we do not know yet whether it arrived"),
    ({"state": "sent", "no_receipt_at": True}, "sent; the network gave no receipt"),
    ({"state": "undelivered", "error_code": "30003"}, "not delivered: "),
    ({"state": "failed", "not_sent_reason": "gave_up"}, "not delivered: the provider could not be reached"),
    ({"state": "cancelled", "not_sent_reason": "opted_out"}, "not sent: they asked for the texts to stop"),
    ({"state": "cancelled", "not_sent_reason": "a reason of tomorrow"}, "not sent"),
]


@pytest.mark.parametrize(("values", "words"), BECAME, ids=[words for _, words in BECAME])
def test_what_became_of_a_text_is_said_in_words(desk: Desk, values: dict[str, Any], words: str) -> None:
    amina = desk.add_person("Amina")
    given = {name: desk.now if value is True else value for name, value in values.items()}
    desk.add_text("amina", "Hello", "out", **given)
    heading = page(desk, amina).split('<h4 class="meta">')[1].split("</h4>")[0]
    assert f", {words}" in heading


def test_what_left_or_arrived_later_says_when(desk: Desk) -> None:
    amina = desk.add_person("Amina")
    then = desk.now - 2 * DAY
    left = {"created_at": then, "submitted_at": then + 5 * HOUR, "sent_at": then + 5 * HOUR}
    desk.add_text("amina", "One", "out", **left, state="sent")
    desk.add_text("amina", "Two", "out", **left, delivered_at=then + 9 * HOUR)
    desk.add_text("amina", "Three", created_at=then, sent_at=then - 3 * HOUR)
    html = page(desk, amina)
    assert "sent later, " in html
    assert "reached us late" in html
    assert "delivered " in html


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"media": 1, "media_kinds": "voice note"}, "[voice note: it cannot be opened here]"),
        ({"media": 1}, "[a picture or a voice note: it cannot be opened here]"),
        ({}, "[no words: there were none, or they are kept no longer]"),
    ],
)
def test_what_came_in_place_of_words_is_said_by_its_kind(desk: Desk, values: dict[str, Any], words: str) -> None:
    amina = desk.add_person("Amina")
    desk.add_text("amina", "", **values)
    assert words in page(desk, amina)


TO_JO = {"before": {"practitioner": "sam@example.org"}, "after": {"practitioner": "jo@example.org"}}
MARKERS = [
    ("moved", TO_JO, "Jo looks after Amina from here on; before, it was Sam"),
    ("held", {"after": {"for": "in_touch"}}, "Sam is in touch: the bot is held"),
    ("held", {"after": {"for": "not_safe"}}, "Amina said it is not safe to text"),
    ("handed_back", {"before": {"held_for": "in_touch"}}, "Sam handed back to the bot"),
    ("paused", {"by": "service user", "after": {"until": "2026-12-14"}}, "Amina paused the check-ins until 14 Dec"),
    ("number_changed", {"after": {"channel": "sms"}}, "Sam changed the number"),
    ("opted_out", {"by": "carrier"}, "The network says that Amina texted STOP"),
    ("flag_raised", {"by": "automatic", "after": {"kind": "opted_out"}}, "Amina asked for no more texts"),
    ("not_delivered", {"after": {"state": "unreachable"}}, "Texts stopped arriving"),
    ("rhythm", {"by": "service user", "after": {"every_weeks": 2}}, "Amina chose a check-in every two weeks"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "facts", "words"), MARKERS, ids=[words for *_, words in MARKERS])
def test_what_happened_in_between_stands_in_the_conversation(
    desk: Desk, check_page: Check, what: str, facts: dict[str, Any], words: str
) -> None:
    amina = desk.add_person("Amina")
    desk.add_text("amina", "hiya", created_at=desk.now - HOUR)
    note(desk, amina, what, **facts)
    html = page(desk, amina)
    check_page(html)
    conversation = html[html.index('id="conversation"') :]
    assert conversation.index("hiya") < conversation.index(words)


def test_the_newest_page_comes_first_and_earlier_ones_are_a_link_away(desk: Desk, check_page: Check) -> None:
    amina = desk.add_person("Amina")
    for n in range(50):
        # Two a moment: an answer is written in the moment of what it answers.
        way = "out" if n % 2 else "in"
        desk.add_text("amina", f"text {n:02}.", way, created_at=desk.now - 60 * DAY + (n // 2) * DAY)
    note(desk, amina, "met", at=desk.now - 50 * DAY)
    client, seen, url, markers = desk.signed_in("sam"), list[str](), f"/people/{amina}", 0
    while url:
        html = client.get(url).text
        check_page(html)
        conversation = html[html.index('id="conversation"') : html.index('id="reply"')]
        here = [f"text {n:02}." for n in range(50) if f"text {n:02}." in conversation]
        assert here == sorted(here, key=conversation.index)
        seen = [*here, *seen]
        markers += conversation.count("met or talked")
        url = (
            conversation.partition('<p class="older"><a href="')[2].partition("#")[0]
            if "Earlier" in conversation
            else ""
        )
    assert seen == [f"text {n:02}." for n in range(50)]
    assert markers == 1


def test_of_a_text_that_is_not_there_or_not_theirs_nothing_comes_before(desk: Desk) -> None:
    amina, dev = desk.add_person("Amina"), desk.add_person("Dev")
    other = desk.add_text("dev", "mine")
    client = desk.signed_in("sam")
    for before in (uuid.uuid4(), other):
        html = client.get(f"/people/{amina}?before={before}").text
        assert "mine" not in html
    assert client.get(f"/people/{amina}?before=nonsense").status_code == 404
    assert "mine" in client.get(f"/people/{dev}").text


SCARY = [
    "<script>alert(1)</script>",
    "\u202egnp.exe\u2066 & \u200f",
    "\U0001f600" * 1600,
    "a" * 1600,
    "=HYPERLINK(1)",
    "{{ 7*7 }} %(name)s %s",
]


def test_texts_are_shown_as_they_are_and_do_nothing(desk: Desk, check_page: Check) -> None:
    amina = desk.add_person("Amina", reference="<b>7</b>")
    for n, words in enumerate(SCARY):
        desk.add_text("amina", words, "in", created_at=desk.now - (9 - n) * HOUR)
        desk.add_text("amina", words, "out", created_at=desk.now - (9 - n) * HOUR, author="<i>@x", kind="staff")
    client = desk.signed_in("sam")
    html = client.get(f"/people/{amina}").text
    check_page(html)
    earlier = client.get(html.split('<p class="older"><a href="')[1].partition("#")[0]).text
    for each in (html, earlier):
        check_page(each)
        assert "<script>alert" not in each
        assert "\u202e" not in each
        assert "<i>@x" not in each
        assert "<b>7" not in each
    assert "{{ 7*7 }} %(name)s %s" in html


def test_the_page_asks_as_little_of_a_long_life_as_of_a_short_one(desk: Desk) -> None:
    short, long = desk.add_person("Amina"), desk.add_person("Dev")
    desk.add_text("amina", "hello")
    with desk.service.database.write() as db:
        number = "+447700900999"
        for n in range(1000):
            at = desk.now - timedelta(hours=18 * (1000 - n))
            values = {"channel": "sms", "address": number, "kind": "check_in", "state": "delivered", "created_at": at}
            own = {"scheme_id": "tyneside", "service_user_id": long, "direction": "out" if n % 2 else "in"}
            db.add(Message(id=uuid.uuid4(), body=f"text {n}", **own, **values))
            if n % 5 == 0:
                db.add(Event(scheme_id="tyneside", service_user_id=long, at=at, who="automatic", what="met"))
    client = desk.signed_in("sam")
    counts = []
    for person in (short, long):
        client.get(f"/people/{person}")
        with desk.counted() as asked:
            client.get(f"/people/{person}")
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 15, asked


def test_who_looked_is_written_down_once_an_hour_and_is_in_the_record(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    amina = desk.add_person("Amina")
    sam, mo = desk.signed_in("sam"), desk.signed_in("mo")
    sam.head(f"/people/{amina}")
    assert looks(desk, amina) == []
    for client in (sam, sam, mo, sam):
        client.get(f"/people/{amina}")
    assert sorted(looks(desk, amina)) == ["mo@example.org", "sam@example.org"]
    with desk.service.database.read() as db:
        found = record.record(db, db.get_one(ServiceUser, amina))
    assert sorted(row["who"] for row in found["looked_at"]) == ["mo@example.org", "sam@example.org"]
    with desk.service.database.write() as db:
        row = people.find(db, str(amina))
        history.of_person(db, row, "viewed", desk.now - 61 * timedelta(minutes=1), by="jo@example.org")
        row.practitioner_id = desk.staff["jo"]
    desk.signed_in("jo").get(f"/people/{amina}")
    assert looks(desk, amina).count("jo@example.org") == 2


@pytest.mark.parametrize("name", ["jo", "pat", "ed"])
def test_somebody_elses_person_has_no_page_and_was_not_looked_at(desk: Desk, name: str) -> None:
    amina = desk.add_person("Amina")
    client = desk.signed_in(name)
    assert client.get(f"/people/{amina}").status_code == 404
    for path in ("reply", "hold", "hand-back", "pause", "resume", f"texts/{uuid.uuid4()}/keep"):
        assert client.post(f"/people/{amina}/{path}", data={"words": "hi", "until": "2030-01-01"}).status_code == 404
    assert looks(desk, amina) == []

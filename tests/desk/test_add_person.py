"""Adding a person on the page: the rules of a people file, the record of their yes, and nothing lost on an error."""

import re
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot import suppression
from bot.models import Address, ConsentEvent, Event, ServiceUser, Wording
from tests.desk.conftest import Desk

NUMBER = "+447700900321"


@pytest.fixture
def add(desk: Desk) -> Callable[..., Any]:
    """Fill the form in as Sam does, but for the changes; what the page says then."""

    def add(client: FlaskClient, **changes: str | None) -> Any:
        [mark] = re.findall(r'name="words" value="([^"]+)"', client.get("/people/add").text)
        typed = {
            "words": mark,
            "first_name": "Amina",
            "mobile": "07700 900321",
            "channel": "sms",
            "reference": "T-07",
            "agreed": "yes",
            "consent_by": "Sam at the drop-in",
            "consent_at": f"{desk.now - timedelta(days=2):%Y-%m-%d}",
            **changes,
        }
        form = {name: value for name, value in typed.items() if value is not None}
        return client.post("/people/add", data=form)

    return add


def everybody(desk: Desk) -> list[ServiceUser]:
    with desk.service.database.read() as db:
        return list(db.scalars(select(ServiceUser)))


def rows(desk: Desk, table: type[Any]) -> list[Any]:
    with desk.service.database.read() as db:
        return list(db.scalars(select(table)))


def test_the_page_is_sound_and_shows_the_words(desk: Desk, check_page: Callable[[str], None]) -> None:
    for name in ("sam", "mo"):
        html = desk.signed_in(name).get("/people/add").text
        check_page(html)
        assert "Can we text you about once a week" in html


def test_a_person_is_invited_with_the_whole_record_of_their_yes(desk: Desk, add: Callable[..., Any]) -> None:
    client = desk.signed_in("sam")
    answer = add(client)
    assert answer.status_code == 303
    [person], [number], [consent] = everybody(desk), rows(desk, Address), rows(desk, ConsentEvent)
    assert (person.first_name, person.state, person.reference) == ("Amina", "invited", "T-07")
    assert person.practitioner_id == desk.staff["sam"]
    assert person.next_check_in_at is not None
    assert (number.address, number.channel) == (NUMBER, "sms")
    assert (consent.what, consent.by) == ("given", "Sam at the drop-in")
    assert consent.at.date() <= desk.now.date() - timedelta(days=1)
    [wording] = rows(desk, Wording)
    shown = desk.service.library.scheme("tyneside").consent_wording["en"]
    assert (consent.wording_hash, wording.text) == (sha256(shown.encode()).hexdigest(), shown)
    [event] = [each for each in rows(desk, Event) if each.what == "enrolled"]
    assert (event.who, event.service_user_id) == ("sam@example.org", person.id), "who did it, not who asked"
    assert "asks whether they want these" in client.get("/people/add").text


def test_a_yes_of_today_is_of_this_moment(desk: Desk, add: Callable[..., Any]) -> None:
    """Somebody who left this morning and agrees anew in the afternoon has agreed after they left."""
    client = desk.signed_in("sam")
    [today] = re.findall(r'max="([^"]+)"', client.get("/people/add").text)
    before = desk.now
    add(client, consent_at=today)
    [consent] = rows(desk, ConsentEvent)
    assert before <= consent.at <= desk.now


WRONG = [
    ({"first_name": ""}, "first_name", "Enter what they like to be called."),
    ({"first_name": "=SUM(A1)"}, "first_name", "This is not a first name"),
    ({"mobile": ""}, "mobile", "Enter their mobile number"),
    ({"mobile": "0191 498 0000"}, "mobile", "This is a landline."),
    ({"mobile": "+33 6 12 34 56 78"}, "mobile", "Only UK mobiles can be texted."),
    ({"mobile": "0770 090 012"}, "mobile", "this number has 10 digits"),
    ({"channel": None}, "channel", "Choose how they agreed to be texted."),
    ({"channel": "pigeon"}, "channel", "The channel is pigeon."),
    ({"consent_by": " "}, "consent_by", "Enter who asked this person"),
    ({"consent_at": ""}, "consent_at", "Enter the day on which they agreed."),
    ({"consent_at": "2199-01-01"}, "consent_at", "has not come yet"),
    ({"consent_at": "yesterday"}, "consent_at", "is not a date"),
    ({"reference": "T" * 61}, "reference", "longer than 60 characters"),
    ({"agreed": None}, "agreed", "Without that nobody is texted."),
    ({"words": "older"}, "agreed", "The words have changed since you opened this page."),
]


@pytest.mark.parametrize(("changes", "field", "sentence"), WRONG)
def test_what_is_wrong_is_said_by_its_field_and_nothing_is_lost(
    desk: Desk,
    add: Callable[..., Any],
    check_page: Callable[[str], None],
    changes: dict[str, str | None],
    field: str,
    sentence: str,
) -> None:
    answer = add(desk.signed_in("sam"), **changes)
    assert answer.status_code == 422
    check_page(answer.text)
    assert sentence.lower() in answer.text.lower()
    assert f'<a href="#{field}">' in answer.text
    assert "<title>Error: Add a person" in answer.text
    for kept in {"first_name": "Amina", "mobile": "07700 900321", "reference": "T-07"}.items():
        if kept[0] not in changes:
            assert f'value="{kept[1]}"' in answer.text
    assert everybody(desk) == []


def test_a_practitioner_adds_for_themselves_and_a_lead_chooses(desk: Desk, add: Callable[..., Any]) -> None:
    add(desk.signed_in("sam"), practitioner_email="jo@example.org")
    assert [each.practitioner_id for each in everybody(desk)] == [desk.staff["sam"]]
    lead = desk.signed_in("mo")
    assert "Choose who looks after them." in add(lead, mobile="07700 900322").text
    assert (
        "no practitioner of this scheme"
        in add(lead, mobile="07700 900322", practitioner_email="pat@example.org").text.lower()
    )
    add(lead, mobile="07700 900322", practitioner_email="jo@example.org")
    assert {each.practitioner_id for each in everybody(desk)} == {desk.staff["sam"], desk.staff["jo"]}


def test_the_same_twice_changes_nothing_and_another_channel_is_added(desk: Desk, add: Callable[..., Any]) -> None:
    client = desk.signed_in("sam")
    add(client)
    assert add(client).status_code == 303
    assert "here already" in client.get("/people/add").text
    add(client, channel="whatsapp")
    assert len(everybody(desk)) == 1
    assert sorted(each.channel for each in rows(desk, Address)) == ["sms", "whatsapp"]


def test_somebody_elses_person_stays_as_they_are_and_nothing_is_told_of_them(
    desk: Desk, add: Callable[..., Any]
) -> None:
    add(desk.signed_in("sam"))
    answer = add(desk.signed_in("jo"), channel="whatsapp")
    assert answer.status_code == 422
    assert "with another practitioner" in answer.text
    assert "T-07" not in answer.text.replace('value="T-07"', "")
    assert [each.channel for each in rows(desk, Address)] == ["sms"]


def suppress(desk: Desk, why: str) -> None:
    with desk.service.database.write() as db:
        suppression.suppress(db, "tyneside", NUMBER, why, desk.now - timedelta(days=9))


def test_who_opted_out_is_never_enrolled_whatever_is_ticked(desk: Desk, add: Callable[..., Any]) -> None:
    suppress(desk, "opted_out")
    answer = add(desk.signed_in("sam"), knows_better="yes")
    assert answer.status_code == 422
    assert "they text START" in answer.text
    assert everybody(desk) == []


@pytest.mark.parametrize("why", ["wrong_number", "forgotten"])
def test_a_number_that_was_taken_off_comes_back_by_somebody_who_knows_better(
    desk: Desk, add: Callable[..., Any], check_page: Callable[[str], None], why: str
) -> None:
    suppress(desk, why)
    client = desk.signed_in("sam")
    answer = add(client)
    assert (answer.status_code, everybody(desk)) == (422, [])
    check_page(answer.text)
    assert 'name="knows_better"' in answer.text
    assert add(client, knows_better="yes").status_code == 303
    assert len(everybody(desk)) == 1
    assert [each.who for each in rows(desk, Event) if each.what == "number_allowed"] == ["sam@example.org"]


def test_who_left_comes_back_by_a_newer_yes_alone(desk: Desk, add: Callable[..., Any]) -> None:
    client = desk.signed_in("sam")
    add(client)
    with desk.service.database.write() as db:
        [person] = db.scalars(select(ServiceUser))
        person.state = "closed"
    answer = add(client)
    assert answer.status_code == 422
    assert "agreed anew" in answer.text
    add(client, consent_at=f"{desk.now - timedelta(days=1):%Y-%m-%d}")
    assert [each.state for each in everybody(desk)] == ["invited"]


def test_no_number_and_no_name_is_in_the_address_or_the_cookie(desk: Desk, add: Callable[..., Any]) -> None:
    client = desk.signed_in("sam")
    answer = add(client)
    assert not re.search("Amina|7700", answer.headers["Location"])
    with client.session_transaction() as cookie:
        assert not re.search("Amina|7700", str(dict(cookie)))


def test_an_editor_adds_nobody(desk: Desk) -> None:
    assert desk.signed_in("ed").get("/people/add").status_code == 404

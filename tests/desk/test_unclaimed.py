"""The tray on a page: whose it is, what is shown and written down, a new number, and what is not ours."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot import receiving
from bot.channels import Inbound
from bot.models import Address, ConsentEvent, Event, Flag, Message, Practitioner, ProviderCopy, ServiceUser
from tests.desk.conftest import Desk

Check = Callable[[str], None]
NUMBER = "+447700900801"
Text = Callable[..., None]


@pytest.fixture
def text(desk: Desk) -> Text:
    """A number that nobody knows texts the scheme."""
    sent = 0

    def text(words: str, number: str = NUMBER, after: timedelta = timedelta()) -> None:
        nonlocal sent
        sent += 1
        inbound = Inbound(
            provider_id=f"SM{sent:032d}", channel="sms", address=number, sender="phone:tyneside", body=words
        )
        with desk.service.database.write() as db:
            receiving.receive(db, desk.service.library, "tyneside", inbound, desk.now + after)

    return text


def address(desk: Desk, rest: str = "", number: str = NUMBER) -> str:
    with desk.service.database.read() as db:
        theirs = (Message.address == number, Message.direction == "in")
        found = db.scalars(select(Message.id).where(*theirs).order_by(Message.created_at.desc())).first()
    return f"/unclaimed/{found}{rest}"


def events(desk: Desk, what: str) -> list[str]:
    with desk.service.database.read() as db:
        return list(db.scalars(select(Event.who).where(Event.what == what)))


def stored(desk: Desk, direction: str = "in") -> list[tuple[str, str]]:
    with desk.service.database.read() as db:
        rows = db.scalars(select(Message).where(Message.service_user_id.is_(None), Message.direction == direction))
        return [(each.address, each.body) for each in rows]


def test_the_list_shows_who_wrote_and_no_words(desk: Desk, text: Text, check_page: Check) -> None:
    lead = desk.signed_in("mo")
    html = lead.get("/unclaimed").text
    check_page(html)
    assert "None wait." in html
    for _ in range(2):
        text("hello, it is Amina, new phone")
    html = lead.get("/unclaimed").text
    check_page(html)
    assert NUMBER in html
    assert "2 texts" in html
    assert "answered once" in html
    assert "Amina" not in html
    assert events(desk, "unclaimed_read") == []


def test_reading_it_is_written_down(desk: Desk, text: Text, check_page: Check) -> None:
    text("hello, it is <b>Amina</b>")
    html = desk.signed_in("mo").get(address(desk)).text
    check_page(html)
    assert "hello, it is &lt;b&gt;Amina&lt;/b&gt;" in html
    assert events(desk, "unclaimed_read") == ["mo@example.org"]


def find(desk: Desk, client: FlaskClient, wanted: str) -> str:
    return client.post(address(desk, "/find"), data={"wanted": wanted}).text


def test_it_becomes_somebodys_new_number_once_they_say_yes_there(desk: Desk, text: Text, check_page: Check) -> None:
    amina = desk.add_person("Amina", reference="T-07")
    desk.add_person("Amina-Rose", "pat")
    text("new phone, Amina")
    lead = desk.signed_in("mo")
    for wanted in ("amin", "t-07"):
        html = find(desk, lead, wanted)
        check_page(html)
        assert html.count('name="person"') == 1
    assert "Nobody is called so." in find(desk, lead, "%")
    assert lead.post(address(desk, "/connect"), data={"person": str(amina)}).status_code == 303
    with desk.service.database.read() as db:
        [number] = db.scalars(select(Address).where(Address.service_user_id == amina))
        [consent] = db.scalars(select(ConsentEvent).where(ConsentEvent.service_user_id == amina))
    assert (number.address, consent.by) == (NUMBER, "mo@example.org")
    assert desk.row(ServiceUser, amina).state == "invited"
    assert "None wait." in lead.get("/unclaimed").text
    assert lead.get(address(desk)).status_code == 404
    assert events(desk, "number_changed") == ["mo@example.org"]


@pytest.mark.parametrize(("values", "sentence"), [({"held_for": "asked_for_you"}, "Hand them back"), ({}, "Choose")])
def test_what_cannot_be_connected_says_why(
    desk: Desk, text: Text, check_page: Check, values: dict[str, str], sentence: str
) -> None:
    amina = desk.add_person("Amina", **values)
    text("new phone")
    data = {"person": str(amina) if values else "nobody"}
    answer = desk.signed_in("mo").post(address(desk, "/connect"), data=data)
    assert answer.status_code == 422
    check_page(answer.text)
    assert sentence in answer.text
    assert "python" not in answer.text


def test_nobody_of_another_scheme_is_connected(desk: Desk, text: Text) -> None:
    zed = desk.add_person("Zed", "pat")
    text("new phone")
    assert desk.signed_in("mo").post(address(desk, "/connect"), data={"person": str(zed)}).status_code == 404
    assert desk.signed_in("pat").get(address(desk)).status_code == 404


def test_not_ours_is_erased_here_and_at_the_provider_and_answered_once_all_the_same(desk: Desk, text: Text) -> None:
    text("is this the pizza place")
    text("hello", "+447700900802")
    lead = desk.signed_in("mo")
    assert lead.post(address(desk, "/dismiss")).status_code == 303
    assert sorted(stored(desk)) == [("+447700900802", "hello"), ("-", "")]
    with desk.service.database.read() as db:
        assert len(db.scalars(select(ProviderCopy)).all()) == 1
    assert events(desk, "unclaimed_dismissed") == ["mo@example.org"]
    text("margherita please", after=timedelta(hours=2))
    assert [number for number, _ in stored(desk, "out")].count(NUMBER) == 1, "once a day, whatever we erased"
    assert NUMBER in lead.get("/unclaimed").text


def test_what_an_open_flag_is_about_is_not_erased(desk: Desk, text: Text, check_page: Check) -> None:
    text("i want to kill myself")
    lead = desk.signed_in("mo")
    answer = lead.post(address(desk, "/dismiss"))
    assert answer.status_code == 422
    check_page(answer.text)
    with desk.service.database.read() as db:
        [flag] = db.scalars(select(Flag))
    assert f'href="/flags/{flag.id}"' in answer.text
    assert stored(desk) == [(NUMBER, "i want to kill myself")]


def test_it_is_the_leads_and_everybodys_where_there_is_none(desk: Desk, text: Text) -> None:
    text("hello")
    sam = desk.signed_in("sam")
    for path in ("/unclaimed", address(desk)):
        assert sam.get(path).status_code == 404
    assert sam.post(address(desk, "/dismiss")).status_code == 404
    with desk.service.database.write() as db:
        db.get_one(Practitioner, desk.staff["mo"]).retired_at = desk.now
    assert sam.get("/unclaimed").status_code == 200
    assert "Texts of unknown numbers" in sam.get("/scheme").text


def test_a_machine_that_writes_on_and_on_fits_a_page(desk: Desk, text: Text, check_page: Check) -> None:
    for number in range(60):
        text(f"offer {number} " + "x" * 150, after=timedelta(seconds=number))
    html = desk.signed_in("mo").get(address(desk)).text
    check_page(html)
    assert "offer 59" in html
    assert "20 more came before" in html

"""The scheme's page by role, what the bot says, and a practitioner's own settings."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.models import Event, Practitioner
from tests.desk.conftest import Desk

Check = Callable[[str], None]
SEEN = {
    "sam": {"Add a person", "Cover while somebody is away", "Your own settings"},
    "mo": {"Add a person", "Team", "What the bot says", "Your own settings"},
    "ed": {"What the bot says", "Your own settings"},
}
NOT_SEEN = {"sam": {"Team", "What the bot says"}, "mo": set[str](), "ed": {"Team", "Add a person"}}


@pytest.mark.parametrize("name", SEEN)
def test_each_role_finds_what_is_theirs(desk: Desk, check_page: Check, name: str) -> None:
    html = desk.signed_in(name).get("/scheme").text
    check_page(html)
    assert all(f">{text}</a>" in html for text in SEEN[name])
    assert not any(f">{text}</a>" in html for text in NOT_SEEN[name])
    assert "Jo Ridley" in html, "who is told when somebody may be in danger"
    assert "Pat" not in html


def test_the_flows_are_named_with_the_wording_in_use(desk: Desk, check_page: Check) -> None:
    html = desk.signed_in("ed").get("/scheme/flows").text
    check_page(html)
    library = desk.service.library
    for key, flow in library.flows("tyneside").by_key.items():
        assert flow.title in html
        assert library.pin("tyneside", key).hash[:12] in html
    assert "another wording" not in html


def flow_file(desk: Desk) -> Path:
    return desk.service.settings.flows_dir / "last_text.yaml"


def test_a_newer_wording_in_the_folder_is_said_so(desk: Desk, check_page: Check) -> None:
    file = flow_file(desk)
    file.write_text(f"{file.read_text('utf-8')}\n# a word more\n", "utf-8")
    html = desk.signed_in("ed").get("/scheme/flows").text
    check_page(html)
    assert html.count("another wording lies in the folder") == 1


def test_an_error_in_the_folder_is_shown_with_its_line(desk: Desk, check_page: Check) -> None:
    flow_file(desk).write_text("title: [", "utf-8")
    html = desk.signed_in("ed").get("/scheme/flows").text
    check_page(html)
    assert "last_text.yaml, line" in html
    assert "No errors." not in html


def test_everybody_puts_their_own_facts_right(desk: Desk, check_page: Check) -> None:
    client = desk.signed_in("sam")
    check_page(client.get("/me").text)
    typed = {"first_name": "Samira", "phone": "0191 496 0001", "hours": "Mon-Thu 9-5", "role": "lead"}
    assert client.post("/me", data=typed).status_code == 303
    row = desk.row(Practitioner, desk.staff["sam"])
    assert (row.first_name, row.phone, row.role) == ("Samira", "0191 496 0001", "practitioner")
    with desk.service.database.read() as db:
        [event] = db.scalars(select(Event).where(Event.what == "practitioner_changed"))
    assert event.who == "sam@example.org"
    assert "Samira" in client.get("/me").text


@pytest.mark.parametrize(("field", "value"), [("first_name", ""), ("phone", "ring me"), ("hours", "whenever")])
def test_what_cannot_be_is_said_by_its_field(desk: Desk, check_page: Check, field: str, value: str) -> None:
    typed = {"first_name": "Samira", "phone": "0191 496 0001", "hours": "Mon-Thu 9-5", field: value}
    answer = desk.signed_in("sam").post("/me", data=typed)
    assert answer.status_code == 422
    check_page(answer.text)
    assert f'<a href="#{field}">' in answer.text
    assert desk.row(Practitioner, desk.staff["sam"]).first_name == "Sam"

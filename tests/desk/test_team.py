"""The team: added, changed, retired, people handed over; every act with who did it, and nobody left with nobody."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from bot import sign_in
from bot.models import Email, Event, Practitioner, ServiceUser
from tests.desk.conftest import Desk

Check = Callable[[str], None]
KIM = {
    "first_name": "Kim",
    "email": "kim@example.org",
    "phone": "0191 496 0009",
    "hours": "Mon-Fri 09:00-17:00",
    "role": "practitioner",
}


def events(desk: Desk, what: str) -> list[Event]:
    with desk.service.database.read() as db:
        return list(db.scalars(select(Event).where(Event.what == what)))


def by_email(desk: Desk, email: str) -> Practitioner | None:
    with desk.service.database.read() as db:
        mine = (Practitioner.scheme_id == "tyneside", Practitioner.email == email)
        return db.scalars(select(Practitioner).where(*mine)).one_or_none()


def address(desk: Desk, name: str, rest: str = "") -> str:
    return f"/team/{desk.staff[name]}{rest}"


def test_the_pages_are_sound_and_name_nobody_elsewhere(desk: Desk, check_page: Check) -> None:
    desk.add_person("Amina")
    lead = desk.signed_in("mo")
    for path in ("/team", "/team/add", address(desk, "sam"), address(desk, "mo"), address(desk, "sam", "/people")):
        html = lead.get(path).text
        check_page(html)
        assert "Pat" not in html
    assert "1 person" in lead.get("/team").text


def test_somebody_is_added_and_can_sign_in(desk: Desk) -> None:
    assert desk.signed_in("mo").post("/team/add", data=KIM).status_code == 303
    kim = by_email(desk, "kim@example.org")
    assert kim is not None
    assert kim.digest_at is not None
    assert [each.who for each in events(desk, "practitioner_added")] == ["mo@example.org"]
    with desk.service.database.write() as db:
        assert len(sign_in.ask(db, "https://x.example", "kim@example.org", desk.now)) == 1


WRONG = [("email", "kim"), ("email", "sam@example.org"), ("first_name", ""), ("hours", "late"), ("role", "boss")]


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_what_is_wrong_is_said_by_its_field(desk: Desk, check_page: Check, field: str, value: str) -> None:
    answer = desk.signed_in("mo").post("/team/add", data=KIM | {field: value})
    assert answer.status_code == 422
    check_page(answer.text)
    assert f'<a href="#{field}">' in answer.text
    assert 'value="0191 496 0009"' in answer.text
    assert desk.row(Practitioner, desk.staff["sam"]).phone == "0191 4960000"


def test_a_change_keeps_the_address_and_ones_own_role(desk: Desk) -> None:
    lead = desk.signed_in("mo")
    typed = KIM | {"first_name": "Samira", "role": "lead"}
    lead.post(address(desk, "sam"), data=typed)
    sam = desk.row(Practitioner, desk.staff["sam"])
    assert (sam.first_name, sam.email, sam.role) == ("Samira", "sam@example.org", "lead")
    lead.post(address(desk, "mo"), data=KIM | {"first_name": "Mo"})
    assert desk.row(Practitioner, desk.staff["mo"]).role == "lead", "a scheme is not left without its lead by one tap"


def test_nobody_is_retired_while_somebody_would_have_nobody(desk: Desk, check_page: Check) -> None:
    desk.add_person("Amina")
    lead = desk.signed_in("mo")
    answer = lead.post(address(desk, "sam", "/retire"), data={"sure": "yes"})
    assert answer.status_code == 422
    check_page(answer.text)
    assert '<a href="#people_to">' in answer.text
    assert desk.row(Practitioner, desk.staff["sam"]).retired_at is None


def test_retiring_moves_their_people_and_signs_them_out(desk: Desk) -> None:
    person = desk.add_person("Amina")
    sam, lead = desk.signed_in("sam"), desk.signed_in("mo")
    data = {"sure": "yes", "people_to": "jo@example.org"}
    assert lead.post(address(desk, "sam", "/retire"), data=data).status_code == 303
    assert desk.row(ServiceUser, person).practitioner_id == desk.staff["jo"]
    assert [each.who for each in events(desk, "practitioner_retired")] == ["mo@example.org"]
    assert sam.get("/today").status_code == 303
    assert "Sam (sam@example.org)" in lead.get("/team").text
    assert lead.post("/team/add", data=KIM | {"email": "sam@example.org"}).status_code == 303, "and comes back"
    assert desk.row(Practitioner, desk.staff["sam"]).retired_at is None


@pytest.mark.parametrize(("name", "data"), [("mo", {"sure": "yes"}), ("jo", {})])
def test_retiring_wants_a_tick_and_somebody_else(desk: Desk, name: str, data: dict[str, str]) -> None:
    answer = desk.signed_in("mo").post(address(desk, name, "/retire"), data=data)
    assert answer.status_code == 422
    assert desk.row(Practitioner, desk.staff[name]).retired_at is None


def test_some_of_their_people_are_handed_over(desk: Desk, check_page: Check) -> None:
    amina, leon = desk.add_person("Amina"), desk.add_person("Leon")
    lead = desk.signed_in("mo")
    data = {"person": [str(amina)], "people_to": "jo@example.org"}
    assert lead.post(address(desk, "sam", "/people"), data=data).status_code == 303
    owners = [desk.row(ServiceUser, each).practitioner_id for each in (amina, leon)]
    assert owners == [desk.staff["jo"], desk.staff["sam"]]
    [event] = events(desk, "moved")
    assert (event.who, event.service_user_id) == ("mo@example.org", amina)
    with desk.service.database.read() as db:
        [mail] = db.scalars(select(Email).where(Email.kind == "handover"))
    assert mail.to == "jo@example.org"
    assert "Amina" not in mail.body
    assert "1 person handed over" in lead.get("/team").text


@pytest.mark.parametrize(("who", "field"), [("nobody", "people"), ("pats", "people"), ("unsafe", "people_to")])
def test_what_cannot_be_handed_over_says_why(desk: Desk, check_page: Check, who: str, field: str) -> None:
    """Nobody is ticked; somebody of another scheme is; or a safety flag waits for somebody to take it on."""
    amina, theirs = desk.add_person("Amina"), desk.add_person("Zed", "pat")
    if who == "unsafe":
        desk.add_flag("amina", "safety", loud=True)
    chosen: dict[str, list[Any]] = {"nobody": [], "pats": [amina, theirs], "unsafe": [amina]}
    data = {"person": chosen[who], "people_to": "jo@example.org"}
    answer = desk.signed_in("mo").post(address(desk, "sam", "/people"), data=data)
    assert answer.status_code == 422
    check_page(answer.text)
    assert f'<a href="#{field}">' in answer.text
    assert "python" not in answer.text
    assert desk.row(ServiceUser, amina).practitioner_id == desk.staff["sam"]
    assert desk.row(ServiceUser, theirs).practitioner_id == desk.staff["pat"]


def test_a_large_caseload_fits_a_page(desk: Desk, check_page: Check) -> None:
    for number in range(120):
        desk.add_person(f"Person-{number}", reference=f"T-{number:04d}")
    check_page(desk.signed_in("mo").get(address(desk, "sam", "/people")).text)

"""Cover on a page: a practitioner arranges their own, a lead anybody's; it can be ended, and everybody is told."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot import covering
from bot.models import Cover, Event
from tests.desk.conftest import Desk

Check = Callable[[str], None]


def days(desk: Desk, first: int = 0, last: int = 6) -> dict[str, str]:
    today = desk.now.date()
    return {"first_day": f"{today + timedelta(days=first)}", "last_day": f"{today + timedelta(days=last)}"}


def covers(desk: Desk) -> list[Cover]:
    with desk.service.database.read() as db:
        return list(db.scalars(select(Cover).order_by(Cover.first_day)))


def arrange(desk: Desk, client: FlaskClient, **typed: str) -> int:
    return client.post("/cover", data={"there": str(desk.staff["jo"]), **days(desk, 1, 6), **typed}).status_code


def test_a_practitioner_arranges_their_own_cover(desk: Desk, check_page: Check) -> None:
    client = desk.signed_in("sam")
    check_page(client.get("/cover").text)
    assert arrange(desk, client, away=str(desk.staff["mo"])) == 303
    [cover] = covers(desk)
    assert (cover.practitioner_id, cover.covered_by_id) == (desk.staff["sam"], desk.staff["jo"])
    assert [each.to for each in desk.mails(covering.MAIL)] == ["jo@example.org"]
    html = client.get("/cover").text
    check_page(html)
    assert "Jo looks after the people of Sam" in html


def test_while_it_lasts_their_people_are_seen_and_no_longer(desk: Desk) -> None:
    person = desk.add_person("Amina")
    sam, jo = desk.signed_in("sam"), desk.signed_in("jo")
    assert jo.get(f"/people/{person}").status_code == 404
    sam.post("/cover", data={"there": str(desk.staff["jo"]), **days(desk, -1, 6)})
    assert jo.get(f"/people/{person}").status_code != 404
    [cover] = covers(desk)
    assert jo.post(f"/cover/{cover.id}/end").status_code == 303
    assert jo.get(f"/people/{person}").status_code == 404
    with desk.service.database.read() as db:
        found = db.execute(select(Event.what, Event.who).where(Event.what.like("cover%"))).all()
    assert {tuple(row) for row in found} == {("cover_arranged", "sam@example.org"), ("cover_ended", "jo@example.org")}


def test_a_lead_arranges_anybodys_and_others_end_only_their_own(desk: Desk) -> None:
    assert arrange(desk, desk.signed_in("mo"), away=str(desk.staff["sam"])) == 303
    [cover] = covers(desk)
    assert desk.signed_in("pat").post(f"/cover/{cover.id}/end").status_code == 404
    with desk.service.database.write() as db:
        db.get_one(Cover, cover.id).covered_by_id = desk.staff["mo"]
    assert desk.signed_in("jo").post(f"/cover/{cover.id}/end").status_code == 404
    assert len(covers(desk)) == 1


WRONG = [
    ({"there": ""}, "there"),
    ({"there": "jo"}, "there"),
    ({"first_day": "soon"}, "first_day"),
    ({"last_day": "2020-01-01"}, "last_day"),
]


@pytest.mark.parametrize(("changes", "field"), WRONG)
def test_what_is_wrong_is_said_and_nothing_is_lost(
    desk: Desk, check_page: Check, changes: dict[str, str], field: str
) -> None:
    typed = {"there": str(desk.staff["jo"]), **days(desk, 1, 6), **changes}
    answer = desk.signed_in("sam").post("/cover", data=typed)
    assert answer.status_code == 422
    check_page(answer.text)
    assert f'<a href="#{field}">' in answer.text
    assert f'value="{typed["first_day"]}"' in answer.text
    assert covers(desk) == []


@pytest.mark.parametrize("name", ["sam", "pat"])
def test_nobody_of_another_scheme_covers(desk: Desk, name: str) -> None:
    other = {"sam": "pat", "pat": "jo"}[name]
    assert arrange(desk, desk.signed_in(name), away=str(desk.staff[name]), there=str(desk.staff[other])) == 422
    assert covers(desk) == []

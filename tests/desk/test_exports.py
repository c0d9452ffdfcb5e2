"""Files that staff take out: whose rows, which columns, safe cells, and the history of who took them and why."""

import csv
import io
import uuid
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot import exports
from bot.exports import EXPORTS
from bot.models import Event, ServiceUser, Step
from tests.desk.conftest import Desk

Check = Callable[[str], None]
WHY = "for the visit of the funder"


def take(client: FlaskClient, name: str = "people", reason: str = WHY) -> list[dict[str, str]]:
    answer = client.post("/exports", data={"export": name, "reason": reason})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{name}-')
    assert answer.headers["Cache-Control"] == "no-store"
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def change(desk: Desk, name: str, **values: object) -> None:
    with desk.service.database.write() as db:
        person = db.get_one(ServiceUser, desk.people[name])
        for key, value in values.items():
            setattr(person, key, value)


def add_step(desk: Desk, name: str, words: str, **values: object) -> None:
    with desk.service.database.write() as db:
        owner = {
            "scheme_id": db.get_one(ServiceUser, desk.people[name]).scheme_id,
            "service_user_id": desk.people[name],
        }
        db.add(Step(id=uuid.uuid4(), **owner, words=words, set_at=desk.now, **values))


@pytest.mark.parametrize("name", ["sam", "mo"])
def test_the_page_is_sound(desk: Desk, check_page: Check, name: str) -> None:
    html = desk.signed_in(name).get("/exports").text
    check_page(html)
    assert ("month by month" in html) == (name == "mo")


def test_everybody_takes_the_rows_they_see_and_no_others(desk: Desk) -> None:
    for name, owner in (("Amina", "sam"), ("Leon", "jo"), ("Zed", "pat")):
        desk.add_person(name, owner)
        add_step(desk, name.lower(), f"step of {name}")
    for who, seen in (("sam", {"Amina"}), ("mo", {"Amina", "Leon"}), ("pat", {"Zed"})):
        client = desk.signed_in(who)
        assert {row["first_name"] for row in take(client)} == seen
        assert {row["step"] for row in take(client, "steps")} == {f"step of {name}" for name in seen}


def test_a_number_is_text_and_so_is_whatever_somebody_called_themselves(desk: Desk) -> None:
    desk.add_person("Amina", reference="=HYPERLINK(1)")
    add_step(desk, "amina", "+1 for the bus", barrier="travel", barrier_words="@home; =2+2")
    [person] = take(desk.signed_in("sam"))
    assert (person["sms"], person["reference"]) == ("'+447700900000", "'=HYPERLINK(1)")
    [step] = take(desk.signed_in("sam"), "steps")
    assert (step["step"], step["barrier_words"]) == ("'+1 for the bus", "'@home;' =2+2")


CONTACT = [
    ({"held_for": "not_safe"}, "DO NOT CONTACT"),
    ({"held_for": "not_safe", "state": "opted_out"}, "DO NOT CONTACT"),
    ({"state": "opted_out"}, "they said stop"),
    ({"state": "closed"}, "they have left"),
    ({"state": "unreachable"}, "do not arrive"),
    ({"held_for": "asked_for_you"}, "asked for you"),
]


@pytest.mark.parametrize(("values", "told"), CONTACT)
def test_who_must_not_be_texted_is_in_the_file_and_says_so(desk: Desk, values: dict[str, object], told: str) -> None:
    """A list to ring by that left somebody's danger out would be worse than none."""
    desk.add_person("Amina")
    desk.add_flag("amina", "safety", loud=True)
    change(desk, "amina", **values)
    [row] = take(desk.signed_in("sam"))
    assert told in row["contact"]
    assert row["open_flags"] == "safety"


def test_no_texts_and_no_evidence_are_in_any_file(desk: Desk) -> None:
    desk.add_person("Amina")
    desk.add_text("amina", "cormorant")
    desk.add_flag("amina", "safety", evidence={"why": "cormorant", "done": [], "details": {}})
    lead = desk.signed_in("mo")
    assert not [name for name in EXPORTS if "cormorant" in str(take(lead, name))]


def test_it_is_in_the_history_with_its_reason_and_in_that_of_each_person(desk: Desk) -> None:
    amina, leon = desk.add_person("Amina"), desk.add_person("Leon")
    desk.add_person("Zed", "jo")
    take(desk.signed_in("sam"))
    with desk.service.database.read() as db:
        [event] = db.scalars(select(Event).where(Event.what == "people_exported"))
        theirs = db.scalars(select(Event).where(Event.what == "row_exported")).all()
    assert (event.who, event.after) == ("sam@example.org", {"export": "people", "rows": 2, "reason": WHY})
    assert {each.service_user_id for each in theirs} == {amina, leon}


WRONG = [
    ({"export": "people", "reason": ""}, "reason"),
    ({"export": "people", "reason": "because"}, "reason"),
    ({"export": "people", "reason": "x" * 301}, "reason"),
    ({"export": "everything", "reason": WHY}, "export"),
    ({"export": "report", "reason": WHY}, "export"),
    ({"reason": WHY}, "export"),
]


@pytest.mark.parametrize(("typed", "field"), WRONG)
def test_without_a_reason_nothing_is_taken(desk: Desk, check_page: Check, typed: dict[str, str], field: str) -> None:
    desk.add_person("Amina")
    answer = desk.signed_in("sam").post("/exports", data=typed)
    assert answer.status_code == 422
    check_page(answer.text)
    assert f'<a href="#{field}">' in answer.text
    assert typed["reason"] in answer.text
    with desk.service.database.read() as db:
        assert db.scalars(select(Event).where(Event.what.like("%_exported"))).all() == []


def test_the_report_is_the_pages_with_its_small_counts_hidden(desk: Desk) -> None:
    desk.add_person("Amina")
    for barrier, times in (("travel", 12), ("health", 2), (None, 17)):
        for _ in range(times):
            desk.add_flag("amina", "quiet", closed_at=desk.now, closed_by="automatic", barrier=barrier)
    rows = [row for row in take(desk.signed_in("mo"), "report") if row["part"] == "barriers_of_quiet_spells"]
    assert [(row["what"], row["count"], row["of"]) for row in rows] == [
        ("not_said", "17", "31"),
        ("the_rest_together", "14", "31"),
    ]


def test_times_are_those_of_the_scheme(desk: Desk) -> None:
    desk.add_person("Amina", next_check_in_at=desk.now.replace(month=7, day=1, hour=9, minute=0))
    [row] = take(desk.signed_in("sam"))
    assert row["next_check_in"].endswith("-07-01 10:00")


def test_every_column_is_explained() -> None:
    from bot.settings import ROOT

    told = (ROOT / "docs" / "exports.md").read_text("utf-8")
    missing = [
        f"{name}: {column}"
        for name, export in EXPORTS.items()
        for column in export.columns
        if f"`{column}`" not in told.partition(f"## {name.capitalize()}")[2].partition("\n## ")[0]
    ]
    assert missing == []
    assert exports.CONTACT["not_safe"].startswith("DO NOT CONTACT")

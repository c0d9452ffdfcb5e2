"""A people file on a page: everybody in it or nobody, each wrong row with its line and reason."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from bot import suppression
from bot.models import Event, ServiceUser
from bot.web.desk import enrol_file
from tests.desk.conftest import Desk

HEADER = "scheme,practitioner_email,first_name,mobile,channel,language,consent_by,consent_at,reference"
AMINA = "tyneside,sam@example.org,Amina,07700 900321,sms,en,Sam,2024-01-02,T-01"
LEON = "tyneside,jo@example.org,Leon,07700 900322,sms,en,Jo,2024-01-02,"


def upload(client: FlaskClient, *rows: str, header: str = HEADER) -> Any:
    data = "\n".join((header, *rows)).encode()
    return client.post("/people/import", data={"file": (io.BytesIO(data), "people.csv")})


def count(desk: Desk) -> int:
    with desk.service.database.read() as db:
        return db.scalar(select(func.count()).select_from(ServiceUser)) or 0


def test_everybody_in_it_is_added_by_the_lead(desk: Desk, check_page: Callable[[str], None]) -> None:
    lead = desk.signed_in("mo")
    check_page(lead.get("/people/import").text)
    answer = upload(lead, AMINA, LEON)
    assert answer.status_code == 200
    check_page(answer.text)
    assert count(desk) == 2
    with desk.service.database.read() as db:
        assert set(db.scalars(select(Event.who).where(Event.what == "enrolled"))) == {"mo@example.org"}
    assert "<dd>2</dd>" in upload(lead, AMINA, LEON).text, "here already"
    assert count(desk) == 2


def test_where_a_row_is_wrong_nobody_is_added(desk: Desk, check_page: Callable[[str], None]) -> None:
    wrong = AMINA.replace("07700 900321", "0191 498 0000").replace("sms", "pigeon")
    answer = upload(
        desk.signed_in("mo"), LEON, wrong, "tyneside,sam@example.org,<b>,07700 900323,sms,en,Sam,2024-01-02"
    )
    assert answer.status_code == 422
    check_page(answer.text)
    assert "2 lines are to be put right" in answer.text
    assert "<td>3</td><td>mobile</td><td>this is a landline." in answer.text
    assert "<td>3</td><td>channel</td>" in answer.text
    assert "<td>4</td><td>first_name</td>" in answer.text
    assert count(desk) == 0


@pytest.mark.parametrize("row", [AMINA.replace("tyneside", "wearside"), AMINA.replace("sam@", "pat@")])
def test_a_lead_writes_nobody_into_another_scheme(desk: Desk, row: str) -> None:
    answer = upload(desk.signed_in("mo"), row)
    assert answer.status_code == 422
    assert "wearside" not in answer.text
    assert count(desk) == 0


def test_who_opted_out_is_left_alone_and_named_by_the_line(desk: Desk, check_page: Callable[[str], None]) -> None:
    with desk.service.database.write() as db:
        suppression.suppress(db, "tyneside", "+447700900321", "opted_out", desk.now)
        suppression.suppress(db, "tyneside", "+447700900322", "wrong_number", desk.now)
    answer = upload(desk.signed_in("mo"), AMINA, LEON)
    check_page(answer.text)
    assert "<td>2</td><td>They said that they want no texts." in answer.text
    assert "<td>3</td><td>They said that it was the wrong number." in answer.text
    assert count(desk) == 0


@pytest.mark.parametrize("data", [{}, {"file": (io.BytesIO(b""), "people.csv")}])
def test_no_file_is_said_so(desk: Desk, data: dict[str, Any], check_page: Callable[[str], None]) -> None:
    answer = desk.signed_in("mo").post("/people/import", data=data, content_type="multipart/form-data")
    assert answer.status_code == 422
    check_page(answer.text)
    assert "Choose a file" in answer.text


def test_a_thousand_people_fit_and_more_than_the_largest_file_is_refused(desk: Desk) -> None:
    lead = desk.signed_in("mo")
    many = [AMINA.replace("900321", f"900{number:03d}").replace(",T-01", ",") for number in range(1000)]
    assert upload(lead, *many).status_code == 200
    assert count(desk) == 1000
    kind = "multipart/form-data; boundary=x"
    answer = lead.post("/people/import", data=b"x" * (enrol_file.LARGEST + 1), content_type=kind)
    assert answer.status_code == 413
    assert "At most 480 kilobytes" in answer.text
    assert lead.post("/people/add", data={"first_name": "x" * 40_000}).status_code == 413


def test_its_form_needs_its_token_too(desk: Desk) -> None:
    client = desk.signed_in("mo")
    desk.app.config["WTF_CSRF_ENABLED"] = True
    assert upload(client, AMINA).status_code == 400
    assert count(desk) == 0


def test_a_practitioner_uploads_nothing(desk: Desk) -> None:
    assert upload(desk.signed_in("sam"), AMINA).status_code == 404
    assert count(desk) == 0

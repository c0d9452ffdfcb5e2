"""A person's whole record from their page: with a reason that is kept, and written down as taken out."""

import json
from collections.abc import Callable

import html5lib
import pytest
from sqlalchemy import select

from bot.models import Event, Note
from tests.desk.conftest import Desk

Check = Callable[[str], None]
WHY = "she asked for it on the phone"


@pytest.fixture
def url(desk: Desk) -> str:
    url = f"/people/{desk.add_person('Amina')}/record"
    desk.add_text("amina", "my cormorant <b>sings</b>")
    return url


def test_as_data_and_as_a_page(desk: Desk, url: str, check_page: Check) -> None:
    client = desk.signed_in("sam")
    check_page(client.get(url).text)
    assert "somebody reads it whole" in client.get(url).text
    answer = client.post(url, data={"why": WHY, "form": "json"})
    found = json.loads(answer.text)
    assert answer.mimetype == "application/json"
    assert [text["body"] for text in found["messages"]] == ["my cormorant <b>sings</b>"]
    assert found["notes"][-1]["words"] == WHY
    assert (found["looked_at"][-1]["what"], found["looked_at"][-1]["who"]) == ("exported", "sam@example.org")
    answer = client.post(url, data={"why": WHY, "form": "html"})
    assert answer.mimetype == "text/html"
    html5lib.HTMLParser(strict=True).parse(answer.text)
    assert "my cormorant &lt;b&gt;sings&lt;/b&gt;" in answer.text
    name = answer.headers["Content-Disposition"]
    assert name.startswith('attachment; filename="record-')
    assert "Amina" not in name
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("why", ["", "because", "x" * 4001])
def test_without_a_reason_nothing_leaves(desk: Desk, url: str, why: str, check_page: Check) -> None:
    answer = desk.signed_in("sam").post(url, data={"why": why})
    assert answer.status_code == 422
    check_page(answer.text)
    assert "cormorant" not in answer.text
    with desk.service.database.read() as db:
        assert db.scalars(select(Note)).all() == []
        assert db.scalars(select(Event).where(Event.what == "exported")).all() == []


def test_another_form_there_is_not(desk: Desk, url: str) -> None:
    assert desk.signed_in("sam").post(url, data={"why": WHY, "form": "exe"}).status_code == 400

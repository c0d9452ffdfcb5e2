"""A link in a mail that does not work says so, and changes nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from bot import one_tap
from bot.models import Cover, Email, Flag, Practitioner, ServiceUser
from tests.desk.conftest import Desk
from tests.desk.mailed import DAY, Mailed, about, everything


@pytest.fixture
def mailed(desk: Desk) -> Mailed:
    desk.add_person("Amina", reference="T-17")
    return about(desk, "quiet")


def gone(mailed: Mailed, answer: TestResponse, status: int, words: str, check_page: Callable[[str], None]) -> None:
    assert answer.status_code == status
    check_page(answer.text)
    assert words in answer.text
    assert "Amina" not in answer.text
    assert (mailed.flag.closed_at, mailed.flag.snoozed_until) == (None, None)


@pytest.mark.parametrize("nonce", ["", "made up", "of another flag", "the token"])
def test_a_button_works_on_its_own_page_alone(mailed: Mailed, check_page: Callable[[str], None], nonce: str) -> None:
    other = one_tap.nonce(mailed.settings, replace(mailed.tap, flag_id=uuid4()))
    given = {"of another flag": other, "the token": mailed.path.removeprefix("/f/")}.get(nonce, nonce)
    answer = mailed.client.post(mailed.path, data={"nonce": given, "do": "in_touch"})
    gone(mailed, answer, 400, "Nothing was changed", check_page)


def test_a_page_works_for_an_hour(mailed: Mailed, check_page: Callable[[str], None]) -> None:
    old = one_tap.nonce(mailed.settings, mailed.tap, datetime.now(UTC) - timedelta(hours=2))
    answer = mailed.client.post(mailed.path, data={"nonce": old, "do": "in_touch"})
    gone(mailed, answer, 400, "That page was too old", check_page)


def test_a_link_that_was_tampered_with_leads_nowhere(mailed: Mailed, check_page: Callable[[str], None]) -> None:
    path = mailed.path
    gone(mailed, mailed.client.get(f"{path[:20]}x{path[21:]}"), 404, "This link leads nowhere", check_page)
    gone(mailed, mailed.client.post(f"{path}x", data={"do": "in_touch"}), 404, "This link leads nowhere", check_page)


def test_a_link_is_good_for_two_weeks(mailed: Mailed, check_page: Callable[[str], None]) -> None:
    old = f"/f/{one_tap.sign(mailed.settings, mailed.tap, datetime.now(UTC) - 15 * DAY)}"
    nonce = one_tap.nonce(mailed.settings, mailed.tap)
    gone(mailed, mailed.client.get(old), 410, "This link is too old", check_page)
    answer = mailed.client.post(old, data={"nonce": nonce, "do": "in_touch"})
    gone(mailed, answer, 410, "This link is too old", check_page)


def test_newer_evidence_is_shown_first(mailed: Mailed, check_page: Callable[[str], None]) -> None:
    nonce = mailed.nonce()
    mailed.change(Flag, mailed.flag_id, version=2)
    gone(mailed, mailed.client.get(mailed.path), 200, "There is something newer", check_page)
    answer = mailed.client.post(mailed.path, data={"nonce": nonce, "do": "in_touch"})
    gone(mailed, answer, 409, "There is something newer", check_page)
    assert f"/flags/{mailed.flag_id}" in answer.text


@pytest.mark.parametrize("how", ["to a colleague", "whoever had it has left", "the cover has ended"])
def test_whose_person_it_is_is_looked_up_again(mailed: Mailed, check_page: Callable[[str], None], how: str) -> None:
    desk = mailed.desk
    today = desk.now.date()
    nonce = mailed.nonce()
    if how == "to a colleague":
        mailed.change(ServiceUser, desk.people["amina"], practitioner_id=desk.staff["jo"])
    elif how == "whoever had it has left":
        mailed.change(Practitioner, desk.staff["sam"], retired_at=desk.now)
    else:
        with desk.service.database.write() as db:
            cover = {"practitioner_id": desk.staff["sam"], "covered_by_id": desk.staff["jo"]}
            db.add(Cover(scheme_id="tyneside", **cover, first_day=today - 9 * DAY, last_day=today - 2 * DAY))
        mailed.tap = replace(mailed.tap, practitioner_id=desk.staff["jo"])
        nonce = one_tap.nonce(mailed.settings, mailed.tap)
    for answer in (
        mailed.client.get(mailed.path),
        mailed.client.post(mailed.path, data={"nonce": nonce, "do": "snooze"}),
    ):
        assert answer.status_code in (404, 410)
        gone(mailed, answer, answer.status_code, "Nothing was changed", check_page)


def test_whoever_covers_may_tap(mailed: Mailed) -> None:
    today = mailed.desk.now.date()
    with mailed.desk.service.database.write() as db:
        cover = {"practitioner_id": mailed.desk.staff["sam"], "covered_by_id": mailed.desk.staff["jo"]}
        db.add(Cover(scheme_id="tyneside", **cover, first_day=today - DAY, last_day=today + DAY))
    mailed.tap = replace(mailed.tap, practitioner_id=mailed.desk.staff["jo"])
    mailed.tapped("in_touch")
    assert mailed.flag.closed_by == "jo@example.org"


def test_twice_is_told_and_changes_nothing(mailed: Mailed) -> None:
    nonce = mailed.nonce()
    form = {"nonce": nonce, "do": "in_touch"}
    mailed.client.post(mailed.path, data=form)
    closed_at = mailed.flag.closed_at
    answer = mailed.client.post(mailed.path, data=form, follow_redirects=True)
    assert "That was done already" in answer.text
    assert mailed.flag.closed_at == closed_at
    assert "done already" in mailed.client.post(mailed.path, data={**form, "do": "snooze"}, follow_redirects=True).text
    assert mailed.flag.closed_why == "in_touch"


@pytest.mark.parametrize(
    "do", ["in_touch", "snooze", "not_a_concern", "pass_on", "acknowledge", "close", "note", "undo"]
)
def test_safety_is_dealt_with_behind_the_sign_in(desk: Desk, check_page: Callable[[str], None], do: str) -> None:
    desk.add_person("Amina")
    mailed = about(desk, "safety")
    gone(mailed, mailed.client.get(mailed.path), 200, "A message needs you now", check_page)
    nonce = one_tap.nonce(mailed.settings, mailed.tap)
    form = {"nonce": nonce, "do": do, "note": "rang", "barrier": "health", "to": str(desk.staff["jo"])}
    before = everything(desk)
    gone(mailed, mailed.client.post(mailed.path, data=form), 403, "A message needs you now", check_page)
    assert everything(desk) == before


@pytest.mark.parametrize("do", ["acknowledge", "close"])
def test_what_is_more_than_a_tap_wants_a_sign_in(mailed: Mailed, check_page: Callable[[str], None], do: str) -> None:
    gone(mailed, mailed.tapped(do, note="rang"), 403, "Sign in for this", check_page)


@pytest.mark.parametrize("form", [{"do": "erase"}, {"do": ""}, {"do": "note"}, {"do": "note", "reason": "lazy"}])
def test_what_no_button_says_is_refused(mailed: Mailed, form: dict[str, str]) -> None:
    assert mailed.tapped(**form).status_code == 400  # type: ignore[arg-type]
    assert (mailed.flag.closed_at, mailed.flag.reason) == (None, None)


def test_a_link_is_in_no_log(mailed: Mailed, capfd: pytest.CaptureFixture[str]) -> None:
    token = mailed.path.removeprefix("/f/")
    mailed.tapped("in_touch")
    mailed.client.post(mailed.path, data={"do": "in_touch"})
    mailed.client.get(f"{mailed.path}x")
    said = "".join(capfd.readouterr())
    assert token[:30] not in said
    with mailed.desk.service.database.read() as db:
        assert not [mail for mail in db.scalars(select(Email)) if token[:30] in mail.body]

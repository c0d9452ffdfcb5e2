"""How often the digest comes: from the mail without signing in, from a mail reader's own button, and signed in."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from bot import cadence
from bot.models import Practitioner
from tests.desk.conftest import Desk

CheckPage = Callable[[str], None]


def often(desk: Desk, name: str = "sam") -> str:
    found: str = desk.row(Practitioner, desk.staff[name]).digest_cadence
    return found


def path(desk: Desk, name: str = "sam") -> str:
    return f"{cadence.PATH}/{cadence.sign(desk.service.settings, desk.staff[name])}"


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    """Somebody who is not signed in, with forms' tokens asked for as in earnest."""
    desk.app.config["WTF_CSRF_ENABLED"] = True
    return desk.app.test_client()


def test_opening_the_link_changes_nothing(desk: Desk, client: FlaskClient, check_page: CheckPage) -> None:
    for _ in range(25):
        answer = client.get(path(desk))
        assert client.head(path(desk)).status_code == 200
    assert answer.status_code == 200
    check_page(answer.text)
    assert 'value="daily" checked' in answer.text
    assert (often(desk), desk.mails("digest")) == ("daily", [])


def test_a_choice_is_kept_and_shown_and_can_be_taken_back(desk: Desk, client: FlaskClient) -> None:
    for chosen in ("twice_a_week", "weekly", "daily"):
        answer = client.post(path(desk), data={"cadence": chosen}, follow_redirects=True)
        assert f'value="{chosen}" checked' in answer.text
        assert "Done. Your digest comes as you chose." in answer.text
        assert often(desk) == chosen
    assert often(desk, "jo") == "daily"
    assert len(desk.mails("digest")) == 3, "each change by a link is told by mail"


def test_one_click_of_a_mail_reader_makes_it_mondays(desk: Desk, client: FlaskClient) -> None:
    """RFC 8058: a POST of these words alone, with no cookie and no redirect."""
    for _ in range(2):
        answer = client.post(path(desk), data={"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer.headers.get("Set-Cookie")) == (200, None)
        assert often(desk) == "weekly"
    [told] = desk.mails("digest")
    assert told.to == "sam@example.org"


@pytest.mark.parametrize("data", [{}, {"cadence": "never"}, {"List-Unsubscribe": "yes"}])
def test_what_is_no_choice_changes_nothing(
    desk: Desk, client: FlaskClient, check_page: CheckPage, data: dict[str, str]
) -> None:
    answer = client.post(path(desk), data=data)
    assert answer.status_code == 400
    check_page(answer.text)
    assert "<title>Error: " in answer.text
    assert 'href="#cadence-daily"' in answer.text
    assert often(desk) == "daily"


def test_a_link_that_is_not_whole_or_of_somebody_gone(desk: Desk, client: FlaskClient, check_page: CheckPage) -> None:
    gone = path(desk, "jo")
    with desk.service.database.write() as db:
        db.get_one(Practitioner, desk.staff["jo"]).retired_at = desk.now
    for wrong in (path(desk)[:-2], f"{cadence.PATH}/x", gone):
        for answer in (client.get(wrong), client.post(wrong, data={"cadence": "weekly"})):
            assert answer.status_code == 404
            check_page(answer.text)
            assert "This link does not work" in answer.text
    assert (often(desk), often(desk, "jo")) == ("daily", "daily")


def test_signed_in_it_is_a_page_of_mine(desk: Desk, check_page: CheckPage) -> None:
    sam = desk.signed_in("sam")
    check_page(sam.get(cadence.PATH).text)
    answer = sam.post(cadence.PATH, data={"cadence": "twice_a_week"}, follow_redirects=True)
    assert 'value="twice_a_week" checked' in answer.text
    assert (often(desk), often(desk, "jo"), desk.mails("digest")) == ("twice_a_week", "daily", [])
    wrong = sam.post(cadence.PATH, data={"cadence": "hourly"})
    assert (wrong.status_code, often(desk)) == (400, "twice_a_week")
    check_page(wrong.text)


def test_signed_in_a_form_of_another_site_changes_nothing(desk: Desk) -> None:
    sam = desk.signed_in("sam")
    desk.app.config["WTF_CSRF_ENABLED"] = True
    assert sam.post(cadence.PATH, data={"cadence": "weekly"}).status_code == 400
    assert often(desk) == "daily"

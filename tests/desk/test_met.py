"""That a practitioner and a person have met: with its day, and undone on the day on which it was logged."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot import meetings
from bot.conversation import timing
from bot.meetings import MeetingRefused
from bot.models import ServiceUser
from tests.desk.conftest import Desk

SAM = "sam@example.org"
A_DAY = timedelta(days=1)


@pytest.fixture
def url(desk: Desk) -> str:
    return f"/people/{desk.add_person('Amina')}/met"


def met_at(desk: Desk) -> object:
    return desk.row(ServiceUser, desk.people["amina"]).met_at


def test_today_in_one_tap_and_undone(desk: Desk, url: str, check_page: Callable[[str], None]) -> None:
    client = desk.signed_in("sam")
    check_page(client.get(url).text)
    html = client.post(url, follow_redirects=True).text
    check_page(html)
    assert "Met or talked last on " in html
    assert met_at(desk) is not None
    page = client.get(url).text
    check_page(page)
    assert "Undo what was logged today" in page
    assert "Undone." in client.post(f"{url}/undo", follow_redirects=True).text
    assert met_at(desk) is None
    assert "Undo what was" not in client.get(url).text
    assert "Nothing was changed." in client.post(f"{url}/undo", follow_redirects=True).text


def test_an_earlier_day_changes_nothing_of_a_later_one(desk: Desk, url: str) -> None:
    client = desk.signed_in("sam")
    today = timing.local("Europe/London", desk.now).date()
    client.post(url, data={"day": (today - 20 * A_DAY).isoformat()})
    first = met_at(desk)
    assert timing.local("Europe/London", first).date() == today - 20 * A_DAY  # type: ignore[arg-type]
    client.post(url, data={"day": (today - 30 * A_DAY).isoformat()})
    assert met_at(desk) == first
    client.post(url, data={"day": (today - 2 * A_DAY).isoformat()})
    for expected in (first, first, None):
        client.post(f"{url}/undo")
        assert met_at(desk) == expected


@pytest.mark.parametrize("day", ["soon", "1999-01-01", "2199-01-01"])
def test_a_day_on_which_nobody_met_is_refused(
    desk: Desk, url: str, day: str, check_page: Callable[[str], None]
) -> None:
    answer = desk.signed_in("sam").post(url, data={"day": day})
    assert answer.status_code == 422
    assert 'href="#day"' in answer.text
    assert met_at(desk) is None


def test_the_day_after_it_stands(desk: Desk, url: str) -> None:
    now = desk.now
    with desk.service.database.write() as db:
        person = db.get_one(ServiceUser, desk.people["amina"])
        meetings.log(db, person, timing.local(person.zone, now).date(), SAM, now)
    with desk.service.database.write() as db:
        person = db.get_one(ServiceUser, desk.people["amina"])
        assert meetings.may_undo(db, person, now)
        assert not meetings.may_undo(db, person, now + A_DAY)
        with pytest.raises(MeetingRefused):
            meetings.undo(db, person, SAM, now + A_DAY)
        assert person.met_at == now

"""Three people who asked are answered, one who is quiet is given a week, a barrier is noted: in at most 25 taps."""

from datetime import UTC

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from bot.models import Flag, Message, ServiceUser
from tests.browser.desk_site import DeskSite
from tests.browser.tour import ASKED, QUIET, WRITTEN, Tour, people_ask, small_phone

pytestmark = pytest.mark.browser

# What the guide and the README say; and what the pages were designed to need at most.
TAPS, MOST_TAPS = 22, 25


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
def test_a_practitioner_does_it_all_in_at_most_25_taps(browser: Browser, desk_site: DeskSite, scripts: bool) -> None:
    people_ask(desk_site)
    with small_phone(browser, scripts) as context:
        tour = Tour(context.new_page(), desk_site)
        tour.page.set_default_timeout(15_000)
        tour.sign_in("sam.taylor@example.org")
        for name in ASKED[1:]:
            tour.answer(name)
            tour.today()
        tour.answer_with_a_barrier(ASKED[0], "The cost of travel")
        tour.today()
        tour.give_it_a_week(QUIET)
    assert len(tour.tapped) == TAPS <= MOST_TAPS, tour.tapped
    _is_so(desk_site)


def _is_so(site: DeskSite) -> None:
    """What the pages said was done is in the rows."""
    with site.service.database.read() as db:
        people = {row.id: row.first_name for row in db.scalars(select(ServiceUser))}
        written = db.scalars(select(Message).where(Message.kind == "staff"))
        assert {people[row.service_user_id]: row.body for row in written} == {
            name: f"{words} From Sam" for name, words in WRITTEN.items()
        }
        flags = {
            (people[row.service_user_id], row.kind): row for row in db.scalars(select(Flag)) if row.service_user_id
        }
        for name in ASKED:
            assert flags[name, "asked_for_you"].closed_by == "sam.taylor@example.org"
        assert flags["Kim", "asked_for_you"].barrier == "travel"
        quiet = flags[QUIET, "quiet"]
        assert quiet.closed_at is None
        assert quiet.snoozed_until is not None
        assert quiet.snoozed_until.astimezone(UTC) > site.service.clock.now()

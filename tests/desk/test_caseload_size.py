"""Five hundred people: so many queries and no more, whoever asks, and pages that a phone loads at once."""

from collections.abc import Callable

import pytest

from tests.desk.conftest import Desk
from tests.desk.crowd import grow

CheckPage = Callable[[str], None]
PATHS = (
    "/people",
    "/people?page=3",
    "/people?only=unanswered&state=active",
    "/people?order=long_ago&whose=cover",
    "/today",
    "/today?whose=all",
)


@pytest.fixture
def crowd(desk: Desk) -> Desk:
    grow(desk, people=500, weeks=4)
    return desk


@pytest.mark.parametrize("name", ["sam", "mo"])
def test_people_and_today_take_at_most_12_queries(crowd: Desk, check_page: CheckPage, name: str) -> None:
    client = crowd.signed_in(name)
    for path in PATHS:
        with crowd.counted() as asked:
            html = client.get(path).text
        assert len(asked) <= 12, (path, asked)
        check_page(html)
    with crowd.counted() as asked:
        html = client.post("/people/search", data={"name": "leon"}).text
    assert len(asked) <= 12, asked
    check_page(html)

"""The caseload: everybody with their last words, filtered by the address, searched without one."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.models import Cover, ServiceUser, Step
from tests.delivery.people import HandClock
from tests.desk.conftest import Desk
from tests.desk.test_today import NASTY, raised

CheckPage = Callable[[str], None]
DAY = timedelta(days=1)


def names(html: str) -> list[str]:
    return re.findall(r'<h3><a href="/people/[^"]+">([^<]+)</a></h3>', html)


def row(html: str, name: str) -> str:
    [found] = [each for each in re.findall(r"<li><h3>.*?</li>", html, re.DOTALL) if f">{name}</a>" in each]
    return found


def people(desk: Desk, query: str = "", name: str = "sam") -> str:
    answer = desk.signed_in(name).get(f"/people{query}")
    assert answer.status_code == 200
    return answer.text


def change(desk: Desk, name: str, **values: Any) -> None:
    with desk.service.database.write() as db:
        person = db.get_one(ServiceUser, desk.people[name])
        for field, value in values.items():
            setattr(person, field, value)


def step(desk: Desk, name: str, words: str, **values: Any) -> None:
    owner = {"scheme_id": "tyneside", "service_user_id": desk.people[name]}
    with desk.service.database.write() as db:
        db.add(Step(**owner, words=words, **{"set_at": desk.now - DAY, **values}))


# ---------------------------------------------------------------- a row


def test_a_row_opens_with_their_words_and_says_how_it_stands(desk: Desk, check_page: CheckPage) -> None:
    desk.add_person("Leon", reference="T-1")
    desk.add_text("leon", "older words", created_at=desk.now - 9 * DAY)
    desk.add_text("leon", "bus fare is a joke", created_at=desk.now - 5 * DAY)
    desk.add_text("leon", "", media=1, created_at=desk.now - 3 * DAY)
    step(desk, "leon", "an older step", set_at=desk.now - 9 * DAY)
    step(desk, "leon", "ring the college", outcome="not_yet")
    change(desk, "leon", last_person_sent_at=desk.now - 8 * DAY, last_automatic_sent_at=desk.now - DAY)
    raised(desk, "leon", "quiet")
    html = people(desk)
    check_page(html)
    found = row(html, "Leon (T-1)")
    assert found.index("bus fare is a joke") < found.index("ring the college") < found.index("Gets check-ins.")
    assert "older" not in found
    assert re.search(r"Wrote [34] days ago\.", found), "a picture is a sign of life, though it has no words"
    assert ": not yet." in found
    assert '<span class="tag">Quiet</span>' in found
    assert "A person wrote to them on " in found
    assert "The bot wrote on " in found
    assert "With " not in found, "mine need not be told that they are"


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "Wrote today."), (1, "Wrote yesterday."), (2, "Wrote 2 days ago."), (None, "Has not written")],
)
def test_days_since_they_wrote(desk: Desk, days: int | None, said: str) -> None:
    # A clock that stands still: no midnight may fall between a text and the look at it.
    object.__setattr__(desk.service, "clock", HandClock(datetime(2026, 11, 24, 12, tzinfo=UTC)))
    desk.add_person("Leon")
    if days is not None:
        desk.add_text("leon", "hi", created_at=desk.now - days * DAY)
    assert said in row(people(desk), "Leon")


def test_long_words_are_cut_and_nasty_ones_do_no_harm(desk: Desk, check_page: CheckPage) -> None:
    desk.add_person("Emo")
    desk.add_text("emo", "\N{FACE WITH TEARS OF JOY}" * 1600)
    desk.add_person("Evil", reference=NASTY[:50])
    desk.add_text("evil", NASTY)
    step(desk, "evil", NASTY)
    html = people(desk)
    check_page(html)
    assert html.count("\N{FACE WITH TEARS OF JOY}") < 100
    assert "<script>alert" not in html
    assert "\u202e" not in html


def test_nobody_yet(desk: Desk, check_page: CheckPage) -> None:
    html = people(desk)
    check_page(html)
    assert "You have nobody yet." in html


# ---------------------------------------------------------------- which of them


@pytest.fixture
def crowd(desk: Desk) -> Desk:
    """Sam's people, in different states; Bea is Jo's, whom Sam covers; Cid is Mo's; Zed is of another scheme."""
    for name, owner in (("Ann", "sam"), ("Ben", "sam"), ("Col", "sam"), ("Dee", "sam"), ("Bea", "jo"), ("Cid", "mo")):
        desk.add_person(name, owner)
    desk.add_person("Zed", "pat")
    change(desk, "ben", state="paused")
    change(desk, "dee", state="closed")
    change(desk, "ann", last_inbound_at=desk.now - 2 * DAY)
    change(desk, "ben", last_inbound_at=desk.now - DAY)
    with desk.service.database.write() as db:
        dates = {"first_day": desk.now.date() - DAY, "last_day": desk.now.date() + DAY}
        db.add(Cover(scheme_id="tyneside", practitioner_id=desk.staff["jo"], covered_by_id=desk.staff["sam"], **dates))
    raised(desk, "ann", "quiet")
    raised(desk, "ben", "asked_for_you")
    raised(desk, "col", "misread", snoozed_until=desk.now + DAY)
    return desk


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "Ann Bea Ben Col"),
        ("?whose=mine", "Ann Ben Col"),
        ("?whose=cover", "Bea"),
        ("?state=paused", "Ben"),
        ("?state=closed", "Dee"),
        ("?state=active&whose=mine", "Ann Col"),
        ("?only=quiet", "Ann"),
        ("?only=unanswered", "Ben"),
        ("?only=put_off", "Col"),
        ("?order=long_ago&whose=mine", "Col Ann Ben"),
        ("?order=lately&whose=mine", "Ben Ann Col"),
        ("?only=quiet&state=paused", ""),
        ("?whose=x&state=%27&only=&order=drop&page=-3", "Ann Bea Ben Col"),
        ("?page=7", ""),
        ("?page=99999999999999999999999", ""),
    ],
)
def test_filters_stand_in_the_address(crowd: Desk, check_page: CheckPage, query: str, expected: str) -> None:
    html = people(crowd, query)
    check_page(html)
    assert " ".join(names(html)) == expected


@pytest.mark.parametrize(
    ("query", "expected"), [("", "Ann Bea Ben Cid Col"), ("?whose=mine", "Cid"), ("?whose=cover", "")]
)
def test_a_lead_sees_the_scheme(crowd: Desk, query: str, expected: str) -> None:
    html = people(crowd, query, "mo")
    assert " ".join(names(html)) == expected
    if not query:
        assert "With Sam." in row(html, "Ann")


def test_who_was_answered_has_an_answer(crowd: Desk) -> None:
    change(crowd, "ben", last_person_sent_at=crowd.now)
    assert names(people(crowd, "?only=unanswered")) == []


def test_a_filter_is_shown_and_kept_on_the_next_page(desk: Desk) -> None:
    for n in range(65):
        desk.add_person(f"P{n:02}")
    client = desk.signed_in("sam")
    seen, path = [], "/people?order=lately&state=active"
    while path:
        html = client.get(path).text
        assert '<option value="active" selected>' in html
        assert '<option value="lately" selected>' in html
        seen += names(html)
        following = re.search(r'<a href="([^"]+)">The next people', html)
        path = following[1].replace("&amp;", "&") if following else ""
    assert seen == [f"P{n:02}" for n in range(65)]
    assert "65 people" in html


# ---------------------------------------------------------------- search


def search(desk: Desk, asked: str, name: str = "sam") -> str:
    answer = desk.signed_in(name).post("/people/search", data={"name": asked})
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("asked", ["zoe", "ZO\N{LATIN CAPITAL LETTER E WITH DIAERESIS}", " oe ", "t-17", "T-17"])
def test_search_by_name_or_reference(desk: Desk, check_page: CheckPage, asked: str) -> None:
    desk.add_person("Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}", reference="T-17", state="closed")
    desk.add_person("Ann", reference="T-2")
    html = search(desk, asked)
    check_page(html)
    assert len(names(html)) == 1
    assert "1 person is called" in html


@pytest.mark.parametrize("asked", ["%", "_", "\\", "' or 1=1 --", "Nobody", "a" * 500])
def test_search_finds_no_more_than_what_was_typed(desk: Desk, asked: str) -> None:
    desk.add_person("Ann")
    assert names(search(desk, asked)) == []


def test_search_finds_nobody_elses_people(desk: Desk) -> None:
    desk.add_person("Ann", "jo")
    desk.add_person("Anna", "pat")
    assert names(search(desk, "ann")) == []
    assert names(search(desk, "ann", "mo")) == ["Ann"]


def test_an_empty_search_says_what_to_do(desk: Desk, check_page: CheckPage) -> None:
    desk.add_person("Ann")
    answer = desk.signed_in("sam").post("/people/search", data={"name": "  "})
    assert answer.status_code == 400
    check_page(answer.text)
    assert "<title>Error: " in answer.text
    assert 'href="#name"' in answer.text
    assert names(answer.text) == []


def test_a_name_that_is_looked_for_stands_in_no_address(desk: Desk) -> None:
    desk.add_person("Ann")
    html = search(desk, "Ann")
    assert not re.search(r'(?:href|action)="[^"]*Ann', html)
    assert names(desk.signed_in("sam").get("/people?name=Ann&q=Ann").text) == ["Ann"], "no search by the address"

"""Signing in: by a link that a scanner cannot use up, once, for a quarter of an hour; out again by itself."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from bot import jobs, mail, sign_in
from bot.clock import Clock
from bot.models import Practitioner, SignIn, SignInToken
from bot.web.desk import door
from tests.desk.conftest import Desk

SAM = "sam@example.org"


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Moves the machine's time, as the door sees it."""
    moved = [timedelta()]
    monkeypatch.setattr(door, "wall", lambda: Clock().now() + moved[0])

    def move(**by: float) -> None:
        moved[0] += timedelta(**by)

    return move


def link(desk: Desk) -> str:
    newest = desk.mails(sign_in.KIND)[-1]
    [line] = [line for line in newest.body.splitlines() if "/sign-in/" in line]
    return line.removeprefix(desk.service.settings.public_url)


def ask(client: FlaskClient, email: str = SAM, then: str = "") -> str:
    answer = client.post("/sign-in", data={"email": email, "then": then}, follow_redirects=True)
    assert answer.status_code == 200
    return answer.text


def is_in(client: FlaskClient) -> bool:
    return "Sign out Sam" in client.get("/accessibility").text


def test_from_the_address_to_the_first_page(desk: Desk, check_page: Callable[[str], None]) -> None:
    client = desk.app.test_client()
    check_page(client.get("/sign-in").text)
    check_page(ask(client, "  SAM@Example.org "))
    page = client.get(link(desk))
    check_page(page.text)
    assert page.headers["Cache-Control"] == "no-store"
    answer = client.post(link(desk))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/today")
    assert is_in(client)


def test_looking_uses_nothing_up_and_the_button_works_once(desk: Desk) -> None:
    ask(desk.app.test_client())
    for _ in range(50):
        scanner = desk.app.test_client()
        assert scanner.get(link(desk)).status_code == scanner.head(link(desk)).status_code == 200
    assert not is_in(scanner)
    assert desk.app.test_client().post(link(desk)).status_code == 303
    late = desk.app.test_client()
    for again in (late.get(link(desk)), late.post(link(desk))):
        assert again.status_code == 410
        assert "ask for another" in again.text
    assert not is_in(late)


def test_the_doorbell_is_rung_for_the_mail_itself(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[object] = []
    monkeypatch.setattr(jobs, "ring_for", lambda _, mails=(), texts=(): rung.append(list(mails)))
    ask(desk.app.test_client())
    assert rung == [[each.id for each in desk.mails(sign_in.KIND)]]
    ask(desk.app.test_client(), "nobody@example.org")
    assert rung[1:] == [[]]


def test_an_unknown_address_gets_the_very_same_answer(desk: Desk) -> None:
    known, unknown = (ask(desk.app.test_client(), email) for email in (SAM, "nobody@example.org"))
    assert known == unknown
    assert [each.to for each in desk.mails(sign_in.KIND)] == [SAM]


def test_what_is_no_address_is_said_beside_the_field(desk: Desk, check_page: Callable[[str], None]) -> None:
    answer = desk.app.test_client().post("/sign-in", data={"email": "sam at work"})
    assert answer.status_code == 422
    check_page(answer.text)
    assert "<title>Error: " in answer.text
    assert 'value="sam at work"' in answer.text


@pytest.mark.parametrize(("later", "good"), [({"minutes": 14, "seconds": 50}, True), ({"minutes": 15}, False)])
def test_a_link_is_good_for_a_quarter_of_an_hour(
    desk: Desk, wall: Callable[..., None], later: dict[str, float], good: bool
) -> None:
    client = desk.app.test_client()
    ask(client)
    wall(**later)
    assert client.post(link(desk)).status_code == (303 if good else 410)


def test_a_newer_link_takes_the_place_of_the_older(desk: Desk) -> None:
    client = desk.app.test_client()
    ask(client)
    older = link(desk)
    ask(client)
    assert client.post(older).status_code == 410
    assert client.post(link(desk)).status_code == 303


def test_ten_links_an_hour_and_no_more(desk: Desk, wall: Callable[..., None]) -> None:
    client = desk.app.test_client()
    for _ in range(12):
        ask(client)
    assert len(desk.mails(sign_in.KIND)) == sign_in.LINKS_AN_HOUR
    wall(hours=1)
    ask(client)
    assert len(desk.mails(sign_in.KIND)) == sign_in.LINKS_AN_HOUR + 1


def test_only_hashes_are_kept_and_the_mails_words_go_when_it_is_sent(desk: Desk) -> None:
    ask(desk.app.test_client())
    token = link(desk).rpartition("/")[2]
    with desk.service.database.read() as db:
        [kept] = db.scalars(select(SignInToken.token_hash))
    assert token not in kept
    assert mail.deliver(desk.service.database, desk.service.settings, desk.service.clock.now) == 1
    assert [each.body for each in desk.mails(sign_in.KIND)] == [""]
    client = desk.signed_in("sam")
    with desk.service.database.read() as db:
        [row] = db.scalars(select(SignIn).where(SignIn.ended_at.is_(None)))
    with client.session_transaction() as cookie:
        assert cookie[door.KEY] != row.key_hash


def test_one_device_at_a_time(desk: Desk) -> None:
    first = desk.signed_in("sam")
    second = desk.signed_in("sam")
    assert not is_in(first)
    assert is_in(second)


def test_signing_out_ends_it_for_the_key_too(desk: Desk) -> None:
    client = desk.signed_in("sam")
    with client.session_transaction() as cookie:
        key = cookie[door.KEY]
    assert "You are signed out." in client.post("/sign-out", follow_redirects=True).text
    with client.session_transaction() as cookie:
        cookie[door.KEY] = key
    assert not is_in(client)


def test_half_an_hour_without_a_tap_ends_it_and_a_tap_keeps_it(desk: Desk, wall: Callable[..., None]) -> None:
    client = desk.signed_in("sam")
    for _ in range(3):
        wall(minutes=25)
        assert is_in(client)
    wall(minutes=31)
    assert not is_in(client)


def test_a_day_ends_it_however_busy(desk: Desk, wall: Callable[..., None]) -> None:
    client = desk.signed_in("sam")
    for _ in range(40):
        wall(minutes=29)
        assert is_in(client)
    for _ in range(2):
        wall(minutes=29)
        is_in(client)
    assert not is_in(client)


def test_who_retires_is_out_at_once(desk: Desk) -> None:
    client = desk.signed_in("sam")
    with desk.service.database.write() as db:
        db.get_one(Practitioner, desk.staff["sam"]).retired_at = desk.now
    assert not is_in(client)
    ask(desk.app.test_client())
    assert len(desk.mails(sign_in.KIND)) == 1


@pytest.mark.parametrize("then", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_nobody_is_led_elsewhere(desk: Desk, then: str) -> None:
    client = desk.app.test_client()
    ask(client, then=then)
    assert "evil" not in link(desk)
    assert client.post(link(desk), data={"then": then}).headers["Location"] == "/today"


def test_a_page_that_needs_a_sign_in_comes_after_it(desk: Desk) -> None:
    client = desk.app.test_client()
    asked = client.get("/today?shown=all").headers["Location"]
    assert asked.startswith("/sign-in?then=")
    then = re.sub(r"%([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), asked.partition("then=")[2])
    ask(client, then=then)
    [then] = re.findall(r'name="then" value="([^"]*)"', client.get(link(desk)).text)
    assert client.post(link(desk), data={"then": then}).headers["Location"] == "/today?shown=all"


def test_someone_of_two_schemes_gets_a_link_for_each(desk: Desk) -> None:
    with desk.service.database.write() as db:
        db.get_one(Practitioner, desk.staff["pat"]).email = SAM
    ask(desk.app.test_client())
    assert sorted(str(each.scheme_id) for each in desk.mails(sign_in.KIND)) == ["tyneside", "wearside"]


def test_a_form_without_its_token_is_refused(desk: Desk) -> None:
    desk.app.config["WTF_CSRF_ENABLED"] = True
    answer = desk.app.test_client().post("/sign-in", data={"email": SAM})
    assert answer.status_code == 400
    assert "too old" in answer.text

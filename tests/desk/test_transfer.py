"""A person goes to a colleague: asked first, with a note, a marker in the thread, and nobody's safety in between."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from bot.conversation import timing
from bot.models import Cover, Event, Flag, Note, ServiceUser
from tests.desk.conftest import Desk

Check = Callable[[str], None]
FORM = {"asked": "fresh", "to": "jo@example.org", "note": "she is shy on the phone"}


@pytest.fixture
def url(desk: Desk) -> str:
    return f"/people/{desk.add_person('Amina')}/transfer"


def owner(desk: Desk) -> str:
    row = desk.row(ServiceUser, desk.people["amina"])
    return next(name for name, practitioner_id in desk.staff.items() if practitioner_id == row.practitioner_id)


def test_the_page_says_what_to_ask_them_first(desk: Desk, url: str, check_page: Check) -> None:
    html = desk.signed_in("sam").get(url).text
    check_page(html)
    assert "would you rather start fresh" in html
    assert "The bot does not ask them." in html
    assert "jo@example.org" in html
    assert "mo@example.org" in html
    for nobody in ("sam@example.org", "ed@example.org", "pat@example.org"):
        assert nobody not in html


@pytest.mark.parametrize("who", ["sam", "mo"])
def test_whoever_looks_after_them_or_a_lead_hands_them_over(desk: Desk, url: str, who: str) -> None:
    client = desk.signed_in(who)
    answer = client.post(url, data=FORM, follow_redirects=True)
    assert "They are handed over." in answer.text
    assert owner(desk) == "jo"
    with desk.service.database.read() as db:
        [note] = db.scalars(select(Note))
        [event] = db.scalars(select(Event).where(Event.what == "moved"))
    assert (note.kind, note.by) == ("handover", f"{who}@example.org")
    assert note.words.startswith("Asked whether what they have told may be used: they would rather start fresh.")
    assert note.words.endswith("she is shy on the phone")
    assert (event.who, event.after) == (f"{who}@example.org", {"practitioner": "jo@example.org"})
    [mail] = desk.mails("handover")
    assert mail.to == "jo@example.org"
    assert "Amina" not in mail.body
    html = desk.signed_in("jo").get(url.removesuffix("/transfer")).text
    assert "looks after Amina from here on" in html
    assert "she is shy on the phone" in html


def test_afterwards_the_one_before_finds_them_no_more(desk: Desk, url: str) -> None:
    client = desk.signed_in("sam")
    client.post(url, data=FORM)
    for path in (url, url.removesuffix("/transfer")):
        assert client.get(path).status_code == 404
    assert client.post(url, data={**FORM, "to": "sam@example.org"}).status_code == 404
    assert owner(desk) == "jo"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"asked": ""}, "asked"),
        ({"to": ""}, "to"),
        ({"to": "pat@example.org"}, "to"),
        ({"to": "sam@example.org"}, "to"),
        ({"note": "  "}, "note"),
        ({"note": "x" * 4000}, "note"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_done(
    desk: Desk, url: str, wrong: dict[str, str], field: str, check_page: Check
) -> None:
    answer = desk.signed_in("sam").post(url, data={**FORM, **wrong})
    assert answer.status_code == 422
    check_page(answer.text)
    assert f'href="#{field}"' in answer.text
    assert_nothing_happened(desk)


def assert_nothing_happened(desk: Desk) -> None:
    assert owner(desk) == "sam"
    assert desk.mails("handover") == []
    with desk.service.database.read() as db:
        assert db.scalars(select(Note)).all() == []
        assert db.scalars(select(Event).where(Event.what == "noted")).all() == []


def test_a_safety_flag_that_nobody_has_keeps_them_here(desk: Desk, url: str, check_page: Check) -> None:
    flag = desk.add_flag("amina", "safety", loud=True)
    client = desk.signed_in("sam")
    assert "nobody has taken on" in client.get(url).text
    answer = client.post(url, data=FORM)
    assert answer.status_code == 422
    check_page(answer.text)
    assert "Take it on first" in answer.text
    assert "python" not in answer.text
    assert_nothing_happened(desk)
    with desk.service.database.write() as db:
        row = db.get_one(Flag, flag)
        row.acknowledged_at, row.acknowledged_by = desk.now, "sam@example.org"
    assert client.post(url, data=FORM).status_code == 303


def test_whoever_only_covers_does_not_hand_over(desk: Desk, url: str) -> None:
    today = timing.local("Europe/London", desk.now).date()
    with desk.service.database.write() as db:
        staff = {"practitioner_id": desk.staff["sam"], "covered_by_id": desk.staff["jo"]}
        db.add(Cover(scheme_id="tyneside", **staff, first_day=today, last_day=today))
    client = desk.signed_in("jo")
    html = client.get(url.removesuffix("/transfer")).text
    assert "Amina" in html
    assert "Hand over to a colleague" not in html
    assert client.get(url).status_code == 404
    assert client.post(url, data={**FORM, "to": "mo@example.org"}).status_code == 404
    assert owner(desk) == "sam"

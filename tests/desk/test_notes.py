"""Notes on a person: kept, changed within a day by whoever wrote them, and put right by another one after that."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot import notes
from bot.models import Event, Note, ServiceUser
from bot.notes import NoteRefused
from tests.desk.conftest import Desk

SAM, MO = "sam@example.org", "mo@example.org"


@pytest.fixture
def url(desk: Desk) -> str:
    return f"/people/{desk.add_person('Amina')}/notes"


def kept(desk: Desk) -> list[Note]:
    with desk.service.database.read() as db:
        return list(db.scalars(select(Note).order_by(Note.at)))


def happened(desk: Desk) -> list[tuple[str, str]]:
    with desk.service.database.read() as db:
        acts = select(Event).where(Event.what.like("note%")).order_by(Event.at)
        return [(event.who, event.what) for event in db.scalars(acts)]


def test_a_note_is_kept_and_shown_with_the_promise_that_they_may_see_it(
    desk: Desk, url: str, check_page: Callable[[str], None]
) -> None:
    client = desk.signed_in("sam")
    assert "may ask to see it" in client.get(url).text
    html = client.post(url, data={"words": " likes to be rung\r\nafter six "}, follow_redirects=True).text
    assert "The note is kept." in html
    assert "likes to be rung\nafter six" in html
    check_page(client.get(url).text)
    [note] = kept(desk)
    assert (note.by, note.words) == (SAM, "likes to be rung\nafter six")
    assert happened(desk)[0] == (SAM, "noted")


@pytest.mark.parametrize("words", ["", "  \n", "x" * (notes.LONGEST + 1)])
def test_what_cannot_be_a_note_comes_back_with_what_is_wrong(
    desk: Desk, url: str, words: str, check_page: Callable[[str], None]
) -> None:
    answer = desk.signed_in("sam").post(url, data={"words": words})
    assert answer.status_code == 422
    if len(words) < 100:
        check_page(answer.text)
    assert 'href="#note-words"' in answer.text
    assert "<title>Error: " in answer.text
    assert kept(desk) == []


def test_the_same_form_twice_is_one_note_and_the_same_words_next_week_are_two(desk: Desk, url: str) -> None:
    client = desk.signed_in("sam")
    for _ in range(2):
        client.post(url, data={"words": "rang, no answer"})
    assert len(kept(desk)) == 1
    with desk.service.database.write() as db:
        person = db.get_one(ServiceUser, desk.people["amina"])
        notes.write(db, person, SAM, "rang, no answer", desk.now + timedelta(days=7))
        notes.write(db, person, MO, "rang, no answer", desk.now)
    assert len(kept(desk)) == 3


def note(desk: Desk, at: timedelta, **values: Any) -> Note:
    owns = {"scheme_id": "tyneside", "service_user_id": desk.people["amina"]}
    with desk.service.database.write() as db:
        row = Note(**owns, at=desk.now - at, **{"by": SAM, "words": "her sister is ill", **values})
        db.add(row)
    return row


def test_its_author_changes_it_within_a_day(desk: Desk, url: str) -> None:
    row = note(desk, timedelta(hours=23))
    client = desk.signed_in("sam")
    assert "her sister is ill</textarea>" in client.get(f"{url}/{row.id}").text
    html = client.post(f"{url}/{row.id}", data={"words": "her mother is ill"}, follow_redirects=True).text
    assert "her mother is ill" in html
    assert "changed since" in html
    assert [each.words for each in kept(desk)] == ["her mother is ill"]
    assert (SAM, "note_changed") in happened(desk)


@pytest.mark.parametrize(
    ("age", "by", "kind", "why"),
    [
        (timedelta(hours=25), SAM, "note", "A note can be changed for a day."),
        (timedelta(hours=1), MO, "note", "Only whoever wrote a note changes it."),
        (timedelta(hours=1), SAM, notes.TAKEN_OUT, "A note can be changed for a day."),
    ],
)
def test_after_that_it_stays_and_is_put_right_by_another(
    desk: Desk, url: str, age: timedelta, by: str, kind: str, why: str
) -> None:
    row = note(desk, age, by=by, kind=kind)
    client = desk.signed_in("sam")
    html = client.get(f"{url}/{row.id}").text
    assert "This note stays as it is." in html
    assert "</textarea>" in html
    assert "ill</textarea>" not in html
    refused = client.post(f"{url}/{row.id}", data={"words": "rewritten"})
    assert refused.status_code == 422
    assert why in refused.text
    client.post(f"{url}/{row.id}", data={"words": "it is her mother", "act": "correct"})
    old, new = kept(desk)
    assert (old.words, old.edited_at) == ("her sister is ill", None)
    assert (new.words, new.corrects_id) == ("it is her mother", row.id)
    assert "Puts an older note right:" in client.get(url).text


def test_many_notes_are_read_a_page_at_a_time(desk: Desk, url: str) -> None:
    for n in range(30):
        note(desk, timedelta(days=n), words=f"note {n}.")
    client, seen = desk.signed_in("sam"), []
    page = url
    while page:
        html = client.get(page).text
        seen += [n for n in range(30) if f"note {n}." in html]
        page = html.partition('class="older"')[2].partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert seen == list(range(30))
    assert client.get(f"{url}?before=yesterday").status_code == 404


def test_a_note_of_somebody_else_is_not_found_under_this_person(desk: Desk, url: str) -> None:
    row = note(desk, timedelta(hours=1))
    leon = desk.add_person("Leon")
    client = desk.signed_in("sam")
    for path in (f"/people/{leon}/notes/{row.id}",):
        assert client.get(path).status_code == 404
        assert client.post(path, data={"words": "mine now"}).status_code == 404
    assert [each.words for each in kept(desk)] == ["her sister is ill"]


def test_refusals_have_their_words() -> None:
    from bot.web.desk.notes import REFUSED

    for why in ("empty", "too_long", "not_yours", "too_late"):
        assert str(REFUSED[NoteRefused(why).why])

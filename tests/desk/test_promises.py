"""Promises: made with a day, kept, moved, let go of and taken back; and due to whoever looks after the person."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot import digests, promises, seeing
from bot.conversation import timing
from bot.models import Cover, Event, Practitioner, Promise, ServiceUser
from tests.desk.conftest import Desk

SAM = "sam@example.org"
A_DAY = timedelta(days=1)


@pytest.fixture
def url(desk: Desk) -> str:
    return f"/people/{desk.add_person('Amina')}/promises"


def today(desk: Desk) -> date:
    return timing.local("Europe/London", desk.now).date()


def kept(desk: Desk) -> list[Promise]:
    with desk.service.database.read() as db:
        return list(db.scalars(select(Promise).order_by(Promise.day, Promise.at)))


def add(desk: Desk, name: str, day: date, **values: Any) -> Promise:
    with desk.service.database.write() as db:
        person = db.get_one(ServiceUser, desk.people[name])
        owns = {"scheme_id": person.scheme_id, "service_user_id": person.id}
        row = Promise(**owns, day=day, **{"by": SAM, "at": desk.now, "what": "ring", **values})
        db.add(row)
    return row


def test_made_on_the_persons_page_and_shown_there(desk: Desk, url: str, check_page: Callable[[str], None]) -> None:
    client, day = desk.signed_in("sam"), today(desk) + A_DAY
    form = {"what": "ring", "day": day.isoformat(), "about": " the travel  money "}
    html = client.post(url, data=form, follow_redirects=True).text
    check_page(html)
    assert "The promise is kept in mind" in html
    assert "ring Amina, by " in html
    assert "the travel money" in html
    [row] = kept(desk)
    assert (row.by, row.what, row.words, row.day, row.ended) == (SAM, "ring", "the travel money", day, None)
    client.post(url, data=form)
    assert len(kept(desk)) == 1, "the same form twice"
    with desk.service.database.read() as db:
        [event] = db.scalars(select(Event).where(Event.what == "promised"))
    assert "money" not in str(event.after)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"what": "marry"}, "what"),
        ({"day": ""}, "day"),
        ({"day": "thursday"}, "day"),
        ({"day": "past"}, "day"),
        ({"day": "2040-01-01"}, "day"),
        ({"about": "x" * 301}, "about"),
    ],
)
def test_what_cannot_be_promised_comes_back_as_it_was_typed(
    desk: Desk, url: str, form: dict[str, str], field: str, check_page: Callable[[str], None]
) -> None:
    typed = {"what": "text", "day": today(desk).isoformat(), "about": "his keys", **form}
    if typed["day"] == "past":
        typed["day"] = (today(desk) - A_DAY).isoformat()
    answer = desk.signed_in("sam").post(url, data=typed)
    assert answer.status_code == 422
    check_page(answer.text)
    assert f'href="#{field}"' in answer.text
    assert typed["about"] in answer.text
    assert kept(desk) == []


def test_kept_and_taken_back_for_a_day(desk: Desk, url: str) -> None:
    row = add(desk, "amina", today(desk))
    client = desk.signed_in("sam")
    html = client.post(f"{url}/{row.id}", data={"act": "kept"}, follow_redirects=True).text
    assert "Well done" in html
    assert "Kept on " in html
    again = client.post(f"{url}/{row.id}", data={"act": "not_needed"}, follow_redirects=True).text
    assert "That was done already." in again
    [now] = kept(desk)
    assert (now.ended, now.ended_by) == ("kept", SAM)
    client.post(f"{url}/{row.id}", data={"act": "open_again"})
    assert [each.ended for each in kept(desk)] == [None]
    client.post(f"{url}/{row.id}", data={"act": "not_needed"})
    with desk.service.database.write() as db:
        db.get_one(Promise, row.id).ended_at = desk.now - timedelta(hours=25)
    late = client.post(f"{url}/{row.id}", data={"act": "open_again"})
    assert late.status_code == 422
    assert "can be taken back for a day" in late.text


def test_moved_to_another_day(desk: Desk, url: str, check_page: Callable[[str], None]) -> None:
    row = add(desk, "amina", today(desk) - 3 * A_DAY)
    client = desk.signed_in("sam")
    html = client.get(url).text
    check_page(html)
    assert "3 days late" in html
    client.post(f"{url}/{row.id}", data={"act": "move", "day": (today(desk) + A_DAY).isoformat()})
    [now] = kept(desk)
    assert (now.day, now.moves) == (today(desk) + A_DAY, 1)
    refused = client.post(f"{url}/{row.id}", data={"act": "move", "day": "2020-01-01"})
    assert refused.status_code == 422
    assert client.post(f"{url}/{row.id}", data={"act": "break it"}).status_code == 400
    assert kept(desk)[0].moves == 1


def test_back_to_the_list_it_came_from_and_nowhere_else(desk: Desk, url: str) -> None:
    client = desk.signed_in("sam")
    for then, goes in (("/today", "/today"), ("//evil.example/", f"{url.removesuffix('/promises')}#promises")):
        row = add(desk, "amina", today(desk))
        answer = client.post(f"{url}/{row.id}", data={"act": "kept", "then": then})
        assert answer.headers["Location"] == goes


def test_a_promise_to_somebody_else_is_not_found_under_this_person(desk: Desk, url: str) -> None:
    desk.add_person("Leon")
    row = add(desk, "leon", today(desk))
    assert desk.signed_in("sam").post(f"{url}/{row.id}", data={"act": "kept"}).status_code == 404
    assert kept(desk)[0].ended is None


def due(desk: Desk, who: str, day: date) -> list[tuple[str, date]]:
    with desk.service.database.read() as db:
        viewer = seeing.viewer(db, db.get_one(Practitioner, desk.staff[who]), today(desk))
        with desk.counted() as asked:
            found = promises.due(db, viewer, day)
        assert len(asked) == 1
        return [(each.person.first_name, each.promise.day) for each in found]


def test_due_are_those_of_the_people_one_sees_up_to_that_day(desk: Desk) -> None:
    day = today(desk)
    for name, owner in (("Amina", "sam"), ("Leon", "jo"), ("Olu", "pat"), ("Gone", "sam")):
        desk.add_person(name, owner)
    add(desk, "amina", day)
    add(desk, "amina", day + A_DAY)
    add(desk, "amina", day - A_DAY, ended="kept", ended_at=desk.now)
    add(desk, "leon", day - 2 * A_DAY)
    add(desk, "olu", day)
    add(desk, "gone", day)
    with desk.service.database.write() as db:
        db.get_one(ServiceUser, desk.people["gone"]).words_erased_at = desk.now
    assert due(desk, "sam", day) == [("Amina", day)]
    assert due(desk, "jo", day) == [("Leon", day - 2 * A_DAY)]
    assert due(desk, "mo", day) == [("Leon", day - 2 * A_DAY), ("Amina", day)]
    assert due(desk, "pat", day) == [("Olu", day)]
    assert due(desk, "sam", day + A_DAY) == [("Amina", day), ("Amina", day + A_DAY)]
    with desk.service.database.write() as db:
        staff = {"practitioner_id": desk.staff["jo"], "covered_by_id": desk.staff["sam"]}
        db.add(Cover(scheme_id="tyneside", **staff, first_day=day, last_day=day))
    assert [name for name, _ in due(desk, "sam", day)] == ["Leon", "Amina"]


def test_the_digest_says_whose_promise_it_was(desk: Desk) -> None:
    desk.add_person("Amina")
    desk.add_person("Leon")
    add(desk, "amina", today(desk), words="about her travel money")
    add(desk, "leon", today(desk), what="find_out", by="jo@example.org", words="a secret")
    library, now = desk.service.library, desk.now
    with desk.service.database.write() as db:
        mail = digests.make(db, library, desk.staff["sam"], now, by_hand=True)
    assert mail is not None
    [told] = re.findall(r"YOU PROMISED(.*?)\n\n", mail.body, re.DOTALL)
    said = " ".join(told.split())
    assert "ring Amina" in said
    assert "find something out for Leon" in said
    assert "(Jo said so, today)" in said
    assert "travel" not in mail.body
    assert "secret" not in mail.body
    html = desk.signed_in("sam").get("/today").text
    assert "as Jo said," in html


def test_counted_for_the_report(desk: Desk) -> None:
    desk.add_person("Amina")
    desk.add_person("Olu", "pat")
    day, lately = today(desk), desk.now - A_DAY
    for ended, moves in (("kept", 0), ("kept", 2), ("not_needed", 0)):
        add(desk, "amina", day, ended=ended, ended_at=lately, moves=moves)
    add(desk, "amina", day)
    add(desk, "amina", day, ended="kept", ended_at=desk.now - 40 * A_DAY)
    add(desk, "olu", day, ended="kept", ended_at=lately)
    with desk.service.database.read() as db:
        counts = promises.counts(db, "tyneside", desk.now - 30 * A_DAY, desk.now)
    assert counts == {"kept": 2, "not_needed": 1, "moved": 1}


def test_open_ones_come_first_and_only_the_newest_that_ended(desk: Desk) -> None:
    desk.add_person("Amina")
    day = today(desk)
    for n in range(5):
        add(desk, "amina", day - n * A_DAY, ended="kept", ended_at=desk.now - n * A_DAY)
    for n in range(3):
        add(desk, "amina", day + (3 - n) * A_DAY)
    with desk.service.database.read() as db:
        found = promises.of_person(db, db.get_one(ServiceUser, desk.people["amina"]), 2)
    rows = [row for row, _ in found]
    assert {by for _, by in found} == {"Sam"}
    assert [row.day - day for row in rows] == [A_DAY, 2 * A_DAY, 3 * A_DAY, 0 * A_DAY, -A_DAY]
    assert [row.ended for row in rows] == [None, None, None, "kept", "kept"]

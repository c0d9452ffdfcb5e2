"""Whoever is told of a message that needs somebody now can open it from the mail, whosever person it is about."""

import re
import uuid

import pytest

from bot import flags
from bot.models import Flag, Message, Practitioner, ServiceUser
from tests.desk.conftest import Desk


@pytest.fixture
def on_duty(desk: Desk) -> Desk:
    """Jo is the scheme's first duty contact; Amina is Sam's."""
    with desk.service.database.write() as db:
        db.get_one(Practitioner, desk.staff["jo"]).email = "jo.ridley@example.org"
    desk.add_person("Amina", "sam")
    return desk


def raise_safety(desk: Desk, person: str | None = "amina") -> uuid.UUID:
    text = Message(
        id=uuid.uuid4(), scheme_id="tyneside", channel="sms", address="+447700900801", direction="in", kind="text",
        body="x", state="unclaimed", created_at=desk.now,
    )  # fmt: skip
    with desk.service.database.write() as db:
        if person is None:
            db.add(text)
            db.flush()
        about = db.get_one(ServiceUser, desk.people[person]) if person else None
        message = None if person else text.id
        args = {"why": "a test", "loud": True, "message_id": message}
        return flags.raise_flag(db, desk.service.library, about, "safety", desk.now, **args).id


def path_in_the_mail(desk: Desk, email: str) -> str:
    [mail] = [each for each in desk.mails("alert") if each.to == email]
    [link] = re.findall(r"^https?://\S+$", mail.body, re.MULTILINE)
    return str(link).removeprefix(desk.service.settings.public_url)


@pytest.mark.parametrize("person", ["amina", None], ids=["somebody else's", "a number nobody knows"])
def test_a_duty_contact_opens_what_they_were_told_of(on_duty: Desk, person: str | None) -> None:
    raise_safety(on_duty, person)
    jo = on_duty.signed_in("jo")
    assert jo.get(path_in_the_mail(on_duty, "jo.ridley@example.org")).status_code == 200


def test_and_the_person_until_it_is_closed(on_duty: Desk) -> None:
    jo = on_duty.signed_in("jo")
    page = f"/people/{on_duty.people['amina']}"
    assert jo.get(page).status_code == 404
    flag_id = raise_safety(on_duty)
    assert jo.get(page).status_code == 200
    with on_duty.service.database.write() as db:
        flags.close(db, flag_id, "jo.ridley@example.org", "rang, is with her sister", on_duty.now)
    assert jo.get(page).status_code == 404
    assert jo.get(f"/flags/{flag_id}").status_code == 200, "what they did stays theirs to look at"


def test_another_flag_of_that_person_is_nobody_elses(on_duty: Desk) -> None:
    flag_id = raise_safety(on_duty)
    with on_duty.service.database.write() as db:
        flags.close(db, flag_id, "jo.ridley@example.org", "done", on_duty.now)
        other = flags.raise_flag(
            db,
            on_duty.service.library,
            db.get_one(ServiceUser, on_duty.people["amina"]),
            "misread",
            on_duty.now,
            why="x",
        )
    jo = on_duty.signed_in("jo")
    assert jo.get(f"/flags/{other.id}").status_code == 404


def test_who_was_not_told_finds_nothing(on_duty: Desk) -> None:
    flag_id = raise_safety(on_duty)
    for name in ("ed", "pat"):
        assert on_duty.signed_in(name).get(f"/flags/{flag_id}").status_code == 404


def test_every_page_that_a_mail_leads_to_is_there(on_duty: Desk) -> None:
    raise_safety(on_duty)
    sam = on_duty.signed_in("sam")
    assert sam.get(path_in_the_mail(on_duty, "sam@example.org")).status_code == 200
    for path in ("/today", "/how-flags-are-decided", "/how-often"):
        assert sam.get(path).status_code == 200, path
    [flag] = [on_duty.row(Flag, each) for each in [raise_safety(on_duty)]]
    assert sam.get(f"/p/{flag.service_user_id.hex[:8]}", follow_redirects=True).status_code == 200

"""One tap from a mail: safe against whatever opens links, once, on what the mail told, and taken back for a day."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from bot import one_tap
from bot.models import Event, Flag, ServiceUser
from tests.desk.conftest import Desk
from tests.desk.mailed import DAY, SECRET, Mailed, about, everything


@pytest.fixture
def mailed(desk: Desk) -> Mailed:
    desk.add_person("Amina", reference="T-17")
    return about(desk, "quiet")


def test_looking_changes_nothing_however_often(mailed: Mailed) -> None:
    before = everything(mailed.desk)
    for _ in range(50):
        assert mailed.client.get(mailed.path).status_code == 200
        assert mailed.client.head(mailed.path).status_code == 200
    assert everything(mailed.desk) == before


def test_the_page_has_a_first_name_and_the_reason_and_nothing_more(
    mailed: Mailed, check_page: Callable[[str], None]
) -> None:
    page = mailed.client.get(mailed.path)
    check_page(page.text)
    assert "Amina has been quiet" in page.text
    for hidden in (SECRET, "money", "+447", "T-17", mailed.desk.people["amina"].hex, "jo@example.org"):
        assert hidden not in page.text
    headers = page.headers
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "noindex" in headers["X-Robots-Tag"]
    # Nothing presses a button by itself.
    assert "<script" not in page.text


def test_a_scheme_that_names_nobody_in_mails_names_nobody_here(mailed: Mailed, monkeypatch: pytest.MonkeyPatch) -> None:
    library = mailed.desk.service.library
    codes = replace(library.scheme("tyneside"), digest_detail="codes")
    monkeypatch.setattr(type(library), "scheme", lambda *_: codes)
    page = mailed.client.get(mailed.path).text
    assert "T-17 has been quiet" in page
    assert "Amina" not in page


@pytest.mark.parametrize(("do", "why"), [("in_touch", "in_touch"), ("not_a_concern", "not_a_concern")])
def test_one_tap_settles_it(mailed: Mailed, check_page: Callable[[str], None], do: str, why: str) -> None:
    answer = mailed.tapped(do)
    assert (answer.status_code, answer.headers["Location"]) == (303, mailed.path)
    assert (mailed.flag.closed_by, mailed.flag.closed_why) == ("sam@example.org", why)
    page = mailed.client.get(mailed.path).text
    check_page(page)
    assert "You: " in page
    assert "What got in the way, if anything?" in page
    assert ("Why was it no concern?" in page) == (do == "not_a_concern")
    assert ("keeps quiet about them for two weeks" in page) == (do == "not_a_concern")
    with mailed.desk.service.database.read() as db:
        [event] = db.scalars(select(Event).where(Event.what == "flag_closed")).all()
    assert (event.who, event.after and event.after["via"]) == ("sam@example.org", "email")


def test_a_mail_readers_window_that_keeps_no_cookie_settles_it_too(mailed: Mailed) -> None:
    mailed.desk.app.config["WTF_CSRF_ENABLED"] = True
    bare = mailed.desk.app.test_client(use_cookies=False)
    [nonce] = set(re.findall(r'name="nonce" value="([^"]+)"', bare.get(mailed.path).text))
    assert bare.post(mailed.path, data={"do": "in_touch"}).status_code == 400
    assert bare.post(mailed.path, data={"do": "in_touch", "nonce": nonce}).status_code == 303
    assert mailed.flag.closed_why == "in_touch"


def test_what_got_in_the_way_is_one_tap_more(mailed: Mailed) -> None:
    mailed.tapped("not_a_concern")
    mailed.tapped("note", barrier="travel")
    mailed.tapped("note", reason="working")
    assert (mailed.flag.barrier, mailed.flag.reason) == ("travel", "working")


def test_a_week_and_until_they_reply(mailed: Mailed, check_page: Callable[[str], None]) -> None:
    mailed.tapped("snooze")
    assert mailed.flag.snoozed_until is not None
    assert (mailed.flag.snooze_ends, mailed.flag.snoozes) == ("date", 1)
    page = mailed.client.get(mailed.path).text
    check_page(page)
    assert "You: put off until " in page
    mailed.tapped("snooze", ends="reply")
    assert (mailed.flag.snooze_ends, mailed.flag.snoozes) == ("reply", 1)


def test_the_third_time_asks_what_would_help(mailed: Mailed, check_page: Callable[[str], None]) -> None:
    mailed.change(Flag, mailed.flag_id, snoozes=2, snoozed_until=mailed.desk.now - DAY)
    page = mailed.client.get(mailed.path).text
    check_page(page)
    assert "What would help?" in page
    mailed.tapped("snooze", help="")
    assert mailed.flag.snoozes == 2
    assert "What would help?" in mailed.client.get(mailed.path).text
    mailed.tapped("snooze", help="other_way")
    assert (mailed.flag.snoozes, mailed.flag.help_wanted) == (3, "other_way")


def test_it_is_passed_on_and_a_colleague_is_told(mailed: Mailed, check_page: Callable[[str], None]) -> None:
    answer = mailed.tapped("pass_on", to=str(mailed.desk.staff["jo"]))
    assert answer.status_code == 303
    assert mailed.flag.passed_to == "jo@example.org"
    [mail] = mailed.desk.mails("handover")
    assert (mail.to, SECRET in mail.body) == ("jo@example.org", False)
    page = mailed.client.get(mailed.path).text
    check_page(page)
    assert "It is with: Jo." in page


@pytest.mark.parametrize("to", ["", "pat", "ed", "sam", "not an id"])
def test_it_is_passed_to_nobody_else(mailed: Mailed, to: str) -> None:
    """Pat works elsewhere, Ed edits flows, and Sam has it."""
    answer = mailed.tapped("pass_on", to=str(mailed.desk.staff.get(to, to)))
    assert answer.status_code == 400
    assert mailed.flag.passed_to is None


def test_noting_that_they_want_out_stops_nothing(mailed: Mailed) -> None:
    mailed.tapped("note", reason="wants_out")
    assert mailed.flag.reason == "wants_out"
    assert "Nothing was stopped" in mailed.client.get(mailed.path).text
    assert mailed.desk.row(ServiceUser, mailed.desk.people["amina"]).state == "active"


def test_it_is_taken_back_for_a_day(mailed: Mailed) -> None:
    mailed.tapped("in_touch")
    mailed.tapped("undo")
    assert mailed.flag.closed_at is None
    mailed.tapped("in_touch")
    last = {**(mailed.flag.last_act or {}), "at": (mailed.desk.now - DAY - timedelta(minutes=1)).isoformat()}
    mailed.change(Flag, mailed.flag_id, last_act=last)
    assert "Take it back" not in mailed.client.get(mailed.path).text
    mailed.tapped("undo")
    assert mailed.flag.closed_why == "in_touch"


def test_what_a_colleague_did_is_not_taken_back_from_a_mail(mailed: Mailed) -> None:
    mailed.tapped("in_touch")
    last = {**(mailed.flag.last_act or {}), "by": "jo@example.org"}
    mailed.change(Flag, mailed.flag_id, last_act=last)
    mailed.tapped("undo")
    assert mailed.flag.closed_why == "in_touch"


# ---------------------------------------------------------------- to a person


def test_a_short_address_leads_to_the_person_by_way_of_the_sign_in(desk: Desk) -> None:
    person_id = desk.add_person("Amina")
    short = one_tap.person_link(desk.service.settings, ServiceUser(id=person_id))
    path = short.removeprefix(desk.service.settings.public_url)
    out = desk.app.test_client().get(path)
    assert (out.status_code, out.headers["Location"].partition("?")[0]) == (303, "/sign-in")
    assert desk.signed_in("sam").get(path).headers["Location"] == f"/people/{person_id}"
    assert desk.signed_in("jo").get(path).status_code == 404
    assert desk.signed_in("pat").get(path).status_code == 404


@pytest.mark.parametrize("code", ["ffffffff", "7", "xyzxyzxy", "ffffffffffffffffffffffffffffffffff", "%2e%2e"])
def test_another_address_leads_nowhere(desk: Desk, code: str) -> None:
    desk.add_person("Amina")
    assert desk.signed_in("sam").get(f"/p/{code}").status_code == 404


def test_an_address_that_fits_two_asks_which(desk: Desk, check_page: Callable[[str], None]) -> None:
    owner = {"scheme_id": "tyneside", "practitioner_id": desk.staff["sam"], "enrolled_at": desk.now}
    with desk.service.database.write() as db:
        for n, name in enumerate(("Amina", "Leon")):
            db.add(ServiceUser(id=UUID(f"abcdef01-0000-4000-8000-00000000000{n}"), first_name=name, **owner))
    page = desk.signed_in("sam").get("/p/abcdef01").text
    check_page(page)
    assert "Amina" in page
    assert "Leon" in page


def test_what_is_always_told_does_not_promise_to_keep_quiet(mailed: Mailed) -> None:
    mailed.change(Flag, mailed.flag_id, kind="asked_for_you")
    mailed.tapped("not_a_concern")
    page = mailed.client.get(mailed.path).text
    assert "Done. It is settled." in page
    assert "keeps quiet" not in page

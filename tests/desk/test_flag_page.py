"""A flag's page: their words and the evidence, what was done by whom, and what may be done."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from bot import flag_acts, flags
from bot.models import ConsentEvent, Event, Flag, Message, ServiceUser
from tests.desk.conftest import Desk

WORDS = "start at 6am now so bit knackered <script>alert(1)</script>"
DAY = timedelta(days=1)


@pytest.fixture
def amina(desk: Desk) -> UUID:
    person_id = desk.add_person("Amina")
    desk.add_text("amina", WORDS)
    return person_id


def raised(desk: Desk, kind: str, **changes: Any) -> UUID:
    """A flag with its evidence, as the rules raise it."""
    service = desk.service
    with service.database.write() as db:
        person = db.get(ServiceUser, desk.people["amina"])
        values = {"why": "a test", **changes}
        return flags.raise_flag(db, service.library, person, kind, service.clock.now(), **values).id


def tapped(desk: Desk, flag_id: UUID, do: str, who: str = "sam", seen: int = 1, **form: str) -> TestResponse:
    data = {"do": do, "seen": str(seen), **form}
    return desk.signed_in(who).post(f"/flags/{flag_id}", data=data, follow_redirects=True)


def now_is(desk: Desk, flag_id: UUID) -> Flag:
    return desk.row(Flag, flag_id)  # type: ignore[no-any-return]


KINDS = ("quiet", "confidence", "cant_reach", "asked_for_you", "distress", "misread", "step_too_big", "message", "loop")


@pytest.mark.parametrize("kind", [*KINDS, "not_started", "safety", "opted_out", "good_news"])
def test_every_kind_has_its_page(desk: Desk, amina: UUID, check_page: Callable[[str], None], kind: str) -> None:
    page = desk.signed_in("sam").get(f"/flags/{raised(desk, kind)}").text
    check_page(page)
    assert "<script>alert" not in page
    assert ("knackered" in page) == (kind != "safety")
    assert f"/people/{amina}" in page


def test_safety_is_read_behind_the_sign_in_and_who_read_it_is_written_down(desk: Desk, amina: UUID) -> None:
    text = desk.add_text("amina", "i cant see a way through")
    flag_id = raised(desk, "safety", loud=True, message_id=text)
    client = desk.signed_in("sam")
    page = client.get(f"/flags/{flag_id}").text
    assert "i cant see a way through" in page
    client.get(f"/flags/{flag_id}")
    with desk.service.database.read() as db:
        looks = db.scalars(select(Event).where(Event.what == "flag_read")).all()
    assert [(each.who, each.service_user_id) for each in looks] == [("sam@example.org", amina)]


def test_looking_at_it_settles_nothing(desk: Desk, amina: UUID) -> None:
    flag_id = raised(desk, "quiet")
    client = desk.signed_in("sam")
    for _ in range(3):
        client.get(f"/flags/{flag_id}")
        client.head(f"/flags/{flag_id}")
    flag = now_is(desk, flag_id)
    assert (flag.acknowledged_at, flag.closed_at, flag.version) == (None, None, 1)


@pytest.mark.parametrize(
    ("do", "said"),
    [("in_touch", "You: been in touch"), ("not_a_concern", "You: not a concern"), ("acknowledge", "You: I have it")],
)
def test_a_button_does_what_it_says(
    desk: Desk, amina: UUID, check_page: Callable[[str], None], do: str, said: str
) -> None:
    flag_id = raised(desk, "asked_for_you", loud=True)
    page = tapped(desk, flag_id, do).text
    check_page(page)
    assert said in page
    assert "Take it back" in page
    page = tapped(desk, flag_id, "undo").text
    assert said not in page
    assert "Taken back" in page


def test_safety_is_closed_with_what_was_done(desk: Desk, amina: UUID, check_page: Callable[[str], None]) -> None:
    flag_id = raised(desk, "safety", loud=True)
    assert "You: I have it" in tapped(desk, flag_id, "acknowledge").text
    answer = tapped(desk, flag_id, "close", note=" ", barrier="health")
    check_page(answer.text)
    assert (answer.status_code, 'href="#note"' in answer.text) == (422, True)
    assert now_is(desk, flag_id).closed_at is None
    tapped(desk, flag_id, "close", note="rang, she is with her sister", barrier="health")
    flag = now_is(desk, flag_id)
    assert (flag.note, flag.barrier, flag.closed_by) == ("rang, she is with her sister", "health", "sam@example.org")


@pytest.mark.parametrize("do", ["snooze", "not_a_concern", "in_touch", "pass_on"])
def test_safety_is_not_put_off(desk: Desk, amina: UUID, do: str) -> None:
    flag_id = raised(desk, "safety", loud=True)
    answer = tapped(desk, flag_id, do, to=str(desk.staff["jo"]))
    assert "A safety flag is not put off" in answer.text
    assert (now_is(desk, flag_id).closed_at, now_is(desk, flag_id).passed_to) == (None, None)


def test_a_day_of_ones_own_choice(desk: Desk, amina: UUID, check_page: Callable[[str], None]) -> None:
    flag_id = raised(desk, "quiet")
    day = (desk.now + 10 * DAY).date()
    check_page(tapped(desk, flag_id, "snooze", ends="date", day=day.isoformat()).text)
    put_off = now_is(desk, flag_id)
    assert put_off.snoozed_until == flag_acts.until(desk.service.library, put_off, day)


@pytest.mark.parametrize("days", ["", "soon", "-1", "0", "99", "9999999"])
def test_a_day_that_will_not_do_is_told_and_kept(
    desk: Desk, amina: UUID, check_page: Callable[[str], None], days: str
) -> None:
    flag_id = raised(desk, "quiet")
    day = (desk.now + int(days) * DAY).date().isoformat() if days.strip("-").isdigit() and len(days) < 4 else days
    answer = tapped(desk, flag_id, "snooze", ends="date", day=day)
    check_page(answer.text)
    assert (answer.status_code, 'href="#day"' in answer.text) == (422, True)
    assert f'value="{day}"' in answer.text
    assert now_is(desk, flag_id).snoozed_until is None


@pytest.mark.parametrize("ends", ["date", "reply", "day"])
def test_the_third_time_asks_what_would_help(
    desk: Desk, amina: UUID, check_page: Callable[[str], None], ends: str
) -> None:
    flag_id = raised(desk, "quiet")
    with desk.service.database.write() as db:
        flag = db.get(Flag, flag_id)
        assert flag is not None
        flag.snoozes = 2
    form = {"day": (desk.now + 3 * DAY).date().isoformat()} if ends == "day" else {"ends": ends}
    answer = tapped(desk, flag_id, "snooze", help="", **form)
    check_page(answer.text)
    assert (answer.status_code, f'href="#help-{ends}"' in answer.text) == (422, True)
    assert "What would help?" in answer.text
    tapped(desk, flag_id, "snooze", help="time", **form)
    assert (now_is(desk, flag_id).snoozes, now_is(desk, flag_id).help_wanted) == (3, "time")


def test_newer_evidence_is_seen_first(desk: Desk, amina: UUID) -> None:
    flag_id = raised(desk, "confidence")
    raised(desk, "confidence", why="lower still")
    page = tapped(desk, flag_id, "in_touch", seen=1).text
    assert "There is newer evidence" in page
    assert "lower still" in page
    assert now_is(desk, flag_id).closed_at is None


def test_passing_on_shows_them_the_person_until_it_is_done(desk: Desk, amina: UUID) -> None:
    flag_id = raised(desk, "quiet")
    assert desk.signed_in("jo").get(f"/flags/{flag_id}").status_code == 404
    page = tapped(desk, flag_id, "pass_on", to=str(desk.staff["jo"])).text
    assert "You: passed on. It is with: Jo." in page
    assert desk.signed_in("jo").get(f"/flags/{flag_id}").status_code == 200
    assert tapped(desk, flag_id, "in_touch", who="jo").status_code == 200
    assert now_is(desk, flag_id).closed_by == "jo@example.org"


def test_nobody_chosen_is_told(desk: Desk, amina: UUID, check_page: Callable[[str], None]) -> None:
    answer = tapped(desk, raised(desk, "quiet"), "pass_on", to="")
    check_page(answer.text)
    assert (answer.status_code, 'href="#to"' in answer.text) == (422, True)


@pytest.mark.parametrize("reason", ["sorted", "working", "credit", "shared_phone", "robot", "other_help", "wants_out"])
def test_one_tap_notes_why_it_is_quiet(desk: Desk, amina: UUID, reason: str) -> None:
    flag_id = raised(desk, "quiet")
    page = tapped(desk, flag_id, "note", reason=reason).text
    assert (now_is(desk, flag_id).reason, now_is(desk, flag_id).closed_at) == (reason, None)
    assert ("They asked me to stop the texts" in page) == (reason == "wants_out")
    assert desk.row(ServiceUser, amina).state == "active"


def test_texts_end_for_somebody_only_when_they_asked(
    desk: Desk, amina: UUID, check_page: Callable[[str], None]
) -> None:
    flag_id = raised(desk, "quiet")
    tapped(desk, flag_id, "note", reason="wants_out")
    answer = desk.signed_in("sam").post(f"/flags/{flag_id}/stop")
    check_page(answer.text)
    assert (answer.status_code, desk.row(ServiceUser, amina).state) == (422, "active")
    desk.signed_in("sam").post(f"/flags/{flag_id}/stop", data={"asked": "yes"})
    assert desk.row(ServiceUser, amina).state == "opted_out"
    assert now_is(desk, flag_id).closed_why == "opted_out"
    with desk.service.database.read() as db:
        said = db.scalars(select(ConsentEvent).where(ConsentEvent.service_user_id == amina)).all()
    assert [(each.what, each.by) for each in said] == [("opted_out", "sam@example.org")]


def test_its_history_tells_who_did_what_and_how(desk: Desk, amina: UUID) -> None:
    flag_id = raised(desk, "quiet")
    tapped(desk, flag_id, "snooze")
    tapped(desk, flag_id, "note", reason="working")
    page = tapped(desk, flag_id, "in_touch", who="mo", barrier="travel").text
    for line in ("Raised", "Put off until", "They are working", "Closed: been in touch, The cost of travel", "Sam"):
        assert line in page
    assert page.index("Closed: been in touch") < page.index("Put off until ")


def test_few_queries_however_much_has_happened(desk: Desk, amina: UUID) -> None:
    for n in range(40):
        desk.add_text("amina", f"text {n}")
    flag_id = raised(desk, "quiet")
    client = desk.signed_in("sam")
    for _ in range(6):
        client.post(f"/flags/{flag_id}", data={"do": "note", "reason": "working", "seen": "1"})
    client.get(f"/flags/{flag_id}")
    with desk.counted() as asked:
        client.get(f"/flags/{flag_id}")
    assert len(asked) <= 15, len(asked)


def test_a_number_nobody_knows_is_the_leads_and_shows_its_words(desk: Desk, check_page: Callable[[str], None]) -> None:
    """Nobody is behind it: there is no person's page to lead to, and the texts themselves are shown."""
    service = desk.service
    text = Message(
        id=uuid4(), scheme_id="tyneside", channel="sms", address="+447700900999", direction="in", kind="text",
        body="wrong number? i need help <b>now</b>", state="unclaimed", created_at=desk.now,
    )  # fmt: skip
    with service.database.write() as db:
        db.add(text)
        db.flush()
        flag = flags.raise_flag(db, service.library, None, "safety", desk.now, why="a test", message_id=text.id)
    page = desk.signed_in("mo").get(f"/flags/{flag.id}")
    check_page(page.text)
    assert "i need help &lt;b&gt;now" in page.text
    assert "/people/" not in page.text
    assert "+447700900999" not in page.text
    assert desk.signed_in("sam").get(f"/flags/{flag.id}").status_code == 404
    tapped(desk, flag.id, "close", who="mo", note="rang them, a wrong number")
    assert now_is(desk, flag.id).closed_by == "mo@example.org"

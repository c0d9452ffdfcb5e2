"""The outcome report: what is counted in which month, waits, what got in the way, and the note of what was changed."""

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot import outcome_report
from bot.conversation import timing
from bot.models import CheckIn, Event, Flag, FlowVersion, Promise, ReportNote, Step
from bot.outcome_report import Month, Report
from tests.desk.conftest import Desk

Check = Callable[[str], None]
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
MARCH = date(2026, 3, 1)


@pytest.fixture
def put(desk: Desk) -> Callable[..., None]:
    """A row of one of the scheme's people, Amina where nobody is named."""
    desk.add_person("Amina")

    def put(table: type[Any], who: str = "amina", **values: Any) -> None:
        owner = {"scheme_id": values.pop("scheme_id", "tyneside"), "service_user_id": desk.people[who]}
        with desk.service.database.write() as db:
            db.add(table(id=uuid.uuid4(), **owner, **values))

    return put


def read(desk: Desk, day: date = MARCH) -> Report:
    scheme = desk.service.library.scheme("tyneside")
    with desk.service.database.read() as db:
        return outcome_report.report(db, scheme, Month.of(scheme, day))


def step(put: Callable[..., None], outcome: str | None = None, at: datetime = NOON, **values: Any) -> None:
    set_at = values.pop("set_at", at - timedelta(days=5))
    put(Step, words="cormorant", outcome=outcome, outcome_at=at if outcome else None, set_at=set_at, **values)


def flag(put: Callable[..., None], kind: str, raised: datetime = NOON, **values: Any) -> None:
    evidence = {"since": raised.isoformat(), "why": "", "details": {}, "done": []}
    ended = {"closed_at": raised, "closed_by": "automatic"} if kind == "quiet" else {}
    put(Flag, kind=kind, evidence=evidence, raised_at=raised, updated_at=raised, **{**ended, **values})


def test_a_month_begins_and_ends_where_the_scheme_is() -> None:
    from bot.library import Library
    from bot.settings import ROOT

    scheme = Library.load(ROOT / "flows").scheme("tyneside")
    march = Month.of(scheme, date(2026, 3, 31))
    assert (march.start, march.end) == (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 31, 23, tzinfo=UTC))
    assert timing.local(scheme.zone, march.end).date() == date(2026, 4, 1)
    assert Month.of(scheme, march.before).first == date(2026, 2, 1)


def test_steps_count_in_the_month_they_were_chosen_and_in_that_of_their_outcome(
    desk: Desk, put: Callable[..., None]
) -> None:
    for outcome in ("done", "done", "some", "not_yet", None):
        step(put, outcome)
    step(put, "done", datetime(2026, 4, 1, 0, tzinfo=UTC), set_at=NOON)
    step(put, "done", datetime(2026, 3, 31, 22, 30, tzinfo=UTC))
    assert read(desk).steps == {"set": 7, "done": 3, "some": 1, "not_yet": 1}
    assert read(desk, date(2026, 4, 9)).steps == {"set": 0, "done": 1}


def test_people_who_got_over_a_barrier_are_counted_once_and_from_five(desk: Desk, put: Callable[..., None]) -> None:
    for number in range(5):
        name = f"p{number}"
        desk.add_person(name)
        step(put, "not_yet", NOON - timedelta(days=3), barrier="travel", who=name, set_at=NOON - timedelta(days=9))
        assert read(desk).over_a_barrier == (0 if number == 0 else None)
        for _ in range(2):
            step(put, "done", NOON, who=name)
    assert read(desk).over_a_barrier == 5
    step(put, "done", NOON)
    assert read(desk).over_a_barrier == 5, "nothing had been in Amina's way"


def test_replies_are_of_check_ins_that_arrived(desk: Desk, put: Callable[..., None]) -> None:
    desk.add_person("Leon")
    with desk.service.database.write() as db:
        db.add(FlowVersion(hash="h", scheme_id="tyneside", flow="step", files={}, first_used_at=NOON))
    for who, arrived, answered in (("amina", 1, 1), ("amina", 1, 0), ("leon", 1, 0), ("leon", 0, 0)):
        put(
            CheckIn,
            who=who,
            flow="step",
            flow_version="h",
            state={},
            started_at=NOON,
            delivered_at=NOON if arrived else None,
            answered_at=NOON if answered else None,
            ended_at=NOON,
        )
    found = read(desk)
    assert (found.texted, found.replied, found.asked, found.answered) == (2, 1, 3, 1)


def test_waits_end_with_a_persons_text_or_their_closing_and_never_by_themselves(
    desk: Desk, put: Callable[..., None]
) -> None:
    hours = timedelta(hours=1)
    for number, (wrote, closed, by) in enumerate(
        [(2, None, None), (None, 4, "sam@example.org"), (30, 9, "sam@example.org"), (None, 1, "automatic"), (None,) * 3]
    ):
        name = f"p{number}"
        desk.add_person(name)
        closing = {"closed_at": NOON + closed * hours, "closed_by": by} if closed else {}
        flag(put, "asked_for_you", who=name, **closing)
        desk.add_text(name, "hello", "out", kind="staff", created_at=NOON - hours, submitted_at=NOON - hours)
        desk.add_text(name, "how did it go?", "out", created_at=NOON + hours, submitted_at=NOON + hours)
        if wrote:
            at = NOON + wrote * hours
            desk.add_text(name, "hello", "out", kind="staff", author="sam@example.org", created_at=at, submitted_at=at)
    waits = read(desk).waits
    assert (waits.asked, waits.still) == (5, 1)
    assert (waits.median, waits.longest) == (4 * hours, 9 * hours)


def test_what_got_in_the_way_of_quiet_spells_is_told_from_five(desk: Desk, put: Callable[..., None]) -> None:
    for barrier, times in (("travel", 12), ("health", 2), (None, 17)):
        for _ in range(times):
            flag(put, "quiet", barrier=barrier)
    flag(put, "quiet", closed_at=None, closed_by=None)
    found = read(desk).quiet_barriers
    assert (found.rows, found.rest, found.total) == ((("not_said", 17),), 14, 31)
    for _ in range(3):
        flag(put, "quiet", barrier="health")
    assert dict(read(desk).quiet_barriers.rows)["travel"] == 12


def test_a_barrier_that_nobody_has_named_yet_is_something_else(desk: Desk, put: Callable[..., None]) -> None:
    for _ in range(5):
        step(put, "not_yet", barrier="weather")
        step(put, "done", barrier="travel")
    assert read(desk).step_barriers.rows == (("other", 5),)


def test_another_schemes_rows_are_not_counted(desk: Desk, put: Callable[..., None]) -> None:
    desk.add_person("Zed", "pat")
    for _ in range(6):
        step(put, "done", who="zed", scheme_id="wearside", barrier="travel")
        flag(put, "quiet", who="zed", scheme_id="wearside", barrier="travel")
    put(
        Promise,
        who="zed",
        scheme_id="wearside",
        by="pat@example.org",
        at=NOON,
        what="ring",
        day=NOON.date(),
        ended="kept",
        ended_at=NOON,
        ended_by="pat@example.org",
    )
    found = read(desk)
    assert (found.steps, found.quiet_barriers.total, found.promises["kept"]) == ({"set": 0}, 0, 0)


def test_the_page_is_sound_full_and_empty_and_tells_no_small_count(
    desk: Desk, put: Callable[..., None], check_page: Check
) -> None:
    lead = desk.signed_in("mo")
    address = lead.get("/report").headers["Location"]
    check_page(lead.get(address).text)
    for barrier, times in (("travel", 12), ("health", 2), (None, 17)):
        for _ in range(times):
            flag(put, "quiet", desk.now, barrier=barrier)
    html = lead.get(address).text
    check_page(html)
    assert "14 of 31" in html
    assert "2 of 31" not in html
    assert "cormorant" not in html


def test_a_rule_that_is_waved_away_wants_looking_at(desk: Desk, put: Callable[..., None], check_page: Check) -> None:
    for _ in range(4):
        waved = {"closed_at": desk.now, "closed_by": "sam@example.org", "closed_why": "not_a_concern"}
        flag(put, "misread", desk.now, **waved)
    flag(put, "quiet", desk.now)
    html = desk.signed_in("mo").get("/report", follow_redirects=True).text
    check_page(html)
    row = '<th scope="row">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td>'
    assert row.format('We misread <span class="tag">look at this rule</span>', 4, 0, 4, 0) in html
    assert row.format("Quiet", 1, 0, 0, 1) in html


@pytest.mark.parametrize("month", ["2199-01", "1999-01", "2026-13", "2026-1", "now"])
def test_there_is_no_such_month(desk: Desk, month: str) -> None:
    assert desk.signed_in("mo").get(f"/report/{month}").status_code == 404


def test_what_was_changed_is_noted_and_changed_again(desk: Desk, check_page: Check) -> None:
    lead = desk.signed_in("mo")
    address = lead.get("/report").headers["Location"]
    for words in ("Travel money on the day.", "Travel money on the day, in cash.", "", ""):
        assert lead.post(f"{address}/note", data={"note": words}).status_code == 303
        html = lead.get(address).text
        check_page(html)
        assert not words or words in html
    with desk.service.database.read() as db:
        assert db.scalars(select(ReportNote)).all() == []
        events = db.scalars(select(Event).where(Event.what == "report_noted")).all()
    assert [each.who for each in events] == ["mo@example.org"] * 3
    assert "Travel" not in str([each.after for each in events])
    answer = lead.post(f"{address}/note", data={"note": "x" * 2001})
    assert answer.status_code == 422
    check_page(answer.text)
    assert "x" * 2001 in answer.text


@pytest.mark.parametrize("name", ["sam", "ed"])
def test_it_is_the_leads(desk: Desk, name: str) -> None:
    assert desk.signed_in(name).get("/report").status_code == 404


def test_it_takes_few_statements_however_much_there_is(desk: Desk, put: Callable[..., None]) -> None:
    lead = desk.signed_in("mo")
    address = lead.get("/report").headers["Location"]
    counts = []
    for _ in range(2):
        with desk.counted() as asked:
            lead.get(address)
        counts.append(len(asked))
        for _ in range(20):
            step(put, "done", desk.now)
            flag(put, "quiet", desk.now)
    assert counts[0] == counts[1] <= 22

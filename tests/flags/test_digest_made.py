"""When the digest is due, and what it is made from."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event

from bot import digests, flag_acts, flags
from bot.conversation.flag_deeds import Deed
from bot.flag_acts import By
from bot.library import Library
from bot.models import Cover, Digest, Email, Flag, Practitioner, Step
from tests.flags.conftest import DAY, Cast

# ---------------------------------------------------------------- when


def next_at(library: Library, now: str, hours: str = "Mon-Fri 09:00-17:00") -> datetime:
    practitioner = Practitioner(hours=hours)
    return digests.next_digest_at(library.scheme("tyneside"), practitioner, datetime.fromisoformat(f"{now}+00:00"))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-24T08:29", "2026-11-24T08:30"),
        ("2026-11-24T08:30", "2026-11-25T08:30"),
        ("2026-11-27T09:00", "2026-11-30T08:30"),  # over a weekend
        ("2026-12-23T09:00", "2027-01-04T08:30"),  # over Christmas and the scheme's own days
        ("2026-10-23T09:00", "2026-10-26T08:30"),  # the clocks go back: half past eight all the same
        ("2026-03-27T09:00", "2026-03-30T07:30"),  # the clocks go forward
    ],
)
def test_the_next_digest(library: Library, now: str, expected: str) -> None:
    assert next_at(library, now) == datetime.fromisoformat(f"{expected}+00:00")


def test_the_next_digest_of_somebody_who_works_two_days(library: Library) -> None:
    assert next_at(library, "2026-11-24T09:00", "Tue, Thu 10:00-15:00") == datetime(2026, 11, 26, 8, 30, tzinfo=UTC)


# ---------------------------------------------------------------- made from the state at that moment


def morning(cast: Cast, day: str = "2026-11-24") -> None:
    cast.now = datetime.fromisoformat(f"{day}T08:30:00+00:00")
    with cast.database.write() as db:
        db.get_one(Practitioner, cast.sam).digest_at = cast.now


def make(cast: Cast, practitioner: UUID | None = None, by_hand: bool = False) -> Email | None:
    with cast.database.write() as db:
        return digests.make(db, cast.library, practitioner or cast.sam, cast.now, by_hand)


def raise_later(cast: Cast, kind: str, **changes: Any) -> Flag:
    """Raised an hour before the digest."""
    cast.now -= timedelta(hours=1)
    flag = cast.flag(kind, **changes)
    cast.now += timedelta(hours=1)
    return flag


def body(email: Email | None) -> str:
    assert email is not None
    return email.body


def test_once_a_day_whoever_rings(cast: Cast) -> None:
    morning(cast)
    raise_later(cast, "misread")
    assert make(cast)
    assert make(cast) is None
    morning(cast)
    assert make(cast) is None
    assert len(cast.rows(Digest)) == 1


def test_nothing_to_say_is_not_said_but_on_monday(cast: Cast) -> None:
    morning(cast)
    assert make(cast) is None
    morning(cast, "2026-11-30")
    assert "Nothing needs you" in body(make(cast))


def test_whose_check_in_came_to_nothing_is_not_on_track(cast: Cast) -> None:
    """The provider would not take it all day: that is nobody's fault, and no good news either."""
    cast.person("Amina")
    morning(cast, "2026-11-26")
    cast.asked(state="failed")
    cast.change(cast.asked(), created_at=cast.now - DAY * 9, state="failed")
    morning(cast, "2026-11-30")
    assert "1 on track" in body(make(cast))
    cast.wrote("hello")
    assert "2 on track" in body(make(cast, by_hand=True))


def test_where_monday_is_a_holiday_the_overview_comes_the_day_after(cast: Cast) -> None:
    morning(cast, "2026-05-04")  # a bank holiday
    assert make(cast) is None
    morning(cast, "2026-05-05")
    assert "Nothing needs you" in body(make(cast))


def test_the_alarm_is_set_again_by_each_digest(cast: Cast) -> None:
    morning(cast)
    make(cast)
    with cast.database.read() as db:
        assert db.get_one(Practitioner, cast.sam).digest_at == cast.now + DAY
        assert digests.due(db, cast.library, cast.now) == []
        assert digests.due(db, cast.library, cast.now + DAY) == [cast.sam]


def test_by_hand_whatever_the_hour_and_the_days_own_comes_all_the_same(cast: Cast) -> None:
    raise_later(cast, "misread")
    assert make(cast, by_hand=True)
    raise_later(cast, "asked_for_you")
    assert make(cast, by_hand=True)
    morning(cast)
    assert make(cast)
    assert sorted(each.turn for each in cast.rows(Digest)) == [0, 1, 2]


@pytest.mark.parametrize("own", [False, True], ids=["after one by hand", "after the day's own"])
def test_by_hand_a_second_time_is_silent_until_something_changes(cast: Cast, own: bool) -> None:
    morning(cast)
    raise_later(cast, "misread")
    fact = cast.flag("good_news")
    assert make(cast, by_hand=not own)
    [told] = cast.rows(Flag, Flag.id == fact.id)
    assert told.closed_at, "a fact is told once; that it is not told again is no news"
    cast.now += timedelta(hours=3)
    assert make(cast, by_hand=True) is None
    raise_later(cast, "asked_for_you")
    assert make(cast, by_hand=True)
    assert make(cast, by_hand=True) is None
    cast.now += DAY
    assert make(cast, by_hand=True), "another day, another digest"


def test_by_hand_again_where_the_mail_could_not_be_sent(cast: Cast) -> None:
    morning(cast)
    first = make(cast, by_hand=True)
    with cast.database.write() as db:
        assert first
        db.get_one(Email, first.id).state = "failed"
    assert make(cast, by_hand=True)


def test_what_was_handled_meanwhile_is_dropped(cast: Cast) -> None:
    morning(cast)
    acknowledged = raise_later(cast, "misread")
    closed = raise_later(cast, "distress")
    raise_later(cast, "step_too_big")
    with cast.database.write() as db:
        flags.acknowledge(db, acknowledged.id, "sam@example.org", None, cast.now)
        flags.close(db, closed.id, "sam@example.org", None, cast.now)
    made = body(make(cast))
    assert "1 of 1  STEP TOO BIG" in made
    assert "Taken on and still open: 1" in made


def test_nothing_about_a_thread_that_the_practitioner_answered_since(cast: Cast) -> None:
    morning(cast)
    raise_later(cast, "message")
    cast.set(cast.leon, last_person_sent_at=cast.now)
    assert make(cast) is None


def test_safety_stays_until_its_outcome_is_written(cast: Cast) -> None:
    morning(cast)
    flag = raise_later(cast, "safety", loud=True)
    with cast.database.write() as db:
        flags.acknowledge(db, flag.id, "sam@example.org", None, cast.now)
    cast.set(cast.leon, last_person_sent_at=cast.now)
    assert "1 of 1  SAFETY" in body(make(cast))


def test_a_snoozed_flag_comes_back_and_says_so(cast: Cast) -> None:
    morning(cast)
    flag = raise_later(cast, "misread")
    with cast.database.write() as db:
        until = flag_acts.until(cast.library, flag, cast.now.date() + DAY)
        flag_acts.do(db, cast.library, flag.id, Deed(what="snooze", until=until), By("sam@example.org"), cast.now)
    assert make(cast) is None
    morning(cast, "2026-11-25")
    assert "1 of 1  BACK: WE MISREAD" in body(make(cast))


def test_facts_are_told_once(cast: Cast) -> None:
    morning(cast)
    raise_later(cast, "opted_out")
    raise_later(cast, "misread")
    assert "STOPPED  Leon. Nothing to do" in body(make(cast))
    morning(cast, "2026-11-25")
    assert "STOPPED" not in body(make(cast))


def test_whoever_covers_gets_it_and_the_one_away_gets_none(cast: Cast) -> None:
    pat, day = cast.practitioner("Pat"), datetime(2026, 11, 24).date()  # noqa: DTZ001
    cast.add(Cover(scheme_id="tyneside", practitioner_id=cast.sam, covered_by_id=pat, first_day=day, last_day=day))
    morning(cast)
    raise_later(cast, "misread")
    assert "Leon" in body(make(cast, pat, by_hand=True))
    assert make(cast) is None


def test_the_lead_gets_what_those_who_left_leave_behind(cast: Cast) -> None:
    kim = cast.practitioner("Kim", role="lead")
    raise_later(cast, "misread")
    assert "Leon" not in body(make(cast, kim, by_hand=True))
    with cast.database.write() as db:
        db.get_one(Practitioner, cast.sam).retired_at = cast.now
    assert "Leon" in body(make(cast, kim, by_hand=True))
    assert make(cast, by_hand=True) is None


def test_another_practitioners_people_are_never_in_it(cast: Cast) -> None:
    pat = cast.practitioner("Pat")
    raise_later(cast, "misread")
    assert "Leon" not in body(make(cast, pat, by_hand=True))


def test_a_caseload_of_120_with_30_flags_in_a_handful_of_queries(cast: Cast) -> None:
    morning(cast)
    people = [cast.person(f"P{n}", reference=f"T-{n}") for n in range(119)]
    kinds = ["quiet", "cant_reach", "confidence", "misread", "asked_for_you", "safety"]
    for n, person_id in enumerate(people[:30]):
        raise_later(cast, kinds[n % 4] if n < 28 else kinds[n - 24], person_id=person_id)
    steps = [
        Step(id=uuid4(), scheme_id="tyneside", service_user_id=each, words="rang them", outcome="done", set_at=cast.now,
             outcome_at=cast.now - DAY)
        for each in people[30:50]
    ]  # fmt: skip
    cast.add(*steps)
    statements: list[str] = []
    with cast.database.write() as db:
        event.listen(db.get_bind(), "before_cursor_execute", lambda *args: statements.append(args[2]))
        made = digests.make(db, cast.library, cast.sam, cast.now)
    lines = body(made).splitlines()
    assert made is not None
    assert made.subject == "Check-ins Tue 24 Nov: 30 need you, 20 steps done"
    assert lines[0] == "Good news first: 20 people did a step this week. 90 on track."
    headings = [line.split("  ")[1].split(" - ")[0] for line in lines if re.match(r"\d+ of 30  ", line)]
    assert headings == ["SAFETY", "ASKED FOR YOU", *["WE CAN'T REACH"] * 5]
    [rest] = [line for line in lines if line.startswith("And 23 more: ")]
    assert "P29" not in rest, "what is told in full is not named again"
    assert len(lines) <= 45
    assert len(statements) <= 14

"""What came of each rule, week by week; and which rule its lead should look at."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot import flag_ledger
from bot.conversation import flag_kinds
from bot.flag_ledger import Doubted, Week
from tests.flags.acting import act
from tests.flags.conftest import DAY, NOW, Cast

THIS, LAST, BEFORE = date(2026, 11, 23), date(2026, 11, 16), date(2026, 11, 9)


def weeks(cast: Cast, back: timedelta = 90 * DAY) -> list[Week]:
    with cast.database.read() as db:
        return list(flag_ledger.by_week(db, cast.library.scheme("tyneside"), cast.now - back))


def doubted(cast: Cast) -> list[Doubted]:
    with cast.database.read() as db:
        return list(flag_ledger.doubted(db, cast.library.scheme("tyneside"), cast.now))


def settle(cast: Cast, kind: str, *ways: str) -> None:
    """A flag for each way, about somebody else each time."""
    for n, way in enumerate(ways):
        flag = cast.flag(kind, cast.person(f"{kind} {n}"))
        if way == "they_wrote":
            cast.wrote("hello", flag.service_user_id)
        elif way:
            act(cast, flag, way)


def test_each_is_counted_in_the_week_it_happened(cast: Cast) -> None:
    cast.now = NOW - 7 * DAY
    waits = cast.flag("quiet")
    settle(cast, "quiet", "not_a_concern", "they_wrote")
    settle(cast, "misread", "in_touch")
    cast.flag("opted_out", cast.person("Sol"))
    cast.now = NOW
    act(cast, waits, "in_touch")
    settle(cast, "quiet", "")
    assert weeks(cast) == [
        Week("quiet", THIS, raised=1, acted=1),
        Week("quiet", LAST, raised=3, not_a_concern=1, by_itself=1),
        Week("misread", LAST, raised=1, acted=1),
    ]


def test_a_week_begins_on_monday_where_the_scheme_is(cast: Cast) -> None:
    cast.now = NOW.replace(month=6, day=7, hour=23, minute=30)  # Monday already, in British summer time
    cast.flag("quiet")
    assert [week.monday for week in weeks(cast)] == [date(2026, 6, 8)]


def test_what_was_over_before_is_left_out(cast: Cast) -> None:
    cast.now = NOW - 30 * DAY
    settle(cast, "quiet", "in_touch")
    cast.now = NOW
    assert weeks(cast, back=10 * DAY) == []


@pytest.mark.parametrize(
    ("ways", "is_doubted"),
    [
        (("not_a_concern",) * 3, False),  # too few to say anything
        (("not_a_concern",) * 2 + ("in_touch",) * 2, False),  # half
        (("not_a_concern",) * 3 + ("in_touch",) * 2, True),
        (("not_a_concern",) * 4, True),
        (("not_a_concern",) * 3 + ("they_wrote",) * 9, False),  # nobody decided those
        (("not_a_concern",) * 3 + ("they_wrote",) * 9 + ("not_a_concern",), True),
    ],
)
def test_a_rule_is_doubted_when_over_half_were_no_concern(cast: Cast, ways: tuple[str, ...], is_doubted: bool) -> None:
    settle(cast, "quiet", *ways)
    waved = ways.count("not_a_concern")
    settled = len(ways) - ways.count("they_wrote")
    assert doubted(cast) == ([Doubted("quiet", 1, settled, waved)] if is_doubted else [])


def test_only_the_last_four_weeks_count(cast: Cast) -> None:
    settle(cast, "misread", *["not_a_concern"] * 4)
    cast.now += timedelta(weeks=4, minutes=1)
    assert doubted(cast) == []


def test_a_rule_that_was_changed_is_judged_anew(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(cast, "misread", *["not_a_concern"] * 4)
    [before] = doubted(cast)
    assert before.rule == flag_kinds.of("misread").rule
    changed = {**flag_kinds.KINDS, "misread": replace(flag_kinds.KINDS["misread"], version=2)}
    monkeypatch.setattr(flag_kinds, "KINDS", changed)
    assert doubted(cast) == []

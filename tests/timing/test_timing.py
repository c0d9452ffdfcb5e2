"""When things happen: tables first, then properties over every zone and both nights of each clock change."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation import timing
from bot.conversation.scheme import Hours, Thresholds
from bot.conversation.spoken import parse_hours as parse

LONDON = "Europe/London"
NINE_TO_FIVE = (time(9), time(17))
OFFICE = parse("Mon-Fri 09:00-17:00")
CHRISTMAS = frozenset({date(2026, 12, 25), date(2026, 12, 28)})
TUESDAY_11 = {"weekday": 1, "minute": 11 * 60, "zone": LONDON}

ZONES = st.sampled_from(sorted(available_timezones() - {"localtime", "posixrules"}))
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def at(words: str, zone: str = LONDON) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-23 08:59", False),
        ("2026-11-23 09:00", True),
        ("2026-11-23 16:59", True),
        ("2026-11-23 17:00", False),
        ("2026-11-22 12:00", False),  # a Sunday
        ("2026-12-25 12:00", False),  # a holiday
    ],
)
def test_in_hours(now: str, expected: bool) -> None:
    assert timing.in_hours(OFFICE, CHRISTMAS, LONDON, at(now)) is expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-23 08:00", "2026-11-23 09:00"),
        ("2026-11-23 09:00", "2026-11-24 09:00"),  # strictly later: already open
        ("2026-11-27 18:00", "2026-11-30 09:00"),  # over a weekend
        ("2026-12-24 18:00", "2026-12-29 09:00"),  # over Christmas
        ("2026-10-24 12:00", "2026-10-26 09:00"),  # over the night the clocks go back
    ],
)
def test_next_open(now: str, expected: str) -> None:
    assert timing.next_open(OFFICE, CHRISTMAS, LONDON, at(now)) == at(expected)


@pytest.mark.parametrize(
    ("now", "days", "expected"),
    [
        ("2026-11-23 14:00", 3, "2026-11-26 14:00"),
        ("2026-11-26 14:00", 3, "2026-12-01 14:00"),  # over a weekend
        ("2026-11-28 10:00", 3, "2026-12-03 09:00"),  # a Saturday counts from Monday morning
        ("2026-11-27 20:00", 1, "2026-12-01 09:00"),
        ("2026-12-24 10:00", 1, "2026-12-29 10:00"),
        ("2026-11-23 14:00", 0, "2026-11-23 14:00"),
    ],
)
def test_working_days_later(now: str, days: int, expected: str) -> None:
    assert timing.working_days_later(days, OFFICE, CHRISTMAS, LONDON, at(now)) == at(expected)


def test_hours_over_midnight_and_round_the_clock() -> None:
    night = Hours({4: (time(20), time(4))}, "Fri 20:00-04:00")
    assert timing.in_hours(night, frozenset(), LONDON, at("2026-11-28 03:59"))
    assert not timing.in_hours(night, frozenset(), LONDON, at("2026-11-28 04:00"))
    always = parse("Mon-Sun 0:00-24:00")
    assert timing.in_hours(always, frozenset(), LONDON, at("2026-11-28 00:00"))
    assert timing.in_hours(always, frozenset(), LONDON, at("2026-11-28 23:59"))


def test_hours_that_never_come_are_named() -> None:
    with pytest.raises(ValueError, match=r"no working day .* 'never'"):
        timing.next_open(Hours({}, "never"), frozenset(), LONDON, at("2026-11-23 09:00"))


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2026-11-24 10:59", "2026-11-24 11:00"),
        ("2026-11-24 11:00", "2026-12-01 11:00"),  # strictly after
        ("2026-10-20 11:00", "2026-10-27 11:00"),  # the clocks go back between
    ],
)
def test_next_slot(after: str, expected: str) -> None:
    assert timing.next_slot(at(after), LONDON, 1, 11 * 60) == at(expected)


@pytest.mark.parametrize(
    ("last", "weeks", "expected"),
    [
        ("2026-11-24 11:00", 1, "2026-12-01 11:00"),
        ("2026-11-24 11:00:08", 2, "2026-12-08 11:00"),
        ("2026-10-20 11:00:08", 2, "2026-11-03 11:00"),  # the clocks go back between
        ("2026-03-24 11:00", 2, "2026-04-07 11:00"),  # the clocks go forward between
        ("2026-11-27 11:00", 1, "2026-12-01 11:00"),  # back to their slot after one that was moved
    ],
)
def test_the_usual_check_in(last: str, weeks: int, expected: str) -> None:
    assert timing.next_check_in(last=at(last), every_weeks=weeks, **TUESDAY_11) == at(expected)


@pytest.mark.parametrize(
    ("step_day", "set_at", "expected"),
    [
        ("2026-11-26", "2026-11-24 11:05", "2026-12-01 11:00"),  # before it: changes nothing
        ("2026-12-01", "2026-11-24 11:05", "2026-12-02 11:00"),  # on its day: the day after
        ("2026-12-04", "2026-11-24 11:05", "2026-12-05 11:00"),  # after it: the day after the step
        ("2027-02-01", "2026-11-24 11:05", "2026-12-08 11:00"),  # at most 14 days ahead
        (None, "2026-11-29 18:00", "2026-12-03 11:00"),  # never less than three days after it was set
    ],
)
def test_a_step_moves_the_check_in(step_day: str | None, set_at: str, expected: str) -> None:
    found = timing.next_check_in(
        last=at("2026-11-24 11:00"),
        every_weeks=1,
        step_day=date.fromisoformat(step_day) if step_day else None,
        step_set_at=at(set_at),
        **TUESDAY_11,
    )
    assert found == at(expected)


@pytest.mark.parametrize(
    ("stage", "sooner", "days"),
    [("", False, 12), ("", True, 7), ("asked", False, 21), ("asked", True, 21), ("last_text", False, 90)],
)
def test_the_timeline_of_silence(stage: str, sooner: bool, days: int) -> None:
    since = at("2026-11-01 11:00")
    assert timing.quiet_at(since, Thresholds(), stage, sooner) == since + timedelta(days=days)


def test_silence_has_an_end_and_needs_a_beginning() -> None:
    assert timing.quiet_at(at("2026-11-01 11:00"), Thresholds(), "tried_again") is None
    assert timing.quiet_at(None, Thresholds()) is None


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-24 19:59", "2026-11-24 19:59"),
        ("2026-11-24 20:00", "2026-11-25 09:00"),
        ("2026-11-25 08:59", "2026-11-25 09:00"),
        ("2026-11-25 09:00", "2026-11-25 09:00"),
        ("2026-10-24 23:00", "2026-10-25 09:00"),  # the clocks go back
        ("2026-03-28 23:00", "2026-03-29 09:00"),  # the clocks go forward
    ],
)
def test_quiet_hours(now: str, expected: str) -> None:
    assert timing.next_allowed(LONDON, time(20), time(9), at(now)) == at(expected)


def test_quiet_hours_within_a_day_and_none_at_all() -> None:
    assert timing.next_allowed(LONDON, time(13), time(15), at("2026-11-24 14:00")) == at("2026-11-24 15:00")
    assert not timing.in_quiet_hours(LONDON, time(20), time(20), at("2026-11-24 22:00"))


def test_a_skipped_time_is_taken_later_and_a_doubled_one_the_first_time() -> None:
    skipped = timing.instant("Europe/Berlin", date(2026, 3, 29), time(2, 30))
    assert skipped == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    doubled = timing.instant(LONDON, date(2026, 10, 25), time(1, 30))
    assert doubled == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_an_unknown_zone_is_the_schemes() -> None:
    assert timing.known_zone("Europe/Nowhere", LONDON) == LONDON
    assert timing.known_zone("../etc/passwd", LONDON) == LONDON
    assert timing.known_zone("", LONDON) == LONDON
    assert timing.known_zone("Asia/Tokyo", LONDON) == "Asia/Tokyo"


def clock_change_nights() -> list[tuple[str, date]]:
    """Every Sunday of 2024 to 2030 on which London's clocks change."""
    days = (date(2024, 1, 1) + timedelta(days=n) for n in range(7 * 366))
    noons = [(day, datetime.combine(day, time(12), ZoneInfo(LONDON)).utcoffset()) for day in days]
    return [(LONDON, day) for (_, before), (day, after) in pairwise(noons) if before != after]


@pytest.mark.parametrize(("zone", "day"), clock_change_nights())
def test_each_minute_of_a_clock_change_night_is_one_slot(zone: str, day: date) -> None:
    """Walking from slot to slot meets each minute of the day exactly once."""
    for minute in range(0, 240, 10):
        start = timing.instant(zone, day, time(0)) - timedelta(hours=1)
        first = timing.next_slot(start, zone, day.weekday(), minute)
        assert timing.local(zone, first).date() == day
        assert timing.next_slot(first, zone, day.weekday(), minute) > first + timedelta(days=6)


@given(MOMENTS, ZONES, st.integers(0, 6), st.integers(0, 1439))
def test_slots_come_once_a_week(after: datetime, zone: str, weekday: int, minute: int) -> None:
    slot = timing.next_slot(after, zone, weekday, minute)
    assert after < slot <= after + timedelta(days=7, hours=26)
    following = timing.next_slot(slot, zone, weekday, minute)
    assert timedelta(days=5, hours=22) < following - slot < timedelta(days=8, hours=2)


@given(MOMENTS, ZONES, TIMES, TIMES)
def test_what_is_allowed_is_outside_quiet_hours(now: datetime, zone: str, begin: time, end: time) -> None:
    allowed = timing.next_allowed(zone, begin, end, now)
    assert allowed >= now
    if begin == time(20) or abs(begin.hour - end.hour) > 3:
        assert not timing.in_quiet_hours(zone, begin, end, allowed)


@given(MOMENTS, ZONES)
def test_no_wall_clock_between_eight_and_nine_is_ever_allowed(now: datetime, zone: str) -> None:
    """The usual quiet hours, judged by nothing but the clock on the wall."""
    wall = timing.local(zone, timing.next_allowed(zone, time(20), time(9), now))
    assert time(9) <= wall.time() < time(20)
    wall_now = timing.local(zone, now).time()
    assert timing.in_quiet_hours(zone, time(20), time(9), now) is not (time(9) <= wall_now < time(20))


@given(MOMENTS, ZONES)
def test_work_begins_when_it_is_said_to(now: datetime, zone: str) -> None:
    opens = timing.next_open(OFFICE, CHRISTMAS, zone, now)
    assert opens > now
    assert timing.in_hours(OFFICE, CHRISTMAS, zone, opens)
    assert not timing.in_hours(OFFICE, CHRISTMAS, zone, opens - timedelta(seconds=1))


@given(MOMENTS, ZONES, st.integers(1, 4), st.integers(0, 6), st.integers(0, 1439), st.data())
@settings(max_examples=300)
def test_a_step_decides_the_day(
    last: datetime, zone: str, weeks: int, weekday: int, minute: int, data: st.DataObject
) -> None:
    set_at = last + data.draw(st.timedeltas(timedelta(), timedelta(days=40)))
    step_day = timing.local(zone, set_at).date() + timedelta(days=data.draw(st.integers(0, 100)))
    usual = timing.next_check_in(last=last, every_weeks=weeks, weekday=weekday, minute=minute, zone=zone)
    due = timing.next_check_in(
        last=last,
        every_weeks=weeks,
        weekday=weekday,
        minute=minute,
        zone=zone,
        step_day=step_day,
        step_set_at=set_at,
    )
    assert last < usual <= due
    assert due >= set_at + timedelta(days=3)
    assert due <= max(usual, set_at + timedelta(days=15, hours=2))


WINDOW = (time(10), time(18, 30))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-24 11:00", "2026-11-24 11:00"),
        ("2026-11-24 08:00", "2026-11-24 10:00"),
        ("2026-11-24 18:29", "2026-11-24 18:29"),
        ("2026-11-24 18:30", "2026-11-25 10:00"),
        ("2026-11-27 19:00", "2026-11-30 10:00"),
        ("2026-11-28 11:00", "2026-11-30 10:00"),
    ],
)
def test_what_nobody_chose_a_time_for_comes_in_the_window_of_a_weekday(now: str, expected: str) -> None:
    assert timing.next_in_window(LONDON, WINDOW, at(now)) == at(expected)

from datetime import UTC, datetime, timedelta

from bot.clock import Clock, monotonic


def test_now_is_the_wall_clock_in_utc() -> None:
    before = datetime.now(UTC)
    now = Clock().now()
    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is UTC


def test_an_offset_is_asked_for_at_every_reading() -> None:
    offsets = [timedelta(days=1), timedelta(weeks=3)]
    clock = Clock(lambda: offsets.pop(0))
    today = datetime.now(UTC)
    assert clock.now() - today >= timedelta(days=1)
    assert clock.now() - today >= timedelta(weeks=3)


def test_durations_never_run_backwards() -> None:
    assert monotonic() <= monotonic()

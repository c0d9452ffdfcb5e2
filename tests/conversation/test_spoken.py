"""Hours, times and lengths of time as people write them."""

from datetime import time, timedelta

import pytest

from bot.conversation.loader import parse_hours
from bot.conversation.spoken import parse_clock, parse_duration, parse_weekday

NINE_TO_FIVE = (time(9), time(17))

# As written; as a text says it; Monday's hours.
HOURS = [
    ("Mon-Fri 09:00-17:00", "Mon-Fri 9-5", NINE_TO_FIVE),
    ("mon-fri 9-5", "Mon-Fri 9-5", NINE_TO_FIVE),
    ("Monday to Friday 9am to 5pm", "Mon-Fri 9-5", NINE_TO_FIVE),
    ("weekdays 9-5", "Mon-Fri 9-5", NINE_TO_FIVE),
    ("every day 8-20", "Mon-Sun 8-8", (time(8), time(20))),
    ("Mon-Thu 9-5, Fri 9-1", "Mon-Fri", NINE_TO_FIVE),  # whole it is too long for a text, and half would be untrue
    ("Mon-Wed 9-17; Fri 9-12", "Mon-Wed, Fri", NINE_TO_FIVE),
    ("Mon, Wed 9.30-17:15", "Mon, Wed", (time(9, 30), time(17, 15))),
    ("Mon and Tue 9-5", "Mon-Tue 9-5", NINE_TO_FIVE),
    ("Mon 1-5", "Mon 1-5", (time(13), time(17))),
    ("Mon 12-8", "Mon 12-8", (time(12), time(20))),
    ("Mon noon-6", "Mon 12-6", (time(12), time(18))),
    ("Mon 05:00-11:00", "Mon 5-11", (time(5), time(11))),
    ("Mon 9\u20135", "Mon 9-5", NINE_TO_FIVE),
    ("Mon 18:00-24:00", "Mon 6-12", (time(18), time(0))),
    ("Mon, Wed, Fri, Sun 9-5", "4 days a week", NINE_TO_FIVE),
]


@pytest.mark.parametrize(("written", "said", "monday"), HOURS)
def test_hours_are_read_and_said(written: str, said: str, monday: tuple[time, time]) -> None:
    hours = parse_hours(written)
    assert hours.by_weekday[0] == monday
    assert hours.words == said
    assert len(hours.words) <= 16


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("", "cannot be read as hours"),
        ("9-5", "cannot be read as hours"),
        ("Mon-Fri", "does not say from when until when"),
        ("Mon-Fri 17:00-09:00", "work ends before it begins"),
        ("Mon 9-12 1-5", "one stretch a day"),
        ("Mon 9-12, Mon 1-5", "names Monday twice"),
        ("Mon-Wed 9-5, Tue 9-1", "names Tuesday twice"),
        ("Fri-Mon 9-5", "cannot be read as hours"),
        ("Mon 25-26", "is not a time of day"),
        ("office hours", "is not a day of the week"),
    ],
)
def test_hours_that_cannot_be_read_say_how_to_write_them(written: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_hours(written)


@pytest.mark.parametrize(
    ("written", "clock"),
    [
        ("09:00", time(9)),
        ("9.30", time(9, 30)),
        ("9am", time(9)),
        ("12 pm", time(12)),
        ("12am", time(0)),
        ("noon", time(12)),
    ],
)
def test_times_of_day(written: str, clock: time) -> None:
    assert parse_clock(written) == clock


@pytest.mark.parametrize("written", ["25:00", "9:70", "13pm", "0am", "soon", ""])
def test_what_is_no_time_of_day(written: str) -> None:
    with pytest.raises(ValueError, match="is not a time of day"):
        parse_clock(written)


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("48h", timedelta(days=2)),
        ("2d", timedelta(days=2)),
        ("5 days", timedelta(days=5)),
        ("90 minutes", timedelta(minutes=90)),
        ("1 week", timedelta(weeks=1)),
    ],
)
def test_lengths_of_time(written: str, length: timedelta) -> None:
    assert parse_duration(written) == length


@pytest.mark.parametrize("written", ["", "0h", "soon", "2", "-1d", "1 month"])
def test_what_is_no_length_of_time(written: str) -> None:
    with pytest.raises(ValueError, match="is not a length of time"):
        parse_duration(written)


@pytest.mark.parametrize(("written", "day"), [("Tue", 1), ("tues", 1), ("Thursdays", 3), ("sunday", 6)])
def test_days_of_the_week(written: str, day: int) -> None:
    assert parse_weekday(written) == day


@pytest.mark.parametrize("written", ["t", "th", "tusday", ""])
def test_what_is_no_day_of_the_week(written: str) -> None:
    with pytest.raises(ValueError, match="is not a day of the week"):
        parse_weekday(written)

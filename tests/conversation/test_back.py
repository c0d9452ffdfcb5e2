"""When somebody is back, in the texts of the worst nights: the day, or the hour where it is today."""

from datetime import date, datetime

import pytest

from bot.conversation import fills

TODAY = date(2026, 12, 22)


@pytest.mark.parametrize(
    ("back", "words"),
    [
        ("2026-12-22T09:00", "9am today"),
        ("2026-12-22T09:30", "9:30am"),
        ("2026-12-22T10:00", "10am today"),
        ("2026-12-22T12:00", "12pm today"),
        ("2026-12-22T13:15", "1:15pm"),
        ("2026-12-23T09:00", "Wed 23 Dec"),
        ("2027-01-04T09:00", "Mon 4 Jan"),
    ],
)
def test_when_they_are_back(back: str, words: str) -> None:
    said = fills._back_words(datetime.fromisoformat(back), TODAY)
    assert said == words
    assert fills.fitted("back", said) == words, "nothing of it is cut"

"""What a scheme needs to start, and how its settings are read."""

from datetime import date, time
from pathlib import Path

import pytest

from bot.conversation.scheme import Scheme
from bot.conversation.scheme_loader import load_scheme

TYNESIDE = (Path(__file__).parents[2] / "flows" / "tyneside" / "scheme.yaml").read_text("utf-8")

SMALL = {
    "name": "Tyneside Steps",
    "link": "steps.example.org",
    "hours": "Mon-Thu 9-5, Fri 9-1",
    "duty_contacts": "[{name: Jo, email: jo@example.org, phone: 01632 960101}]",
    "safeguarding_lead": "Jo Ridley",
    "helplines": (
        "{listening_line: Samaritans 116 123, text_line: SHOUT to 85258,"
        " health_line: NHS 111, abuse_line: 0808 2000 247}"
    ),
    "consent_wording": "Can we text you?",
}


def text(**changes: str | None) -> str:
    written = {**SMALL, **changes}
    return "".join(f"{key}: {value}\n" for key, value in written.items() if value is not None)


def scheme(**changes: str | None) -> Scheme:
    loaded = load_scheme(text(**changes), "t/scheme.yaml", "t")
    assert loaded.faults == ()
    assert loaded.scheme is not None
    return loaded.scheme


@pytest.mark.parametrize("key", sorted(SMALL))
def test_what_a_scheme_cannot_start_without(key: str) -> None:
    loaded = load_scheme(text(**{key: None}), "t/scheme.yaml", "t")
    assert loaded.scheme is None
    assert [fault.is_error and "cannot start" in fault.sentence for fault in loaded.faults] == [True]


FAULTY = [
    ({"hours": "sometimes"}, 3, "is not a day of the week"),
    ({"hours": "Mon-Fri 17:00-09:00"}, 3, "work ends before it begins"),
    ({"name": "A name that is far too long"}, 1, "a text has room for 16"),
    ({"link": "https://www.example.org/a/long/page"}, 2, "a text has room for 24"),
    ({"duty_contacts": "Jo"}, 4, "written as a list"),
    ({"duty_contacts": "[{name: Jo, email: jo@example.org}]"}, 4, "has a name, an email and a phone"),
    ({"duty_contacts": "[{name: Jo, email: jo, phone: 1}]"}, 4, '"jo" is not an e-mail address'),
    ({"helplines": "{listening_line: Samaritans 116 123}"}, 6, '"abuse_line" is missing'),
    ({"zone": "Europe/Newcastle"}, 8, "is not a time zone"),
    ({"quiet_hours": "late"}, 8, "is not a stretch of the day"),
    ({"holidays": "{of: Engeland}"}, 8, 'did you mean "England"?'),
    ({"holidays": "{also: [24/12/2026]}"}, 8, "is not a date: write it like 2026-12-24"),
    ({"holidays": "{also: [2027-01-01 to 2026-12-24]}"}, 8, "is not a stretch of days"),
    ({"check_ins": "{day: Someday}"}, 8, "is not a day of the week"),
    ({"check_ins": "{time: 25:00}"}, 8, "is not a time of day"),
    ({"check_ins": "{every_weeks: 0}"}, 8, "is not a whole number from 1 to 8"),
    ({"caps": "{person_day: lots}"}, 8, "is not a whole number"),
    ({"thresholds": "{quiet_day: 12}"}, 8, 'did you mean "quiet_days"?'),
    ({"digest": "{detail: everything}"}, 8, "unknown detail"),
    ({"retention_months": "-1"}, 8, "is not a whole number from 1 to 24"),
    ({"retention_months": "25"}, 8, "is not a whole number from 1 to 24"),
    ({"safeguarding_months": "6"}, 8, "is not a whole number from 12 to 360"),
    ({"link": "our page"}, 2, "is not a web address"),
    ({"link": "http://example.org"}, 2, "is not a web address"),
    ({"link": "bit.ly/steps"}, 2, "is a link shortener"),
    ({"privacy": "ask us"}, 8, '"privacy" is written as keys under it'),
    ({"privacy": "{run_by: Us}"}, 8, 'privacy has no "contact"'),
    ({"privacy": "{run_by: Us, contact: a@b.example, complaint: c}"}, 8, 'did you mean "complaints"?'),
    ({"languages": "[english]"}, 8, '"english" is not a language'),
    ({"whatsapp_templates": "HX1"}, 8, "are written by name"),
    ({"caps": "many"}, 8, '"caps" is written as keys under it: person_day'),
    ({"colour": "red"}, 8, 'unknown key "colour"'),
]


@pytest.mark.parametrize(("changes", "line", "sentence"), FAULTY)
def test_a_fault_in_a_scheme(changes: dict[str, str], line: int, sentence: str) -> None:
    loaded = load_scheme(text(**changes), "t/scheme.yaml", "t")
    assert loaded.scheme is None
    assert any(f.line == line and sentence in f.sentence for f in loaded.faults), [*map(str, loaded.faults)]


@pytest.mark.parametrize("text", ["hello", "- a", "a: b: c", ""])
def test_what_is_no_scheme_at_all(text: str) -> None:
    loaded = load_scheme(text, "t/scheme.yaml", "t")
    assert (loaded.scheme, len(loaded.faults)) == (None, 1)


def test_the_example_scheme_reads() -> None:
    loaded = load_scheme(TYNESIDE, "tyneside/scheme.yaml", "tyneside")
    assert loaded.faults == ()
    assert loaded.scheme is not None
    assert loaded.scheme.digest_detail == "words"
    assert len(loaded.scheme.duty_contacts) >= 2


def test_times_are_times_and_not_sixties() -> None:
    found = scheme(check_ins="{day: Thurs, time: 11:00, between: 10:00-18:30}", quiet_hours="20:00-09:00")
    assert (found.check_in_weekday, found.check_in_time) == (3, time(11))
    assert found.check_in_window == (time(10), time(18, 30))
    assert (found.quiet_from, found.quiet_until) == (time(20), time(9))


def test_bank_holidays_are_the_nations_and_the_schemes_own() -> None:
    found = scheme(holidays="{of: Scotland, also: [2026-12-29 to 2026-12-31, 2027-03-01]}")
    assert {date(2026, 11, 30), date(2026, 12, 25), date(2026, 12, 30), date(2027, 3, 1)} <= found.holidays
    assert date(2026, 11, 30) not in scheme().holidays


def test_a_scheme_without_bank_holidays_keeps_its_own() -> None:
    assert scheme(holidays="{of: none, also: 2026-12-24}").holidays == {date(2026, 12, 24)}


def test_what_is_left_out_has_a_sensible_value() -> None:
    found = scheme(caps="{person_week: 2}")
    assert (found.caps.person_week, found.caps.person_day) == (2, 2)
    assert found.thresholds.quiet_days == 12
    assert found.zone == "Europe/London"
    assert found.consent_wording == {"en": "Can we text you?"}

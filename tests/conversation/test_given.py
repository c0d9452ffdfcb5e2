"""The person an example talks as."""

from datetime import UTC, date, datetime, timedelta

from bot.conversation.given import given_facts, given_now
from tests.conversation.small_flows import library

SCHEME = library().schemes["t"]


def test_a_tuesday_morning_unless_said_otherwise() -> None:
    assert given_now({}, SCHEME) == datetime(2026, 11, 24, 11, tzinfo=UTC)
    assert given_now({"now": "2026-07-01 09:30"}, SCHEME) == datetime(2026, 7, 1, 8, 30, tzinfo=UTC)


def test_a_step_is_open_and_a_week_old() -> None:
    facts = given_facts({"step": "find my cv", "when": "thurs", "day": "2026-11-26", "confidence": "6"}, SCHEME)
    assert facts.step is not None
    assert (facts.step.words, facts.step.when_words, facts.step.day) == ("find my cv", "thurs", date(2026, 11, 26))
    assert (facts.step.outcome, facts.step.confidence) == (None, 6)
    assert facts.step.set_at == given_now({}, SCHEME) - timedelta(weeks=1)


def test_numbers_and_wins_are_newest_first() -> None:
    facts = given_facts({"confidence": ("3", "7"), "wins": ("rang them", "found cv")}, SCHEME)
    assert facts.confidences == (3, 7)
    assert facts.wins == ("rang them", "found cv")


def test_weeks_met_dream_and_what_was_asked() -> None:
    now = given_now({}, SCHEME)
    facts = given_facts(
        {"weeks": "7", "met": "yes", "dream": "yes", "why_asked_weeks_ago": "2", "strength_asked_weeks_ago": "5"},
        SCHEME,
    )
    assert facts.started_at == now - timedelta(weeks=7)
    assert facts.met_at is not None
    assert facts.has_dream
    assert (facts.why_asked_at, facts.strength_asked_at) == (now - timedelta(weeks=2), now - timedelta(weeks=5))


def test_somebody_invited_has_not_started() -> None:
    facts = given_facts({"state": "invited"}, SCHEME)
    assert (facts.state, facts.started_at, facts.step) == ("invited", None, None)


def test_silence_has_a_beginning() -> None:
    facts = given_facts({"silence": "asked"}, SCHEME)
    assert facts.silent_since == given_now({}, SCHEME) - timedelta(days=12)

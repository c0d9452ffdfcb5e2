"""A flag's evidence in words a practitioner reads."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.web import evidence

LONDON = ZoneInfo("Europe/London")
AT = "2026-06-01T10:02:00+00:00"
THEN = "Mon 1 Jun, 11:02"


@pytest.mark.parametrize(
    ("key", "value", "label", "said"),
    [
        ("last_words", {"words": "cv nearly there", "at": AT}, "Last words", [f"\u201ccv nearly there\u201d, {THEN}"]),
        ("answers", [{"value": 3, "at": AT}, {"value": 0}], "Last answers, newest first", [f"3, {THEN}", "0"]),
        ("told", [{"at": AT, "who": "Sam"}], "Told", [f"Sam, {THEN}"]),
        ("prompts", [{"kind": "check_in", "sent": AT}], "Texts sent and delivered", [f"check-in, sent {THEN}"]),
        ("details", {"about": "self"}, "More", ["about themselves"]),
        ("usual_gap_days", 6, "Usual days between replies", ["6"]),
        ("other_channels", ["whatsapp"], "Can also be reached by", ["whatsapp"]),
        ("paused_until", "2026-06-05", "Break or hold until", ["Fri 5 Jun"]),
        ("paused_until", None, "Break or hold until", ["none"]),
        ("channel", "sms", "Texted by", ["SMS"]),
        ("not_safe", True, "Not safe", ["yes"]),
        ("why", "in danger: <wanna> (to)? (die|go)", "Why", ["in danger"]),
        ("answered", "How sure, 0-10? Reply: a number?", "The bot answered", ["How sure, 0-10? Reply: a number?"]),
    ],
)  # fmt: skip
def test_each_fact_has_its_words(key: str, value: Any, label: str, said: list[str]) -> None:
    assert evidence.lines({key: value}, LONDON) == [(label, said)]


@pytest.mark.parametrize("nothing", [None, "", [], {}, {"at": None}, [None]])
def test_what_is_empty_is_left_out(nothing: Any) -> None:
    assert evidence.lines({"barrier": nothing}, LONDON) == []


def test_what_machines_need_is_left_out_and_the_rest_stands_in_order() -> None:
    shown = evidence.lines({"why": "x", "message": "id", "rule": "r", "last_words": {"words": "y"}, "new": 1}, LONDON)
    assert [label for label, _ in shown] == ["Last words", "Why", "New"]


def test_the_rule_says_what_ends_it() -> None:
    assert evidence.rule({"rule": "They asked.", "clears": "You close it."}) == "They asked. Ends: You close it."
    assert evidence.rule({"rule": "They asked.", "clears": "Nothing to do."}) == "They asked. Nothing to do."
    versioned = {"rule": "They asked.", "clears": "You close it.", "rule_version": 2}
    assert evidence.rule(versioned) == "They asked. Ends: You close it. (Version 2 of this rule.)"
    assert evidence.rule({}) == ""


def test_what_it_is_about_is_not_said_twice() -> None:
    words = {"words": "can i speak to a person", "at": AT}
    labels = [label for label, _ in evidence.lines({"said": [words], "last_words": words}, LONDON)]
    assert labels == ["They wrote"]
    later = {"words": "never mind", "at": AT}
    assert len(evidence.lines({"said": [words], "last_words": later}, LONDON)) == 2

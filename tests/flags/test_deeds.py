"""What may be done about a flag as it stands: a table to be read with a practitioner."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.conversation import flag_deeds
from bot.conversation.flag_deeds import Deed, Standing, Verdict, judge

NOW = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
DAY = timedelta(days=1)
IN_A_WEEK = NOW + 7 * DAY
PUT_OFF = {"snoozed_until": IN_A_WEEK, "snooze_ends": "date", "snoozes": 1}
QUIET, SAFETY = {"kind": "quiet", "version": 2}, {"kind": "safety", "version": 2}

TABLE: list[tuple[str, dict[str, Any], dict[str, Any], Verdict]] = [
    # what it is called, how the flag stands, what is asked, what is said
    ("in touch", QUIET, {"what": "in_touch"}, Verdict.DO),
    ("in touch from a link", QUIET, {"what": "in_touch", "signed_in": False}, Verdict.DO),
    ("as seen", QUIET, {"what": "in_touch", "seen": 2}, Verdict.DO),
    ("older evidence was seen", QUIET, {"what": "in_touch", "seen": 1}, Verdict.NEWER),
    ("closed", {**QUIET, "closed": True}, {"what": "in_touch"}, Verdict.ALREADY),
    ("closed, and older evidence", {**QUIET, "closed": True}, {"what": "snooze", "seen": 1}, Verdict.ALREADY),
    ("not a concern", QUIET, {"what": "not_a_concern"}, Verdict.DO),
    ("a week", QUIET, {"what": "snooze", "until": IN_A_WEEK}, Verdict.DO),
    ("no day", QUIET, {"what": "snooze"}, Verdict.TOO_SOON),
    ("a day gone by", QUIET, {"what": "snooze", "until": NOW - DAY}, Verdict.TOO_SOON),
    ("two months", QUIET, {"what": "snooze", "until": NOW + 60 * DAY}, Verdict.DO),
    ("longer", QUIET, {"what": "snooze", "until": NOW + 61 * DAY}, Verdict.TOO_FAR),
    ("the same day again", {**QUIET, **PUT_OFF}, {"what": "snooze", "until": IN_A_WEEK}, Verdict.ALREADY),
    ("another day", {**QUIET, **PUT_OFF}, {"what": "snooze", "until": IN_A_WEEK + DAY}, Verdict.DO),
    (
        "until they reply instead",
        {**QUIET, **PUT_OFF},
        {"what": "snooze", "until": IN_A_WEEK, "ends": "reply"},
        Verdict.DO,
    ),
    (
        "until they reply, again, a minute later",
        {**QUIET, **PUT_OFF, "snooze_ends": "reply"},
        {"what": "snooze", "until": IN_A_WEEK + timedelta(minutes=1), "ends": "reply"},
        Verdict.ALREADY,
    ),
    (
        "the same day, after it came back",
        {**QUIET, **PUT_OFF, "snoozed_until": NOW},
        {"what": "snooze", "until": IN_A_WEEK},
        Verdict.DO,
    ),
    (
        "the third time",
        {**QUIET, **PUT_OFF, "snoozed_until": NOW, "snoozes": 2},
        {"what": "snooze", "until": IN_A_WEEK},
        Verdict.HELP_NEEDED,
    ),
    (
        "the third time, with what would help",
        {**QUIET, **PUT_OFF, "snoozed_until": NOW, "snoozes": 2},
        {"what": "snooze", "until": IN_A_WEEK, "help_wanted": "time"},
        Verdict.DO,
    ),
    (
        "another day of the second time",
        {**QUIET, **PUT_OFF, "snoozes": 2},
        {"what": "snooze", "until": IN_A_WEEK + DAY},
        Verdict.DO,
    ),
    ("I have it", QUIET, {"what": "acknowledge"}, Verdict.DO),
    ("I have it, by a link", QUIET, {"what": "acknowledge", "signed_in": False}, Verdict.SIGN_IN),
    ("somebody has it", {**QUIET, "acknowledged": True}, {"what": "acknowledge"}, Verdict.ALREADY),
    ("passed on", QUIET, {"what": "pass_on", "to": "jo@example.org"}, Verdict.DO),
    (
        "theirs already",
        {**QUIET, "passed_to": "jo@example.org"},
        {"what": "pass_on", "to": "jo@example.org"},
        Verdict.ALREADY,
    ),
    ("safety by a link", SAFETY, {"what": "in_touch", "signed_in": False}, Verdict.SIGN_IN),
    ("safety closed by a link", SAFETY, {"what": "close", "note": "rang", "signed_in": False}, Verdict.SIGN_IN),
    ("a closed safety by a link", {**SAFETY, "closed": True}, {"what": "close", "signed_in": False}, Verdict.SIGN_IN),
    ("safety: I have it", SAFETY, {"what": "acknowledge"}, Verdict.DO),
    ("safety: somebody has it", {**SAFETY, "acknowledged": True}, {"what": "acknowledge"}, Verdict.ALREADY),
    ("safety without an outcome", SAFETY, {"what": "close", "note": "  "}, Verdict.OUTCOME_NEEDED),
    ("safety with what was done", SAFETY, {"what": "close", "note": "rang her"}, Verdict.DO),
    ("safety noted before", {**SAFETY, "noted": True}, {"what": "close"}, Verdict.DO),
    *[
        (f"safety: {what}", SAFETY, {"what": what, "until": IN_A_WEEK, "to": "jo@example.org"}, Verdict.NOT_SAFETY)
        for what in ("in_touch", "snooze", "not_a_concern", "pass_on")
    ],
]


@pytest.mark.parametrize(("stands", "asked", "said"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_what_may_be_done(stands: dict[str, Any], asked: dict[str, Any], said: Verdict) -> None:
    assert judge(Standing(**stands), Deed(**asked), NOW) is said


def test_every_refusal_has_its_sentence() -> None:
    assert flag_deeds.SENTENCES.keys() == set(Verdict) - {Verdict.DO}

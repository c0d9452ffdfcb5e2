"""What practitioners do about flags: once, on what they saw, written down with who and how."""

from datetime import UTC, datetime, timedelta

import pytest

from bot import flags
from bot.conversation.flag_deeds import Verdict
from bot.flag_rows import FlagRefused
from bot.models import Event, Flag
from tests.flags.acting import SAM, act, last, note, now_is
from tests.flags.conftest import DAY, Cast

# Wednesday a week after the Tuesday on which the tests begin, as the day begins there.
A_WEEK_ON = datetime(2026, 12, 1, 0, 0, tzinfo=UTC)


def wake(cast: Cast, flag: Flag, at: datetime) -> None:
    cast.now = at
    with cast.database.write() as db:
        flags.wake(db, cast.library, flag.id, cast.now)


@pytest.mark.parametrize(("what", "why"), [("in_touch", "in_touch"), ("not_a_concern", "not_a_concern")])
def test_a_flag_is_settled_and_says_by_whom_and_how(cast: Cast, what: str, why: str) -> None:
    flag = cast.flag("quiet")
    assert act(cast, flag, what, via="email", barrier="travel", reason="working") is Verdict.DO
    done = now_is(cast, flag)
    assert (done.closed_by, done.closed_why, done.closed_at) == (SAM, why, cast.now)
    assert (done.barrier, done.reason) == ("travel", "working")
    event = last(cast, "flag_closed")
    assert (event["why"], event["via"], event["barrier"], event["reason"]) == (why, "email", "travel", "working")
    assert cast.rows(Event, Event.what == "flag_closed")[0].who == SAM


def test_the_same_twice_changes_nothing(cast: Cast) -> None:
    flag = cast.flag("quiet")
    act(cast, flag, "in_touch")
    settled = now_is(cast, flag)
    cast.now += DAY
    assert act(cast, flag, "not_a_concern", by="jo@example.org") is Verdict.ALREADY
    assert (now_is(cast, flag).closed_why, now_is(cast, flag).closed_at) == ("in_touch", settled.closed_at)
    assert len(cast.events("flag_closed")) == 1


def test_newer_evidence_is_to_be_seen_first(cast: Cast) -> None:
    flag = cast.flag("confidence")
    cast.flag("confidence", why="lower still")
    assert act(cast, flag, "in_touch", seen=1) is Verdict.NEWER
    assert now_is(cast, flag).closed_at is None
    assert act(cast, flag, "in_touch", seen=2) is Verdict.DO


def test_having_rung_whoever_asked_hands_them_back_to_the_bot(cast: Cast) -> None:
    cast.set(cast.leon, held_for="asked_for_you", held_until=cast.now + 3 * DAY, resume_at=cast.now + 3 * DAY)
    act(cast, cast.flag("asked_for_you", loud=True), "in_touch")
    assert (cast.get().held_for, cast.get().resume_at) == (None, cast.now)


def test_safety_is_taken_on_and_closed_with_what_was_done_and_nothing_else(cast: Cast) -> None:
    flag = cast.flag("safety", loud=True)
    assert act(cast, flag, "snooze") is Verdict.NOT_SAFETY
    assert act(cast, flag, "acknowledge") is Verdict.DO
    assert (now_is(cast, flag).acknowledged_by, now_is(cast, flag).wake_at) == (SAM, None)
    assert act(cast, flag, "close") is Verdict.OUTCOME_NEEDED
    assert act(cast, flag, "close", note="rang, she is with her sister") is Verdict.DO
    assert now_is(cast, flag).note == "rang, she is with her sister"
    assert "sister" not in str(cast.events("flag_closed"))


# ---------------------------------------------------------------- put off


def test_a_week_ends_as_its_day_begins(cast: Cast) -> None:
    flag = cast.flag("misread")
    assert act(cast, flag, "snooze") is Verdict.DO
    put_off = now_is(cast, flag)
    assert (put_off.snoozed_until, put_off.wake_at, put_off.snooze_ends) == (A_WEEK_ON, A_WEEK_ON, "date")
    assert (put_off.snoozed_by, put_off.snoozes) == (SAM, 1)
    cast.now += timedelta(hours=3)
    assert act(cast, flag, "snooze") is Verdict.ALREADY
    assert now_is(cast, flag).snoozes == 1
    wake(cast, flag, A_WEEK_ON)
    assert (now_is(cast, flag).snoozed_until, now_is(cast, flag).wake_at) == (A_WEEK_ON, None)
    assert last(cast, "flag_back")["why"] == "its_day"


def test_a_day_ends_on_its_day_whatever_they_text_about_something_else(cast: Cast) -> None:
    flag = cast.flag("misread")
    act(cast, flag, "snooze")
    cast.wrote("morning")
    assert now_is(cast, flag).snoozed_until == A_WEEK_ON


def test_until_they_reply_is_until_they_reply(cast: Cast) -> None:
    flag = cast.flag("misread")
    act(cast, flag, "snooze", ends="reply", until=cast.now + 28 * DAY)
    cast.now += DAY
    cast.wrote("morning")
    back = now_is(cast, flag)
    assert (back.snoozed_until, back.wake_at, back.closed_at) == (cast.now, None, None)
    assert last(cast, "flag_back")["why"] == "they_wrote"


def test_a_reply_that_never_comes_hides_nobody(cast: Cast) -> None:
    flag = cast.flag("misread")
    until = cast.now + 28 * DAY
    act(cast, flag, "snooze", ends="reply", until=until)
    wake(cast, flag, until)
    assert now_is(cast, flag).snoozed_until == until
    assert last(cast, "flag_back")["why"] == "its_day"


def test_a_reply_still_closes_a_quiet_flag_that_was_put_off(cast: Cast) -> None:
    flag = cast.flag("quiet")
    act(cast, flag, "snooze", ends="reply", until=cast.now + 28 * DAY)
    cast.wrote("sorry, been busy")
    assert (now_is(cast, flag).closed_why, now_is(cast, flag).snoozed_until) == ("they_wrote", None)


def test_what_they_write_about_it_ends_the_putting_off(cast: Cast) -> None:
    flag = cast.flag("asked_for_you", loud=True)
    act(cast, flag, "snooze")
    told = len(cast.mails())
    cast.now += DAY
    cast.flag("asked_for_you", loud=True, message_id=cast.wrote("please ring me"))
    assert now_is(cast, flag).snoozed_until == cast.now
    assert len(cast.mails()) == told + 1


def test_a_silence_that_only_lasts_stays_put_off(cast: Cast) -> None:
    flag = cast.flag("quiet")
    act(cast, flag, "snooze")
    cast.now += DAY
    cast.flag("quiet", why="still silent")
    assert (now_is(cast, flag).version, now_is(cast, flag).snoozed_until) == (2, A_WEEK_ON)


def test_the_third_time_asks_what_would_help(cast: Cast) -> None:
    flag = cast.flag("misread")
    for _ in range(2):
        assert act(cast, flag, "snooze", until=cast.now + DAY) is Verdict.DO
        wake(cast, flag, cast.now + DAY)
    assert act(cast, flag, "snooze") is Verdict.HELP_NEEDED
    assert now_is(cast, flag).snoozes == 2
    assert act(cast, flag, "snooze", help_wanted="other_way") is Verdict.DO
    assert (now_is(cast, flag).snoozes, now_is(cast, flag).help_wanted) == (3, "other_way")
    assert last(cast, "flag_snoozed")["help"] == "other_way"


# ---------------------------------------------------------------- what got in the way, and why


def test_what_got_in_the_way_is_noted_also_afterwards(cast: Cast) -> None:
    flag = cast.flag("quiet")
    act(cast, flag, "in_touch")
    note(cast, flag, barrier="childcare")
    note(cast, flag, barrier="childcare")
    assert now_is(cast, flag).barrier == "childcare"
    assert [event["barrier"] for event in cast.events("flag_noted")] == ["childcare"]


def test_a_reason_for_silence_is_noted_and_closes_nothing(cast: Cast) -> None:
    flag = cast.flag("quiet")
    note(cast, flag, reason="wants_out")
    assert (now_is(cast, flag).reason, now_is(cast, flag).closed_at) == ("wants_out", None)
    # Only a deliberate act of somebody's, or their own STOP, ends texts.
    assert cast.get().state == "active"


@pytest.mark.parametrize("codes", [{"barrier": "laziness"}, {"reason": "misread"}, {"reason": "="}])
def test_only_known_words_are_noted(cast: Cast, codes: dict[str, str]) -> None:
    with pytest.raises(FlagRefused):
        note(cast, cast.flag("quiet"), **codes)


def test_other_flags_have_reasons_of_their_own(cast: Cast) -> None:
    flag = cast.flag("misread")
    note(cast, flag, reason="usual")
    with pytest.raises(FlagRefused):
        note(cast, flag, reason="robot")

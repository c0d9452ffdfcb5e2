"""Going quiet: one timeline by delivered texts, stopped by whatever is not their silence, ended by any text."""

from datetime import timedelta

import pytest

from bot import quiet, silence
from bot.models import Flag, Message
from tests.flags.conftest import DAY, NOW, Cast

HOUR = timedelta(hours=1)


def rearm(cast: Cast) -> None:
    with cast.database.write() as db:
        quiet.rearm(db, cast.library, cast.get_in(db), cast.now)


def raised(cast: Cast, kind: str = "quiet") -> list[Flag]:
    return cast.rows(Flag, Flag.kind == kind)


def at_day(cast: Cast, day: float) -> None:
    cast.now = NOW + day * DAY


# ---------------------------------------------------------------- the timeline


def test_day_12_the_flag_and_one_text_day_21_the_last_day_90_one_more(cast: Cast) -> None:
    cast.set(cast.leon, next_check_in_at=NOW + 14 * DAY)
    cast.asked()
    cast.look(12 * DAY - HOUR)
    assert not raised(cast)

    cast.look(HOUR)
    leon = cast.get()
    assert (leon.silence, leon.state, leon.next_check_in_at) == ("asked", "active", None)
    assert leon.quiet_at == NOW + 21 * DAY
    assert len(raised(cast)) == 1

    cast.look(9 * DAY)
    leon = cast.get()
    assert (leon.silence, leon.state, leon.quiet_at) == ("last_text", "resting", NOW + 90 * DAY)
    assert raised(cast)[0].version == 2

    cast.look(69 * DAY)
    assert (cast.get().silence, cast.get().quiet_at) == ("tried_again", None)
    flows = [event["flow"] for event in cast.events("silence")]
    assert flows == ["still_here", "last_text", "try_again"]
    assert len(cast.texts("quiet")) == 3
    assert len(raised(cast)) == 1


def test_the_evidence_shows_which_texts_arrived_and_how_often_they_usually_write(cast: Cast) -> None:
    for day in (-30, -24, -18, -12):
        at_day(cast, day)
        cast.wrote("done")
    at_day(cast, 0)
    cast.asked()
    at_day(cast, 7)
    cast.asked(state="sent")
    at_day(cast, 12)
    cast.look()
    cast.now += HOUR
    cast.asked(kind="quiet")
    evidence = raised(cast)[0].evidence
    assert evidence["usual_gap_days"] == 6
    arrived = [(each["kind"], each["delivered"] is not None) for each in evidence["prompts"]]
    # The scheme's own day-12 text is still queued: nothing sends in this test.
    assert arrived == [("check_in", True), ("check_in", False), ("quiet", False), ("quiet", True)]
    assert evidence["last_words"]["words"] == "done"


def test_looking_twice_or_early_changes_nothing(cast: Cast) -> None:
    cast.asked()
    for _ in range(3):
        cast.look(12 * DAY if not raised(cast) else timedelta())
    assert (len(raised(cast)), raised(cast)[0].version, len(cast.texts("quiet"))) == (1, 1, 1)


def test_a_nudge_or_a_second_check_in_does_not_begin_it_anew(cast: Cast) -> None:
    cast.asked()
    at_day(cast, 2)
    cast.asked(kind="nudge")
    at_day(cast, 7)
    cast.asked()
    assert cast.get().silent_since == NOW


def test_nothing_but_a_delivered_check_in_begins_it(cast: Cast) -> None:
    for state in ("sent", "unknown", "cancelled", "undelivered"):
        cast.asked(state=state)
    cast.asked(kind="reply")
    assert cast.get().silent_since is None
    cast.look(20 * DAY)
    assert not raised(cast)


def test_a_receipt_that_comes_after_their_answer_begins_nothing(cast: Cast) -> None:
    message_id = cast.asked(state="sent")
    cast.now += HOUR
    cast.wrote("done")
    cast.now += HOUR
    with cast.database.write() as db:
        quiet.delivered(db, cast.library, db.get_one(Message, message_id), cast.now)
    assert cast.get().silent_since is None


@pytest.mark.parametrize("hard", ["distress", "low", "fell", "neither"])
def test_sooner_after_distress_a_low_number_or_a_fall(cast: Cast, hard: str) -> None:
    cast.wrote("dunno")
    if hard == "distress":
        cast.flag("distress")
    numbers = {"low": [2], "fell": [8, 5], "neither": [8, 6]}.get(hard, [])
    for n, number in enumerate(numbers):
        cast.answered_with(number, cast.now + n * HOUR)
    cast.now += 3 * HOUR
    cast.asked()
    assert cast.get().quiet_at == cast.now + (12 if hard == "neither" else 7) * DAY


def test_any_text_at_all_ends_it_and_clears_the_flag_in_the_same_moment(cast: Cast) -> None:
    cast.asked()
    cast.look(12 * DAY)
    cast.now += HOUR
    cast.wrote("?")
    leon = cast.get()
    assert (leon.silence, leon.silent_since, leon.quiet_at) == ("", None, None)
    assert [(flag.closed_by, flag.closed_why) for flag in raised(cast)] == [("automatic", "they_wrote")]
    assert cast.events("flag_closed")[0]["why"] == "they_wrote"


def test_they_come_back_from_a_rest(cast: Cast) -> None:
    cast.asked()
    cast.look(12 * DAY)
    cast.look(9 * DAY)
    cast.wrote("hi")
    assert (cast.get().state, cast.get().quiet_at) == ("active", None)


def test_after_an_outage_of_ours_texts_still_come_a_week_apart(cast: Cast) -> None:
    cast.asked()
    cast.look(30 * DAY)
    assert cast.get().quiet_at == NOW + 37 * DAY
    cast.look(6 * DAY)
    assert cast.get().silence == "asked"


# ---------------------------------------------------------------- nobody is flagged because of us


def test_nobody_is_judged_while_the_inbound_list_is_not_read(cast: Cast) -> None:
    cast.asked()
    cast.look(12 * DAY, read=False)
    assert not raised(cast)
    assert cast.get().quiet_at == cast.now + silence.LOOK_AGAIN
    cast.look(silence.LOOK_AGAIN)
    assert raised(cast)


def test_a_list_read_an_hour_ago_is_too_old(cast: Cast) -> None:
    cast.asked()
    cast.look()
    cast.look(12 * DAY, read=False)
    assert not raised(cast)


def test_a_check_in_that_turns_out_not_to_have_arrived_does_not_count(cast: Cast) -> None:
    message_id = cast.asked()
    at_day(cast, 7)
    cast.asked()
    cast.change(message_id, state="undelivered")
    at_day(cast, 12)
    cast.look()
    assert not raised(cast)
    assert cast.get().quiet_at == NOW + 19 * DAY


STOPS = [{"state": "paused"}, {"held_for": "asked_for_you"}, {"state": "opted_out"}, {"state": "closed"}]


@pytest.mark.parametrize("stop", STOPS, ids=str)
def test_what_is_not_their_silence_stops_the_clock(cast: Cast, stop: dict[str, str]) -> None:
    cast.asked()
    at_day(cast, 5)
    cast.set(cast.leon, **stop)
    rearm(cast)
    assert cast.get().quiet_at is None
    at_day(cast, 25)
    cast.set(cast.leon, state="active", held_for=None)
    rearm(cast)
    assert cast.get().quiet_at == NOW + (12 + 20) * DAY


def test_a_stop_that_nobody_told_of_is_found_when_the_alarm_rings(cast: Cast) -> None:
    cast.asked()
    cast.set(cast.leon, state="paused")
    cast.look(12 * DAY)
    assert (raised(cast), cast.get().quiet_at) == ([], None)


def test_an_open_safety_flag_stops_the_clock(cast: Cast) -> None:
    cast.asked()
    cast.flag("safety", loud=True)
    cast.look(12 * DAY)
    assert not raised(cast)


# ---------------------------------------------------------------- can't reach is not quiet


@pytest.mark.parametrize("code", ["21211", "30005", "30006"])
def test_a_number_that_cannot_get_texts_is_flagged_at_once(cast: Cast, code: str) -> None:
    cast.asked()
    cast.lost(code)
    leon = cast.get()
    assert (leon.state, leon.quiet_at, leon.next_check_in_at) == ("unreachable", None, None)
    (flag,) = raised(cast, "cant_reach")
    assert flag.evidence["attempts"][0]["code"] == code


@pytest.mark.parametrize("code", ["30003", "30008", ""])
def test_a_phone_that_is_off_is_tried_the_next_day_and_flagged_at_the_third(cast: Cast, code: str) -> None:
    for day in range(2):
        at_day(cast, day)
        cast.lost(code)
        assert not raised(cast, "cant_reach")
        assert cast.get().next_check_in_at == NOW + (day + 1) * DAY
        cast.set(cast.leon, next_check_in_at=None)
    at_day(cast, 2)
    cast.lost(code)
    assert raised(cast, "cant_reach")
    assert (cast.get().state, cast.get().next_check_in_at) == ("unreachable", None)


def test_one_that_arrives_breaks_the_row(cast: Cast) -> None:
    for code in ("30003", "30003"):
        cast.lost(code)
    cast.asked()
    cast.lost("30003")
    assert not raised(cast, "cant_reach")


@pytest.mark.parametrize("code", ["30007", "21606", "30001", "20003", "63018"])
def test_faults_of_ours_say_nothing_about_their_phone(cast: Cast, code: str) -> None:
    for _ in range(4):
        cast.lost(code)
    assert (cast.get().undelivered, cast.open_flags()) == (0, [])


def test_another_address_they_agreed_to_is_used_first(cast: Cast) -> None:
    cast.also_on_whatsapp(cast.leon)
    cast.lost("30006")
    assert (cast.get().channel, cast.get().state) == ("whatsapp", "active")
    assert not raised(cast, "cant_reach")


def test_their_text_clears_it_and_texts_may_go_again(cast: Cast) -> None:
    cast.lost("30006")
    cast.now += DAY
    cast.wrote("new phone")
    assert (cast.get().state, cast.get().undelivered) == ("active", 0)
    assert raised(cast, "cant_reach")[0].closed_why == "they_wrote"


def test_who_never_agreed_is_still_only_invited_when_they_write(cast: Cast) -> None:
    cast.set(cast.leon, state="invited", started_at=None)
    cast.lost("30006", kind="welcome")
    cast.wrote("hello")
    assert cast.get().state == "invited"


def test_cant_reach_takes_the_place_of_quiet(cast: Cast) -> None:
    cast.asked()
    cast.look(12 * DAY)
    cast.lost("30005", kind="quiet")
    assert [flag.kind for flag in cast.open_flags()] == ["cant_reach"]


def test_a_quiet_text_that_did_not_arrive_is_tried_again(cast: Cast) -> None:
    cast.asked()
    cast.look(12 * DAY)
    cast.lost("30003", kind="quiet")
    cast.look(DAY)
    assert (cast.get().silence, len(cast.events("silence"))) == ("asked", 2)


def test_a_safety_answer_that_does_not_arrive_is_told_to_those_who_know(cast: Cast) -> None:
    cast.flag("safety", loud=True)
    cast.lost("30003", kind="safety")
    assert sum("could not be delivered" in mail.body for mail in cast.mails()) == 2

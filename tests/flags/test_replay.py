"""What a rule would have raised: the same as it raises in earnest, as if nobody had acted."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from bot import flag_replay, receiving
from bot.channels import Inbound
from bot.conversation import replayed
from bot.conversation.replayed import Happened
from bot.conversation.scheme import Thresholds
from bot.flag_replay import Replayed
from bot.flag_rows import FlagRefused
from bot.models import Address, Answer, Event, Flag, Step
from tests.flags.conftest import DAY, NOW, Cast

DAY_0 = datetime(2026, 9, 1, 12, tzinfo=UTC)
LIMITS = Thresholds()
SAM = "sam@example.org"


def day(n: int) -> datetime:
    return DAY_0 + n * DAY


def days_of(times: Sequence[datetime]) -> list[int]:
    return [(at - DAY_0).days for at in times]


# ---------------------------------------------------------------- one person, by hand


@pytest.mark.parametrize(
    ("happened", "breaks", "raised"),
    [
        ([(0, "asked")], [], [12]),
        ([(0, "asked"), (7, "asked")], [], [12]),  # the first one begins it
        ([(0, "asked"), (11, "wrote")], [], []),
        ([(0, "asked"), (13, "wrote")], [], [12]),
        ([(0, "asked"), (5, "wrote"), (7, "asked")], [], [19]),
        ([(0, "asked"), (13, "wrote"), (14, "asked")], [], [12, 26]),
        ([(0, "asked"), (40, "asked"), (60, "asked")], [], [12]),  # one silence, one flag
        ([(0, "asked"), (3, "ended")], [], []),  # they stopped
        ([(0, "asked")], [(5, 19)], [26]),  # a fortnight's break is not counted
        ([(0, "asked")], [(5, 9), (10, 12)], [18]),
        ([(6, "asked")], [(0, 10)], [22]),  # it began in a break
        ([(0, "asked")], [(20, 30)], [12]),
        ([(0, "asked")], [(5, 100)], []),  # the break is not over
        ([(60, "asked")], [], []),  # it is too early to tell
        ([], [], []),
    ],
)
def test_silences(happened: list[tuple[int, str]], breaks: list[tuple[int, int]], raised: list[int]) -> None:
    events: list[Happened] = [(day(n), what) for n, what in happened]  # type: ignore[misc]
    pauses = [(day(begins), day(ends)) for begins, ends in breaks]
    waits = replayed.days_of_silence([], LIMITS)
    assert days_of(list(replayed.silences(events, pauses, waits, day(70)))) == raised


@pytest.mark.parametrize(
    ("numbers", "waits"),
    [([], 12), ([7], 12), ([2], 7), ([8, 7], 12), ([8, 5], 7), ([2, 8], 12), ([8, 5, 6], 12)],
)
def test_a_silence_after_a_low_number_is_looked_at_sooner(numbers: list[int], waits: int) -> None:
    given = [(day(n), number) for n, number in enumerate(numbers)]
    assert replayed.days_of_silence([*given, (day(30), 0)], LIMITS)(day(20)) == waits


@pytest.mark.parametrize(
    ("numbers", "raised"),
    [
        ([7, 7, 8, 7], []),
        ([7, 8, 7, 4], [3]),
        ([7, 8, 7, 4, 4, 4], [3]),  # open: not again
        ([7, 8, 7, 4, 5, 4], [3]),  # between the two limits: still open
        ([7, 8, 7, 4, 7, 4], [3, 5]),  # back within 1, and down again
        ([2], [0]),
        ([7, 5, 7, 5], []),
    ],
)
def test_falls(numbers: list[int], raised: list[int]) -> None:
    given = [(day(n), number) for n, number in enumerate(numbers)]
    assert days_of(list(replayed.falls(given, LIMITS))) == raised


def test_two_steps_in_a_row_that_were_not_done() -> None:
    outcomes = ["not_yet", "done", "not_yet", "some", "not_yet", "not_yet", "not_yet", "done", "not_yet", "not_yet"]
    assert days_of(list(replayed.too_big((day(n), outcome) for n, outcome in enumerate(outcomes)))) == [5, 9]


def test_texts_of_one_day_are_on_one_flag() -> None:
    hours = (0, 3, 20, 45, 90)
    found = [day(0) + timedelta(hours=n) for n in hours]
    assert [round((at - day(0)).total_seconds() / 3600) for at in replayed.once_open(found)] == [0, 45, 90]


# ---------------------------------------------------------------- from the rows


def play(cast: Cast, kind: str, days: int = 90) -> Replayed:
    with cast.database.read() as db:
        return flag_replay.replay(db, cast.library.scheme("tyneside"), kind, cast.now - days * DAY, cast.now)


def text(cast: Cast, body: str) -> None:
    address = cast.rows(Address)[0].address
    heard = Inbound(provider_id=f"SM{uuid4().hex}", channel="sms", address=address, sender="phone:tyneside", body=body)
    with cast.database.write() as db:
        receiving.receive(db, cast.library, "tyneside", heard, cast.now)


def test_quiet_is_raised_on_the_day_on_which_it_was(cast: Cast) -> None:
    cast.asked()
    for _ in range(14):
        cast.look(DAY)
    [flag] = cast.rows(Flag, Flag.kind == "quiet")
    played = play(cast, "quiet")
    assert played.weeks == {(SAM, date(2026, 11, 30)): 1}
    assert flag.raised_at.date() == date(2026, 12, 6)
    assert (played.flags, played.flagged, played.people, played.practitioners, played.most) == (1, 1, 1, 1, 1)


def test_a_practitioners_break_is_not_counted(cast: Cast) -> None:
    cast.asked()
    owner = {"scheme_id": "tyneside", "service_user_id": cast.leon}
    until = (NOW + 12 * DAY).isoformat()
    cast.add(Event(**owner, at=NOW + 5 * DAY, who=SAM, what="paused", before=None, after={"until": until}))
    cast.now = NOW + 13 * DAY
    assert play(cast, "quiet").flags == 0
    cast.now = NOW + 20 * DAY
    assert play(cast, "quiet").flags == 1


def test_what_did_not_arrive_is_no_silence(cast: Cast) -> None:
    cast.lost("30003")
    cast.now += 20 * DAY
    assert play(cast, "quiet").flags == 0


def test_only_what_falls_into_the_time_is_counted(cast: Cast) -> None:
    cast.asked()
    cast.now = NOW + 40 * DAY
    assert (play(cast, "quiet", days=30).flags, play(cast, "quiet", days=20).flags) == (1, 0)


def test_confidence_and_steps(cast: Cast) -> None:
    owner = {"scheme_id": "tyneside", "service_user_id": cast.leon}
    for n, number in enumerate((7, 8, 7, 3)):
        cast.answered_with(number, NOW - (28 - 7 * n) * DAY)
        outcome = "not_yet" if n > 1 else "done"
        at = NOW - (27 - 7 * n) * DAY
        cast.add(Step(**owner, words="ring", set_at=at - 5 * DAY, outcome=outcome, outcome_at=at))
    wrong = Answer(
        **owner, node="n", kept_as="step.confidence", raw="1", value="1", certainty="sure", reason="", at=NOW - DAY,
        corrected_at=NOW,
    )  # fmt: skip
    cast.add(wrong)
    assert (play(cast, "confidence").flags, play(cast, "step_too_big").flags) == (1, 1)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("asked_for_you", "can sam ring me please"),
        ("safety", "i want to kill myself"),
        ("distress", "everything is so hard i feel hopeless"),
    ],
)
def test_texts_are_read_again(cast: Cast, kind: str, words: str) -> None:
    text(cast, words)
    cast.now += 3 * DAY
    text(cast, "rang the college")
    raised = cast.rows(Flag, Flag.kind == kind)
    assert len(raised) == 1
    assert play(cast, kind).flags == 1
    assert play(cast, kind, days=2).flags == 0


@pytest.mark.parametrize("kind", ["cant_reach", "misread", "opted_out", "loop", "nonsense"])
def test_what_no_rows_tell_of_is_said(cast: Cast, kind: str) -> None:
    with pytest.raises(FlagRefused, match="these can: quiet, confidence"):
        play(cast, kind)


def test_nothing_is_written(cast: Cast) -> None:
    cast.asked()
    cast.now += 20 * DAY
    play(cast, "quiet")
    assert cast.rows(Flag) == []

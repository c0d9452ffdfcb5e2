"""What the gate lets go, what waits and what never leaves: tables first, then every zone and both clock changes."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.scheme import Caps
from bot.gate import SENTENCES, WORTH_SENDING, Candidate, Drop, Go, Reason, Recipient, Spent, Wait, judge, validity

NOON = datetime(2026, 6, 2, 11, tzinfo=UTC)  # midday in London, a Tuesday
EARLIER, LATER = NOON - timedelta(hours=1), NOON + timedelta(hours=1)
UNASKED = ("welcome", "check_in", "nudge", "reminder", "quiet", "staff")

active = Recipient(state="active", consented=True)


def text(kind: str = "nudge", recipient: Recipient | None = active, **facts: object) -> Candidate:
    given = {
        "created_at": EARLIER,
        "zone": "Europe/London",
        "quiet_from": time(20),
        "quiet_until": time(9),
        "caps": Caps(),
    }
    return Candidate(kind=kind, recipient=recipient, **{**given, **facts})  # type: ignore[arg-type]


def person(**facts: object) -> Recipient:
    return replace(active, **facts)  # type: ignore[arg-type]


# fmt: off
VERDICTS = [
    # kind        the person                                                       verdict
    ("nudge",     person(),                                                        Go()),
    ("nudge",     None,                                                            Drop(Reason.NO_CONSENT)),
    ("nudge",     person(consented=False),                                         Drop(Reason.NO_CONSENT)),
    ("nudge",     person(reachable=False),                                         Drop(Reason.UNREACHABLE)),
    ("check_in",  person(state="opted_out"),                                       Drop(Reason.OPTED_OUT)),
    ("check_in",  person(state="closed"),                                          Drop(Reason.CLOSED)),
    ("check_in",  person(state="unreachable"),                                     Drop(Reason.UNREACHABLE)),
    ("check_in",  person(state="paused"),                                          Drop(Reason.PAUSED)),
    ("check_in",  person(state="resting"),                                         Drop(Reason.RESTING)),
    ("quiet",     person(state="resting"),                                         Go()),
    ("check_in",  person(state="invited"),                                         Drop(Reason.NO_CONSENT)),
    ("welcome",   person(state="invited"),                                         Go()),
    ("nudge",     person(state="invited"),                                         Go()),
    ("nudge",     person(held_for="asked_for_you", held_until=LATER),              Drop(Reason.HELD)),
    ("nudge",     person(held_for="asked_for_you", held_until=EARLIER),            Go()),
    ("nudge",     person(held_for="safety"),                                       Drop(Reason.HELD)),
    ("nudge",     person(held_for="not_safe"),                                     Drop(Reason.NOT_SAFE)),
    # A practitioner's own text: what a hold is for, but never where it is not safe.
    ("staff",     person(held_for="asked_for_you"),                                Go()),
    ("staff",     person(state="paused"),                                          Go()),
    ("staff",     person(held_for="not_safe"),                                     Drop(Reason.NOT_SAFE)),
    ("staff",     person(state="opted_out"),                                       Drop(Reason.OPTED_OUT)),
    # They have written since.
    ("nudge",     person(last_inbound_at=NOON),                                    Drop(Reason.REPLIED)),
    ("reminder",  person(last_inbound_at=NOON),                                    Drop(Reason.REPLIED)),
    ("quiet",     person(last_inbound_at=NOON),                                    Drop(Reason.REPLIED)),
    ("check_in",  person(last_inbound_at=NOON),                                    Go()),
    ("staff",     person(last_inbound_at=NOON),                                    Go()),
    ("nudge",     person(last_inbound_at=EARLIER - timedelta(hours=1)),            Go()),
    # Answers: to whoever wrote, and nobody is behind some numbers.
    ("reply",     None,                                                            Go()),
    ("reply",     person(consented=False, state="unreachable"),                    Go()),
    ("reply",     person(held_for="not_safe"),                                     Go()),
    # The one confirmation of a STOP is as old as the STOP; what is older stays.
    ("reply",     person(state="opted_out", last_inbound_at=EARLIER),              Go()),
    ("reply",     person(state="opted_out", last_inbound_at=NOON),                 Drop(Reason.OPTED_OUT)),
    ("safety",    person(state="opted_out", last_inbound_at=NOON),                 Go()),
    ("safety",    None,                                                            Go()),
]
# fmt: on


@pytest.mark.parametrize(("kind", "recipient", "verdict"), VERDICTS)
def test_whom_it_is_for(kind: str, recipient: Recipient | None, verdict: object) -> None:
    assert judge(text(kind, recipient), NOON) == verdict


@pytest.mark.parametrize("kind", WORTH_SENDING)
def test_late_is_dropped(kind: str) -> None:
    created = NOON - WORTH_SENDING[kind]
    recipient = person(state="invited") if kind == "welcome" else active
    assert judge(text(kind, recipient, created_at=created), NOON) == Drop(Reason.STALE)
    assert judge(text(kind, recipient, created_at=created + timedelta(seconds=1)), NOON) == Go()


def test_a_safety_text_is_never_late() -> None:
    assert judge(text("safety", created_at=NOON - timedelta(days=9)), NOON) == Go()


def test_a_question_that_was_answered_meanwhile_is_not_asked() -> None:
    assert judge(text("check_in", settled_at=NOON), NOON) == Drop(Reason.REPLIED)
    # A flow that only says something is over as soon as it has begun.
    assert judge(text("check_in", settled_at=EARLIER), NOON) == Go()


def test_a_reply_that_could_not_leave_is_overtaken_by_the_next() -> None:
    wrote = person(last_inbound_at=NOON)
    assert judge(text("reply", wrote), NOON) == Go()
    assert judge(text("reply", wrote, attempts=1), NOON) == Drop(Reason.REPLIED)


@pytest.mark.parametrize("kind", UNASKED)
def test_unasked_texts_wait_for_the_morning(kind: str) -> None:
    night = NOON.replace(hour=22)
    morning = NOON.replace(hour=8) + timedelta(days=1)
    recipient = person(state="invited") if kind == "welcome" else active
    verdict = judge(text(kind, recipient, created_at=night), night)
    assert verdict == Wait(morning, Reason.QUIET_HOURS)
    assert judge(text(kind, recipient, created_at=night), morning) == Go()


@pytest.mark.parametrize("kind", ["reply", "safety"])
def test_answers_go_at_any_hour(kind: str) -> None:
    night = NOON.replace(hour=2)
    assert judge(text(kind, created_at=night), night) == Go()


def test_what_would_be_late_by_the_morning_is_dropped_at_once() -> None:
    night = NOON.replace(hour=22)
    assert judge(text(created_at=night, expires_at=night + timedelta(hours=9)), night) == Drop(Reason.QUIET_HOURS)


CAPPED = [
    (Spent(person_day=2), Reason.PERSON_DAY),
    (Spent(person_week=3), Reason.PERSON_WEEK),
    (Spent(scheme_day=5000), Reason.SCHEME_DAY),
    (Spent(all_day=20000), Reason.ALL_DAY),
]


@pytest.mark.parametrize(("spent", "reason"), CAPPED)
def test_caps_wait_for_tomorrow(spent: Spent, reason: Reason) -> None:
    tomorrow = NOON.replace(hour=8) + timedelta(days=1)
    assert judge(text("check_in", spent=spent), NOON) == Wait(tomorrow, reason)
    assert judge(text("check_in", spent=spent, counted=True), NOON) == Go()
    assert judge(text("staff", spent=spent), NOON) == Go()
    assert judge(text("reply", spent=spent), NOON) == Go()


def test_every_reason_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Reason)
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())


ZONES = sorted(available_timezones() - {"Factory", "localtime"})
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
moments = st.integers(0, 7 * 365 * 24 * 3600).map(lambda second: FIRST + timedelta(seconds=second))
hours = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@given(zone=st.sampled_from(ZONES), now=moments, quiet_from=hours, quiet_until=hours)
def test_nothing_unasked_in_the_quiet_hours_of_any_zone(
    zone: str, now: datetime, quiet_from: time, quiet_until: time
) -> None:
    candidate = text("check_in", zone=zone, created_at=now, quiet_from=quiet_from, quiet_until=quiet_until)
    verdict = judge(candidate, now)
    goes = now if isinstance(verdict, Go) else verdict.until if isinstance(verdict, Wait) else None
    assert goes is not None
    assert not quiet(goes.astimezone(ZoneInfo(zone)).time(), quiet_from, quiet_until)
    assert judge(candidate, goes) == Go()
    assert goes - now < timedelta(hours=26)


def quiet(at: time, quiet_from: time, quiet_until: time) -> bool:
    if quiet_from <= quiet_until:
        return quiet_from <= at < quiet_until
    return at >= quiet_from or at < quiet_until


NIGHTS = [
    ("Europe/London", datetime(2026, 3, 28, 18, tzinfo=UTC)),
    ("Europe/London", datetime(2026, 10, 24, 18, tzinfo=UTC)),
    ("Europe/Warsaw", datetime(2027, 3, 27, 18, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 10, 31, 22, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 8, tzinfo=UTC)),
]


@pytest.mark.parametrize(("zone", "evening"), NIGHTS)
@pytest.mark.parametrize("until", [time(1, 30), time(2, 30), time(9)])
def test_one_text_a_clock_change_night(zone: str, evening: datetime, until: time) -> None:
    """Asked every minute of the night, a text leaves once the quiet hours are over, and stays allowed."""
    candidate = text("check_in", zone=zone, created_at=evening, quiet_until=until)
    verdicts = [judge(candidate, evening + timedelta(minutes=minute)) for minute in range(18 * 60)]
    kinds = [isinstance(verdict, Go) for verdict in verdicts]
    changes = [index for index in range(1, len(kinds)) if kinds[index] != kinds[index - 1]]
    assert len(changes) <= 2
    assert kinds[-1]


@given(zone=st.sampled_from(ZONES), now=moments)
def test_the_provider_does_not_try_into_the_quiet_hours(zone: str, now: datetime) -> None:
    candidate = text("check_in", zone=zone, created_at=now)
    if judge(candidate, now) != Go():
        return
    seconds = validity(candidate, now)
    assert seconds is not None
    assert 10 <= seconds <= 36000
    ends = (now + timedelta(seconds=seconds - 11)).astimezone(ZoneInfo(zone)).time()
    assert seconds == 10 or not quiet(ends, time(20), time(9))


def test_answers_are_tried_as_long_as_the_provider_will() -> None:
    assert validity(text("reply"), NOON) is None

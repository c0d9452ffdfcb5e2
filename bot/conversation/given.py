"""``given:`` of an example -> ``Facts``: the person an example or the simulator talks as."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.conversation.facts import Facts, Practitioner, StepFacts
from bot.conversation.scheme import Scheme

# flows/README.md says what each is.
GIVEN = (
    "at",
    "now",
    "name",
    "step",
    "when",
    "day",
    "confidence",
    "outcome",
    "wins",
    "check_ins",
    "answered_check_ins",
    "undone_in_a_row",
    "weeks",
    "met",
    "dream",
    "why_asked_weeks_ago",
    "strength_asked_weeks_ago",
    "state",
    "silence",
    "held_for",
    "channel",
    "language",
)
STATES = ("invited", "active", "paused", "resting", "opted_out", "unreachable", "closed")
TUESDAY_MORNING = "2026-11-24 11:00"
# Ofcom keeps this number for stories: it rings nobody.
PRACTITIONER = ("Sam", "0191 498 0001")

Given = Mapping[str, object]


def given_now(given: Given, scheme: Scheme) -> datetime:
    """When the example begins. Raises ValueError with a sentence."""
    words = str(given.get("now", TUESDAY_MORNING))
    try:
        local = datetime.fromisoformat(words)
    except ValueError:
        raise ValueError(f'now: "{words}" is not a time: write it like {TUESDAY_MORNING}') from None
    return local.replace(tzinfo=ZoneInfo(scheme.zone)).astimezone(UTC)


def given_facts(given: Given, scheme: Scheme) -> Facts:
    """The person that ``given`` describes. Raises ValueError with a sentence."""
    now = given_now(given, scheme)
    check_ins = _number(given, "check_ins", 1 if "step" in given else 0)
    state = _one_of(given, "state", "active", STATES)
    silence = _one_of(given, "silence", "", ("", "asked", "last_text", "tried_again"))
    return Facts(
        name=str(given.get("name", "Kim")),
        practitioner=Practitioner(first_name=PRACTITIONER[0], phone=PRACTITIONER[1], hours=scheme.hours),
        scheme=scheme,
        zone=scheme.zone,
        language=str(given.get("language", scheme.languages[0])),
        channel=_one_of(given, "channel", "sms", ("sms", "whatsapp")),
        state=state,
        held_for=str(given["held_for"]) if given.get("held_for") else None,
        step=_step(given, now),
        wins=_texts(given.get("wins", ())),
        confidences=_numbers(given.get("confidence", ())),
        undone_in_a_row=_number(given, "undone_in_a_row", 0),
        check_ins=check_ins,
        answered_check_ins=_number(given, "answered_check_ins", check_ins),
        started_at=None if state == "invited" else now - timedelta(weeks=_number(given, "weeks", max(1, check_ins))),
        met_at=now - timedelta(weeks=1) if _yes(given, "met") else None,
        has_dream=_yes(given, "dream"),
        silence=silence,
        silent_since=now - timedelta(days=12) if silence else None,
        why_asked_at=_weeks_ago(given, "why_asked_weeks_ago", now),
        strength_asked_at=_weeks_ago(given, "strength_asked_weeks_ago", now),
        every_weeks=scheme.every_weeks,
        last_check_in_at=now - timedelta(weeks=1) if check_ins else None,
    )


def _step(given: Given, now: datetime) -> StepFacts | None:
    if not given.get("step"):
        return None
    return StepFacts(
        words=str(given["step"]),
        when_words=str(given["when"]) if given.get("when") else None,
        day=_day(given),
        confidence=next(iter(_numbers(given.get("confidence", ()))), None),
        outcome=str(given["outcome"]) if given.get("outcome") else None,
        set_at=now - timedelta(weeks=1),
    )


def _day(given: Given) -> date | None:
    if not given.get("day"):
        return None
    try:
        return date.fromisoformat(str(given["day"]))
    except ValueError:
        raise ValueError(f'day: "{given["day"]}" is not a date: write it like 2026-11-26') from None


def _texts(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (str(value),)


def _numbers(value: object) -> tuple[int, ...]:
    """Newest first: one number, or a list."""
    return tuple(_whole("confidence", word) for word in _texts(value))


def _number(given: Given, key: str, otherwise: int) -> int:
    return _whole(key, given[key]) if key in given else otherwise


def _whole(key: str, value: Any) -> int:
    if not re.fullmatch(r"\d{1,3}", str(value)):
        raise ValueError(f'{key}: "{value}" is not a whole number')
    return int(str(value))


def _yes(given: Given, key: str) -> bool:
    return _one_of(given, key, "no", ("yes", "no", "true", "false")) in ("yes", "true")


def _weeks_ago(given: Given, key: str, now: datetime) -> datetime | None:
    return now - timedelta(weeks=_whole(key, given[key])) if key in given else None


def _one_of(given: Given, key: str, otherwise: str, known: tuple[str, ...]) -> str:
    value = str(given.get(key, otherwise))
    if value not in known:
        raise ValueError(f'{key}: "{value}" is not one of {", ".join(filter(None, known))}')
    return value

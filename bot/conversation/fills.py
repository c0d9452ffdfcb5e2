"""Placeholders: a closed set, filled by plain substitution. A value is never expanded again."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any

from bot.conversation import segments, timing
from bot.conversation.facts import Facts

# The longest each may be, in septets; ``check`` counts with these.
PLACEHOLDERS: Mapping[str, int] = MappingProxyType(
    {
        "name": 11,
        "practitioner": 11,
        "scheme": 16,
        "phone": 13,
        "hours": 16,
        "link": 24,
        "step": 38,
        "when": 24,
        "win": 44,
        "wins": 120,
        "confidence": 2,
        "previous_confidence": 2,
        "day": 10,
        "back": 10,
        "until": 10,
        "slot": 18,
        "listening_line": 19,
        "text_line": 16,
        "health_line": 26,
        "abuse_line": 13,
    }
)

DAYS = frozenset({"day", "back", "until", "slot"})

# Whole words that a person knows by heart and cannot use when cut.
NEVER_CUT = frozenset({"phone", "link", "listening_line", "text_line", "health_line", "abuse_line"})

# What shows that somebody's words go on, and up to which length there is no room for it.
CUT = "..."
SPARED = 20

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)


def names_in(text: str) -> tuple[str, ...]:
    """The placeholders of ``text``, known or not, in order."""
    return tuple(match.group(1) for match in _PLACEHOLDER.finditer(text))


def fill(text: str, values: Mapping[str, str]) -> str:
    """``text`` with each placeholder's value, folded to plain characters and cut at its length.

    Raises KeyError for a placeholder without a value: ``check`` proves beforehand that there is none.
    """
    filled = _PLACEHOLDER.sub(lambda match: fitted(match.group(1), values[match.group(1)]), text)
    return filled.replace(f"{CUT}.", CUT)


def longest(text: str) -> str:
    """``text`` with the longest fill in each placeholder, for counting segments."""
    return _PLACEHOLDER.sub(lambda match: "x" * PLACEHOLDERS.get(match.group(1), 0), text)


def fitted(name: str, value: str) -> str:
    """A value as it goes into a text. Links in people's words are never carried back out."""
    plain = segments.fold(" ".join(value.split()))
    if name in NEVER_CUT:
        return plain
    return _cut(_LINK.sub("(link)", plain), PLACEHOLDERS[name])


def _cut(words: str, longest: int) -> str:
    """Cut so that it is seen: "ask at the shop if i" would read as a slip of ours."""
    if segments.length(words) <= longest:
        return words
    # A name is so short that nothing of it can be spared.
    return segments.cut(words, longest - len(CUT)) + CUT if longest > SPARED else segments.cut(words, longest)


def short_day(day: date) -> str:
    """Such as Wed 25 Nov."""
    return f"{day:%a} {day.day} {day:%b}"


def values(
    facts: Facts, kept: Mapping[str, Any], now: datetime, wanted: Iterable[str] = PLACEHOLDERS
) -> dict[str, str]:
    """Every placeholder that has a value now: what is known of the person, and what the check-in has learnt.

    Days take long to find, and are found only where one of them is ``wanted``.
    """
    found: dict[str, str | None] = {
        "name": facts.name,
        "practitioner": facts.practitioner.first_name,
        "scheme": facts.scheme.name,
        "phone": facts.practitioner.phone,
        "hours": facts.practitioner.hours.words,
        "link": facts.scheme.link,
        **facts.scheme.helplines,
        **_step_values(facts, kept),
        **_number_values(facts, kept),
        **({} if DAYS.isdisjoint(wanted) else _day_values(facts, kept, now)),
    }
    return {name: value for name, value in found.items() if value}


def _step_values(facts: Facts, kept: Mapping[str, Any]) -> dict[str, str | None]:
    step = facts.step
    wins = (kept["win"], *facts.wins) if kept.get("win") else facts.wins
    fresh = "step" in kept
    return {
        "step": kept.get("step") or (step.words if step else None),
        "when": kept.get("when") if fresh or step is None else step.when_words,
        "win": wins[0] if wins else None,
        "wins": _last_three(wins),
    }


def _last_three(wins: tuple[str, ...]) -> str | None:
    """The last three wins, each cut so that all three are seen."""
    return "', '".join(_cut(segments.fold(win), 36) for win in wins[:3]) or None


def _number_values(facts: Facts, kept: Mapping[str, Any]) -> dict[str, str | None]:
    now_number = kept.get("confidence")
    before = facts.confidences[0] if facts.confidences else None
    return {
        "confidence": None if now_number is None else str(now_number),
        "previous_confidence": None if before is None else str(before),
    }


def _day_values(facts: Facts, kept: Mapping[str, Any], now: datetime) -> dict[str, str | None]:
    back = timing.next_open(facts.practitioner.hours, facts.scheme.holidays, facts.scheme.zone, now)
    return {
        "day": short_day(timing.local(facts.zone, next_check_in(facts, kept, now)).date()),
        "back": _back_words(timing.local(facts.scheme.zone, back), timing.local(facts.scheme.zone, now).date()),
        "until": short_day(date.fromisoformat(kept["until"])) if kept.get("until") else None,
        "slot": slot_words(facts, kept),
    }


def _back_words(back: datetime, today: date) -> str:
    """Such as Wed 25 Nov; where it is today, the hour: 9am today, or 9:30am where there is no room for the word."""
    if back.date() != today:
        return short_day(back.date())
    clock = clock_words(back.hour * 60 + back.minute)
    words = f"{clock} today"
    return words if len(words) <= PLACEHOLDERS["back"] else clock


def clock_words(minute: int) -> str:
    """A minute of the day, such as 9am or 1:30pm."""
    hour, rest = divmod(minute, 60)
    return f"{(hour - 1) % 12 + 1}{f':{rest:02}' if rest else ''}{'am' if hour < 12 else 'pm'}"


def slot(facts: Facts, kept: Mapping[str, Any]) -> tuple[int, int]:
    """The weekday (0 is Monday) and minute of the day that check-ins come at: chosen, or the scheme's."""
    scheme = facts.scheme
    weekday = kept.get("slot_weekday", facts.slot_weekday)
    minute = kept.get("slot_minute", facts.slot_minute)
    default = scheme.check_in_time.hour * 60 + scheme.check_in_time.minute
    return (
        scheme.check_in_weekday if weekday is None else weekday,
        default if minute is None else minute,
    )


def slot_words(facts: Facts, kept: Mapping[str, Any]) -> str:
    """Such as Tuesdays 11am."""
    weekday, minute = slot(facts, kept)
    day = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")[weekday]
    return f"{day} {clock_words(minute)}"


def next_check_in(facts: Facts, kept: Mapping[str, Any], now: datetime) -> datetime:
    """When the next check-in comes, by the person's rhythm and slot and the day of their step."""
    weekday, minute = slot(facts, kept)
    step_day, set_at = _step_day(facts, kept, now)
    due = timing.next_check_in(
        last=facts.last_check_in_at or now,
        every_weeks=kept.get("every_weeks", facts.every_weeks),
        weekday=weekday,
        minute=minute,
        zone=facts.zone,
        step_day=step_day,
        step_set_at=set_at,
    )
    # After a rest or a pause the last one is long ago: then their next slot from now.
    return due if due > now else timing.next_slot(now, facts.zone, weekday, minute)


def weeks_later(facts: Facts, now: datetime) -> datetime:
    """Their rhythm counted from now, at their usual time of day: while a check-in waits for an answer."""
    _, minute = slot(facts, {})
    day = timing.local(facts.zone, now).date() + timedelta(weeks=facts.every_weeks)
    return timing.instant(facts.zone, day, time(*divmod(minute, 60)))


def _step_day(facts: Facts, kept: Mapping[str, Any], now: datetime) -> tuple[date | None, datetime | None]:
    if "step" in kept:
        return (date.fromisoformat(kept["day"]) if kept.get("day") else None), now
    if facts.step and facts.step.outcome is None:
        return facts.step.day, facts.step.set_at
    return None, None

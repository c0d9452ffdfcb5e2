"""When they will do it: a day, and a time of day where one was said (READING.md, "when").

The text is searched for days and for times of day, each with its place; then one of each is chosen. Their own
words are kept beside it: where no day is named, the words are the plan.
"""

from datetime import date, datetime, time

from bot.reading.moments.clock_times import Hour, hours_in
from bot.reading.moments.days import Day, days_in
from bot.reading.moments.spans import Line
from bot.reading.types import Reading, When, likely, sure, unclear
from bot.reading.moments.when_words import TimeWords, time_words

EARLY_EVENING = time(17)


def read_when(text: str, now: datetime, language: str = "en") -> Reading:
    """The day they mean, seen from ``now`` in their own zone; unclear, with their words, where they name none."""
    words = time_words(language)
    line = Line.of(text, words)
    found = _resolve(line, now, words)
    if found is None:
        said = When(" ".join(text.split())[:160])
        vague = words.vague.search(line.text)
        return unclear(f"{vague[0]} names no day: their words are the plan" if vague else "no day in it", said)
    when, why, certain = found
    return sure(when, why) if certain else likely(when, why)


def take_when(text: str, now: datetime, language: str = "en") -> tuple[str, When | None]:
    """A plan without its time words, and the time: None where there are none, without a day where they name none."""
    words = time_words(language)
    line = Line.of(text, words)
    days, hours = _found(line, now, words)
    spans = [*(day.span for day in days), *(hour.span for hour in hours)]
    resolved = _resolve(line, now, words)
    tail = words.tail.search(line.text) or words.vague.search(line.text)
    if tail and not (spans and resolved):
        spans.append(tail.span())
    if not spans:
        return line.original(), None
    said = line.words_at(spans)
    when = resolved[0] if resolved else None
    rest = line.without(spans, words.little)
    return rest, When(said, when.day if when else None, when.time if when else None)


Resolved = tuple[When, str, bool]


def _resolve(line: Line, now: datetime, words: TimeWords) -> Resolved | None:
    days, hours = _found(line, now, words)
    if not days and not hours:
        return None
    said = line.words_at([*(day.span for day in days), *(hour.span for hour in hours)])
    hour = _hour(hours, days, now)
    if days:
        day, why = _day(days, line.text, words)
        return When(said, day.day, hour or day.time), why, not day.loose
    if words.vague.search(line.text) or hour is None:
        return None
    day_of, at = _today_or_tomorrow(hours[0], hour, now, words)
    return When(said, day_of, at), "a time of day: the next one to come", True


def _found(line: Line, now: datetime, words: TimeWords) -> tuple[list[Day], list[Hour]]:
    """The days, and the times of day that are no part of a day's name ("christmas eve")."""
    days = days_in(line.text, now, words)
    hours = hours_in(line.text, words, with_day=bool(days))
    spans = [day.span for day in days]
    return days, [hour for hour in hours if not any(a <= hour.span[0] < b for a, b in spans)]


def _day(days: list[Day], text: str, words: TimeWords) -> tuple[Day, str]:
    """One of the days named: the corrected one, else the earlier."""
    last = days[-1]
    between = text[days[0].span[1] : last.span[0]]
    if len(days) > 1 and words.correction.search(between):
        return last, "a correction: the last of two days"
    first = min(days, key=lambda day: day.day)
    return first, "the earlier of two days" if len({day.day for day in days}) > 1 else first.why


def _hour(hours: list[Hour], days: list[Day], now: datetime) -> time | None:
    """The time of day: a figure before a part of the day; bare figures after noon in an evening."""
    if not hours:
        return None
    exact = [hour for hour in hours if not hour.part]
    evening = any(day.evening for day in days) or any(hour.part and hour.at >= EARLY_EVENING for hour in hours)
    chosen = (exact or hours)[0]
    if chosen.bare and evening and chosen.at.hour < 12 and chosen.at.hour >= 7:
        return chosen.at.replace(hour=chosen.at.hour + 12)
    return chosen.at


def _today_or_tomorrow(hour: Hour, at: time, now: datetime, words: TimeWords) -> tuple[date, time]:
    """A time of day without a day is the next one; of the two school runs, the one still to come."""
    if at > now.time().replace(tzinfo=None):
        return now.date(), at
    if hour.part and at == time(9, 30) and now.time() < words.school_run:
        return now.date(), words.school_run
    if hour.part and at >= time(12):
        return now.date(), at
    return date.fromordinal(now.toordinal() + 1), at

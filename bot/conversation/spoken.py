"""Hours, times, days and lengths of time as people write them. Each raises ValueError with a sentence."""

import re
from datetime import date, time, timedelta

from bot.conversation.scheme import Hours

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHORT_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MAX_WORDS = 16  # what a text has room for: fills.PLACEHOLDERS["hours"]

_CLOCK = re.compile(r"(\d{1,2})(?:[:.]?([0-5]\d))?\s*(am|pm)?")
_RANGE = re.compile(r"([\d:.]+\s*(?:am|pm)?|noon|midday)\s*(?:-|to|until)\s*([\d:.]+\s*(?:am|pm)?|noon|midday)")
_DURATION = re.compile(r"(\d{1,3})\s*(m|mins?|minutes?|h|hours?|d|days?|w|weeks?)")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def parse_duration(words: str) -> timedelta:
    """A length of time such as 48h, 2d, 5 days, 90 minutes."""
    found = _DURATION.fullmatch(words.strip().lower())
    if not found or not int(found[1]):
        raise ValueError(f'"{words}" is not a length of time: write it like 48h, 2d or 5 days')
    return int(found[1]) * _UNITS[found[2][0]]


def parse_weekday(words: str) -> int:
    """A day of the week, 0 for Monday; Thurs and Tues are understood."""
    word = words.strip().lower().rstrip(".")
    word = word.removesuffix("s") if word.endswith("days") else word
    found = [number for number, day in enumerate(DAYS) if len(word) >= 3 and day.startswith(word)]
    if len(found) != 1:
        raise ValueError(f'"{words}" is not a day of the week: write it like Tue or Tuesday')
    return found[0]


def parse_clock(words: str) -> time:
    """A time of day such as 09:00, 9.30, 9am, 17:30, noon."""
    word = words.strip().lower()
    if word in ("noon", "midday"):
        return time(12)
    found = _CLOCK.fullmatch(word)
    hour = _hour(int(found[1]), found[3]) if found else 24
    if not found or hour > 23:
        raise ValueError(f'"{words}" is not a time of day: write it like 09:00 or 9am')
    return time(hour, int(found[2] or 0))


def _hour(hour: int, half: str | None) -> int:
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        return 24
    return hour % 12 + (12 if half == "pm" else 0)


def parse_date(words: str) -> date:
    """A date such as 2026-12-24."""
    try:
        return date.fromisoformat(words.strip())
    except ValueError:
        raise ValueError(f'"{words}" is not a date: write it like 2026-12-24') from None


def parse_range(words: str) -> tuple[time, time]:
    """Two times of day such as 20:00-09:00, as they are written."""
    found = _RANGE.fullmatch(words.strip().lower().replace("\u2013", "-"))
    if not found:
        raise ValueError(f'"{words}" is not a stretch of the day: write it like 09:00-17:00')
    return parse_clock(found[1]), parse_clock(found[2])


def parse_hours(words: str) -> Hours:
    """Weekly working hours such as ``Mon-Fri 09:00-17:00`` or ``Mon-Thu 9-5, Fri 9-1``, one stretch a day.

    Raises ValueError with a sentence that says what cannot be read and how to write it.
    """
    by_weekday: dict[int, tuple[time, time]] = {}
    waiting: list[int] = []
    for part in re.split(r"[,;]|\band\b", words.lower().replace("\u2013", "-")):
        days, stretch = _hours_part(part.strip(), words)
        waiting += days
        if stretch:
            _put(by_weekday, waiting, stretch, words)
            waiting = []
    if waiting or not by_weekday:
        raise ValueError(f'"{words}" does not say from when until when: write hours like Mon-Fri 09:00-17:00')
    return Hours(dict(sorted(by_weekday.items())), hours_words(by_weekday))


def _hours_part(part: str, words: str) -> tuple[list[int], tuple[time, time] | None]:
    found = _RANGE.search(part)
    day_words = (part[: found.start()] if found else part).strip(" :")
    days = _days(day_words, words)
    if not days or (found and part[found.end() :].strip()):
        raise ValueError(
            f'"{part or words}" cannot be read as hours: write them like Mon-Fri 09:00-17:00, one stretch a day'
        )
    return days, _stretch(found[0], words) if found else None


def _days(part: str, words: str) -> list[int]:
    if part in ("weekdays", "every weekday"):
        return list(range(5))
    if part in ("daily", "every day"):
        return list(range(7))
    ends = [parse_weekday(word) for word in re.split(r"\s*(?:-|\bto\b)\s*", part)] if part else []
    if len(ends) > 2 or (len(ends) == 2 and ends[0] > ends[1]):
        raise ValueError(f'"{words}" cannot be read as hours: write them like Mon-Fri 09:00-17:00')
    return list(range(ends[0], ends[-1] + 1)) if ends else []


def _stretch(part: str, words: str) -> tuple[time, time]:
    start, end = (_as_worked(clock) for clock in re.split(r"-|to|until", part))
    midnight = end and part.strip().endswith(("24:00", "24"))
    begins, ends = parse_range(part.replace("24:00", "00:00").replace("-24", "-00:00") if midnight else part)
    if midnight:  # an end of 00:00 is the midnight that ends the day
        return begins, ends
    # "9-5" and "1-5" are how people write nine to seventeen and thirteen to seventeen.
    if start and begins.hour < 7 and ends.hour < 12:
        begins = begins.replace(hour=begins.hour + 12)
    if end and ends <= begins and ends.hour < 12:
        ends = ends.replace(hour=ends.hour + 12)
    if ends <= begins:
        raise ValueError(f'"{words}": work ends before it begins; write hours like Mon-Fri 09:00-17:00')
    return begins, ends


def _as_worked(clock: str) -> bool:
    """Whether a time is written in the way that leaves morning and afternoon open: "5", not "05" or "5am"."""
    clock = clock.strip()
    return clock[:1].isdigit() and not clock.startswith("0") and not clock.endswith("m")


def _put(by_weekday: dict[int, tuple[time, time]], days: list[int], stretch: tuple[time, time], words: str) -> None:
    twice = next((day for day in days if day in by_weekday), None)
    if twice is not None:
        raise ValueError(f'"{words}" names {DAYS[twice].capitalize()} twice: one stretch a day')
    by_weekday.update(dict.fromkeys(days, stretch))


def hours_words(by_weekday: dict[int, tuple[time, time]]) -> str:
    """Hours as a text says them, in at most 16 characters: "Mon-Fri 9-5"; else the days alone; never cut short."""
    runs = _runs(by_weekday)
    whole = ", ".join(f"{_run_words(days)} {_short(by_weekday[days[0]])}" for days in runs)
    days_alone = ", ".join(_run_words(days) for days in _joined(sorted(by_weekday)))
    return next((said for said in (whole, days_alone) if len(said) <= MAX_WORDS), f"{len(by_weekday)} days a week")


def _runs(by_weekday: dict[int, tuple[time, time]]) -> list[list[int]]:
    """Days that follow each other with the same hours."""
    runs: list[list[int]] = []
    for day in sorted(by_weekday):
        if runs and runs[-1][-1] == day - 1 and by_weekday[day - 1] == by_weekday[day]:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _joined(days: list[int]) -> list[list[int]]:
    return _runs(dict.fromkeys(days, (time(0), time(1))))


def _run_words(days: list[int]) -> str:
    first, last = SHORT_DAYS[days[0]], SHORT_DAYS[days[-1]]
    return first if len(days) == 1 else f"{first}-{last}"


def _short(stretch: tuple[time, time]) -> str:
    return "-".join(f"{(t.hour - 1) % 12 + 1}{f':{t.minute:02}' if t.minute else ''}" for t in stretch)

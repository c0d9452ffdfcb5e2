"""Working hours as people write them: ``Mon-Fri 09:00-17:00``, ``Mon, Wed 9:30-15:00; Fri 9-12``."""

import re
from datetime import time

from bot.conversation.scheme import Hours

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SPAN = re.compile(r"(?P<days>[a-z,\s-]+?)\s*(?P<begin>\d{1,2}(:\d\d)?)\s*-\s*(?P<end>\d{1,2}(:\d\d)?)")
HELP = "write them like 'Mon-Fri 09:00-17:00', or 'Mon-Wed 9-17; Fri 9-12'"


def parse(words: str) -> Hours:
    """The weekly hours in ``words``; ValueError with a sentence when they cannot be read."""
    by_weekday: dict[int, tuple[time, time]] = {}
    for part in words.split(";"):
        found = SPAN.fullmatch(part.strip().lower().replace("\N{EN DASH}", "-"))
        if not found:
            raise ValueError(f"hours {words!r} cannot be read: {HELP}")
        begin, end = (_time(found[edge], words) for edge in ("begin", "end"))
        if end < begin and ":" not in found["end"] and end.hour < 12:
            end = end.replace(hour=end.hour + 12)  # "9-5" ends in the afternoon
        by_weekday.update(dict.fromkeys(_days(found["days"], words), (begin, end)))
    return Hours(dict(sorted(by_weekday.items())), words.strip())


def _days(written: str, words: str) -> list[int]:
    days: list[int] = []
    for piece in re.split(r"[,\s]+", re.sub(r"\s*-\s*", "-", written.strip())):
        ends = [_day(name, words) for name in piece.split("-")]
        if len(ends) > 2 or ends[0] > ends[-1]:
            raise ValueError(f"hours {words!r}: {piece!r} is not a run of days, such as Mon-Fri; {HELP}")
        days.extend(range(ends[0], ends[-1] + 1))
    return days


def _day(name: str, words: str) -> int:
    if len(name) < 3 or name[:3] not in DAYS:
        raise ValueError(f"hours {words!r}: {name!r} is not a day; {HELP}")
    return DAYS.index(name[:3])


def _time(written: str, words: str) -> time:
    hour, _, minute = written.partition(":")
    # 24:00 is the midnight that ends the day; `timing` reads an end of 00:00 that way.
    whole = int(hour) % 24 if (int(hour), int(minute or 0)) == (24, 0) else int(hour)
    try:
        return time(whole, int(minute or 0))
    except ValueError:
        raise ValueError(f"hours {words!r}: {written!r} is not a time of day; {HELP}") from None

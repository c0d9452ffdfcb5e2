"""The box in which a practitioner writes: what was typed, when it is to leave, and how much it is.

What was typed is kept whatever is wrong with it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from uuid import UUID, uuid4

from bot import staff_texts
from bot.conversation import segments, signature, timing
from bot.staff_texts import Draft, TextRefused
from bot.web.saying import _, _n

SEND, LATER, COUNT = "send", "later", "count"
CHANNELS = ("sms", "whatsapp")
ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
BRITISH = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})")
CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})(?::00)?")


@dataclass(frozen=True, slots=True)
class Box:
    """A form as it was sent, or as it is offered. ``instead``: of which text that waits; ``count`` is shown below."""

    words: str = ""
    channel: str = ""
    day: str = ""
    clock: str = ""
    once: str = field(default_factory=lambda: uuid4().hex)
    instead: UUID | None = None
    count: str = ""
    act: str = SEND

    @property
    def later(self) -> bool:
        """Whether the part for sending later is open."""
        return bool(self.day or self.clock) or self.act == LATER

    def draft(self, zone: str) -> Draft:
        """What is to be written. TextRefused where nobody can say when it is to leave."""
        at = self._at(zone) if self.act == LATER else None
        if self.act == SEND and (self.day or self.clock):
            raise TextRefused("now_or_later")
        return Draft(self.words, self.once, at, self.channel or None, self.instead)

    def _at(self, zone: str) -> datetime:
        day, clock = read_day(self.day), read_clock(self.clock)
        if day is None or clock is None:
            raise TextRefused("date" if day is None else "time")
        return timing.instant(zone, day, clock)

    def counted(self, first_name: str) -> "Box":
        """With how much it would be, as it leaves."""
        return replace(self, count=size(signature.signed(self.words, first_name)))

    def again(self) -> "Box":
        """The same as another form: what the first one sent stands."""
        return replace(self, once=uuid4().hex, instead=None)


def sent(form: Mapping[str, str]) -> Box:
    """The box of a form that was sent. Browsers send every line's end as two characters; a phone sends one."""
    once = form.get("once", "")
    known = re.fullmatch(r"[0-9a-f]{32}", once) is not None
    channel = form.get("channel", "")
    return Box(
        words=form.get("words", "").replace("\r\n", "\n"),
        channel=channel if channel in CHANNELS else "",
        day=form.get("date", "").strip()[:20],
        clock=form.get("time", "").strip()[:20],
        once=once if known else uuid4().hex,
        instead=_id(form.get("instead", "")),
        act=form.get("act", SEND) if form.get("act") in (LATER, COUNT) else SEND,
    )


def size(text: str) -> str:
    """`57 characters, 1 text`, as it is billed; and how many too many."""
    characters, n = len(text), segments.count(text)
    said = _n("%(num)s character", "%(num)s characters", characters)
    texts = _n("%(num)s text", "%(num)s texts", n)
    over = characters - staff_texts.LONGEST
    if over > 0:
        return _("%(characters)s: %(over)s too many", characters=said, over=over)
    return _("%(characters)s with your name, %(texts)s", characters=said, texts=texts)


def read_day(words: str) -> date | None:
    """A day as browsers send it, or as people here write it: 2026-11-27, 27/11/2026."""
    if found := ISO.fullmatch(words):
        year, month, day = map(int, found.groups())
    elif found := BRITISH.fullmatch(words):
        day, month, year = map(int, found.groups())
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_clock(words: str) -> time | None:
    """A time of day: 14:30, 9.05."""
    found = CLOCK.fullmatch(words)
    hour, minute = (int(part) for part in found.groups()) if found else (24, 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _id(words: str) -> UUID | None:
    try:
        return UUID(words)
    except ValueError:
        return None

"""What a digest is made of, and how one flag reads in it: a heading, two lines at most, its code. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from textwrap import wrap
from typing import Any

from bot.conversation import flag_kinds, timing

WIDTH = 70
INDENT = "  "
NEVER_CUT = ("safety", "asked_for_you")
WAYS = {"sms": "text", "whatsapp": "WhatsApp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A flag that needs somebody. ``back`` marks one whose snooze has ended."""

    kind: str
    code: str
    who: str
    evidence: Mapping[str, Any]
    raised_at: datetime
    back: bool = False
    taken_by: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A step done, good news or a stop: told once, with their words where there are any."""

    who: str
    words: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """All that a digest is made of, as it is at the moment of sending. ``people_done`` counts people, not steps."""

    now: datetime
    zone: str
    detail: str
    items: Sequence[Item] = field(default=())
    done: Sequence[Told] = field(default=())
    people_done: int = 0
    good_news: Sequence[Told] = field(default=())
    stopped: Sequence[Told] = field(default=())
    on_track: int = 0
    taken_on: int = 0


def lines_of(matter: Matter, item: Item, n: int, of: int, details: int) -> list[str]:
    title = flag_kinds.of(item.kind).title
    begins = f"{n} of {of}  {'BACK: ' if item.back else ''}{title} - "
    ends = f", {_since(matter, item)}"
    heading = f"{begins}{cut(item.who, WIDTH - len(begins) - len(ends))}{ends}"
    told = _details(matter, item)[:details]
    return [heading[:WIDTH], *(f"{INDENT}{line}" for line in told), f"{INDENT}{item.code}"]


def _since(matter: Matter, item: Item) -> str:
    since = _at(item.evidence.get("since")) or item.raised_at
    waited = matter.now - since
    if item.kind == "quiet":
        usual = item.evidence.get("usual_gap_days")
        return f"{count(waited.days, 'day')}{f' (usually answers in {usual})' if usual else ''}"
    local = timing.local(matter.zone, since)
    day = f"{local:%a}" if waited < timedelta(days=6) else day_of(matter, since)
    return f"since {day} {local:%H:%M} ({_long(waited)})" if item.kind in NEVER_CUT else f"since {day}"


def _details(matter: Matter, item: Item) -> list[str]:
    """What a practitioner needs before they ring: two lines at most."""
    if item.kind == "safety":
        return _safety(item)
    known = [*_warnings(item), *_FACTS.get(item.kind, _no_facts)(matter, item)]
    fact = " ".join(known)
    words = _last_words(matter, item)
    lines = wrap(fact, WIDTH - len(INDENT))
    if not words:
        return _shorten(lines)
    quoted = wrap(words, WIDTH - len(INDENT))
    return [*_shorten(lines, 1), *_shorten(quoted, 1)] if lines else _shorten(quoted)


def _safety(item: Item) -> list[str]:
    """Never their words; who was told, and whether somebody has it."""
    told = ", ".join(dict.fromkeys(each["who"] for each in item.evidence.get("told", ())))
    has_it = f"{item.taken_by} has it; it stays here until the outcome is written." if item.taken_by else ""
    fact = has_it or f"Read it now. Told so far: {told or 'nobody'}."
    return _shorten(wrap(" ".join([*_warnings(item), fact]), WIDTH - len(INDENT)))


def _warnings(item: Item) -> list[str]:
    details = item.evidence.get("details", {})
    unsafe = ["NOT SAFE to ring or text."] if details.get("not_safe") else []
    return [*unsafe, *(["Our answer did not arrive."] if details.get("answer_undelivered") else [])]


def _last_words(matter: Matter, item: Item) -> str:
    if said := item.evidence.get("said"):
        # The newest first: what is cut off is read on the flag.
        return " and ".join(f'"{each["words"]}"' for each in reversed(said)) if matter.detail == "words" else ""
    last = item.evidence.get("last_words")
    if not last:
        return ""
    quote = f'"{last["words"]}"' if matter.detail == "words" else ""
    if item.kind in ("quiet", "cant_reach"):
        on = f"Last words {day_of(matter, _at(last['at']) or matter.now)}"
        return f"{on}: {quote}" if quote else f"{on}."
    return quote


def _quiet(matter: Matter, item: Item) -> list[str]:
    delivered = [_at(each.get("delivered")) for each in item.evidence.get("prompts", ())]
    days = [day_of(matter, at) for at in delivered if at]
    facts = [f"{count(len(days), 'text')} delivered, the last on {days[-1]}."] if days else []
    barrier = item.evidence.get("barrier")
    return [*facts, *([f"In the way before: {barrier.replace('_', ' ')}."] if barrier else [])]


def _cant_reach(matter: Matter, item: Item) -> list[str]:
    attempts = [_at(each["at"]) for each in item.evidence.get("attempts", ())]
    days = sorted({at for at in attempts if at})
    since = _at(item.evidence.get("since"))
    if item.evidence.get("details", {}).get("whatsapp_closed") and not (days and since and days[-1] >= since):
        # Nothing was tried in vain, and no number is wrong.
        return ["WhatsApp takes nothing more until they write. No yes to SMS."]
    on = " and ".join(dict.fromkeys(day_of(matter, at) for at in days[-2:]))
    others = [WAYS.get(each, each) for each in item.evidence.get("other_channels", ())]
    other = f"{' and '.join(others)} not tried." if others else "No other way to text them."
    return [f"Texts of {on} not delivered." if on else "Texts are not delivered.", other]


def _confidence(matter: Matter, item: Item) -> list[str]:
    answers = [
        f"{each['value']} ({day_of(matter, _at(each['at']) or matter.now)})"
        for each in item.evidence.get("answers", ())
    ]
    usual, pattern = item.evidence.get("usual"), item.evidence.get("pattern")
    known = [f"Newest first: {', '.join(answers[:4])}."] if answers else []
    usually = f"Usually {usual:g}; {pattern}." if usual is not None else ""
    return [*known, *([usually] if usually else [])]


def _step_too_big(matter: Matter, item: Item) -> list[str]:
    steps = [each["words"] for each in item.evidence.get("steps", ())]
    if matter.detail != "words" or not steps:
        return ["Half the size, or another way, was offered."]
    return ["Planned: " + ", ".join(f'"{cut(words, 28)}"' for words in steps) + "."]


def _no_facts(matter: Matter, item: Item) -> list[str]:
    return []


_FACTS = {"quiet": _quiet, "cant_reach": _cant_reach, "confidence": _confidence, "step_too_big": _step_too_big}


# ---------------------------------------------------------------- small words


def _shorten(lines: Sequence[str], most: int = 2) -> list[str]:
    """At most so many lines; the last one says that there was more."""
    if len(lines) <= most:
        return list(lines)
    ends = '..."' if lines[0].startswith('"') or '"' in lines[most - 1] else "..."
    return [*lines[: most - 1], cut(f"{lines[most - 1]} {lines[most]}", WIDTH - len(INDENT), ends)]


def cut(words: str, most: int, ends: str = "...") -> str:
    """The start of the words, at a word's edge where there is one, with a sign that there was more."""
    flat = " ".join(words.split())
    if len(flat) <= most:
        return flat
    start = flat[: max(0, most - len(ends)) + 1]
    return f"{(start.rpartition(' ')[0] or start[:-1]).rstrip(' ,;')}{ends}"


def count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


def day_of(matter: Matter, at: datetime, *, weekday: bool = False) -> str:
    local = timing.local(matter.zone, at)
    return f"{local:%a} {local.day} {local:%b}" if weekday else f"{local.day} {local:%b}"


def _long(waited: timedelta) -> str:
    hours = int(waited.total_seconds() // 3600)
    if hours < 1:
        return count(max(0, int(waited.total_seconds() // 60)), "minute")
    return count(hours, "hour") if hours < 48 else count(waited.days, "day")


def _at(iso: str | None) -> datetime | None:
    return datetime.fromisoformat(iso) if iso else None

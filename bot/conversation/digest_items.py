"""What a digest is made of, and how one flag reads in it: a heading, what is known, what can be done. Pure.

Four lines at most. The page of today shows the same facts and words, uncut.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from textwrap import wrap
from typing import Any
from uuid import UUID

from bot.conversation import flag_kinds, timing

WIDTH = 70
INDENT = "  "
MOST_LINES_EACH = 4
NEVER_CUT = ("safety", "asked_for_you")
# What they wrote is the matter, and a text of yours is what they wait for.
THEY_WROTE = ("asked_for_you", "distress", "message")
WAYS = {"sms": "text", "whatsapp": "WhatsApp"}


@dataclass(frozen=True, slots=True)
class Link:
    """An address of ours with what it is for. A mail gives it a line of its own."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A flag that needs somebody. ``back``: its snooze has ended. The last of ``links`` is never left out."""

    kind: str
    code: str
    who: str
    evidence: Mapping[str, Any]
    raised_at: datetime
    back: bool = False
    taken_by: str | None = None
    links: Sequence[Link] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """A step done, good news or a stop: told once, with their words where there are any."""

    who: str
    words: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Promised:
    """What a practitioner has said that they will do, and by when. The words are for behind the sign-in."""

    who: str
    what: str  # "ring"; the name follows
    day: date
    words: str = ""
    person_id: UUID | None = None
    # A colleague's first name, where it was not the reader who said so.
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """All that a digest is made of, as it is at the moment of sending. ``people_done`` counts people, not steps."""

    now: datetime
    zone: str
    detail: str
    items: Sequence[Item] = field(default=())
    promised: Sequence[Promised] = field(default=())
    done: Sequence[Told] = field(default=())
    people_done: int = 0
    good_news: Sequence[Told] = field(default=())
    stopped: Sequence[Told] = field(default=())
    on_track: int = 0
    taken_on: int = 0
    # The page where all of it stands, and what a digest ends with.
    everything: str = ""
    ends: Sequence[Link] = field(default=())


def lines_of(matter: Matter, item: Item, n: int, of: int, details: int) -> list[str]:
    """A flag in a mail, with so many lines of what is known; fewer where they wait for an answer."""
    title = flag_kinds.of(item.kind).title
    begins = f"{n} of {of}  {'BACK: ' if item.back else ''}{title} - "
    ends = f", {since(matter, item)}"
    heading = f"{begins}{cut(item.who, WIDTH - len(begins) - len(ends))}{ends}"
    most = 1 if item.kind in THEY_WROTE or (item.kind in NEVER_CUT and not details) else details
    told = _details(matter, item, most)
    return [heading[:WIDTH], *(f"{INDENT}{line}" for line in [*told, *_links(item, details, len(told))])]


def _links(item: Item, details: int, told: int) -> list[str]:
    """As many as there is room for, in a column; a crowded mail offers an answer only where one is waited for."""
    room = MOST_LINES_EACH - 1 - told if details > 1 or item.kind in THEY_WROTE else 1
    shown = item.links[-room:] if item.links else ()
    width = max((len(link.label) for link in shown), default=0)
    return [f"{link.label + ':':<{width + 1}} {link.url}" for link in shown]


def order(item: Item) -> tuple[int, int, datetime]:
    """Safety and asked-for-you first, snoozes that came back last; within a kind, the longest waiting first."""
    back = item.back and item.kind not in NEVER_CUT
    return (1 if back else 0, flag_kinds.order(item.kind), item.raised_at)


def since(matter: Matter, item: Item) -> str:
    """How long it has been so: "since Mon 17:40 (14 hours)", or days beside how long they usually take."""
    begun = _at(item.evidence.get("since")) or item.raised_at
    waited = matter.now - begun
    if item.kind == "quiet":
        usual = item.evidence.get("usual_gap_days")
        return f"{count(waited.days, 'day')}{f' (usually answers in {usual})' if usual else ''}"
    local = timing.local(matter.zone, begun)
    day = f"{local:%a}" if waited < timedelta(days=6) else day_of(matter, begun)
    return f"since {day} {local:%H:%M} ({_long(waited)})" if item.kind in NEVER_CUT else f"since {day}"


def facts_of(matter: Matter, item: Item) -> str:
    """What a practitioner needs before they ring, in sentences. Of safety: who was told, and who has it."""
    if item.kind == "safety":
        return " ".join([*_warnings(item), _safety(item)])
    return " ".join([*_warnings(item), *_FACTS.get(item.kind, _no_facts)(matter, item)])


def words_of(matter: Matter, item: Item) -> str:
    """What they said last, in quotes, or when; "" for safety, whose words nobody reads in passing."""
    # On one line: nothing in them passes for a line of ours.
    return "" if item.kind == "safety" else " ".join(_last_words(matter, item).split())


def quotes_of(item: Item) -> list[tuple[str, datetime]]:
    """What they wrote, the newest first, and when: where the matter is what they wrote, that; else their last words."""
    if item.kind == "safety":
        return []
    last = item.evidence.get("last_words")
    said = [*reversed(item.evidence.get("said", ()))] or ([last] if last else [])
    return [(each["words"], _at(each["at"]) or item.raised_at) for each in said]


def _details(matter: Matter, item: Item, most: int) -> list[str]:
    """The same, cut to so many lines: what they wrote before what we know of it, where that is the matter."""
    facts, words = (wrap(part, WIDTH - len(INDENT)) for part in (facts_of(matter, item), words_of(matter, item)))
    if most < 2 or not (facts and words):
        warned = bool(_warnings(item))
        first = words if item.kind in THEY_WROTE and words and not warned else facts or words
        return _shorten(first, most) if most else []
    return [*_shorten(facts, 1), *_shorten(words, 1)]


def _safety(item: Item) -> str:
    told = ", ".join(dict.fromkeys(each["who"] for each in item.evidence.get("told", ())))
    if item.taken_by:
        return f"{item.taken_by} has it; it stays here until the outcome is written."
    return f"Read it now. Told so far: {told or 'nobody'}."


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
    facts = [f"{count(len(days), 'text')} delivered, the last on {days[-1]}."] if days else _no_receipt(matter, item)
    barrier = item.evidence.get("barrier")
    return [*facts, *([f"In the way before: {barrier.replace('_', ' ')}."] if barrier else [])]


def _no_receipt(matter: Matter, item: Item) -> list[str]:
    """Where the network gives no receipts, what was sent is all that is known."""
    sent = [at for each in item.evidence.get("prompts", ()) if each.get("note") and (at := _at(each.get("sent")))]
    return [f"{count(len(sent), 'text')} sent, the last on {day_of(matter, sent[-1])}; no receipt."] if sent else []


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


def _not_sent(matter: Matter, item: Item) -> list[str]:
    """Why a practitioner's own text did not leave: it is for them to look, and to say it another way."""
    why = str(item.evidence.get("why", ""))
    return [f"{why[:1].upper()}{why[1:]}."] if why else []


def _no_facts(matter: Matter, item: Item) -> list[str]:
    return []


_FACTS = {
    "quiet": _quiet,
    "cant_reach": _cant_reach,
    "not_sent": _not_sent,
    "confidence": _confidence,
    "step_too_big": _step_too_big,
}


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

"""The digest as text. Pure: what is to be told goes in, a subject and lines come out.

Plain text, at most 70 columns (but for a line that is a link), 45 lines and 7 things in full; safety and asked-for-you
are never cut. Words people wrote appear only where the scheme's detail is ``words``, and never those of a safety flag.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from textwrap import wrap

from bot.conversation import flag_kinds, timing
from bot.conversation.digest_items import (
    INDENT,
    NEVER_CUT,
    WIDTH,
    Item,
    Matter,
    Promised,
    Told,
    count,
    cut,
    day_of,
    lines_of,
    order,
)

MOST_LINES = 45
MOST_IN_FULL = 7
MOST_QUOTED = 3
MOST_LINES_TOLD = 4
MOST_PROMISED = 6


@dataclass(frozen=True, slots=True)
class Composed:
    subject: str
    body: str
    counts: Mapping[str, int]


def compose(matter: Matter) -> Composed:
    """The mail of a digest. The subject holds counts and no names."""
    items = sorted(matter.items, key=order)
    shown = _in_full(items)
    counts = {
        "need": len(items),
        "in_full": len(shown),
        "steps": len(matter.done),
        "on_track": matter.on_track,
    }
    return Composed(_subject(matter, len(items)), "\n".join(_lines(matter, items, shown)) + "\n", counts)


def mark(matter: Matter) -> str:
    """The same for the same things to tell. Facts are left out: they are told once, and gone the next time."""
    bare = [replace(item, links=()) for item in matter.items]
    lasting = compose(replace(matter, items=bare, good_news=[], stopped=[], everything="", ends=()))
    flags = " ".join(sorted(item.code for item in bare))
    return sha256(f"{lasting.subject}\n{lasting.body}\n{flags}".encode()).hexdigest()[:16]


def _in_full(items: Sequence[Item]) -> list[Item]:
    must = sum(item.kind in NEVER_CUT for item in items)
    return list(items[: max(must, MOST_IN_FULL)])


def _subject(matter: Matter, need: int) -> str:
    needs = "nothing needs you" if need == 0 else f"{need} need{'s' if need == 1 else ''} you"
    if not need and matter.promised:
        needs = f"{count(len(matter.promised), 'promise')} due"
    steps = f", {count(len(matter.done), 'step')} done" if matter.done else ""
    return f"Check-ins {day_of(matter, matter.now, weekday=True)}: {needs}{steps}"


def _lines(matter: Matter, items: Sequence[Item], shown: Sequence[Item]) -> list[str]:
    """The whole mail, as full as 45 lines allow: what follows the items grows short first, then their details.

    Where even that is too long, many wait for an answer: then it is as long as it has to be.
    """
    for details, brief in ((2, False), (2, True), (1, True), (0, True)):
        lines = _joined(matter, items, shown, details, brief)
        if len(lines) <= MOST_LINES:
            return lines
    return _joined(matter, items, shown, 1, True)


def _joined(matter: Matter, items: Sequence[Item], shown: Sequence[Item], details: int, brief: bool) -> list[str]:
    most = 1 if brief else MOST_LINES_TOLD
    blocks = [
        wrap(_news(matter, len(items)), WIDTH),
        *(lines_of(matter, item, n, len(items), details) for n, item in enumerate(shown, start=1)),
        _rest(matter, items[len(shown) :]),
        _promised(matter, most),
        _told(matter, "STEPS DONE", matter.done, most),
        _told(matter, "GOOD NEWS", matter.good_news, most),
        _stopped(matter),
        [f"Taken on and still open: {matter.taken_on}."] if matter.taken_on else [],
        [f"{link.label}: {link.url}" for link in matter.ends],
    ]
    lines: list[str] = []
    for block in blocks:
        lines += ["", *block] if lines and block else block
    return lines


def _rest(matter: Matter, items: Sequence[Item]) -> list[str]:
    """How many are not told in full and where they stand; the newest by name, so that no old ones hide them."""
    if not items:
        return []
    newest = sorted(items, key=lambda item: item.raised_at, reverse=True)
    named = ", ".join(f"{cut(item.who, 24)} ({flag_kinds.of(item.kind).title.lower()})" for item in newest[:3])
    more = f"And {len(items)} more: {matter.everything}".rstrip(" :")
    return [more, INDENT + cut(f"The newest: {named}.", WIDTH - len(INDENT))]


def _news(matter: Matter, need: int) -> str:
    """The good first: it costs a line, and balances what the rest is about."""
    people = matter.people_done
    did = f"Good news first: {people} {'person' if people == 1 else 'people'} did a step this week." if people else ""
    fine = f"{matter.on_track} on track." if matter.on_track else ""
    return " ".join(filter(None, (did, fine, "" if need or matter.promised else "Nothing needs you.")))


# ---------------------------------------------------------------- what follows the items


def _promised(matter: Matter, most: int) -> list[str]:
    """What we owe: the only list of what is overdue."""
    for shown in range(min(MOST_PROMISED, len(matter.promised)), 0, -1):
        named = [f"{each.what} {cut(each.who, 24)} ({_by(matter, each)})" for each in matter.promised[:shown]]
        more = len(matter.promised) - shown
        lines = wrap(f"YOU PROMISED  {', '.join(named)}{f', and {more} more' if more else ''}.", WIDTH - len(INDENT))
        if len(lines) <= most:
            return [lines[0], *(INDENT + line for line in lines[1:])]
    return [f"YOU PROMISED  {count(len(matter.promised), 'thing')}."] if matter.promised else []


def _by(matter: Matter, promised: Promised) -> str:
    today = timing.local(matter.zone, matter.now).date()
    day = "today" if promised.day == today else f"by {promised.day:%a} {promised.day.day} {promised.day:%b}"
    return f"{promised.by} said so, {day}" if promised.by else day


def _stopped(matter: Matter) -> list[str]:
    names = ", ".join(cut(each.who, 24) for each in matter.stopped[:MOST_QUOTED])
    more = len(matter.stopped) - MOST_QUOTED
    said = f"STOPPED  {names}{f' and {more} more' if more > 0 else ''}. Nothing to do: it was their choice."
    # A word that may have been an answer, and stopped the texts all the same.
    notes = [f"{INDENT}{cut(each.who, 24)}: {each.note}." for each in matter.stopped if each.note][:MOST_QUOTED]
    lines = [wrap(each, WIDTH, subsequent_indent=INDENT) for each in (said, *notes)]
    return [line for each in lines for line in each] if matter.stopped else []


def _told(matter: Matter, title: str, told: Sequence[Told], most: int) -> list[str]:
    """As many in their words as so many lines hold, and how many more there are."""
    for shown in range(min(MOST_QUOTED, len(told)), 0, -1):
        more = len(told) - shown
        ends = f" And {more} more." if more else ""
        lines = wrap(f"{title}  {' '.join(_said(matter, each) for each in told[:shown])}{ends}", WIDTH)
        if matter.detail != "codes" and len(lines) <= most:
            return [lines[0], *(INDENT + line for line in wrap(" ".join(lines[1:]), WIDTH - len(INDENT)))]
    return [f"{title}  {len(told)}."] if told else []


def _said(matter: Matter, told: Told) -> str:
    who = cut(told.who, 24)
    return f'{who}: "{cut(told.words, 40)}".' if matter.detail == "words" and told.words else f"{who}."

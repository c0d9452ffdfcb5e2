"""The digest as text. Pure: what is to be told goes in, a subject and lines come out.

Plain text, at most 70 columns, 45 lines and 7 things in full; safety and asked-for-you are never cut. Words
people wrote appear only where the scheme's detail is ``words``, and never those of a safety flag.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from textwrap import wrap

from bot.conversation import flag_kinds
from bot.conversation.digest_items import INDENT, NEVER_CUT, WIDTH, Item, Matter, Told, count, cut, day_of, lines_of

MOST_LINES = 45
MOST_IN_FULL = 7
MOST_QUOTED = 3
MOST_OF_THE_REST = 5  # lines
HOW_TO = (
    "Taking one on, or done with it (ID is the code under it):",
    "  python -m bot flags ack ID --by YOU",
    "  python -m bot flags close ID --by YOU --note WHAT",
)


@dataclass(frozen=True, slots=True)
class Composed:
    subject: str
    body: str
    counts: Mapping[str, int]


def compose(matter: Matter) -> Composed:
    """The mail of a digest. The subject holds counts and no names."""
    items = sorted(matter.items, key=_order)
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
    lasting = compose(replace(matter, good_news=[], stopped=[]))
    return sha256(f"{lasting.subject}\n{lasting.body}".encode()).hexdigest()[:16]


def _order(item: Item) -> tuple[int, int, datetime]:
    """Safety and asked-for-you first, snoozes that came back last; within a kind, the longest waiting first."""
    back = item.back and item.kind not in NEVER_CUT
    return (1 if back else 0, flag_kinds.order(item.kind), item.raised_at)


def _in_full(items: Sequence[Item]) -> list[Item]:
    must = sum(item.kind in NEVER_CUT for item in items)
    return list(items[: max(must, MOST_IN_FULL)])


def _subject(matter: Matter, need: int) -> str:
    needs = "nothing needs you" if need == 0 else f"{need} need{'s' if need == 1 else ''} you"
    steps = f", {count(len(matter.done), 'step')} done" if matter.done else ""
    return f"Check-ins {day_of(matter, matter.now, weekday=True)}: {needs}{steps}"


def _lines(matter: Matter, items: Sequence[Item], shown: Sequence[Item]) -> list[str]:
    """The whole mail, as full as 45 lines allow: first the details of an item grow short, then the ends go."""
    ends = [_done(matter), _good_news(matter), _stopped(matter), _taken_on(matter)]
    for details in (2, 1):
        lines = _joined(matter, items, shown, details, ends)
        if len(lines) <= MOST_LINES:
            return lines
    while len(lines) > MOST_LINES and ends:
        ends.pop()
        lines = _joined(matter, items, shown, 1, ends)
    return lines if len(lines) <= MOST_LINES else _joined(matter, items, shown, 0, ends)


def _joined(
    matter: Matter, items: Sequence[Item], shown: Sequence[Item], details: int, ends: Sequence[Sequence[str]]
) -> list[str]:
    blocks: list[Sequence[str]] = [wrap(_news(matter, len(items)), WIDTH)]
    blocks += [lines_of(matter, item, n, len(items), details) for n, item in enumerate(shown, start=1)]
    blocks.append(_rest(items[len(shown) :]))
    blocks += ends
    if items:
        blocks.append(HOW_TO)
    lines: list[str] = []
    for block in blocks:
        lines += ["", *block] if lines and block else block
    return lines


def _rest(items: Sequence[Item]) -> list[str]:
    """Those not told in full, by name and code: the newest first, so that nobody new is hidden behind old ones."""
    if not items:
        return []
    newest = sorted(items, key=lambda item: item.raised_at, reverse=True)
    named = [f"{cut(item.who, 24)} ({flag_kinds.of(item.kind).title.lower()}, {item.code})" for item in newest]
    for most in range(len(named), -1, -1):
        left = len(named) - most
        more = [f"{left} more by: python -m bot flags list"] if left else []
        lines = wrap(f"And {len(named)} more: {', '.join([*named[:most], *more])}.", WIDTH, subsequent_indent=INDENT)
        if len(lines) <= MOST_OF_THE_REST:
            return lines
    return []


def _news(matter: Matter, need: int) -> str:
    """The good first: it costs a line, and balances what the rest is about."""
    people = matter.people_done
    did = f"Good news first: {people} {'person' if people == 1 else 'people'} did a step this week." if people else ""
    fine = f"{matter.on_track} on track." if matter.on_track else ""
    return " ".join(filter(None, (did, fine, "" if need else "Nothing needs you.")))


# ---------------------------------------------------------------- what follows the items


def _done(matter: Matter) -> list[str]:
    return _told(matter, "STEPS DONE", matter.done)


def _good_news(matter: Matter) -> list[str]:
    return _told(matter, "GOOD NEWS", matter.good_news)


def _stopped(matter: Matter) -> list[str]:
    names = ", ".join(cut(each.who, 24) for each in matter.stopped[:MOST_QUOTED])
    more = len(matter.stopped) - MOST_QUOTED
    said = f"STOPPED  {names}{f' and {more} more' if more > 0 else ''}. Nothing to do: it was their choice."
    # A word that may have been an answer, and stopped the texts all the same.
    notes = [f"{INDENT}{cut(each.who, 24)}: {each.note}." for each in matter.stopped if each.note][:MOST_QUOTED]
    lines = [wrap(each, WIDTH, subsequent_indent=INDENT) for each in (said, *notes)]
    return [line for each in lines for line in each] if matter.stopped else []


def _taken_on(matter: Matter) -> list[str]:
    return [f"Taken on and still open: {matter.taken_on} (python -m bot flags list)."] if matter.taken_on else []


def _told(matter: Matter, title: str, told: Sequence[Told]) -> list[str]:
    if not told:
        return []
    if matter.detail == "codes":
        return [f"{title}  {len(told)}."]
    quoted = [_said(matter, each) for each in told[:MOST_QUOTED]]
    more = len(told) - len(quoted)
    text = f"{title}  {' '.join(quoted)}{f' And {more} more.' if more else ''}"
    return wrap(text, WIDTH, subsequent_indent=INDENT)[:4]


def _said(matter: Matter, told: Told) -> str:
    who = cut(told.who, 24)
    return f'{who}: "{cut(told.words, 40)}".' if matter.detail == "words" and told.words else f"{who}."

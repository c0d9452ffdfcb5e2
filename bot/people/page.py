"""A person's record as a page: one file that can be read, printed and kept, with everything in it escaped."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.conversation import timing
from bot.people.record import PARTS
from bot.reading import displayable

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
TITLES: Mapping[str, str] = {
    "person": "About you",
    "addresses": "Your numbers",
    "consents": "Your yes and no",
    "messages": "The texts",
    "steps": "Your steps",
    "wins": "What you did",
    "scores": "How sure you were",
    "dreams": "Your dream",
    "answers": "How we read your answers",
    "check_ins": "Check-ins",
    "flags": "What your practitioner was told",
    "notes": "Notes about you",
    "promises": "What was promised to you",
    "mails": "E-mails about you",
    "looked_at": "Who looked",
    "history": "What was changed",
    "former_addresses": "Numbers you had before",
    "texts_before": "Texts before we knew you",
}
# Read by people first, looked up by others after.
ORDER = ("person", "messages", "steps", "wins", "scores", "dreams", "flags", "notes", "promises") + (
    *("consents", "addresses", "looked_at"),
)
CONVERSATION = ("messages", "texts_before")
BECAME: Mapping[str, str] = {
    "delivered": "arrived",
    "read": "read",
    "accepted": "sent",
    "sent": "sent",
    "undelivered": "did not arrive",
    "failed": "did not arrive",
    "cancelled": "not sent",
    "unknown": "nobody knows whether it arrived",
}
NOTHING: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True, slots=True)
class Bubble:
    """A text as it is shown: who is speaking, when, the words, and what became of it."""

    who: str
    theirs: bool
    at: str
    time: str
    words: str
    became: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the record with its plain explanation. ``days`` for texts, else ``rows`` of labels and values."""

    key: str
    title: str
    about: str
    rows: Sequence[Sequence[tuple[str, Any]]] = ()
    days: Sequence[tuple[str, Sequence[Bubble]]] = ()


def as_html(found: Mapping[str, Any], now: datetime) -> str:
    """The record as a page of its own. Times are those of the person's zone, days as they are said in Britain."""
    here = Path(__file__).parent
    environment = Environment(
        loader=FileSystemLoader(here), autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    environment.filters["shown"] = lambda value: displayable(str(value))
    person, zone = found["person"], str(found["person"]["zone"])
    made = timing.local(zone, now)
    return environment.get_template("record.html").render(
        name=person["first_name"],
        read_first=found["about"]["read_first"],
        parts=[_part(key, found[key], zone) for key in _in_order(found)],
        made=made.isoformat(timespec="minutes"),
        made_on=_moment(made),
        zone=zone,
    )


def _in_order(found: Mapping[str, Any]) -> list[str]:
    keys = [key for key in found if key != "about"]
    return sorted(keys, key=lambda key: ORDER.index(key) if key in ORDER else len(ORDER) + keys.index(key))


def _part(key: str, value: Any, zone: str) -> Part:
    title, about = TITLES.get(key, key.replace("_", " ").capitalize()), PARTS.get(key, "")
    if key in CONVERSATION:
        return Part(key, title, about, days=_days(value, zone))
    rows = [value] if isinstance(value, Mapping) else value
    return Part(key, title, about, rows=[_row(row, zone) for row in rows])


def _row(row: Any, zone: str) -> list[tuple[str, Any]]:
    if not isinstance(row, Mapping):
        return [("", _plain(row, zone))]
    return [(key.replace("_", " "), _plain(value, zone)) for key, value in row.items() if value not in NOTHING]


def _plain(value: Any, zone: str) -> Any:
    """Times and days as they are said; what holds others stays what it is, for the template to unfold."""
    if isinstance(value, Mapping):
        return {str(key).replace("_", " "): _plain(each, zone) for key, each in value.items() if each not in NOTHING}
    if isinstance(value, list):
        return [_plain(each, zone) for each in value]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and TIME.fullmatch(value):
        return _moment(timing.local(zone, datetime.fromisoformat(value)))
    return _day(date.fromisoformat(value)) if isinstance(value, str) and DAY.fullmatch(value) else value


def _days(messages: Sequence[Mapping[str, Any]], zone: str) -> list[tuple[str, list[Bubble]]]:
    told = [(timing.local(zone, datetime.fromisoformat(each["created_at"])), each) for each in messages]
    by_day = groupby(told, key=lambda pair: pair[0].date())
    return [(_day(day), [_bubble(at, each) for at, each in texts]) for day, texts in by_day]


def _bubble(at: datetime, text: Mapping[str, Any]) -> Bubble:
    theirs = text["direction"] == "in"
    who = "You" if theirs else "Automatic text" if text["author"] == "automatic" else str(text["author"])
    words = text["body"] or " ".join(_without_words(text))
    return Bubble(who, theirs, at.isoformat(timespec="minutes"), f"{at:%H:%M}", words, _became(text, theirs=theirs))


def _without_words(text: Mapping[str, Any]) -> Iterator[str]:
    if text.get("media_kinds"):
        yield f"[{text['media_kinds']}: never fetched]"
    elif text.get("media"):
        yield f"[{text['media']} picture or voice note: it was never fetched]"
    else:
        yield "[no words: they were empty, or have been erased]"


def _became(text: Mapping[str, Any], *, theirs: bool) -> str:
    by = "WhatsApp" if text["channel"] == "whatsapp" else "SMS"
    if theirs:
        return f"by {by}"
    why = str(text["not_sent_reason"] or "").replace("_", " ")
    state = BECAME.get(text["state"], "not sent yet")
    return f"by {by}, {state}{f': {why}' if why else ''}"


def _day(at: date) -> str:
    return f"{at:%A} {at.day} {at:%B} {at.year}"


def _moment(at: datetime) -> str:
    return f"{_day(at)}, {at:%H:%M}"

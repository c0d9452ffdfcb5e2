"""``scheme.yaml`` -> ``Scheme``: names, numbers, hours, contacts. Every fault says why the scheme cannot start."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import holidays

from bot.conversation import privacy_loader, segments, written
from bot.conversation.faults import Desk, Fault, unknown
from bot.conversation.fills import PLACEHOLDERS
from bot.conversation.node_loader import LANGUAGE
from bot.conversation.scheme import Caps, DutyContact, Scheme, Thresholds
from bot.conversation.spoken import parse_clock, parse_date, parse_hours, parse_range, parse_weekday
from bot.conversation.template_loader import read_ids
from bot.conversation.written import Item

T = TypeVar("T")

# Bank holidays are kept for all years a check-in could fall in; the clock is not read here.
YEARS = range(2024, 2051)
NATIONS: Mapping[str, tuple[str, str | None]] = {
    "England": ("GB", "ENG"),
    "Wales": ("GB", "WLS"),
    "Scotland": ("GB", "SCT"),
    "Northern Ireland": ("GB", "NIR"),
    "Ireland": ("IE", None),
}
HELPLINES = ("listening_line", "text_line", "health_line", "abuse_line")
DETAILS = ("names", "words", "codes")

# Without these no scheme starts, and this is why.
NEEDED: Mapping[str, str] = {
    "name": "the scheme has no name: texts say it, so it cannot start",
    "link": "there is no link: the welcome text says where people can read about privacy, so the scheme cannot start",
    "hours": "there are no hours: nobody would know when a person reads texts, so the scheme cannot start",
    "duty_contacts": "there is no duty contact: nobody would be told of danger, so the scheme cannot start",
    "safeguarding_lead": "there is no safeguarding lead: nobody answers for safety, so the scheme cannot start",
    "helplines": "there are no helplines: the safety texts give their numbers, so the scheme cannot start",
    "consent_wording": "there is no consent wording: people must see what they agree to, so the scheme cannot start",
}


@dataclass(frozen=True, slots=True)
class LoadedScheme:
    scheme: Scheme | None
    faults: tuple[Fault, ...] = ()


def load_scheme(text: str, file: str, key: str) -> LoadedScheme:
    """Read one scheme; ``scheme`` is None when it cannot start."""
    tree, faults = written.read(text, file)
    desk = Desk(file, faults)
    scheme = _scheme(tree, desk, key) if tree else None
    return LoadedScheme(None if any(f.is_error for f in faults) else scheme, tuple(sorted(set(faults))))


def _scheme(tree: Item, desk: Desk, key: str) -> Scheme | None:
    named = tree.named
    if named is None:
        desk.wrong(tree, "a scheme is written as keys, such as name: and hours:")
        return None
    desk.unknown_keys(named, _READ)
    for needed, why in NEEDED.items():
        if needed not in named or named[needed].empty:
            desk.wrong(named.get(needed, tree), why)
    values: dict[str, Any] = {}
    for name, read in _READ.items():
        # A scheme with the key and no ids yet does use WhatsApp.
        if name in named and (name == "whatsapp_templates" or not named[name].empty):
            values |= read(named[name], desk)
    if desk.faults:
        return None
    nation = values.get("holidays_of", "England")
    values["holidays"] = bank_holidays(nation) | values.get("holidays", frozenset())
    return Scheme(key=key, **values)


@cache
def bank_holidays(nation: str) -> frozenset[date]:
    """Every bank holiday of ``nation`` in YEARS; none for "none"."""
    if nation not in NATIONS:
        return frozenset()
    country, part = NATIONS[nation]
    return frozenset(holidays.country_holidays(country, subdiv=part, years=YEARS))


Read = Callable[[Item, Desk], dict[str, Any]]


def _said(item: Item, desk: Desk, parse: Callable[[str], T], key: str) -> T | None:
    """What ``parse`` makes of the words; a fault with its sentence where it cannot."""
    words = desk.word(item, key)
    try:
        return parse(words) if words is not None else None
    except ValueError as error:
        desk.wrong(item, f"{key}: {error}")
        return None


def _field(key: str, parse: Callable[[str], Any], name: str = "") -> Read:
    return lambda item, desk: {name or key: _said(item, desk, parse, key)}


def _within(longest: int) -> Callable[[str], str]:
    def parse(words: str) -> str:
        size = segments.length(segments.fold(words))
        if size > longest:
            raise ValueError(f'"{words}" is {size} characters long and a text has room for {longest}')
        return words

    return parse


def _whole(lowest: int, highest: int) -> Callable[[str], int]:
    def parse(words: str) -> int:
        if not re.fullmatch(r"\d{1,7}", words) or not lowest <= int(words) <= highest:
            raise ValueError(f'"{words}" is not a whole number from {lowest} to {highest}')
        return int(words)

    return parse


def _one_of(what: str, known: tuple[str, ...]) -> Callable[[str], str]:
    def parse(words: str) -> str:
        if words not in known:
            raise ValueError(unknown(what, words, known))
        return words

    return parse


def _zone(words: str) -> str:
    try:
        ZoneInfo(words)
    except (KeyError, ValueError, OSError):
        raise ValueError(f'"{words}" is not a time zone: write it like Europe/London') from None
    return words


def _email(words: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", words):
        raise ValueError(f'"{words}" is not an e-mail address')
    return words


def _grouped(key: str, parts: Mapping[str, Read]) -> Read:
    """Keys under a key, each read by its own."""

    def read(item: Item, desk: Desk) -> dict[str, Any]:
        if item.named is None:
            desk.wrong(item, f'"{key}" is written as keys under it: {", ".join(parts)}')
            return {}
        desk.unknown_keys(item.named, parts)
        found: dict[str, Any] = {}
        for name, value in item.named.items():
            if name in parts:
                found |= parts[name](value, desk)
        return found

    return read


def _numbers(key: str, kind: type[Thresholds] | type[Caps], highest: int) -> Read:
    parts = {f.name: _field(f.name, _whole(0, highest)) for f in fields(kind)}
    group = _grouped(key, parts)

    def read(item: Item, desk: Desk) -> dict[str, Any]:
        found = {name: value for name, value in group(item, desk).items() if value is not None}
        return {key: kind(**found)}

    return read


def _duty_contacts(item: Item, desk: Desk) -> dict[str, Any]:
    entries = desk.listed(item, "duty_contacts", "{name: Jo Bell, email: jo@example.org, phone: 0191 498 0000}")
    contacts = [contact for entry in entries if (contact := _duty_contact(entry, desk))]
    return {"duty_contacts": tuple(contacts)}


def _duty_contact(item: Item, desk: Desk) -> DutyContact | None:
    named = item.named or {}
    desk.unknown_keys(named, ("name", "email", "phone"))
    if not {"name", "email", "phone"} <= named.keys():
        desk.wrong(item, "a duty contact has a name, an email and a phone")
        return None
    email = _said(named["email"], desk, _email, "email")
    name, phone = desk.word(named["name"], "name"), desk.word(named["phone"], "phone")
    return DutyContact(name, email, phone) if name and email and phone else None


def _languages(item: Item, desk: Desk) -> dict[str, Any]:
    words = desk.words(item, "languages")
    for word in words:
        if not LANGUAGE.fullmatch(word):
            desk.wrong(item, f'"{word}" is not a language: use its code, such as en or cy')
    return {"languages": words}


def _quiet_hours(item: Item, desk: Desk) -> dict[str, Any]:
    found = _said(item, desk, parse_range, "quiet_hours")
    return {"quiet_from": found[0], "quiet_until": found[1]} if found else {}


def _nation(item: Item, desk: Desk) -> dict[str, Any]:
    return {"holidays_of": _said(item, desk, _one_of("nation", (*NATIONS, "none")), "of")}


def _own_holidays(item: Item, desk: Desk) -> dict[str, Any]:
    entries = [item] if item.entries is None else item.entries
    stretches = [_said(entry, desk, _dates, "also") for entry in entries if not entry.empty]
    return {"holidays": frozenset(day for stretch in stretches for day in stretch or ())}


def _dates(words: str) -> tuple[date, ...]:
    """A date, or two with "to" between: all days from the first to the last."""
    first, _, last = words.partition(" to ")
    begins = parse_date(first)
    ends = parse_date(last) if last else begins
    if not timedelta(0) <= ends - begins <= timedelta(days=60):
        raise ValueError(f'"{words}" is not a stretch of days: write it like 2026-12-24 to 2027-01-01')
    return tuple(begins + timedelta(days=n) for n in range((ends - begins).days + 1))


def _helplines(item: Item, desk: Desk) -> dict[str, Any]:
    parts = {name: _field(name, _within(PLACEHOLDERS[name])) for name in HELPLINES}
    found = _grouped("helplines", parts)(item, desk)
    for name in HELPLINES:
        if name not in found:
            desk.wrong(item, f'the helpline "{name}" is missing: the safety texts give its number')
    return {"helplines": found}


def _by_language(item: Item, desk: Desk) -> dict[str, Any]:
    if item.named is None:
        return {"consent_wording": {"en": " ".join((desk.word(item, "consent_wording") or "").split())}}
    words = {key: " ".join((desk.word(value, key) or "").split()) for key, value in item.named.items()}
    return {"consent_wording": words}


_CHECK_INS = {
    "day": _field("day", parse_weekday, "check_in_weekday"),
    "time": _field("time", parse_clock, "check_in_time"),
    "between": _field("between", parse_range, "check_in_window"),
    "every_weeks": _field("every_weeks", _whole(1, 8)),
}
_DIGEST = {
    "detail": _field("detail", _one_of("detail", DETAILS), "digest_detail"),
    "time": _field("time", parse_clock, "digest_time"),
}

_READ: Mapping[str, Read] = {
    "name": _field("name", _within(PLACEHOLDERS["scheme"])),
    "link": _field("link", lambda words: privacy_loader.link(_within(PLACEHOLDERS["link"])(words))),
    "languages": _languages,
    "zone": _field("zone", _zone),
    "hours": _field("hours", parse_hours),
    "quiet_hours": _quiet_hours,
    "holidays": _grouped("holidays", {"of": _nation, "also": _own_holidays}),
    "check_ins": _grouped("check_ins", _CHECK_INS),
    "duty_contacts": _duty_contacts,
    "safeguarding_lead": _field("safeguarding_lead", str),
    "helplines": _helplines,
    "thresholds": _numbers("thresholds", Thresholds, 366),
    "caps": _numbers("caps", Caps, 1_000_000),
    "retention_months": _field("retention_months", _whole(1, 24)),
    "safeguarding_months": _field("safeguarding_months", _whole(12, 360)),
    "privacy": privacy_loader.read,
    "digest": _grouped("digest", _DIGEST),
    "person_word": _field("person_word", str),
    "consent_wording": _by_language,
    "whatsapp_templates": lambda item, desk: {"whatsapp_templates": read_ids(item, desk)},
}

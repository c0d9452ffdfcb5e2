"""One row of a people file, judged: an entry whose every value holds, or a fault for each that does not. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from bot.conversation.scheme import Scheme
from bot.people.faults import WHAT, Fault, fault, hint
from bot.people.file import COLUMNS, Row
from bot.people.mobiles import NotAMobile, mobile

CHANNELS = ("sms", "whatsapp")
LONGEST = {"first_name": 60, "reference": 60, "consent_by": 254, "practitioner_email": 254}
# Joiners stand inside names in Persian and some Indian scripts.
NAME_EXTRAS = " '’.-\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
# Day first, as a British spreadsheet shows a date; or the year first.
DAY_FIRST = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?:[ T]+(.+))?")
TIME = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?")
FIRST_YEAR = 2010


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Someone a practitioner enrols, on one channel, with who asked them and when."""

    line: int
    scheme: str
    practitioner_email: str
    first_name: str
    mobile: str
    channel: str
    language: str
    consent_by: str
    consent_at: datetime
    reference: str | None = None

    @property
    def person(self) -> tuple[str, str]:
        """Who it is about: rows of one number are one person, who may have both channels."""
        return self.scheme, self.mobile


def judge(row: Row, schemes: Mapping[str, Scheme], now: datetime) -> Entry | list[Fault]:
    """The entry on a row, or all that is wrong with it, a fault a column.

    Whether the practitioner is known, and whether the number is free, is looked up elsewhere.
    """
    values = row.values
    scheme = schemes.get(values["scheme"].lower())
    number = _mobile(row)
    at = consent_time(row, scheme.zone if scheme else "Europe/London", now)
    faults = [*_faults(row, schemes), *(each for each in (number, at) if isinstance(each, Fault))]
    if faults or scheme is None or isinstance(number, Fault) or isinstance(at, Fault):
        return list({each.column: each for each in reversed(faults)}.values())
    return Entry(
        line=row.line,
        scheme=scheme.key,
        practitioner_email=values["practitioner_email"].lower(),
        first_name=values["first_name"],
        mobile=number,
        channel=values["channel"].lower(),
        language=values["language"].lower(),
        consent_by=values["consent_by"],
        consent_at=at,
        reference=values.get("reference") or None,
    )


def same_name(one: str, other: str) -> bool:
    """Whether two spellings are one first name: accents, case and punctuation aside."""
    return _bare(one) == _bare(other)


def _bare(name: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKD", name).casefold() if each.isalnum())


def _faults(row: Row, schemes: Mapping[str, Scheme]) -> Iterator[Fault]:
    """What can be said of a value by itself, the number and the time apart."""
    values = row.values
    for column in COLUMNS:
        if not values[column]:
            yield fault(row.line, column, "empty", what=WHAT[column])
    for column, most in LONGEST.items():
        if len(values.get(column, "")) > most:
            yield fault(row.line, column, "long", most=most)
    if values["first_name"] and not _is_name(values["first_name"]):
        yield fault(row.line, "first_name", "name")
    channel = values["channel"].lower()
    if channel and channel not in CHANNELS:
        yield fault(row.line, "channel", "channel", written=values["channel"], hint=hint(channel, CHANNELS))
    yield from _scheme_faults(row, schemes)


def _scheme_faults(row: Row, schemes: Mapping[str, Scheme]) -> Iterator[Fault]:
    key, language = row.values["scheme"].lower(), row.values["language"].lower()
    scheme = schemes.get(key)
    if scheme is None:
        known = ", ".join(sorted(schemes)) or "none"
        if key:
            yield fault(row.line, "scheme", "scheme", hint=hint(key, schemes), known=known)
        return
    if language and language not in scheme.languages:
        yield fault(row.line, "language", "language", written=row.values["language"], known=", ".join(scheme.languages))
    if not scheme.consent_wording:
        yield fault(row.line, "scheme", "no wording")


def _is_name(name: str) -> bool:
    """Letters of any script, with what stands between them; never a formula, a number or an address."""
    return any(map(str.isalpha, name)) and all(
        each.isalpha() or each in NAME_EXTRAS or unicodedata.category(each).startswith("M") for each in name
    )


def _mobile(row: Row) -> str | Fault:
    try:
        return mobile(row.values["mobile"])
    except NotAMobile as wrong:
        return fault(row.line, "mobile", "mobile", why=wrong)


def consent_time(row: Row, zone: str, now: datetime) -> datetime | Fault:
    """When they agreed. A day without a time is its beginning, where the scheme is."""
    written = row.values["consent_at"]
    at = _time_written(written, zone)
    if at is None:
        return fault(row.line, "consent_at", "date", written=written)
    if at > now:
        return fault(row.line, "consent_at", "future", written=written)
    if at.year < FIRST_YEAR:
        return fault(row.line, "consent_at", "long ago", written=written)
    return at


def _time_written(written: str, zone: str) -> datetime | None:
    try:
        if found := DAY_FIRST.fullmatch(written):
            day, month, year, rest = found.groups()
            at = datetime.combine(date(int(year), int(month), int(day)), _clock(rest))
        else:
            at = datetime.fromisoformat(written)
        return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _clock(written: str | None) -> time:
    if not written:
        return time()
    found = TIME.fullmatch(written.strip())
    if not found:
        raise ValueError(written)
    hour, minute, second = (int(part or 0) for part in found.groups())
    return time(hour, minute, second)

"""Enrolling people: a whole file or nobody, nobody twice, and never anybody who opted out.

An import only ever adds: a person, or a channel with its own consent. What has been changed since (their
practitioner, their language) is not changed back by an old file.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import suppression
from bot.library import Library
from bot.models import Address, ConsentEvent, Practitioner, ServiceUser, Suppression
from bot.people.allowing import allowed
from bot.people.enrolments import Enrolments
from bot.people.entry import Entry, judge, same_name
from bot.people.faults import Fault, Refused, fault, hint
from bot.people.file import read
from bot.suppression import batches

# Why somebody is not enrolled, and what could change that.
ALLOW = "If a practitioner knows better: python -m bot people allow."
SENTENCES = {
    "opted_out": "they said they want no texts{on}, and will get none. "
    "If they have changed their mind, they text START.",
    "wrong_number": f"they said it was the wrong number{{on}}, and will get none. {ALLOW}",
    "forgotten": f"they were erased{{on}}, and will get none. {ALLOW}",
    "held": "they wait to hear from a person, and will get none. When that is done: python -m bot people hand-back.",
    "elsewhere": "this person is here already, with another practitioner, and stays there. "
    "To move them: python -m bot people move.",
}
# What a row of the file can disagree about with another row of the same person.
SHARED = ("practitioner_email", "language", "reference")


@dataclass(frozen=True, slots=True)
class Notice:
    """Why a row was left alone: a code of ``SENTENCES``, and since when that is so, where it is known."""

    line: int
    code: str
    since: datetime | None = None

    def __str__(self) -> str:
        on = f" on {self.since:%-d %B %Y}" if self.since else ""
        return f"line {self.line}: {SENTENCES[self.code].format(on=on)}"


@dataclass(slots=True)
class Imported:
    """What an import has done. ``notices`` are about rows that were left alone for a reason.

    ``outdated`` counts those of the unchanged who left or said stop after the consent on their row.
    """

    enrolled: list[uuid.UUID] = field(default_factory=list)
    channels: int = 0
    unchanged: int = 0
    outdated: int = 0
    opted_out: int = 0
    notices: list[Notice] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Within:
    """The one scheme whose people may be written in, and by whom: their e-mail address."""

    scheme_id: str
    by: str


@dataclass(frozen=True, slots=True)
class Held:
    """Who has a number now."""

    person_id: uuid.UUID
    first_name: str
    state: str
    held: bool
    practitioner_id: uuid.UUID
    enrolled_at: datetime
    channels: frozenset[str]


@dataclass(slots=True)
class _Known:
    """All that rows are compared with, read before anything is written."""

    practitioners: Mapping[tuple[str, str], Practitioner]
    held: Mapping[tuple[str, str], Held]
    suppressed: Mapping[tuple[str, str], Suppression]
    last_consent: Mapping[uuid.UUID, datetime]
    # Those whom a practitioner has allowed to be asked again.
    allowed: Set[uuid.UUID]

    def gone(self, held: Held) -> bool:
        """Whether a number may go from this record to whoever is enrolled with it now."""
        return held.state == "closed" or (held.state == "opted_out" and held.person_id in self.allowed)

    def why_not(self, entry: Entry) -> Notice | None:
        """Why nobody is enrolled with this number."""
        stopped, held = self.suppressed.get(entry.person), self.held.get(entry.person)
        if stopped:
            return Notice(entry.line, stopped.why if stopped.why in SENTENCES else "opted_out", stopped.at)
        if held and held.state == "opted_out" and not self.gone(held):
            return Notice(entry.line, "opted_out")
        return Notice(entry.line, "held") if held and held.state == "opted_out" and held.held else None


def import_file(db: Session, library: Library, data: bytes, now: datetime, within: Within | None = None) -> Imported:
    """Enrol everybody in a people file; Refused with every fault, and nothing written, if a row has one.

    ``within`` one scheme, and by whom, where it is not the operator's file.
    """
    rows, faults = read(data)
    schemes = {within.scheme_id: library.scheme(within.scheme_id)} if within else library.schemes
    entries: list[Entry] = []
    for row in rows:
        judged = judge(row, schemes, now)
        if isinstance(judged, Entry):
            entries.append(judged)
        else:
            faults += judged
    return enrol(db, library, entries, now, faults, within.by if within else None)


def enrol(
    db: Session,
    library: Library,
    entries: Sequence[Entry],
    now: datetime,
    faults: Sequence[Fault] = (),
    by: str | None = None,
) -> Imported:
    """Enrol these people, all or none. Refused with every fault, those given among them.

    ``by`` is who wrote them in; where nobody signed in for it, whoever asked each of them.

    1. Compare the rows with one another and with what is known.
    2. Leave those alone who opted out or are here already.
    3. Write the others with their consent: invited, the welcome due now or when quiet hours end.
    """
    known = _known(db, entries)
    found = [*faults, *_quarrels(entries), *_practitioner_faults(entries, known), *_taken(entries, known)]
    if found:
        raise Refused(found)
    done, writing = Imported(), Enrolments(library, known.practitioners, now, by)
    for entry in entries:
        _take(entry, known, writing, done)
    writing.write(db)
    return done


# ---------------------------------------------------------------- what is known


def _known(db: Session, entries: Sequence[Entry]) -> _Known:
    numbers: dict[str, set[str]] = {}
    for entry in entries:
        numbers.setdefault(entry.scheme, set()).add(entry.mobile)
    held = {key: each for scheme, of in numbers.items() for key, each in _held(db, scheme, of).items()}
    over = [each.person_id for each in held.values() if each.state in ("closed", "opted_out")]
    return _Known(
        practitioners={
            (row.scheme_id, row.email): row
            for row in db.scalars(select(Practitioner).where(Practitioner.scheme_id.in_(numbers)))
        },
        held=held,
        suppressed={
            (scheme, number): row
            for scheme, of in numbers.items()
            for number, row in suppression.suppressed(db, scheme, of).items()
        },
        last_consent=_last_consent(db, over),
        allowed=allowed(db, over),
    )


def _held(db: Session, scheme: str, numbers: Iterable[str]) -> dict[tuple[str, str], Held]:
    found: dict[tuple[str, str], Held] = {}
    for batch in batches(sorted(numbers)):
        rows = db.execute(
            select(Address.address, Address.channel, ServiceUser)
            .join(ServiceUser, ServiceUser.id == Address.service_user_id)
            .where(Address.scheme_id == scheme, Address.address.in_(batch))
        )
        for number, channel, person in rows:
            before = found.get((scheme, number))
            found[scheme, number] = Held(
                person.id,
                person.first_name,
                person.state,
                bool(person.held_for),
                person.practitioner_id,
                person.enrolled_at,
                frozenset({channel}) | (before.channels if before else frozenset()),
            )
    return found


def _last_consent(db: Session, people: Sequence[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    last: dict[uuid.UUID, datetime] = {}
    for batch in batches(people):
        rows = select(ConsentEvent.service_user_id, ConsentEvent.at).where(ConsentEvent.service_user_id.in_(batch))
        for person_id, at in db.execute(rows):
            last[person_id] = max(at, last.get(person_id, at))
    return last


# ---------------------------------------------------------------- what rows can be wrong about together


def _quarrels(entries: Sequence[Entry]) -> Iterable[Fault]:
    """Two rows that cannot both be right; each fault names the other row."""
    first: dict[tuple[str, str], Entry] = {}
    by_channel: dict[tuple[tuple[str, str], str], Entry] = {}
    for entry in entries:
        other = first.setdefault(entry.person, entry)
        twin = by_channel.setdefault((entry.person, entry.channel), entry)
        if not same_name(other.first_name, entry.first_name):
            yield fault(entry.line, "mobile", "same number", other=other.line)
        elif what := next((each for each in SHARED if getattr(other, each) != getattr(entry, each)), None):
            yield fault(entry.line, what, "said twice", other=other.line, what=what)
        elif (twin.consent_at, twin.consent_by) != (entry.consent_at, entry.consent_by):
            yield fault(entry.line, "consent_at", "said twice", other=twin.line, what="consent")


def _practitioner_faults(entries: Sequence[Entry], known: _Known) -> Iterable[Fault]:
    emails: dict[str, list[str]] = {}
    for scheme, email in known.practitioners:
        emails.setdefault(scheme, []).append(email)
    for entry in entries:
        practitioner = known.practitioners.get((entry.scheme, entry.practitioner_email))
        if practitioner is None:
            near = hint(entry.practitioner_email, emails.get(entry.scheme, []))
            yield fault(entry.line, "practitioner_email", "practitioner", hint=near)
        elif practitioner.retired_at and not known.held.get(entry.person):
            yield fault(entry.line, "practitioner_email", "retired")


def _taken(entries: Sequence[Entry], known: _Known) -> Iterable[Fault]:
    for entry in entries:
        held = known.held.get(entry.person)
        if held and not known.gone(held) and not same_name(held.first_name, entry.first_name):
            yield fault(entry.line, "mobile", "taken", since=f"{held.enrolled_at:%-d %B %Y}")


# ---------------------------------------------------------------- one row


def _take(entry: Entry, known: _Known, writing: Enrolments, done: Imported) -> None:
    """Decide about one row; nothing is written yet."""
    held = known.held.get(entry.person)
    why_not = known.why_not(entry)
    if why_not:
        done.opted_out += 1
        done.notices.append(why_not)
    elif held is None or known.gone(held):
        _take_newcomer(entry, known, writing, done)
    elif entry.channel not in held.channels | writing.added.get(held.person_id, frozenset()):
        writing.channel(entry, held.person_id)
        done.channels += 1
    else:
        done.unchanged += 1
        if known.practitioners[entry.scheme, entry.practitioner_email].id != held.practitioner_id:
            done.notices.append(Notice(entry.line, "elsewhere"))


def _take_newcomer(entry: Entry, known: _Known, writing: Enrolments, done: Imported) -> None:
    """Somebody new, somebody who comes back, or the next one to have a number that was somebody's."""
    held = known.held.get(entry.person)
    person_id = writing.people.get(entry.person)
    if person_id and entry.channel in writing.added[person_id]:
        done.unchanged += 1
    elif person_id:
        writing.channel(entry, person_id)
        done.channels += 1
    elif held and same_name(held.first_name, entry.first_name):
        # An old file must not bring back somebody who has left: they agreed anew, or they stay away. But a
        # practitioner who has allowed them answers for what they agreed to before.
        said = known.last_consent.get(held.person_id, entry.consent_at)
        if entry.consent_at <= said and held.person_id not in known.allowed:
            done.unchanged += 1
            done.outdated += 1
            return
        done.enrolled.append(writing.returned(entry, held.person_id, held.channels))
    else:
        if held:
            writing.freed.append((held.person_id, entry.mobile))
        done.enrolled.append(writing.person(entry))

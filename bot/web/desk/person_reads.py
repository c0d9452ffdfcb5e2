"""Reads what a person's page shows, but for the facts that ``person_facts`` adds: plain values, times in their zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_
from sqlalchemy.orm import Session

from bot import looks, seeing, staff_texts
from bot.conversation import signature, timing
from bot.gate import BY_HAND, Reason
from bot.library import Library
from bot.models import Address, CheckIn, Flag, Message, ServiceUser
from bot.outbox.outgoing import own_words
from bot.outbox.states import CANCELLED
from bot.people import UNDER_WAY
from bot.seeing import Viewer
from bot.web import outlook
from bot.web.desk import flag_words, person_settled, thread_reads, thread_words
from bot.web.desk.person_settled import Settled
from bot.web.desk.reply_box import LATER, Box
from bot.web.desk.thread_reads import Thread, Waiting
from bot.web.outlook import Coming

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OpenFlag:
    """A flag as it stands on its person's page. ``answered``: somebody has written to them since."""

    id: UUID
    version: int
    kind: str
    title: str
    since: datetime
    answered: bool
    closable: bool


@dataclass(frozen=True, slots=True)
class WayThere:
    """A way by which they can be texted, and whether it takes words now."""

    channel: str
    label: str
    open: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """The part in which one writes. ``barred``: why nobody may; ``warning``: what to think of first; ``leaves``: when a
    text written now would leave, where that is not at once.
    """

    box: Box
    ways: Sequence[WayThere]
    barred: str
    warning: str
    leaves: datetime | None
    signed: str


@dataclass(frozen=True, slots=True)
class Contacts:
    """Three times, kept apart: they wrote, a person wrote to them, the bot did."""

    theirs: datetime | None
    person: datetime | None
    automatic: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPage:
    """Everything on the page but the facts."""

    id: UUID
    name: str
    reference: str
    practitioner: str
    mobile: str
    zone: str
    now: datetime
    state: str
    held: bool
    can_hand_back: bool
    can_hold: bool
    can_pause: bool
    paused: bool
    break_again: date | None
    first_day: date
    contacts: Contacts
    coming: Sequence[Coming]
    flags: Sequence[OpenFlag]
    settled: Sequence[Settled]
    thread: Thread
    waiting: Sequence[Waiting]
    reply: Reply
    looked_lately: bool


def read(db: Session, library: Library, around: "Around", viewer: Viewer, asked: "Asked", now: datetime) -> PersonPage:
    """The page as ``viewer`` sees it."""
    person = around.person
    called = thread_reads.names(db, person)
    looking = (viewer.email, now - looks.ONE_LOOK)
    thread, looked = thread_reads.read(db, person, called, asked.before, looking)
    rows = thread_reads.waiting(db, person, asked.again)
    zone = ZoneInfo(person.zone)
    here = now.astimezone(zone)
    held = person.held_for is not None and not (person.held_until and person.held_until <= now)
    due = [(row.due_at, row.kind) for row in rows if row.due_at is not None and row.kind != BY_HAND]
    words = {"name": person.first_name, "practitioner": called.of_owner}
    return PersonPage(
        id=person.id,
        name=person.first_name,
        reference=person.reference or "",
        practitioner=called.of_owner,
        mobile=_mobile(person, around.addresses),
        zone=person.zone,
        now=here,
        state=outlook.state(person, words, zone),
        held=held,
        can_hand_back=held and person.held_for != "not_safe",
        can_hold=not held and person.state in UNDER_WAY,
        can_pause=person.state in UNDER_WAY,
        paused=person.state in ("paused", "resting"),
        break_again=_break_again(thread, person, now),
        first_day=here.date() + A_DAY,
        contacts=Contacts(*(_local(person, at) for at in _contacts(person))),
        coming=outlook.expected(person, around.alarms, due[: outlook.MOST_WAITING], now, zone),
        flags=_flags(person, around.flags),
        settled=[person_settled.shown(person, each, now) for each in around.settled],
        thread=thread,
        waiting=thread_reads.written(rows, person, called),
        reply=_reply(library, person, viewer, around.addresses, _box(person, rows, asked, now), now),
        looked_lately=looked,
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page is asked to show: the texts before one; a box as it was sent; a text to change, or to say again."""

    before: UUID | None = None
    box: Box | None = None
    change: UUID | None = None
    again: UUID | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """A person, where they can be texted, the alarms of the check-in that is open, and the flags that are."""

    person: ServiceUser
    addresses: Sequence[Address]
    alarms: outlook.Alarms
    flags: Sequence[Flag]
    # Those that the reader closed in the last day.
    settled: Sequence[Flag]


def around(db: Session, viewer: Viewer, person_id: UUID, now: datetime) -> Around | None:
    """One of the people they may see, in one query: a row for each of the two or three that somebody has of these."""

    def theirs(table: Any, *still: Any) -> Any:
        return and_(table.scheme_id == ServiceUser.scheme_id, table.service_user_id == ServiceUser.id, *still)

    rows = db.execute(
        seeing.people(viewer)
        .add_columns(Address, CheckIn.wake_at, CheckIn.remind_at, Flag)
        .select_from(ServiceUser)
        .outerjoin(Address, theirs(Address))
        .outerjoin(CheckIn, theirs(CheckIn, CheckIn.ended_at.is_(None)))
        .outerjoin(Flag, theirs(Flag, person_settled.open_or_settled(viewer, now)))
        .where(ServiceUser.id == person_id)
    ).all()
    if not rows:
        return None
    addresses: dict[UUID, Address] = {each.id: each for _, each, _, _, _ in rows if each is not None}
    flags: dict[UUID, Flag] = {flag.id: flag for *_, flag in rows if flag is not None}
    still_open = [flag for flag in flags.values() if flag.closed_at is None]
    loud_first = sorted(still_open, key=lambda flag: (not flag.loud, flag.raised_at))
    settled = person_settled.newest_first(flags.values())
    return Around(rows[0][0], [*addresses.values()], (rows[0].wake_at, rows[0].remind_at), loud_first, settled)


def _contacts(person: ServiceUser) -> tuple[datetime | None, ...]:
    return person.last_inbound_at, person.last_person_sent_at, person.last_automatic_sent_at


def _local(person: ServiceUser, at: datetime | None) -> datetime | None:
    return timing.local(person.zone, at) if at else None


def _mobile(person: ServiceUser, addresses: Sequence[Address]) -> str:
    """Where to ring them; nothing where that puts them in danger, or where an address is no number."""
    numbers = [each.address for each in addresses if each.address.startswith("+")]
    return numbers[0] if numbers and person.held_for != "not_safe" else ""


def _break_again(thread: Thread, person: ServiceUser, now: datetime) -> date | None:
    """Until when a break was that was ended within the day, and can be taken up again."""
    ended = thread.break_ended
    if ended is None or person.state != "active" or ended.at < now - A_DAY:
        return None
    until = timing.local(person.zone, ended.until).date()
    return until if until > timing.local(person.zone, now).date() else None


def _flags(person: ServiceUser, rows: Sequence[Flag]) -> list[OpenFlag]:
    wrote = person.last_person_sent_at
    return [
        OpenFlag(
            id=row.id,
            version=row.version,
            kind=row.kind,
            title=flag_words.title(row.kind, person.first_name),
            since=timing.local(person.zone, row.raised_at),
            answered=wrote is not None and wrote > row.updated_at,
            closable=row.kind != "safety",
        )
        for row in rows
    ]


def _reply(
    library: Library,
    person: ServiceUser,
    viewer: Viewer,
    addresses: Sequence[Address],
    box: Box,
    now: datetime,
) -> Reply:
    ways = staff_texts.ways(addresses, person.channel, now)
    scheme = library.scheme(person.scheme_id)
    leaves = timing.next_allowed(person.zone, scheme.quiet_from, scheme.quiet_until, now)
    return Reply(
        box=box,
        ways=[WayThere(w.address.channel, str(thread_words.CHANNELS[w.address.channel]), w.open) for w in ways],
        barred=_barred(person, addresses, ways),
        warning=person.held_for if person.held_for == "safety" else "",
        leaves=timing.local(person.zone, leaves) if leaves > now else None,
        signed=signature.signed("x", viewer.first_name)[2:],
    )


def _barred(person: ServiceUser, addresses: Sequence[Address], ways: Sequence[Any]) -> str:
    why = staff_texts.barred(person)
    if why is None and not ways:
        why = Reason.UNREACHABLE if any(each.consented for each in addresses) else Reason.NO_CONSENT
    if why is None and not any(way.open for way in ways):
        why = Reason.WHATSAPP_CLOSED
    return thread_words.refused(why, None, person.zone)[1] if why else ""


def _box(person: ServiceUser, rows: Sequence[Message], asked: Asked, now: datetime) -> Box:
    """What was sent; a text that waits, to be changed; one that was taken back, to be said again; or nothing."""
    if asked.box is not None:
        return asked.box
    row = next((each for each in rows if each.id == asked.change and thread_reads.waits(each)), None)
    if row is not None:
        at = timing.local(person.zone, row.planned_for) if row.planned_for and row.planned_for > now else None
        day, clock = (f"{at:%Y-%m-%d}", f"{at:%H:%M}") if at else ("", "")
        return Box(
            words=row.body, channel=row.channel, day=day, clock=clock, instead=row.id, act=LATER if at else "send"
        )
    found = next((each for each in rows if each.id == asked.again and each.state == CANCELLED), None)
    return Box(words=own_words(found)) if found is not None else Box()

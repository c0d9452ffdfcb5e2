"""What there is to tell a practitioner now: the flags of their people, good news, and who is on track.

The digest mails it and the page of today shows it. A handful of queries, however many people there are.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, text, true
from sqlalchemy.orm import Session

from bot import alerts, links, promises
from bot.channels import codes
from bot.conversation import flag_kinds, timing
from bot.conversation.digest_items import Item, Link, Matter, Promised, Told
from bot.conversation.scheme import Scheme
from bot.models import Cover, Flag, Message, Practitioner, ServiceUser, Step

A_WEEK = timedelta(days=7)
# A week's check-in that came to nothing, and the day on which it was tried again.
LATELY = timedelta(days=8)

Found = tuple[Flag, ServiceUser | None]


@dataclass(frozen=True, slots=True)
class Caseload:
    """Whose people it is about (None: everybody's), with what was passed on to ``email`` alone.

    ``unclaimed``: and the numbers nobody knows.
    """

    email: str
    owners: Collection[UUID] | None
    unclaimed: bool = False


@dataclass(frozen=True, slots=True)
class Mailed:
    """To whom a digest goes, and which it is: what its links are made of."""

    to: Practitioner
    digest_id: UUID


def caseload_of(db: Session, practitioner: Practitioner, today: date) -> Caseload:
    """Their own people unless somebody covers, those they cover for, and for a lead what nobody else has."""
    in_force = (Cover.first_day <= today, Cover.last_day >= today)
    mine = or_(Cover.practitioner_id == practitioner.id, Cover.covered_by_id == practitioner.id)
    covers = db.scalars(select(Cover).where(Cover.scheme_id == practitioner.scheme_id, mine, *in_force)).all()
    away = any(cover.practitioner_id == practitioner.id for cover in covers)
    owners = {cover.practitioner_id for cover in covers if cover.covered_by_id == practitioner.id}
    owners |= set() if away else {practitioner.id}
    lead = alerts.lead(db, practitioner.scheme_id)
    leads = lead is not None and lead.id == practitioner.id
    if leads and not away:
        retired = (Practitioner.scheme_id == practitioner.scheme_id, Practitioner.retired_at.is_not(None))
        owners |= set(db.scalars(select(Practitioner.id).where(*retired)))
    # Without a lead everybody sees the numbers nobody knows: better twice than by none.
    return Caseload(practitioner.email, owners, unclaimed=(leads or lead is None) and not away)


def flags_of(db: Session, scheme: Scheme, caseload: Caseload, now: datetime) -> list[Found]:
    """Their open flags with their people, the oldest first; and those that were passed on to them."""
    found = (
        select(Flag, ServiceUser)
        .outerjoin(ServiceUser, ServiceUser.id == Flag.service_user_id)
        .where(Flag.scheme_id == scheme.key, Flag.closed_at.is_(None), whose(caseload, now))
        .order_by(Flag.raised_at)
    )
    return [(flag, person) for flag, person in db.execute(found)]


def whose(caseload: Caseload, now: datetime) -> ColumnElement[bool]:
    """What restricts flags joined with their people to those that are told here."""
    nobodys = and_(Flag.service_user_id.is_(None), true() if caseload.unclaimed else false())
    # Without an end they have said that they have it.
    passed = and_(Flag.passed_to == caseload.email, or_(Flag.passed_until.is_(None), Flag.passed_until > now))
    return or_(_theirs(caseload), nobodys, passed)


def matter_of(
    db: Session,
    scheme: Scheme,
    caseload: Caseload,
    found: Sequence[Found],
    now: datetime,
    mailed: Mailed | None = None,
) -> Matter:
    """What there is to tell of these flags. With ``mailed`` it carries the links of a mail."""
    needing = [pair for pair in found if needs(*pair, now) and not passed_on(pair[0], caseload, now)]
    where = links.of(db)
    done = db.execute(_steps_done(scheme, caseload, now - A_WEEK)).all()
    flagged = {flag.service_user_id for flag, _ in found if not flag_kinds.of(flag.kind).fact}
    return Matter(
        now=now,
        zone=scheme.zone,
        detail=scheme.digest_detail,
        items=[item_of(scheme, *pair, _links(where, *pair, mailed)) for pair in needing],
        promised=_promised(db, scheme, caseload, now),
        done=[Told(_who(scheme, person), step.words) for step, person in done],
        people_done=len({person.id for _, person in done}),
        good_news=_facts(scheme, found, "good_news"),
        stopped=_facts(scheme, found, "opted_out"),
        on_track=_active(db, scheme, caseload, flagged, now),
        taken_on=sum(taken(flag) for flag, _ in found),
        everything=where.today(),
    )


def _promised(db: Session, scheme: Scheme, caseload: Caseload, now: datetime) -> list[Promised]:
    """What was promised to these people for today or before, and is still to be done."""
    due = promises.due_of(db, scheme.key, caseload.owners, timing.local(scheme.zone, now).date())
    return [_promise(scheme, each, mine=each.promise.by == caseload.email) for each in due]


def _promise(scheme: Scheme, due: promises.Due, *, mine: bool) -> Promised:
    promise, who = due.promise, _who(scheme, due.person)
    what = promises.WHAT.get(promise.what, promise.what)
    return Promised(who, what, promise.day, promise.words, due.person.id, "" if mine else due.by)


def needs(flag: Flag, person: ServiceUser | None, now: datetime) -> bool:
    """Whether a flag stands in the digest: nobody has it, it is not put off, and nobody has written since."""
    if flag_kinds.of(flag.kind).fact:
        return False
    if flag.kind == "safety":
        return True
    put_off = flag.snoozed_until is not None and flag.snoozed_until > now
    gone = person is not None and person.state == "closed" and flag.kind not in flag_kinds.LOUD
    return not (put_off or answered(flag, person) or gone or flag.acknowledged_at)


def answered(flag: Flag, person: ServiceUser | None) -> bool:
    """Whether somebody of the staff has written to them since."""
    wrote = person.last_person_sent_at if person is not None else None
    return wrote is not None and wrote > flag.updated_at


def passed_on(flag: Flag, caseload: Caseload, now: datetime) -> bool:
    """Whether somebody else has been asked to see to it; a safety flag stays with everybody who was told."""
    given = flag.passed_to not in (None, caseload.email) and flag.kind != "safety"
    # Without an end: they have dealt with it, and it stays theirs.
    return given and (flag.passed_until is None or flag.passed_until > now)


def taken(flag: Flag) -> bool:
    """Whether somebody has it, and need not be told of it again."""
    return flag.acknowledged_at is not None and flag.kind != "safety"


def item_of(scheme: Scheme, flag: Flag, person: ServiceUser | None, links: Sequence[Link] = ()) -> Item:
    """A flag as it is told."""
    return Item(
        kind=flag.kind,
        code=alerts.flag_code(flag.id),
        who=_who(scheme, person),
        evidence=flag.evidence,
        raised_at=flag.raised_at,
        back=flag.snoozed_until is not None,
        taken_by=flag.acknowledged_by,
        links=links,
    )


def _links(where: links.Links, flag: Flag, person: ServiceUser | None, mailed: Mailed | None) -> list[Link]:
    return where.of_flag(flag, person, mailed.to, mailed.digest_id) if mailed else []


def _who(scheme: Scheme, person: ServiceUser | None) -> str:
    if person is None:
        return alerts.NOBODY
    return alerts.who(person.first_name, person.reference, person.id, scheme.digest_detail)


def _facts(scheme: Scheme, found: Sequence[Found], kind: str) -> list[Told]:
    return [
        Told(_who(scheme, person), _words(flag), flag.evidence.get("details", {}).get("note"))
        for flag, person in found
        if flag.kind == kind
    ]


def _words(flag: Flag) -> str | None:
    last = flag.evidence.get("last_words")
    return last["words"] if last else None


def _theirs(caseload: Caseload) -> ColumnElement[bool]:
    known = ServiceUser.id.is_not(None)
    return known if caseload.owners is None else ServiceUser.practitioner_id.in_(caseload.owners)


def _steps_done(scheme: Scheme, caseload: Caseload, since: datetime) -> Select[Step, ServiceUser]:
    return (
        select(Step, ServiceUser)
        .join(ServiceUser, ServiceUser.id == Step.service_user_id)
        .where(ServiceUser.scheme_id == scheme.key, _theirs(caseload))
        # In the very words of the partial index ix_step_done, or SQLite would not use it.
        .where(text("step.outcome = 'done'"), Step.scheme_id == scheme.key, Step.outcome_at > since)
        .order_by(Step.outcome_at.desc())
    )


def _active(db: Session, scheme: Scheme, caseload: Caseload, flagged: Collection[UUID | None], now: datetime) -> int:
    """How many get their check-ins with nothing to say about them. Whose texts came to nothing lately gets none."""
    theirs = (ServiceUser.scheme_id == scheme.key, _theirs(caseload), ServiceUser.state == "active")
    in_vain = exists().where(
        Message.scheme_id == ServiceUser.scheme_id,
        Message.service_user_id == ServiceUser.id,
        Message.created_at > now - LATELY,
        Message.kind == "check_in",
        Message.state.in_(codes.FAILED),
        or_(ServiceUser.last_inbound_at.is_(None), Message.created_at > ServiceUser.last_inbound_at),
    )
    active = db.scalars(select(ServiceUser.id).where(*theirs, ~in_vain))
    return len(set(active) - set(flagged))

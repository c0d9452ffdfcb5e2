"""Digests: once a working day, if something needs the practitioner; on the first of a week always.

Made from the state at the moment of sending. The row that says "made" and the mail's row are one
transaction; ``mail`` sends.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, and_, false, func, or_, select, true
from sqlalchemy.orm import Session

from bot import alerts, flags
from bot.conversation import flag_kinds, timing
from bot.conversation.digest_items import Item, Matter, Told
from bot.conversation.digest_text import compose, mark
from bot.conversation.scheme import Hours, Scheme
from bot.conversation.spoken import parse_hours
from bot.library import Library
from bot.models import Cover, Digest, Email, Flag, Practitioner, ServiceUser, Step

__all__ = ["compose", "due", "make", "next_digest_at"]

A_WEEK = timedelta(days=7)
A_BIT_LATE = timedelta(hours=1)
BATCH = 500
# What marks in a digest's counts what it told.
MARK = "told"

Found = tuple[Flag, ServiceUser | None]


@dataclass(frozen=True, slots=True)
class Caseload:
    """Whose people a digest is about; ``unclaimed``: and the numbers nobody knows."""

    owners: Collection[UUID]
    unclaimed: bool = False


def next_digest_at(scheme: Scheme, practitioner: Practitioner, now: datetime) -> datetime:
    """When the next digest is due: the scheme's time on the practitioner's next working day. Pure."""
    hours, today = _hours(practitioner), timing.local(scheme.zone, now).date()
    first = timing.next_working_day(hours, scheme.holidays, today)
    at = _at(scheme, first)
    return at if at > now else _at(scheme, timing.next_working_day(hours, scheme.holidays, first + timing.DAY))


def due(db: Session, library: Library, now: datetime) -> list[UUID]:
    """The practitioners whose alarm has rung, the longest waiting first."""
    ringing = select(Practitioner.id).where(Practitioner.digest_at <= now, Practitioner.retired_at.is_(None))
    return list(db.scalars(ringing.order_by(Practitioner.digest_at).limit(BATCH)).all())


def make(db: Session, library: Library, practitioner_id: UUID, now: datetime, by_hand: bool = False) -> Email | None:
    """Make a practitioner's digest and set the alarm of the next. None where nothing is to be told.

    1. Not due, or made today already: nothing. ``by_hand`` makes one whatever the hour and the news; a second one
       of a day only when something has changed since.
    2. A day nobody works, or somebody covers for them: nothing; their people are in the cover's digest. After an
       outage of ours, outside their hours: it waits for their next one, from the state of that moment.
    3. Nothing needs anyone, and it is not the first working day of the week: nothing.
    """
    practitioner = _locked(db, practitioner_id)
    if practitioner is None or practitioner.retired_at:
        return None
    scheme = library.scheme(practitioner.scheme_id)
    today = timing.local(scheme.zone, now).date()
    if not by_hand:
        if practitioner.digest_at is None or practitioner.digest_at > now:
            return None
        practitioner.digest_at = next_digest_at(scheme, practitioner, now)
        if not _works(scheme, practitioner, today) or _made(db, practitioner, today):
            return None
        if not _at_a_good_hour(scheme, practitioner, now):
            return None
    caseload = _caseload(db, practitioner, today)
    if not caseload.owners and not by_hand:
        return None
    found = _flags(db, scheme, caseload)
    matter = _matter(db, scheme, caseload, found, now)
    news = _is_news(db, practitioner, matter, today) if by_hand else bool(matter.items)
    if news or (not by_hand and _first_of_week(scheme, practitioner, today)):
        _close_facts(db, found, now)
        return _keep(db, practitioner, matter, today, by_hand=by_hand)
    return None


def _matter(db: Session, scheme: Scheme, caseload: Caseload, found: Sequence[Found], now: datetime) -> Matter:
    """What there is to tell, in a handful of queries however many people there are."""
    needing = [pair for pair in found if _needs(*pair, now)]
    done = db.execute(_steps_done(scheme, caseload, now - A_WEEK)).all()
    flagged = {flag.service_user_id for flag, _ in found if not flag_kinds.of(flag.kind).fact}
    return Matter(
        now=now,
        zone=scheme.zone,
        detail=scheme.digest_detail,
        items=[_item(scheme, flag, person) for flag, person in needing],
        done=[Told(_who(scheme, person), step.words) for step, person in done],
        people_done=len({person.id for _, person in done}),
        good_news=_facts(scheme, found, "good_news"),
        stopped=_facts(scheme, found, "opted_out"),
        on_track=_active(db, scheme, caseload, flagged),
        taken_on=sum(_taken(flag) for flag, _ in found),
    )


def _needs(flag: Flag, person: ServiceUser | None, now: datetime) -> bool:
    """Whether a flag stands in the digest: nobody has it, it is not put off, and nobody has written since."""
    if flag_kinds.of(flag.kind).fact:
        return False
    if flag.kind == "safety":
        return True
    put_off = flag.snoozed_until is not None and flag.snoozed_until > now
    wrote = person is not None and person.last_person_sent_at is not None
    answered = wrote and person is not None and (person.last_person_sent_at or now) > flag.updated_at
    gone = person is not None and person.state == "closed" and flag.kind not in flag_kinds.LOUD
    return not (put_off or answered or gone or flag.acknowledged_at)


def _taken(flag: Flag) -> bool:
    return flag.acknowledged_at is not None and flag.kind != "safety"


def _item(scheme: Scheme, flag: Flag, person: ServiceUser | None) -> Item:
    return Item(
        kind=flag.kind,
        code=alerts.flag_code(flag.id),
        who=_who(scheme, person),
        evidence=flag.evidence,
        raised_at=flag.raised_at,
        back=flag.snoozed_until is not None,
        taken_by=flag.acknowledged_by,
    )


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


def _close_facts(db: Session, found: Sequence[Found], now: datetime) -> None:
    """A fact is told once. What somebody writes in this moment, or has written since it was read, is told next time."""
    read = {flag.id: flag.version for flag, _ in found if flag_kinds.of(flag.kind).fact}
    # It waits for nobody: others lock a flag behind its person.
    free = select(Flag).where(Flag.id.in_(read), Flag.closed_at.is_(None)).with_for_update(skip_locked=True)
    for flag in db.scalars(free.execution_options(populate_existing=True)).all():
        if flag.version == read[flag.id]:
            flags.told(db, flag, now)


def _is_news(db: Session, practitioner: Practitioner, matter: Matter, today: date) -> bool:
    """Whether there are other things to tell than in the day's last digest. One that failed told nobody."""
    last = _last_of(db, practitioner, today)
    if last is None or matter.good_news or matter.stopped:
        return True
    state = db.scalar(select(Email.state).where(Email.intention == _intention(practitioner, today, last.turn)))
    return state == "failed" or last.counts.get(MARK) != mark(matter)


def _intention(practitioner: Practitioner, today: date, turn: int) -> str:
    return f"digest:{practitioner.id.hex}:{today.isoformat()}:{turn}"


def _keep(db: Session, practitioner: Practitioner, matter: Matter, today: date, *, by_hand: bool) -> Email:
    made, now = compose(matter), matter.now
    turn = _next_turn(db, practitioner, today) if by_hand else 0
    owner = {"scheme_id": practitioner.scheme_id}
    counts = {**made.counts, MARK: mark(matter)}
    digest = Digest(**owner, practitioner_id=practitioner.id, day=today, turn=turn, made_at=now, counts=counts)
    email = Email(
        **owner,
        to=practitioner.email,
        kind="digest",
        subject=made.subject,
        body=made.body,
        intention=_intention(practitioner, today, turn),
        due_at=now,
        created_at=now,
    )
    db.add_all([digest, email])
    db.flush()
    return email


# ---------------------------------------------------------------- whose digest, and which day


def _hours(practitioner: Practitioner) -> Hours:
    return parse_hours(practitioner.hours)


def _at(scheme: Scheme, day: date) -> datetime:
    return timing.instant(scheme.zone, day, scheme.digest_time)


def _works(scheme: Scheme, practitioner: Practitioner, day: date) -> bool:
    return timing.next_working_day(_hours(practitioner), scheme.holidays, day) == day


def _at_a_good_hour(scheme: Scheme, practitioner: Practitioner, now: datetime) -> bool:
    """Within an hour of the digest's own time, or while they work: nobody's phone goes off at night for it."""
    usual = _at(scheme, timing.local(scheme.zone, now).date())
    on_time = usual <= now <= usual + A_BIT_LATE
    return on_time or timing.in_hours(_hours(practitioner), scheme.holidays, scheme.zone, now)


def _first_of_week(scheme: Scheme, practitioner: Practitioner, day: date) -> bool:
    """Monday; or the first day they work, where Monday is a holiday or none of their days."""
    monday = day - day.weekday() * timing.DAY
    return timing.next_working_day(_hours(practitioner), scheme.holidays, monday) == day


def _caseload(db: Session, practitioner: Practitioner, today: date) -> Caseload:
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
    return Caseload(owners, unclaimed=(leads or lead is None) and not away)


def _made(db: Session, practitioner: Practitioner, today: date) -> bool:
    """Whether the day's own digest has been made; those asked for by hand do not count."""
    own = select(Digest.id).where(Digest.practitioner_id == practitioner.id, Digest.day == today)
    return db.scalars(own.where(Digest.turn == 0)).first() is not None


def _last_of(db: Session, practitioner: Practitioner, today: date) -> Digest | None:
    """The day's last digest. Its own (turn 0) may come after one by hand."""
    theirs = select(Digest).where(Digest.practitioner_id == practitioner.id, Digest.day == today)
    return db.scalars(theirs.order_by(Digest.made_at.desc(), Digest.turn.desc()).limit(1)).first()


def _next_turn(db: Session, practitioner: Practitioner, today: date) -> int:
    """By hand there may be any number a day, counted from 1."""
    made = select(func.max(Digest.turn)).where(Digest.practitioner_id == practitioner.id, Digest.day == today)
    return (db.scalar(made) or 0) + 1


def _locked(db: Session, practitioner_id: UUID) -> Practitioner | None:
    found = select(Practitioner).where(Practitioner.id == practitioner_id).with_for_update(key_share=True)
    return db.scalars(found.execution_options(populate_existing=True)).one_or_none()


# ---------------------------------------------------------------- the rows


def _flags(db: Session, scheme: Scheme, caseload: Caseload) -> list[Found]:
    theirs = ServiceUser.practitioner_id.in_(caseload.owners)
    nobodys = and_(Flag.service_user_id.is_(None), true() if caseload.unclaimed else false())
    found = (
        select(Flag, ServiceUser)
        .outerjoin(ServiceUser, ServiceUser.id == Flag.service_user_id)
        .where(Flag.scheme_id == scheme.key, Flag.closed_at.is_(None), or_(theirs, nobodys))
        .order_by(Flag.raised_at)
    )
    return [(flag, person) for flag, person in db.execute(found)]


def _steps_done(scheme: Scheme, caseload: Caseload, since: datetime) -> Select[Step, ServiceUser]:
    return (
        select(Step, ServiceUser)
        .join(ServiceUser, ServiceUser.id == Step.service_user_id)
        .where(ServiceUser.scheme_id == scheme.key, ServiceUser.practitioner_id.in_(caseload.owners))
        .where(Step.outcome == "done", Step.outcome_at > since)
        .order_by(Step.outcome_at.desc())
    )


def _active(db: Session, scheme: Scheme, caseload: Caseload, flagged: Collection[UUID | None]) -> int:
    """How many get their check-ins with nothing to say about them."""
    theirs = (ServiceUser.scheme_id == scheme.key, ServiceUser.practitioner_id.in_(caseload.owners))
    active = db.scalars(select(ServiceUser.id).where(*theirs, ServiceUser.state == "active"))
    return len(set(active) - set(flagged))

"""Reads what a phone page shows: a dozen short queries, however long the thread is."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bot import seed
from bot.conversation import segments
from bot.models import Dream, Email, Flag, Heartbeat, Message, Practitioner, ServiceUser, Step
from bot.service import Service
from bot.web import outlook
from bot.web.evidence import lines, rule
from bot.web.phone_page import (
    FLAG_TITLES,
    OUTCOMES,
    Bubble,
    FlagCard,
    MailCard,
    Other,
    Page,
    StepLine,
)

TEXTS_A_PAGE = 30
STEPS_SHOWN = 8
WINS_SHOWN = 3
MAILS_SHOWN = 4
# On the phone only what arrived: what was cancelled or is on its way was never seen by the person.
ARRIVED = ("accepted", "sent", "delivered", "read", "submitting")

Names = dict[str, str]


def first_person(service: Service) -> uuid.UUID | None:
    """Whose phone is shown when nobody was picked."""
    with service.database.read() as db:
        return db.scalar(select(ServiceUser.id).order_by(*_BY_NAME).limit(1))


def seeded_at(service: Service) -> str:
    """When the example people were made; nothing where they never were."""
    with service.database.read() as db:
        mark = db.get(Heartbeat, seed.MARK)
        return mark.at.isoformat() if mark and mark.at else ""


def pair(db: Session, person_id: uuid.UUID) -> tuple[ServiceUser, Practitioner] | None:
    """The person and their practitioner, or None."""
    row = db.execute(
        select(ServiceUser, Practitioner)
        .join(Practitioner, Practitioner.id == ServiceUser.practitioner_id)
        .where(ServiceUser.id == person_id)
    ).one_or_none()
    return (row[0], row[1]) if row else None


def is_open_flag(db: Session, person_id: uuid.UUID, flag_id: uuid.UUID) -> bool:
    """Whether this is an open flag about this person."""
    found = select(Flag.id).where(Flag.id == flag_id, Flag.service_user_id == person_id, Flag.closed_at.is_(None))
    return db.scalar(found) is not None


def read_page(service: Service, person_id: uuid.UUID, number: int) -> Page | None:
    """Everything on one person's page; `number` 0 holds the newest texts. None where there is nobody."""
    now = service.clock.now()
    with service.database.read() as db:
        found = pair(db, person_id)
        return _page(db, *found, number, now) if found else None


def _page(db: Session, person: ServiceUser, practitioner: Practitioner, number: int, now: datetime) -> Page:
    zone = ZoneInfo(person.zone)
    names = {"name": person.first_name, "practitioner": practitioner.first_name}
    bubbles, more = _bubbles(db, person, practitioner, number, zone)
    steps = _steps(db, person, zone)
    return Page(
        id=person.id,
        name=person.first_name,
        practitioner=practitioner.first_name,
        now=now.astimezone(zone),
        people=_people(db),
        bubbles=bubbles,
        older_page=number + 1 if more else None,
        newer_page=number - 1 if number else None,
        flags=_flags(db, person, names, zone),
        mails=_mails(db, person, practitioner, zone),
        state=outlook.state(person, names, zone),
        step=steps[0] if steps else None,
        steps=steps,
        wins=_wins(db, person),
        dream=_dream(db, person),
        met_at=_local(person.met_at, zone),
        coming=outlook.coming(db, person, now, zone),
    )


_BY_NAME = (ServiceUser.first_name, ServiceUser.id)


def _people(db: Session) -> list[Other]:
    open_loud = select(Flag.id).where(
        Flag.service_user_id == ServiceUser.id, Flag.closed_at.is_(None), Flag.loud.is_(True)
    )
    rows = db.execute(
        select(ServiceUser.id, ServiceUser.first_name, ServiceUser.state, open_loud.exists())
        .order_by(*_BY_NAME)
        .limit(40)
    )
    return [Other(id_, name, "needs someone" if loud else _note(state)) for id_, name, state, loud in rows]


def _note(state: str) -> str:
    return "" if state == "active" else state.replace("_", " ")


def _bubbles(
    db: Session, person: ServiceUser, practitioner: Practitioner, number: int, zone: ZoneInfo
) -> tuple[Sequence[Bubble], bool]:
    """A page of texts, oldest first, and whether there are older ones."""
    rows = db.scalars(
        select(Message)
        .where(
            Message.scheme_id == person.scheme_id,
            Message.service_user_id == person.id,
            or_(Message.direction == "in", Message.state.in_(ARRIVED)),
        )
        # An answer is written in the moment of what it answers, and stands below it.
        .order_by(_ARRIVED_AT.desc(), (Message.direction == "out").desc(), Message.id)
        .offset(number * TEXTS_A_PAGE)
        .limit(TEXTS_A_PAGE + 1)
    ).all()
    bubbles: list[Bubble] = []
    for row in reversed(rows[:TEXTS_A_PAGE]):
        at = (row.delivered_at or row.sent_at or row.created_at).astimezone(zone)
        new_day = not bubbles or bubbles[-1].at.date() != at.date()
        who = person.first_name if row.direction == "in" else _author(row, practitioner)
        bubbles.append(_bubble(row, who, at, new_day))
    return bubbles, len(rows) > TEXTS_A_PAGE


_ARRIVED_AT = func.coalesce(Message.delivered_at, Message.sent_at, Message.created_at)


def _author(row: Message, practitioner: Practitioner) -> str:
    return practitioner.first_name if row.author == practitioner.email else row.author.capitalize()


def _bubble(row: Message, who: str, at: datetime, new_day: bool) -> Bubble:
    got = row.direction == "out"
    # What they send is billed to them, so nobody has counted it.
    return Bubble(row.id, got, row.body, row.media, who, row.segments or segments.count(row.body), at, new_day)


def _flags(db: Session, person: ServiceUser, names: Names, zone: ZoneInfo) -> list[FlagCard]:
    rows = db.scalars(
        select(Flag)
        .where(Flag.scheme_id == person.scheme_id, Flag.service_user_id == person.id, Flag.closed_at.is_(None))
        .order_by(Flag.loud.desc(), Flag.raised_at)
    )
    return [_flag(row, person, names, zone) for row in rows]


def _flag(row: Flag, person: ServiceUser, names: Names, zone: ZoneInfo) -> FlagCard:
    return FlagCard(
        id=row.id,
        title=FLAG_TITLES.get(row.kind, row.kind.replace("_", " ").capitalize()).format(**names),
        loud=row.loud,
        holds=person.held_for == row.kind,
        needs_note=row.kind == "safety",
        since=row.raised_at.astimezone(zone),
        seen_by=names["practitioner"] if row.acknowledged_at else None,
        snoozed_until=_local(row.snoozed_until, zone),
        evidence=lines(row.evidence, zone),
        rule=rule(row.evidence),
    )


def _mails(db: Session, person: ServiceUser, practitioner: Practitioner, zone: ZoneInfo) -> list[MailCard]:
    """What the practitioner was sent, and what others were told of this person's flags."""
    about = select(Flag.id).where(Flag.scheme_id == person.scheme_id, Flag.service_user_id == person.id)
    rows = db.scalars(
        select(Email)
        .where(Email.scheme_id == person.scheme_id, or_(Email.to == practitioner.email, Email.flag_id.in_(about)))
        .order_by(Email.created_at.desc(), Email.id)
        .limit(MAILS_SHOWN)
    )
    return [MailCard(row.kind, row.to, row.subject, row.body, row.created_at.astimezone(zone)) for row in rows]


def _steps(db: Session, person: ServiceUser, zone: ZoneInfo) -> list[StepLine]:
    rows = db.scalars(
        select(Step)
        .where(Step.scheme_id == person.scheme_id, Step.service_user_id == person.id)
        .order_by(Step.set_at.desc())
        .limit(STEPS_SHOWN)
    )
    return [
        StepLine(
            row.set_at.astimezone(zone),
            row.words,
            row.when_words,
            row.confidence,
            OUTCOMES.get(row.outcome, str(row.outcome)),
        )
        for row in rows
    ]


def _wins(db: Session, person: ServiceUser) -> Sequence[str]:
    return db.scalars(
        select(Step.words)
        .where(Step.scheme_id == person.scheme_id, Step.service_user_id == person.id, Step.outcome == "done")
        .order_by(Step.outcome_at.desc())
        .limit(WINS_SHOWN)
    ).all()


def _dream(db: Session, person: ServiceUser) -> str | None:
    return db.scalar(
        select(Dream.words)
        .where(Dream.scheme_id == person.scheme_id, Dream.service_user_id == person.id)
        .order_by(Dream.at.desc())
        .limit(1)
    )


def _local(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return at.astimezone(zone) if at else None

"""What is asked of the database: rows and facts out, nothing written, nothing committed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.conversation.facts import Facts, Practitioner, StepFacts
from bot.conversation.spoken import parse_hours
from bot.library import Library
from bot.models import Address, Answer, CheckIn, ConsentEvent, Dream, Flag, Message, ServiceUser, Step
from bot.models import Practitioner as PractitionerRow

WEEKLY = "weekly_check_in"
WELCOME = "welcome"
RECENT = 30  # steps and answers looked back on
PASSED_ON = "phrases/passed_on"

# ---------------------------------------------------------------- rows


def locked_person(db: Session, person_id: UUID) -> ServiceUser | None:
    """The person, locked until the transaction ends: a decision is made on what the one before it left."""
    return db.scalars(
        select(ServiceUser)
        .where(ServiceUser.id == person_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def address_of(db: Session, scheme_id: str, channel: str, address: str) -> Address | None:
    """Whose address this is in a scheme."""
    return db.scalars(
        select(Address).where(Address.scheme_id == scheme_id, Address.channel == channel, Address.address == address)
    ).one_or_none()


def addresses(db: Session, person: ServiceUser) -> Sequence[Address]:
    return db.scalars(
        select(Address).where(Address.scheme_id == person.scheme_id, Address.service_user_id == person.id)
    ).all()


def inbound(db: Session, provider_id: str) -> Message | None:
    """The text that the provider gave this id, if it has come before."""
    return db.scalars(select(Message).where(Message.provider_id == provider_id)).one_or_none()


def reply_to(db: Session, inbound_id: UUID) -> Message | None:
    return db.scalars(
        select(Message).where(Message.reply_to_id == inbound_id, Message.direction == "out").limit(1)
    ).first()


def last_check_in(db: Session, person: ServiceUser) -> CheckIn | None:
    """The person's open check-in, else their last one."""
    return db.scalars(
        select(CheckIn)
        .where(CheckIn.scheme_id == person.scheme_id, CheckIn.service_user_id == person.id)
        .order_by(CheckIn.ended_at.is_not(None), CheckIn.started_at.desc())
        .limit(1)
    ).first()


def last_step(db: Session, person: ServiceUser) -> Step | None:
    return db.scalars(_steps(person).limit(1)).first()


def last_consent(db: Session, person: ServiceUser) -> str | None:
    """What the person last said to being texted: agreed, opted_out, finished, ..."""
    return db.scalars(
        select(ConsentEvent.what)
        .where(ConsentEvent.scheme_id == person.scheme_id, ConsentEvent.service_user_id == person.id)
        .order_by(ConsentEvent.recorded_at.desc())
        .limit(1)
    ).first()


def _steps(person: ServiceUser) -> Any:
    return (
        select(Step)
        .where(Step.scheme_id == person.scheme_id, Step.service_user_id == person.id)
        .order_by(Step.set_at.desc())
    )


# ---------------------------------------------------------------- facts


def person_facts(
    db: Session, library: Library, person: ServiceUser, now: datetime, check_in: CheckIn | None = None
) -> Facts:
    """All that a conversation with this person needs to know, in seven queries whatever their history.

    Of the open ``check_in`` only what came before it counts: what it has learnt is in its own state.
    """
    before = check_in.started_at if check_in and check_in.ended_at is None else None
    scheme = library.scheme(person.scheme_id)
    return Facts(
        name=person.first_name,
        practitioner=_practitioner(db, person),
        scheme=scheme,
        zone=person.zone,
        language=person.language,
        channel=person.channel,
        state=person.state,
        held_for=person.held_for,
        started_at=person.started_at,
        met_at=person.met_at,
        dream_asked_at=person.dream_asked_at,
        dream_held_back=person.dream_held_back,
        signposted_at=person.signposted_at,
        silent_since=person.silent_since,
        silence=person.silence,
        every_weeks=person.every_weeks,
        slot_weekday=person.slot_weekday,
        slot_minute=person.slot_minute,
        next_check_in_at=person.next_check_in_at,
        passed_on_at=_passed_on_at(db, person),
        has_dream=_has_dream(db, person),
        **_step_facts(db, person, before),
        **_answer_facts(db, person, before),
        **_check_in_facts(db, person, before),
        **_flag_facts(db, person),
    )


def _practitioner(db: Session, person: ServiceUser) -> Practitioner:
    row = db.get_one(PractitionerRow, person.practitioner_id)
    return Practitioner(first_name=row.first_name, phone=row.phone, hours=parse_hours(row.hours))


def _step_facts(db: Session, person: ServiceUser, before: datetime | None) -> dict[str, Any]:
    steps = db.scalars(_steps(person).limit(RECENT)).all()
    told = [step for step in steps if step.outcome and not _since(step.outcome_at, before)]
    undone = next((n for n, step in enumerate(told) if step.outcome != "not_yet"), len(told))
    return {
        "step": _step(steps[0]) if steps else None,
        "wins": tuple(step.words for step in told if step.outcome == "done"),
        "undone_in_a_row": undone,
    }


def _since(at: datetime | None, before: datetime | None) -> bool:
    return at is not None and before is not None and at >= before


def _step(step: Step) -> StepFacts:
    return StepFacts(
        words=step.words,
        when_words=step.when_words,
        day=step.day,
        minute=step.minute,
        confidence=step.confidence,
        outcome=step.outcome,
        set_at=step.set_at,
    )


def _answer_facts(db: Session, person: ServiceUser, before: datetime | None) -> dict[str, Any]:
    rows = db.execute(
        select(Answer.kept_as, Answer.value, Answer.at)
        .where(
            Answer.scheme_id == person.scheme_id,
            Answer.service_user_id == person.id,
            Answer.kept_as.in_(("step.confidence", "step.why", "strength")),
            Answer.value.is_not(None),
            Answer.corrected_at.is_(None),
        )
        .order_by(Answer.at.desc())
        .limit(RECENT)
    ).all()
    last: Mapping[str | None, datetime] = {kept_as: at for kept_as, _, at in reversed(rows)}
    numbers = (value for kept_as, value, at in rows if kept_as == "step.confidence" and not _since(at, before))
    return {
        "confidences": tuple(int(number) for number in numbers if number and number.isdigit()),
        "why_asked_at": last.get("step.why"),
        "strength_asked_at": last.get("strength"),
    }


def _check_in_facts(db: Session, person: ServiceUser, before: datetime | None) -> dict[str, Any]:
    weekly = CheckIn.flow == WEEKLY
    earlier = weekly & (CheckIn.started_at < before) if before else weekly
    begun, answered, last = db.execute(
        select(
            func.count().filter(earlier),
            func.count(CheckIn.answered_at).filter(weekly),
            func.max(CheckIn.started_at),
        ).where(
            CheckIn.scheme_id == person.scheme_id,
            CheckIn.service_user_id == person.id,
            CheckIn.flow.in_((WEEKLY, WELCOME)),
        )
    ).one()
    return {"check_ins": begun, "answered_check_ins": answered, "last_check_in_at": last}


def _flag_facts(db: Session, person: ServiceUser) -> dict[str, Any]:
    rows = db.execute(
        select(Flag.kind, func.max(Flag.raised_at), func.count().filter(Flag.closed_at.is_(None)))
        .where(
            Flag.scheme_id == person.scheme_id,
            Flag.service_user_id == person.id,
            Flag.kind.in_(("safety", "quiet")),
        )
        .group_by(Flag.kind)
    ).all()
    by_kind = {kind: (raised, still_open) for kind, raised, still_open in rows}
    return {
        "safety_open": by_kind.get("safety", (None, 0))[1] > 0,
        "last_quiet_at": by_kind.get("quiet", (None, 0))[0],
    }


def _passed_on_at(db: Session, person: ServiceUser) -> datetime | None:
    return db.scalars(
        select(Message.created_at)
        .where(
            Message.scheme_id == person.scheme_id,
            Message.service_user_id == person.id,
            Message.node == PASSED_ON,
        )
        .order_by(Message.created_at.desc())
        .limit(1)
    ).first()


def _has_dream(db: Session, person: ServiceUser) -> bool:
    return (
        db.scalars(
            select(Dream.id).where(Dream.scheme_id == person.scheme_id, Dream.service_user_id == person.id).limit(1)
        ).first()
        is not None
    )

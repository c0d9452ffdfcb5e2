"""What is asked of the database: rows and facts out, nothing written, nothing committed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, exists, func, select, true
from sqlalchemy.orm import Session

from bot.conversation.facts import Facts, Practitioner, StepFacts
from bot.conversation.moves import PASSED_ON_ONCE_IN
from bot.conversation.rules import WORDLESS_ONCE_IN
from bot.conversation.spoken import parse_hours
from bot.library import Library
from bot.models import Address, Answer, CheckIn, ConsentEvent, Dream, Flag, Message, ServiceUser, Step
from bot.models import Practitioner as PractitionerRow

WEEKLY = "weekly_check_in"
WELCOME = "welcome"
RECENT = 30  # steps and answers looked back on
PASSED_ON = "phrases/passed_on"
# Who said it, of what was said to being texted.
SERVICE_USER, CARRIER = "service user", "carrier"
FOREVER = datetime.max.replace(tzinfo=UTC)

# The statements of every turn stand here ready: to build one anew takes as long as to run it.


def _mine(table: Any) -> tuple[Any, Any]:
    """What restricts a statement to one person's rows; ``_whose`` has the values."""
    return table.scheme_id == bindparam("scheme_id"), table.service_user_id == bindparam("person_id")


def _whose(person: ServiceUser) -> dict[str, Any]:
    return {"scheme_id": person.scheme_id, "person_id": person.id}


# ---------------------------------------------------------------- rows

# As gently as will do: a row that only points at a person need not wait for who decides about them.
_LOCKED_PERSON = (
    select(ServiceUser)
    .where(ServiceUser.id == bindparam("person_id"))
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)
# The person alone is locked: whoever changes an address holds its person.
_WRITER = (
    select(Address, ServiceUser)
    .join(ServiceUser, and_(ServiceUser.scheme_id == Address.scheme_id, ServiceUser.id == Address.service_user_id))
    .where(
        Address.scheme_id == bindparam("scheme_id"),
        Address.channel == bindparam("channel"),
        Address.address == bindparam("address"),
    )
    .with_for_update(of=ServiceUser, key_share=True)
    .execution_options(populate_existing=True)
)
_LAST_CHECK_IN = (
    select(CheckIn).where(*_mine(CheckIn)).order_by(CheckIn.ended_at.is_not(None), CheckIn.started_at.desc()).limit(1)
)


def locked_person(db: Session, person_id: UUID) -> ServiceUser | None:
    """The person, locked until the transaction ends: a decision is made on what the one before it left."""
    return db.scalars(_LOCKED_PERSON, {"person_id": person_id}).one_or_none()


def locked_writer(db: Session, scheme_id: str, channel: str, address: str) -> tuple[Address, ServiceUser] | None:
    """Whose address this is in a scheme: the address and its person, the person locked as above."""
    found = db.execute(_WRITER, {"scheme_id": scheme_id, "channel": channel, "address": address}).one_or_none()
    return (found[0], found[1]) if found else None


def addresses(db: Session, person: ServiceUser) -> Sequence[Address]:
    return db.scalars(select(Address).where(*_mine(Address)), _whose(person)).all()


def inbound(db: Session, provider_id: str) -> Message | None:
    """The text that the provider gave this id, if it has come before."""
    return db.scalars(select(Message).where(Message.provider_id == provider_id)).one_or_none()


def reply_to(db: Session, inbound_id: UUID) -> Message | None:
    return db.scalars(
        select(Message).where(Message.reply_to_id == inbound_id, Message.direction == "out").limit(1)
    ).first()


def last_check_in(db: Session, person: ServiceUser) -> CheckIn | None:
    """The person's open check-in, else their last one."""
    return db.scalars(_LAST_CHECK_IN, _whose(person)).first()


def last_consent(db: Session, person: ServiceUser) -> str | None:
    """What the person last said to being texted: agreed, opted_out, finished, ..."""
    said = select(ConsentEvent.what).where(*_mine(ConsentEvent)).order_by(ConsentEvent.recorded_at.desc())
    return db.scalars(said.limit(1), _whose(person)).first()


def last_consent_at(db: Session, person: ServiceUser) -> datetime | None:
    """When the person themselves last said whether they want texts, by the time at which they wrote it."""
    said = select(func.max(ConsentEvent.at)).where(*_mine(ConsentEvent), ConsentEvent.by == SERVICE_USER)
    return db.scalar(said, _whose(person))


# ---------------------------------------------------------------- facts


def _around() -> Any:
    """One row of all that is counted or looked up once: the practitioner, check-ins, flags, a dream."""
    weekly, still_open = CheckIn.flow == WEEKLY, Flag.closed_at.is_(None)
    check_ins = (
        select(
            func.count().filter(weekly & (CheckIn.started_at < bindparam("before"))).label("begun"),
            func.count(CheckIn.answered_at).filter(weekly).label("answered"),
            func.max(CheckIn.started_at).label("last"),
        )
        .where(*_mine(CheckIn), CheckIn.flow.in_((WEEKLY, WELCOME)))
        .subquery()
    )
    flags = (
        select(
            func.count().filter(still_open).label("still_open"),
            func.count().filter(still_open & (Flag.kind == "safety")).label("safety"),
            func.max(Flag.raised_at).filter(Flag.kind == "quiet").label("last_quiet_at"),
        )
        .where(*_mine(Flag))
        .subquery()
    )
    wordless = (
        select(func.max(Message.created_at))
        .where(*_mine(Message), Message.direction == "in", Message.created_at > bindparam("just_now"))
        .where(Message.body == "")
        .scalar_subquery()
    )
    passed_on = (
        select(Message.created_at)
        .where(*_mine(Message), Message.node == PASSED_ON, Message.created_at > bindparam("lately"))
        .order_by(Message.created_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            PractitionerRow.first_name,
            PractitionerRow.phone,
            PractitionerRow.hours,
            check_ins.c.begun,
            check_ins.c.answered,
            check_ins.c.last,
            flags.c.still_open,
            flags.c.safety,
            flags.c.last_quiet_at,
            passed_on.label("passed_on_at"),
            wordless.label("wordless_at"),
            exists().where(*_mine(Dream)).label("has_dream"),
        )
        .select_from(PractitionerRow)
        .join(check_ins, true())
        .join(flags, true())
        .where(PractitionerRow.id == bindparam("practitioner_id"))
    )


_AROUND = _around()
_STEPS = select(Step).where(*_mine(Step)).order_by(Step.set_at.desc()).limit(RECENT)
_ANSWERS = (
    select(Answer.kept_as, Answer.value, Answer.at)
    .where(
        *_mine(Answer),
        Answer.kept_as.in_(("step.confidence", "step.why", "strength")),
        Answer.value.is_not(None),
        Answer.corrected_at.is_(None),
    )
    .order_by(Answer.at.desc())
    .limit(RECENT)
)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The facts, and what else was seen on the way that saves the turn from looking again."""

    facts: Facts
    last_step: Step | None
    flags_open: bool


def person_facts(
    db: Session, library: Library, person: ServiceUser, now: datetime, check_in: CheckIn | None = None
) -> Facts:
    """All that a conversation with this person needs to know: see ``gather``."""
    return gather(db, library, person, now, check_in).facts


def gather(
    db: Session, library: Library, person: ServiceUser, now: datetime, check_in: CheckIn | None = None
) -> Gathered:
    """All that a conversation with this person needs to know, in three queries whatever their history.

    Of the open ``check_in`` only what came before it counts: what it has learnt is in its own state.
    """
    before = check_in.started_at if check_in and check_in.ended_at is None else None
    practitioner = {"practitioner_id": person.practitioner_id}
    lately = {"lately": now - PASSED_ON_ONCE_IN, "just_now": now - WORDLESS_ONCE_IN}
    times = {"before": before or FOREVER, **lately}
    around = db.execute(_AROUND, {**_whose(person), **practitioner, **times}).one()
    # Before a yes nobody knows who has this number: what is remembered of its person is not for them.
    proved = person.state != "invited"
    steps = db.scalars(_STEPS, _whose(person)).all() if proved else []
    facts = Facts(
        name=person.first_name,
        practitioner=Practitioner(first_name=around.first_name, phone=around.phone, hours=parse_hours(around.hours)),
        scheme=library.scheme(person.scheme_id),
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
        passed_on_at=around.passed_on_at,
        wordless_at=around.wordless_at,
        has_dream=proved and around.has_dream,
        check_ins=around.begun,
        answered_check_ins=around.answered,
        last_check_in_at=around.last,
        safety_open=around.safety > 0,
        last_quiet_at=around.last_quiet_at,
        **_step_facts(steps, before),
        **(_answer_facts(db, person, before) if proved else {}),
    )
    return Gathered(facts, steps[0] if steps else None, around.still_open > 0)


def _step_facts(steps: Sequence[Step], before: datetime | None) -> dict[str, Any]:
    told = [step for step in steps if step.outcome and not _since(step.outcome_at, before)]
    undone = next((n for n, step in enumerate(told) if step.outcome != "not_yet"), len(told))
    return {
        "step": step_facts(steps[0]) if steps else None,
        "wins": tuple(step.words for step in told if step.outcome == "done"),
        "undone_in_a_row": undone,
    }


def _since(at: datetime | None, before: datetime | None) -> bool:
    return at is not None and before is not None and at >= before


def step_facts(step: Step) -> StepFacts:
    """A step's row as a conversation knows it."""
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
    rows = db.execute(_ANSWERS, _whose(person)).all()
    last: Mapping[str | None, datetime] = {kept_as: at for kept_as, _, at in reversed(rows)}
    numbers = (value for kept_as, value, at in rows if kept_as == "step.confidence" and not _since(at, before))
    return {
        "confidences": tuple(int(number) for number in numbers if number and number.isdigit()),
        "why_asked_at": last.get("step.why"),
        "strength_asked_at": last.get("strength"),
    }

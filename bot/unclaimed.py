"""Texts from numbers nobody knows: kept in the scheme's unclaimed tray, answered at most once a day.

A crisis is answered whoever writes. Nothing about the scheme's people is ever given away: everybody hears the same.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import flags, provider_copies, reading, suppression
from bot.channels import Inbound, keywords
from bot.conversation import engine, segments, timing
from bot.conversation.decision import Say
from bot.conversation.facts import Facts, Practitioner
from bot.conversation.rules import WHY_SAFETY
from bot.conversation.scheme import Scheme
from bot.database import insert_into
from bot.library import Library
from bot.models import Event, Flag, Message, Tally
from bot.reading import Heard

log = structlog.get_logger()

ONCE_IN = timedelta(hours=24)
# Thousands of unknown numbers are somebody's machine, and each answer is paid for.
ANSWERS_A_DAY = 100
WHY_NOT_SAFE = "said it is not safe to ring or text"
# What a stop from a number nobody knows is remembered as; START takes the first of them back.
STOPS = {"stop": "opted_out", "wrong_number": "wrong_number"}

Answered = tuple[Message | None, tuple[UUID, ...]]


def answer(db: Session, library: Library, heard: Message, inbound: Inbound, now: datetime) -> Answered:
    """Decide on a text from an unknown number: the reply's row, if any, and the flags that cannot wait.

    1. A crisis is answered always, and told; so is "not safe" after one.
    2. A stop is remembered, for the day when somebody enrols the number; START takes it back.
    3. Anything else has one neutral answer a day, and the scheme's all together at most ANSWERS_A_DAY.
    A text that is delivered again after its sender's record was erased does not come back.
    """
    if heard.provider_id and provider_copies.erased(db, heard.provider_id):
        db.delete(heard)
        return None, ()
    scheme = library.scheme(heard.scheme_id)
    why = suppression.why(db, heard.scheme_id, heard.address)
    told = _hear(scheme, heard, stopped=why == "opted_out", now=now)
    answered = _safety(db, library, heard, told, inbound, now)
    if answered is not None:
        return answered
    took = keywords.taken_for(inbound)
    stop = "stop" if took == keywords.STOP else next((w.name for w in told.wishes if w.name in STOPS), None)
    if stop:
        suppression.suppress(db, heard.scheme_id, heard.address, STOPS[stop], now)
        return None, ()
    if why == "opted_out" and (took == keywords.START or any(wish.name == "start" for wish in told.wishes)):
        _lift(db, heard, now)
        why = None
    if took or why or not _may_answer(db, heard, now):
        return None, ()
    return _say(db, library, heard, "unknown_number", "reply", inbound, now), ()


def _hear(scheme: Scheme, heard: Message, *, stopped: bool, now: datetime) -> Heard:
    local, language = timing.local(scheme.zone, now), scheme.languages[0]
    return reading.hear(heard.body, None, local, language=language, opted_out=stopped)


def _safety(
    db: Session, library: Library, heard: Message, told: Heard, inbound: Inbound, now: datetime
) -> Answered | None:
    """What is said to a crisis, or to "not safe" after one; None where it is neither."""
    about = told.concern.about
    if told.concern.level == "crisis":
        raised = flags.raise_flag(
            db, library, None, "safety", now, why=WHY_SAFETY, loud=True, details={"about": about}, message_id=heard.id
        )
        return _say(db, library, heard, "crisis", "safety", inbound, now, about), (raised.id,)
    if any(wish.name == "not_safe" for wish in told.wishes) and _safety_open(db, heard):
        unsafe = {"not_safe": True}
        raised = flags.raise_flag(
            db, library, None, "safety", now, why=WHY_NOT_SAFE, loud=True, details=unsafe, message_id=heard.id
        )
        return _say(db, library, heard, "not_safe", "safety", inbound, now), (raised.id,)
    return None


def _safety_open(db: Session, heard: Message) -> bool:
    """Whether somebody has been told of a crisis of this number."""
    same = (Message.scheme_id == heard.scheme_id, Message.address == heard.address)
    found = select(Flag.id).join(Message, Message.id == Flag.message_id).where(*same, Flag.kind == "safety")
    return db.scalar(found.where(Flag.closed_at.is_(None)).limit(1)) is not None


def _lift(db: Session, heard: Message, now: datetime) -> None:
    """They want texts again: the number may be enrolled. Nobody is texted for it before that."""
    suppression.lift(db, heard.scheme_id, [heard.address])
    db.add(Event(scheme_id=heard.scheme_id, at=now, who="unknown number", what="started_again"))


# ---------------------------------------------------------------- how often


def _may_answer(db: Session, heard: Message, now: datetime) -> bool:
    """Whether this number has not been answered for a day, and its scheme's day has room for one more.

    The day's tally is locked before the question is asked for good: two texts in one moment get one answer.
    """
    if _answered_lately(db, heard, now):
        return False
    today = _tally(db, heard.scheme_id, now)
    if today.sent >= ANSWERS_A_DAY or _answered_lately(db, heard, now):
        return False
    today.sent += 1
    if today.sent == ANSWERS_A_DAY:
        log.warning("no more answers to unknown numbers today", scheme_id=heard.scheme_id, answers=today.sent)
    return True


def _answered_lately(db: Session, heard: Message, now: datetime) -> bool:
    """On either channel, by a text of the bot's to a number nobody knew."""
    return bool(
        db.scalar(
            select(func.count()).where(
                Message.scheme_id == heard.scheme_id,
                Message.address == heard.address,
                Message.direction == "out",
                Message.created_at > now - ONCE_IN,
            )
        )
    )


def _tally(db: Session, scheme_id: str, now: datetime) -> Tally:
    """The locked row that counts a scheme's answers to unknown numbers on this day."""
    # As wide as the column, whatever the key: two keys alike in 39 characters would share a day, and no more.
    scope = f"?{scheme_id}"[:40]
    row = {"scope": scope, "day": now.date(), "sent": 0}
    db.execute(insert_into(db, Tally).values(row).on_conflict_do_nothing())
    locked = select(Tally).where(Tally.scope == scope, Tally.day == now.date()).with_for_update()
    return db.scalars(locked.execution_options(populate_existing=True)).one()


# ---------------------------------------------------------------- what is said


def _say(
    db: Session,
    library: Library,
    heard: Message,
    phrase: str,
    kind: str,
    inbound: Inbound,
    now: datetime,
    about: str | None = None,
) -> Message:
    flows, facts = library.flows(heard.scheme_id), _facts(library.scheme(heard.scheme_id))
    said = engine.phrase(flows, phrase, facts, now, about=about)
    reply = _row(heard, said, kind, now)
    if inbound.late:
        # Nobody waits for it at the other end of a webhook: it goes by the outbox.
        reply.via, reply.state, reply.submitted_at = "rest", "queued", None
    db.add(reply)
    db.flush()
    return reply


def _facts(scheme: Scheme) -> Facts:
    """Nobody in particular: the scheme's first duty contact stands for the practitioner."""
    duty = scheme.duty_contacts[0]
    practitioner = Practitioner(first_name=duty.name.split()[0], phone=duty.phone, hours=scheme.hours)
    return Facts(name="", practitioner=practitioner, scheme=scheme, zone=scheme.zone, state="unclaimed")


def _row(heard: Message, said: Say, kind: str, now: datetime) -> Message:
    return Message(
        id=uuid4(), scheme_id=heard.scheme_id, channel=heard.channel, address=heard.address, sender=heard.sender,
        direction="out", kind=kind, body=said.text, segments=segments.count(said.text), node=said.nodes[-1],
        state="submitting", via="twiml", intention=f"reply:{heard.id}", reply_to_id=heard.id,
        created_at=now, submitted_at=now, due_at=now,
    )  # fmt: skip

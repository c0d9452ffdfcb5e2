"""Texts from numbers nobody knows: kept in the scheme's unclaimed tray, answered at most once a day.

A crisis is answered whoever writes. Nothing about the scheme's people is ever given away.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import flags, provider_copies, reading, suppression
from bot.conversation import engine, segments, timing
from bot.conversation.decision import Say
from bot.conversation.facts import Facts, Practitioner
from bot.conversation.rules import WHY_SAFETY
from bot.conversation.scheme import Scheme
from bot.library import Library
from bot.models import Message

ONCE_IN = timedelta(hours=24)


def answer(db: Session, library: Library, heard: Message, now: datetime) -> tuple[Message | None, tuple[UUID, ...]]:
    """Decide on a text from an unknown number: the reply's row, if any, and the flags that cannot wait."""
    if heard.provider_id and provider_copies.erased(db, heard.provider_id):
        # Delivered again after its sender's record was erased: it is not to come back.
        db.delete(heard)
        return None, ()
    scheme = library.scheme(heard.scheme_id)
    told = reading.hear(heard.body, None, timing.local(scheme.zone, now), language=scheme.languages[0])
    facts = _facts(scheme)
    flows = library.flows(scheme.key)
    if told.concern.level == "crisis":
        flag = flags.raise_flag(db, library, None, "safety", now, why=WHY_SAFETY, loud=True, message_id=heard.id)
        said = engine.phrase(flows, "crisis", facts, now)
        return _reply(db, heard, said, "safety", now), (flag.id,)
    if any(wish.name in ("stop", "wrong_number") for wish in told.wishes):
        suppression.suppress(db, heard.scheme_id, heard.address, "opted_out", now)
        return None, ()
    if _answered_lately(db, heard, now) or suppression.is_suppressed(db, heard.scheme_id, heard.address):
        return None, ()
    return _reply(db, heard, engine.phrase(flows, "unknown_number", facts, now), "reply", now), ()


def _facts(scheme: Scheme) -> Facts:
    """Nobody in particular: the scheme's first duty contact stands for the practitioner."""
    duty = scheme.duty_contacts[0]
    first_name = duty.name.split()[0]
    practitioner = Practitioner(first_name=first_name, phone=duty.phone, hours=scheme.hours)
    return Facts(name="", practitioner=practitioner, scheme=scheme, zone=scheme.zone, state="unclaimed")


def _answered_lately(db: Session, heard: Message, now: datetime) -> bool:
    return bool(
        db.scalar(
            select(func.count()).where(
                Message.scheme_id == heard.scheme_id,
                Message.channel == heard.channel,
                Message.address == heard.address,
                Message.direction == "out",
                Message.created_at > now - ONCE_IN,
            )
        )
    )


def _reply(db: Session, heard: Message, said: Say, kind: str, now: datetime) -> Message:
    reply = Message(
        id=uuid4(), scheme_id=heard.scheme_id, channel=heard.channel, address=heard.address, sender=heard.sender,
        direction="out", kind=kind, body=said.text, segments=segments.count(said.text), node=said.nodes[-1],
        state="submitting", via="twiml", intention=f"reply:{heard.id}", reply_to_id=heard.id,
        created_at=now, submitted_at=now, due_at=now,
    )  # fmt: skip
    db.add(reply)
    db.flush()
    return reply

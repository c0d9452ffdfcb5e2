"""What cannot wait about a text that could not be handled: with as little of the machinery as there is.

The flows, the person's check-in or a rule of ours may be what is broken, so none of them is asked. The text itself is
tried again, and then heard in full.
"""

from datetime import datetime
from uuid import uuid4

from sqlalchemy.orm import Session

from bot import flags, queries, reading, stopping, suppression, writers
from bot.channels import Inbound, keywords
from bot.conversation import segments
from bot.conversation.rules import WHY_SAFETY
from bot.conversation.scheme import Scheme
from bot.hearing import WHY_STOP
from bot.library import Library
from bot.models import Message, ServiceUser
from bot.reading.concern import concern
from bot.receiving import Received

UNHANDLED = "unhandled"
WHY_MESSAGE = "a text of theirs could not be handled by the bot: it is kept, and tried again"
# Said only where the scheme's own safety text cannot be: it promises nothing and names nobody.
SAFETY_TEXT = (
    "This is an automatic text. If you or anyone is in danger call 999. Samaritans are free on 116 123, day or night."
)
# Where someone else may read the phone, nothing is sent that names the danger.
PLAIN_TEXT = "Thanks for your text. This is an automatic service. For anything urgent call 999, day or night."


def give(db: Session, library: Library, inbound: Inbound, now: datetime) -> Received:
    """Answer and tell of a crisis, obey a stop, and tell the practitioner of anything else: in one transaction."""
    heard = queries.inbound(db, inbound.provider_id)
    if heard is None or heard.state != UNHANDLED:
        # Another process has handled it after all.
        return Received(queries.reply_to(db, heard.id) if heard else None, seen_before=True)
    person = _person(db, heard)
    # They have written: nobody is called quiet for a text that we could not read.
    heard.service_user_id = person.id if person else None
    scheme = library.scheme(heard.scheme_id)
    worry = concern(inbound.body, person.language if person else scheme.languages[0])
    if worry.level == "crisis":
        why = {"about": worry.about}
        flag = flags.raise_flag(
            db, library, person, "safety", now, why=WHY_SAFETY, loud=True, details=why, message_id=heard.id
        )
        text = PLAIN_TEXT if worry.about == "abuse" else SAFETY_TEXT
        return Received(_reply(db, heard, person, text, inbound, now), (flag.id,))
    if _stops(scheme, inbound, now):
        _stop(db, library, heard, person, now)
    elif person is not None:
        flags.raise_flag(db, library, person, "message", now, why=WHY_MESSAGE, message_id=heard.id)
    return Received(None)


def _person(db: Session, heard: Message) -> ServiceUser | None:
    writer = writers.find(db, heard.scheme_id, heard.channel, heard.address)
    return writer[1] if writer else None


def _stops(scheme: Scheme, inbound: Inbound, now: datetime) -> bool:
    if keywords.taken_for(inbound) == keywords.STOP:
        return True
    said = reading.read("keyword", inbound.body, now, scheme.languages[0])
    return said.value == "stop"


def _stop(db: Session, library: Library, heard: Message, person: ServiceUser | None, now: datetime) -> None:
    """No more texts, and none to say so: what matters is that there are none."""
    suppression.suppress(db, heard.scheme_id, heard.address, "opted_out", now)
    if person is None or person.state == "opted_out":
        return
    said = stopping.Said("opted_out", queries.SERVICE_USER, heard.channel, heard.sent_at or now, heard.body)
    stopping.opt_out(db, person, said, now)
    flags.raise_flag(db, library, person, "opted_out", now, why=WHY_STOP, message_id=heard.id)


def _reply(
    db: Session, heard: Message, person: ServiceUser | None, text: str, inbound: Inbound, now: datetime
) -> Message:
    reply = Message(
        id=uuid4(), scheme_id=heard.scheme_id, service_user_id=person.id if person else None, channel=heard.channel,
        address=heard.address, sender=heard.sender, direction="out", kind="safety", body=text,
        segments=segments.count(text), state="queued", via="rest", intention=f"first_aid:{heard.id}",
        reply_to_id=heard.id, created_at=now, due_at=now,
    )  # fmt: skip
    if not inbound.late:
        reply.via, reply.state, reply.submitted_at = "twiml", "submitting", now
    db.add(reply)
    db.flush()
    return reply

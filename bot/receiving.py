"""A text comes in: kept, heard, decided and answered in one transaction of the caller's.

Nothing is sent from here. The reply is a row, which leaves with the webhook's own answer or by the outbox.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import dropwhile, takewhile
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import (
    check_in_rows,
    effects,
    flags,
    hearing,
    holds,
    late,
    limits,
    queries,
    quiet,
    stopping,
    suppression,
    traffic,
    unclaimed,
    writers,
)
from bot.applying import Applying
from bot.channels import Inbound, keywords
from bot.conversation import templates
from bot.conversation.decision import Act, Decision, Keep, State
from bot.conversation.flow import Flows
from bot.database import INSERTS
from bot.library import Library
from bot.models import Address, ConsentEvent, Flag, Message, ServiceUser
from bot.rhythm import set_next_check_in

WINDOW = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a text: the reply's row, if there is one, and the flags that cannot wait."""

    reply: Message | None
    urgent: tuple[UUID, ...] = ()
    seen_before: bool = False


def receive(db: Session, library: Library, scheme_id: str, inbound: Inbound, now: datetime) -> Received:
    """Take in one text, whole, in the caller's one transaction.

    1. A provider id seen before gives the stored reply again, and changes nothing.
    2. The text is kept, whatever happens next.
    3. The person is locked, the engine decides, the decision becomes rows.
    """
    heard = _insert(db, scheme_id, inbound, now)
    if heard is None:
        seen = queries.inbound(db, inbound.provider_id)
        return Received(queries.reply_to(db, seen.id) if seen else None, seen_before=True)
    return handle(db, library, heard, inbound, now)


def handle(db: Session, library: Library, heard: Message, inbound: Inbound, now: datetime) -> Received:
    """What follows from a text that is kept, whoever it is from."""
    writer = writers.find(db, heard.scheme_id, inbound.channel, inbound.address)
    if writer is None:
        heard.state = "unclaimed"
        reply, urgent = unclaimed.answer(db, library, heard, inbound, now)
        return Received(reply, urgent)
    address, person = writer
    return _from(db, library, person, address, inbound, heard, now)


def _told_of(db: Session, person: ServiceUser) -> bool:
    """Whether the practitioner has a flag that says that the bot is talking to a machine."""
    open_ones = (Flag.service_user_id == person.id, Flag.kind == limits.FLAG, Flag.closed_at.is_(None))
    return db.scalar(select(Flag.id).where(Flag.scheme_id == person.scheme_id, *open_ones)) is not None


def _from(
    db: Session,
    library: Library,
    person: ServiceUser,
    address: Address,
    inbound: Inbound,
    heard: Message,
    now: datetime,
) -> Received:
    holds.lapse(person, now)
    check_in, state = check_in_rows.last(db, person, now)
    gathered = queries.gather(db, library, person, now, check_in)
    older = inbound.late and _older_than_the_question(inbound, state)
    tap = templates.tapped(inbound.payload, templates.tag_of(check_in.id.hex) if check_in else None)
    facts = replace(gathered.facts, late=older, state=_state(db, person, address))
    facts = replace(facts, media=inbound.media, kinds=inbound.kinds, tap=tap)
    flows = check_in_rows.flows_of(db, library, person, check_in)
    decision = hearing.decide(flows, state, inbound, facts, now)
    if person.state == "opted_out" and hearing.stops(decision):
        decision = hearing.stopped_before(decision)
    if decision.silent == hearing.ALREADY_STOPPED:
        _said_again(db, person, inbound, now)
    unchanged = Decision(state, wake_at=check_in.wake_at if check_in else None)
    decision = _late(db, person, inbound, decision, unchanged, now)
    decision = _within_limits(db, person, inbound, decision, flows, now)
    heard.service_user_id, heard.state = person.id, "handled"
    _note_contact(db, person, address, inbound, now)
    quiet.answered(db, person, now, flags_open=gathered.flags_open)
    check_in = check_in_rows.go_on(db, library, person, check_in, decision, now)
    kept = decision.state.kept if decision.state else None
    applying = Applying(db, library, person, facts, gathered.last_step, now, check_in, heard, kept)
    effects.apply(applying, decision)
    if gathered.flags_open or decision.flags:
        flags.settle_confidence(db, library, person, now)
    answered = check_in is not None and check_in.answered_at == now
    set_next_check_in(person, applying.facts_now(), now, again=applying.new_rhythm or answered)
    reply = _reply(applying, decision, inbound, address)
    db.flush()
    return Received(reply, tuple(applying.urgent))


def _said_again(db: Session, person: ServiceUser, inbound: Inbound, now: datetime) -> None:
    """A second stop changes nothing but when they last said so."""
    at = inbound.sent_at or now
    said = stopping.Said("stopped_again", queries.SERVICE_USER, inbound.channel, at, inbound.body)
    stopping.record(db, person, said, now)


def _late(
    db: Session, person: ServiceUser, inbound: Inbound, decision: Decision, unchanged: Decision, now: datetime
) -> Decision:
    """What a text still means that reached us late: STOP and START in the order in which they wrote them."""
    if late.consents(inbound, decision):
        decision = late.in_their_order(inbound, decision, unchanged, queries.last_consent_at(db, person))
    return late.told_late(inbound, decision, now)


def _within_limits(
    db: Session, person: ServiceUser, inbound: Inbound, decision: Decision, flows: Flows, now: datetime
) -> Decision:
    """The decision, unless it would answer a machine, or answer more than anybody is answered in an hour."""
    if limits.free_to_say(decision):
        return decision
    metered = not inbound.sender.startswith("phone:")
    lately = traffic.lately(db, person.scheme_id, inbound.address, now)
    why = limits.over(lately, limits.sense(decision, flows), metered=metered)
    return limits.hold_back(decision, why, flagged=_told_of(db, person)) if why else decision


def _older_than_the_question(inbound: Inbound, state: State | None) -> bool:
    """Whether a text that was fetched was written before we asked what it would now be taken to answer."""
    asked_at = state.asked_at if state else None
    return asked_at is not None and inbound.sent_at is not None and inbound.sent_at < asked_at


def _insert(db: Session, scheme_id: str, inbound: Inbound, now: datetime) -> Message | None:
    """Keep the text. None when its provider id is here already: the unique index decides, also between two."""
    kept: Message | None = db.scalar(_KEEP_TEXT[db.get_bind().dialect.name], row_of(scheme_id, inbound, now))
    return kept


def row_of(scheme_id: str, inbound: Inbound, now: datetime) -> dict[str, Any]:
    """The columns of a text that has come in, before anything has been made of it."""
    return {
        "id": uuid4(), "scheme_id": scheme_id, "channel": inbound.channel, "address": inbound.address,
        "sender": inbound.sender, "direction": "in", "kind": "text", "body": inbound.body, "segments": 0,
        "author": "service user", "media": inbound.media, "state": "unclaimed", "via": "rest", "attempts": 0,
        "provider_id": inbound.provider_id, "created_at": now, "sent_at": inbound.sent_at,
        "opt_out_type": (inbound.opt_out_type or "")[:8] or None,
        "media_kinds": ", ".join(inbound.kinds)[:60] or None, "payload": (inbound.payload or "")[:120] or None,
    }  # fmt: skip


_KEEP_TEXT: Mapping[str, Any] = {
    name: insert(Message).on_conflict_do_nothing(index_elements=["provider_id"]).returning(Message)
    for name, insert in INSERTS.items()
}


def _state(db: Session, person: ServiceUser, address: Address) -> str:
    """Their state as the engine needs it.

    A number taken off as wrong comes back only by a practitioner. Who finished gladly, unlike who was closed by
    the scheme, may start again.
    """
    if person.state == "opted_out":
        wrong = suppression.why(db, person.scheme_id, address.address) == "wrong_number"
        return "closed" if wrong else "opted_out"
    if person.state == "closed" and queries.last_consent(db, person) == "finished":
        return "finished"
    return person.state


def _note_contact(db: Session, person: ServiceUser, address: Address, inbound: Inbound, now: datetime) -> None:
    """They wrote: by which address, from which of our numbers, and WhatsApp's 24 hours begin again."""
    person.last_inbound_at = address.last_inbound_at = now
    address.sender = inbound.sender
    address.unreachable_since = None
    if inbound.channel == "whatsapp":
        # From when they wrote, which may be before we were told.
        closes = (inbound.sent_at or now) + WINDOW
        address.window_until = max(address.window_until or closes, closes)


def _reply(applying: Applying, decision: Decision, inbound: Inbound, address: Address) -> Message | None:
    """The reply's row. By TwiML it leaves with this commit; fetched late, it goes by the outbox."""
    said = decision.said
    if said is None or _provider_answers(applying, decision, inbound):
        return None
    heard = applying.heard
    reply = effects.say(applying, said, said.kind, f"reply:{heard.id if heard else ''}", address=address)
    reply.reply_to_id = heard.id if heard else None
    if not inbound.late:
        reply.via, reply.state, reply.submitted_at = "twiml", "submitting", applying.now
    return reply


def _provider_answers(a: Applying, decision: Decision, inbound: Inbound) -> bool:
    """Whether the provider has answered this text, so that ours would be the second answer.

    An answer to a question of ours ("START" to the welcome) is answered by us whatever it did; so is a crisis.
    """
    answers_a_question = any(isinstance(effect, Keep) for effect in decision.effects)
    if answers_a_question or (decision.said and decision.said.kind == "safety"):
        return False
    if keywords.taken_for(inbound):
        return True
    # YES undoes a stop at the provider only where it was the provider that was told to stop.
    again = any(isinstance(effect, Act) and effect.action == "start_again" for effect in decision.effects)
    return again and keywords.bare(inbound.body) == keywords.YES and _stopped_there(a.db, a.person)


def _stopped_there(db: Session, person: ServiceUser) -> bool:
    """Whether one of the stops since they last agreed is known to the provider."""
    mine = (ConsentEvent.scheme_id == person.scheme_id, ConsentEvent.service_user_id == person.id)
    newest_first = select(ConsentEvent).where(*mine).order_by(ConsentEvent.recorded_at.desc())
    # The newest is the start that undoes them, written a moment ago.
    before = dropwhile(lambda said: said.what == "started_again", db.scalars(newest_first))
    stops = takewhile(lambda said: said.what in ("opted_out", "stopped_again"), before)
    return any(said.by == queries.CARRIER or keywords.stops_there(said.words, said.channel) for said in stops)

"""A practitioner writes to a person: at once, or for a moment they choose. What waits can be changed until it is taken.

Nothing is sent from here: a text is a row that ``outbox`` sends, through the gate. The same form twice is one text.
Callers hold the person's row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import flag_rows, flags, gate, history, in_touch, queries
from bot.conversation import segments, timing
from bot.conversation.signature import signed
from bot.gate import BY_HAND, Reason
from bot.library import Library
from bot.models import Address, Message, ServiceUser
from bot.outbox.candidates import recipient
from bot.outbox.outgoing import MARGIN
from bot.outbox.states import CANCELLED, move

# As Twilio's, with the signature.
LONGEST = 1600
# How far ahead a text may be planned: what is written of a person's next week is true for no longer.
FURTHEST = timedelta(days=28)
# A planned text that could not leave for so long is not sent late: "good luck tomorrow" is for one day.
LATE_BY = timedelta(days=1)
LATELY = timedelta(hours=24)
UNSENT = "not_sent"
# What the practitioner is told of by something else already, or did themselves.
KNOWN = (Reason.OPTED_OUT, Reason.CLOSED, Reason.WITHDRAWN, Reason.BY_SMS, Reason.WHATSAPP_CLOSED)


class TextRefused(ValueError):
    """A text that cannot be written like this: ``why`` says so in one word, and ``until`` when it could leave."""

    def __init__(self, why: str, until: datetime | None = None) -> None:
        super().__init__(why)
        self.why, self.until = why, until


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be said, as it was typed. ``at``: not before then; ``channel``: by this one alone.

    ``once`` is the form's own mark: the same twice is one text. ``instead``: of this one, which is taken back.
    """

    words: str
    once: str
    at: datetime | None = None
    channel: str | None = None
    instead: UUID | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """A way to a person. ``open``: it takes free words then; WhatsApp does for a day after their last message."""

    address: Address
    open: bool


@dataclass(frozen=True, slots=True)
class Written:
    """The row, when it may leave, and whether it is new."""

    message: Message
    leaves: datetime
    new: bool = True


# ---------------------------------------------------------------- the ways


def ways(addresses: Sequence[Address], channel: str, at: datetime) -> list[Way]:
    """The ways that they agreed to and that reach them, the one to take first: where they wrote in the last day,
    else the ``channel`` they prefer; one that takes no free words comes last.
    """
    usable = [each for each in addresses if each.consented and each.unreachable_since is None]
    found = [Way(each, each.channel != "whatsapp" or _open(each, at)) for each in usable]
    preferred = sorted(found, key=lambda way: way.address.channel != channel)
    return sorted(preferred, key=lambda way: (not way.open, -_wrote_lately(way.address, at)))


def _open(address: Address, at: datetime) -> bool:
    return address.window_until is not None and address.window_until > at + MARGIN


def _wrote_lately(address: Address, at: datetime) -> float:
    last = address.last_inbound_at
    return last.timestamp() if last is not None and at - last < LATELY else 0.0


# ---------------------------------------------------------------- writing


def write(
    db: Session, library: Library, person: ServiceUser, by: str, first_name: str, draft: Draft, now: datetime
) -> Written:
    """A text for a person, at once or at ``draft.at``. TextRefused says why it cannot be.

    1. The same form sent twice is one text; with other words it is refused, for nobody can say which was meant.
    2. The gate that judges it when it leaves is asked now: what it would drop is not taken.
    3. Written for now, it holds the bot from here on; planned, from when it leaves.
    """
    body, intention = signed(draft.words, first_name), f"staff:{person.id.hex}:{draft.once}"
    known = db.scalars(select(Message).where(Message.intention == intention)).one_or_none()
    if known is not None and known.body != body:
        raise TextRefused("used")
    if known is not None:
        return Written(known, known.due_at or known.created_at, new=False)
    if draft.instead is not None:
        take_back(db, person, draft.instead, by, now)
    at = draft.at or now
    way = judge(db, person, draft, body, now)
    leaves = _allowed(library, person, way, draft, now)
    if leaves > at:
        # By the end of the quiet hours WhatsApp may be closed.
        way = _way(db, person, draft, leaves)
    message = _row(person, way, body, by, draft, now)
    message.intention, message.due_at = intention, leaves
    db.add(message)
    db.flush()
    if draft.at is None:
        in_touch.hold(db, library, person, by, now)
    what, after = ("text_planned", _when(message)) if draft.at else ("wrote", {"message": str(message.id)})
    history.of_person(db, person, what, now, by=by, after=after)
    return Written(message, leaves)


def judge(db: Session, person: ServiceUser, draft: Draft, body: str, now: datetime) -> Way:
    """Which way it takes; TextRefused where its words or its moment will not do, or there is no way."""
    if not body:
        raise TextRefused("empty")
    if len(body) > LONGEST:
        raise TextRefused("too_long")
    at = draft.at or now
    if draft.at is not None and draft.at <= now:
        raise TextRefused("past")
    if at - now > FURTHEST:
        raise TextRefused("too_far")
    return _way(db, person, draft, at)


def _way(db: Session, person: ServiceUser, draft: Draft, at: datetime) -> Way:
    found = ways(queries.addresses(db, person), person.channel, at)
    mine = [way for way in found if draft.channel in (None, way.address.channel)]
    if mine and not mine[0].open:
        raise TextRefused(Reason.WHATSAPP_CLOSED)
    if not mine:
        raise TextRefused(barred(person) or _unreached(db, person))
    return mine[0]


def barred(person: ServiceUser) -> str | None:
    """Why nobody may text this person at all, whatever the moment; None where they may."""
    reasons = {"opted_out": Reason.OPTED_OUT, "closed": Reason.CLOSED, "unreachable": Reason.UNREACHABLE}
    return Reason.NOT_SAFE if person.held_for == "not_safe" else reasons.get(person.state)


def _unreached(db: Session, person: ServiceUser) -> str:
    agreed = any(each.consented for each in queries.addresses(db, person))
    return Reason.UNREACHABLE if agreed else Reason.NO_CONSENT


def _allowed(library: Library, person: ServiceUser, way: Way, draft: Draft, now: datetime) -> datetime:
    """When it may leave. One that is planned has to be planned for a moment at which it does."""
    scheme, at = library.scheme(person.scheme_id), draft.at or now
    candidate = gate.Candidate(
        kind=BY_HAND,
        created_at=now,
        recipient=recipient(person, way.address),
        zone=timing.known_zone(person.zone, scheme.zone),
        quiet_from=scheme.quiet_from,
        quiet_until=scheme.quiet_until,
        caps=scheme.caps,
        expires_at=_expires(draft),
    )
    verdict = gate.judge(candidate, at)
    if isinstance(verdict, gate.Drop):
        raise TextRefused(verdict.reason)
    if isinstance(verdict, gate.Wait) and draft.at is not None:
        raise TextRefused(verdict.reason, verdict.until)
    return verdict.until if isinstance(verdict, gate.Wait) else at


def _expires(draft: Draft) -> datetime | None:
    return draft.at + LATE_BY if draft.at else None


def _row(person: ServiceUser, way: Way, body: str, by: str, draft: Draft, now: datetime) -> Message:
    return Message(
        id=uuid4(),
        scheme_id=person.scheme_id,
        service_user_id=person.id,
        channel=way.address.channel,
        address=way.address.address,
        sender=way.address.sender,
        direction="out",
        kind=BY_HAND,
        body=body,
        segments=segments.count(body),
        author=by,
        state="queued",
        planned_for=draft.at,
        expires_at=_expires(draft),
        created_at=now,
    )


# ---------------------------------------------------------------- what waits


def find(db: Session, person: ServiceUser, message_id: UUID) -> Message | None:
    """A practitioner's text to this person."""
    mine = (Message.scheme_id == person.scheme_id, Message.service_user_id == person.id, Message.kind == BY_HAND)
    return db.scalars(select(Message).where(*mine, Message.id == message_id)).one_or_none()


def held_back(message: Message) -> bool:
    """Whether a planned text was not sent because they had written, and nobody has looked at it since."""
    return message.planned_for is not None and (message.state, message.not_sent_reason) == (CANCELLED, Reason.REPLIED)


def take_back(db: Session, person: ServiceUser, message_id: UUID, by: str, now: datetime) -> Message:
    """It will not be sent; its words are kept. TextRefused ``gone`` where it has been taken, or was taken back."""
    message = find(db, person, message_id)
    if message is None:
        raise TextRefused("gone")
    over = {"state": CANCELLED, "due_at": None, "claimed_until": None, "not_sent_reason": Reason.WITHDRAWN}
    if not move(db, message.id, CANCELLED if held_back(message) else "queued", **over):
        raise TextRefused("gone")
    db.refresh(message)
    history.of_person(db, person, "text_taken_back", now, by=by, before=_when(message))
    _settle(db, person, now)
    return message


def keep(db: Session, person: ServiceUser, message_id: UUID, by: str, now: datetime) -> Message:
    """They have written since it was planned, and whoever planned it has looked: it goes all the same."""
    message = find(db, person, message_id)
    if message is None or not move(db, message.id, "queued", created_at=now):
        raise TextRefused("gone")
    db.refresh(message)
    history.of_person(db, person, "text_kept", now, by=by, after=_when(message))
    return message


def tell(db: Session, library: Library, message: Message, reason: Reason, now: datetime) -> None:
    """A practitioner's text has been dropped on its way out: a promise of theirs may hang on it."""
    person = db.get(ServiceUser, message.service_user_id) if message.service_user_id else None
    if person is None or reason in KNOWN:
        return
    why = f"your text was not sent: {_in_a_sentence(reason)}"
    details = {"reason": str(reason), "text": str(message.id)}
    flags.raise_flag(db, library, person, UNSENT, now, why=why, details=details)


def _in_a_sentence(reason: Reason) -> str:
    said = gate.SENTENCES[reason].rstrip(".")
    return said[:1].lower() + said[1:]


def _settle(db: Session, person: ServiceUser, now: datetime) -> None:
    """Once nothing is held back any more, the flag that says so has done its work."""
    mine = (Message.scheme_id == person.scheme_id, Message.service_user_id == person.id, Message.kind == BY_HAND)
    waits = (Message.planned_for.is_not(None), Message.state == CANCELLED, Message.not_sent_reason == Reason.REPLIED)
    flag = flag_rows.open_of(db, person, UNSENT, None)
    about_that = flag is not None and flag.evidence.get("details", {}).get("reason") == Reason.REPLIED
    if about_that and db.scalars(select(Message.id).where(*mine, *waits).limit(1)).first() is None:
        flags.clear(db, person, (UNSENT,), "looked_at", now)


def _when(message: Message) -> dict[str, str]:
    at = {"for": message.planned_for.isoformat()} if message.planned_for else {}
    return {"message": str(message.id), **at}

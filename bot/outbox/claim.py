"""Taking rows: first a batch for one minute, then each once more just before it is handed over.

Both ask the send gate, in the transaction that takes the row. Whoever takes a row a second time finds it taken.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Row, update
from sqlalchemy.orm import Session

from bot import gate, in_touch, staff_texts
from bot.channels import Outgoing
from bot.gate import Reason
from bot.models import Message
from bot.outbox import pace
from bot.outbox.candidates import Batch, gather, keep_tallies, lock, lock_free, owners, read
from bot.outbox.due import RANK, due
from bot.outbox.numbers import leaves_from
from bot.outbox.outgoing import outgoing, way
from bot.outbox.states import CANCELLED, LEASE, Counts, move
from bot.outbox.window import closed

if TYPE_CHECKING:
    from bot.service import Service


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that is ours until then. Its turn to leave comes ``after`` so long."""

    message_id: UUID
    until: datetime
    after: timedelta


@dataclass(frozen=True, slots=True)
class Taken:
    """What one claim has got. ``passed_over``: more is due, but somebody else has its person's row just now, or its
    number its next turn in a moment."""

    rows: list[Claimed]
    passed_over: bool


def claim(
    service: "Service",
    db: Session,
    ids: Collection[UUID] | None,
    limit: int,
    counts: Counts,
    paced: datetime | None = None,
) -> Taken:
    """Take due rows for a minute: all that the gate lets go and whose number has a turn for them.

    1. Safety texts first, then answers, then what staff wrote, then the rest, the longest waiting first.
    2. A number that becomes full leaves room for texts of the others: they are looked for at once.
    3. What the gate stops is written on the row; what has no turn yet stays due, and so does what belongs to
       somebody whose row is locked: nobody waits for a person while he holds the numbers.
    4. The numbers' turns are counted by ``paced``, where that is another time than the clock's.
    """
    now = service.clock.now()
    paces = pace.hold(service, db, paced or now)
    claimed: list[Claimed] = []
    passed_over, full = False, None
    while len(claimed) < limit and full != paces.full():
        full = paces.full()
        found = due(service, db, now, ids, full, limit - len(claimed))
        free = lock_free(db, {row.service_user_id for row in found if row.service_user_id})
        ours = [row for row in found if row.service_user_id is None or row.service_user_id in free]
        passed_over |= len(ours) < len(found)
        claimed += _take(service, db, paces, ours, counts, now)
    passed_over |= not claimed and bool(due(service, db, now, ids, paces.full() - paces.busy(), 1))
    paces.keep(db)
    return Taken(claimed, passed_over)


def _take(
    service: "Service",
    db: Session,
    paces: pace.Paces,
    ours: Sequence[Row[UUID, UUID | None]],
    counts: Counts,
    now: datetime,
) -> list[Claimed]:
    """Those of these rows that leave now. Their people are locked."""
    messages, batch = _look(service, db, [row.id for row in ours], {row.service_user_id for row in ours}, now)
    taken: dict[UUID, timedelta] = {}
    counted = []
    for message in sorted(messages, key=lambda each: RANK.get(each.kind, len(RANK))):
        if message.state != "queued" or not _may_go(db, batch, message, counts):
            continue
        turn = paces.turn(_number(service, batch, message), urgent=message.kind == "safety")
        if turn is not None:
            taken[message.id] = turn
            counted += [message.id] if batch.count(message) else []
    until = now + LEASE
    marked = _mark(db, taken, "queued", {"state": "claimed", "claimed_until": until, "due_at": until})
    _mark(db, counted, "claimed", {"counted_at": now})
    keep_tallies(db, batch)
    return [Claimed(each, until, turn) for each, turn in taken.items() if each in marked]


def submit(service: "Service", db: Session, claimed: Sequence[Claimed], counts: Counts) -> list[Outgoing]:
    """Ask the gate once more and mark these rows as being handed over; those that have not been taken away."""
    now = service.clock.now()
    ours = {each.message_id: each.until for each in claimed}
    resting = pace.resting(db, now)
    theirs = owners(db, ours)
    lock(db, (owner for owner in theirs if owner is not None))
    messages, batch = _look(service, db, [*ours], theirs, now)
    still = [each for each in messages if each.state == "claimed" and each.claimed_until == ours[each.id]]
    ready = (_hand_over(service, db, batch, each, resting, counts) for each in still)
    going = {each.id: each for each in ready if each is not None}
    lease = {"submitted_at": now, "claimed_until": now + LEASE, "due_at": now + LEASE}
    tried = {"attempts": Message.attempts + 1, "not_sent_reason": None}
    marked = _mark(db, going, "claimed", {"state": "submitting", **lease, **tried})
    _keep_numbers(db, (each for each in messages if each.id in marked and each.sender is None), going)
    in_touch.left(db, service.library, (each for each in messages if each.id in marked), now)
    return [each for each in going.values() if each.id in marked]


def _keep_numbers(db: Session, unnamed: Iterable[Message], going: Mapping[UUID, Outgoing]) -> None:
    """A row that did not say which number it leaves from says so from now on: its receipts are about that number."""
    left_from: dict[str, list[UUID]] = {}
    for message in unnamed:
        if sender := going[message.id].sender:
            left_from.setdefault(sender, []).append(message.id)
    for sender, ids in left_from.items():
        _mark(db, ids, "submitting", {"sender": sender})


def _hand_over(
    service: "Service",
    db: Session,
    batch: Batch,
    message: Message,
    resting: Mapping[pace.Sender, datetime],
    counts: Counts,
) -> Outgoing | None:
    """The row as it leaves now; None where it does not: what then becomes of it is written on it."""
    candidate, address = batch.candidate(message), batch.address(message)
    verdict = gate.judge(candidate, batch.now)
    until = resting.get(_number(service, batch, message)) if resting and message.kind != "safety" else None
    if until and isinstance(verdict, gate.Go):
        verdict = gate.Wait(until, Reason.SLOWED)
    if not isinstance(verdict, gate.Go):
        _stop(db, batch, message, verdict, "claimed", counts)
        return None
    chosen = way(service.library, message, address, batch.now)
    if chosen is None:
        counts["not sent"] += closed(db, service.library, message, batch.now)
        return None
    if chosen.kept:
        move(db, message.id, "claimed", **chosen.kept)
    return outgoing(service, message, address, gate.validity(candidate, batch.now), chosen)


def _may_go(db: Session, batch: Batch, message: Message, counts: Counts) -> bool:
    verdict = gate.judge(batch.candidate(message), batch.now)
    if not isinstance(verdict, gate.Go):
        _stop(db, batch, message, verdict, "queued", counts)
    return isinstance(verdict, gate.Go)


def _number(service: "Service", batch: Batch, message: Message) -> pace.Sender:
    return message.channel, leaves_from(service, message, batch.address(message)) or ""


def _look(
    service: "Service", db: Session, ids: Sequence[UUID], owners: Iterable[UUID | None], now: datetime
) -> tuple[Sequence[Message], Batch]:
    """The rows of people who are locked: what the gate sees is what holds until we commit."""
    messages = read(db, ids)
    return messages, gather(db, service.library, messages, {owner for owner in owners if owner is not None}, now)


def _mark(db: Session, ids: Collection[UUID], state: str, values: Mapping[str, Any]) -> set[UUID]:
    """Change those of these rows that are in this state, all at once; which they were."""
    if not ids:
        return set()
    changed = update(Message).where(Message.id.in_(ids), Message.state == state).values(values)
    options = {"synchronize_session": False}
    return set(db.scalars(changed.returning(Message.id), execution_options=options))


def _stop(
    db: Session, batch: Batch, message: Message, verdict: gate.Wait | gate.Drop, state: str, counts: Counts
) -> None:
    """The reason stays on the row, also while it only waits. What a practitioner wrote is not dropped in silence."""
    if isinstance(verdict, gate.Drop):
        gone = {"state": CANCELLED, "due_at": None, "claimed_until": None, "not_sent_reason": verdict.reason}
        dropped = move(db, message.id, state, **gone)
        counts["not sent"] += dropped
        if dropped and message.kind == gate.BY_HAND:
            staff_texts.tell(db, batch.library, message, verdict.reason, batch.now)
    else:
        back = {"state": "queued", "due_at": verdict.until, "claimed_until": None, "not_sent_reason": verdict.reason}
        counts["waiting"] += move(db, message.id, state, **back)

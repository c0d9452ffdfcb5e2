"""How fast each of our numbers sends: a row a number, moved on by every text that it lets go.

All workers on all machines take their turns from these rows, in the transaction that claims: together they never
let more go than a number may send. Whoever takes texts holds all the rows, so takings follow one another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.database import insert_into
from bot.models import Message, SenderPace

if TYPE_CHECKING:
    from bot.service import Service

# Nothing is taken that would have to wait longer than this: people text STOP, and others have their turns.
AHEAD = timedelta(seconds=0.5)
# A rest that the provider asked for, doubled each time that it was not enough; forgotten after a while.
REST, LONGEST_REST, REMEMBERED = timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=10)
# A row that is further ahead than this was moved on by a clock that was wrong.
BELIEVED = LONGEST_REST + timedelta(minutes=2)

Sender = tuple[str, str]
"""A channel and a number of ours; an empty number where the messaging service chooses one."""


@dataclass(slots=True)
class _Row:
    free_at: datetime
    slowed_until: datetime
    moved: bool = False

    @property
    def next(self) -> datetime:
        return max(self.free_at, self.slowed_until)


@dataclass(slots=True)
class Paces:
    """The numbers' rows, locked until the transaction ends."""

    now: datetime
    per_second: Mapping[str, int]
    rows: dict[Sender, _Row]

    def turn(self, sender: Sender, *, urgent: bool = False) -> timedelta | None:
        """How long from now the next text of this number has to wait; None when it may not be taken yet.

        An urgent one does not wait, but its turn is counted: those after it wait the longer.
        """
        rate = self.per_second.get(sender[0])
        if rate is None:
            return timedelta()
        row = self.rows.setdefault(sender, _Row(self.now, self.now))
        wait = max(timedelta(), row.next - self.now)
        if wait > AHEAD and not urgent:
            return None
        free = max(row.free_at, self.now) if urgent else self.now + wait
        row.free_at, row.moved = free + timedelta(seconds=1 / rate), True
        return timedelta() if urgent else wait

    def full(self) -> frozenset[Sender]:
        """The numbers whose texts may not be taken yet."""
        late = self.now + AHEAD
        return frozenset(key for key, row in self.rows.items() if key[0] in self.per_second and row.next > late)

    def busy(self) -> frozenset[Sender]:
        """Those of them that are full of texts, and not because the provider has asked for a rest."""
        return frozenset(key for key in self.full() if self.rows[key].slowed_until <= self.now + AHEAD)

    def keep(self, db: Session) -> None:
        """Write down how far the rows have been moved on."""
        moved = [
            {"channel": channel, "sender": sender, "free_at": row.free_at}
            for (channel, sender), row in self.rows.items()
            if row.moved
        ]
        if moved:
            kept = insert_into(db, SenderPace)
            keys = ["channel", "sender"]
            db.execute(kept.on_conflict_do_update(index_elements=keys, set_={"free_at": kept.excluded.free_at}), moved)


def hold(service: "Service", db: Session, now: datetime) -> Paces:
    """Lock every number's row, and before any person's: two that take texts wait for each other only here."""
    per_second = service.channel.per_second
    rows = _locked(db, now) if per_second else {}
    ours = {(sender.channel, sender.address) for sender in service.settings.senders}
    if per_second and not ours <= rows.keys():
        # Made before they are locked: two that both find none would both begin at now.
        new = [{"channel": channel, "sender": sender, "free_at": now} for channel, sender in sorted(ours)]
        db.execute(insert_into(db, SenderPace).on_conflict_do_nothing(), new)
        rows = _locked(db, now)
    return Paces(now, per_second, rows)


def resting(db: Session, now: datetime) -> Mapping[Sender, datetime]:
    """The numbers that the provider has asked to go slower, and until when."""
    slowed = (SenderPace.slowed_until > now, SenderPace.slowed_until <= now + BELIEVED)
    rows = db.execute(select(SenderPace.channel, SenderPace.sender, SenderPace.slowed_until).where(*slowed))
    return {(channel, sender): until for channel, sender, until in rows if until is not None}


def slow(db: Session, sender: Sender, now: datetime) -> bool:
    """Give a number a rest, because the provider has asked for it; whether it was not resting already.

    Before any person is locked: whoever claims locks the numbers first, too.
    """
    key = {"channel": sender[0], "sender": sender[1]}
    db.execute(insert_into(db, SenderPace).values(**key, free_at=now, slowed_by=0).on_conflict_do_nothing())
    found = select(SenderPace.slowed_until, SenderPace.slowed_by).filter_by(**key).with_for_update()
    until, seconds = db.execute(found).one()
    if until and now < until <= now + BELIEVED:
        # Those that were on their way together are refused together: that is one wish, not sixty.
        return False
    lately = until is not None and timedelta() <= now - until < REMEMBERED
    by = min(LONGEST_REST, 2 * timedelta(seconds=seconds)) if lately else REST
    rested = {"slowed_until": now + by, "slowed_by": int(by.total_seconds())}
    db.execute(update(SenderPace).filter_by(**key).values(rested))
    return True


def slow_sender_of(db: Session, message_id: UUID, now: datetime) -> None:
    """Give the number that this text left from a rest; as ``slow``."""
    left_from = db.execute(select(Message.channel, Message.sender).where(Message.id == message_id)).first()
    if left_from:
        slow(db, (left_from.channel, left_from.sender or ""), now)


def _locked(db: Session, now: datetime) -> dict[Sender, _Row]:
    columns = (SenderPace.channel, SenderPace.sender, SenderPace.free_at, SenderPace.slowed_until)
    locked = select(*columns).order_by(SenderPace.channel, SenderPace.sender).with_for_update()
    return {
        (channel, sender): _Row(_believed(free_at, now), _believed(slowed_until or now, now))
        for channel, sender, free_at, slowed_until in db.execute(locked)
    }


def _believed(at: datetime, now: datetime) -> datetime:
    return at if at <= now + BELIEVED else now

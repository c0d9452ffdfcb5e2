"""What the send gate needs to know of a batch of rows: a few queries, however many rows there are."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, load_only

from bot.conversation import timing
from bot.conversation.scheme import Scheme
from bot.database import insert_into
from bot.gate import CAPPED, Candidate, Recipient, Spent
from bot.library import Library
from bot.models import EVERYBODY, Address, CheckIn, Message, ServiceUser, Tally

WEEK = timedelta(days=7)
# A text is counted at most so long after it was written.
LONGEST_LIFE = timedelta(days=30)

# What the gate looks at: a person and a check-in hold much more, and are read for every text, twice.
PERSON: Select[Any] = select(ServiceUser).options(
    load_only(
        ServiceUser.state,
        ServiceUser.zone,
        ServiceUser.held_for,
        ServiceUser.held_until,
        ServiceUser.last_inbound_at,
    )
)
ADDRESS: Select[Any] = select(Address)
CHECK_IN: Select[Any] = select(CheckIn).options(load_only(CheckIn.answered_at, CheckIn.ended_at))


@dataclass(slots=True)
class Batch:
    """Rows with their people, locked for this transaction, and what the caps have let through so far."""

    library: Library
    now: datetime
    people: dict[UUID, ServiceUser]
    addresses: dict[tuple[UUID, str, str], Address]
    check_ins: dict[UUID, CheckIn]
    counted_at: dict[UUID, list[datetime]]
    tallies: Counter[tuple[str, date]]
    added: Counter[tuple[str, date]] = field(default_factory=Counter)

    def address(self, message: Message) -> Address | None:
        owner = message.service_user_id
        return self.addresses.get((owner, message.channel, message.address)) if owner else None

    def candidate(self, message: Message) -> Candidate:
        """The gate's view of a row."""
        scheme = self.library.scheme(message.scheme_id)
        person = self.people.get(message.service_user_id) if message.service_user_id else None
        zone = timing.known_zone(person.zone, scheme.zone) if person else scheme.zone
        candidate = Candidate(
            kind=message.kind,
            created_at=message.created_at,
            expires_at=message.expires_at,
            attempts=message.attempts,
            counted=message.counted_at is not None,
            planned=message.planned_for is not None,
            recipient=recipient(person, self.address(message)) if person else None,
            settled_at=self._settled_at(message),
            zone=zone,
            quiet_from=scheme.quiet_from,
            quiet_until=scheme.quiet_until,
            caps=scheme.caps,
        )
        return replace(candidate, spent=self._spent(message, scheme, zone)) if candidate.capped else candidate

    def count(self, message: Message) -> bool:
        """A row that leaves counts toward the caps, once; whether it does now."""
        if message.kind not in CAPPED or message.counted_at is not None:
            return False
        scheme = self.library.scheme(message.scheme_id)
        for key in _days(scheme, self.now):
            self.tallies[key] += 1
            self.added[key] += 1
        if message.service_user_id:
            self.counted_at.setdefault(message.service_user_id, []).append(self.now)
        return True

    def _settled_at(self, message: Message) -> datetime | None:
        check_in = self.check_ins.get(message.check_in_id) if message.check_in_id else None
        times = (check_in.answered_at, check_in.ended_at) if check_in else ()
        return max((at for at in times if at is not None), default=None)

    def _spent(self, message: Message, scheme: Scheme, zone: str) -> Spent:
        counted = self.counted_at.get(message.service_user_id, []) if message.service_user_id else []
        today = timing.local(zone, self.now).date()
        scheme_day, all_day = (self.tallies[key] for key in _days(scheme, self.now))
        return Spent(
            person_day=sum(timing.local(zone, at).date() == today for at in counted),
            person_week=sum(at > self.now - WEEK for at in counted),
            scheme_day=scheme_day,
            all_day=all_day,
        )


def gather(
    db: Session, library: Library, messages: Sequence[Message], people: Collection[UUID], now: datetime
) -> Batch:
    """Everything about these rows. The caller has locked the people; the day's tallies are locked here."""
    capped = [message for message in messages if message.counted_at is None and message.kind in CAPPED]
    check_ins = {message.check_in_id for message in messages if message.check_in_id}
    return Batch(
        library=library,
        now=now,
        people={row.id: row for row in _all(db, PERSON, ServiceUser.id, people)},
        addresses={
            (row.service_user_id, row.channel, row.address): row
            for row in _all(db, ADDRESS, Address.service_user_id, people)
        },
        check_ins={row.id: row for row in _all(db, CHECK_IN, CheckIn.id, check_ins)},
        counted_at=_counted(db, capped, now),
        tallies=_tallies(db, {key for m in capped for key in _days(library.scheme(m.scheme_id), now)}),
    )


def lock(db: Session, people: Iterable[UUID]) -> None:
    """Lock these people until the transaction ends, always in the same order, so that no two wait for each other.

    A text that comes in locks its person first, too: its STOP is seen here, or it waits for us.
    """
    wanted = sorted(set(people))
    if wanted:
        locked = select(ServiceUser.id).where(ServiceUser.id.in_(wanted)).order_by(ServiceUser.id)
        db.execute(locked.with_for_update(key_share=True)).all()


def lock_free(db: Session, people: Collection[UUID]) -> Collection[UUID]:
    """Lock those of these people whom nobody else has locked, waiting for none; who they are."""
    free = select(ServiceUser.id).where(ServiceUser.id.in_(people)).order_by(ServiceUser.id)
    return set(db.scalars(free.with_for_update(key_share=True, skip_locked=True))) if people else ()


def owners(db: Session, ids: Collection[UUID]) -> Sequence[UUID | None]:
    """Whose rows these are."""
    return db.scalars(select(Message.service_user_id).where(Message.id.in_(ids))).all()


def read(db: Session, ids: Collection[UUID]) -> Sequence[Message]:
    """These rows as they are now, the longest waiting first."""
    rows = select(Message).where(Message.id.in_(ids)).order_by(Message.due_at)
    return db.scalars(rows, execution_options={"populate_existing": True}).all() if ids else ()


def lock_owner(db: Session, message_id: UUID) -> None:
    """Lock the person a row belongs to, if it belongs to one."""
    owner = select(Message.service_user_id).where(Message.id == message_id).scalar_subquery()
    db.execute(select(ServiceUser.id).where(ServiceUser.id == owner).with_for_update(key_share=True)).all()


def keep_tallies(db: Session, batch: Batch) -> None:
    """Write down what the caps have let through. Their rows are locked."""
    for (scope, day), more in batch.added.items():
        row = db.get_one(Tally, (scope, day))
        row.sent += more


def recipient(person: ServiceUser, address: Address | None) -> Recipient:
    """The gate's view of a person, and of the address that a text goes to, where it is theirs."""
    return Recipient(
        state=person.state,
        consented=address is not None and address.consented,
        theirs=address is not None,
        reachable=address is not None and address.unreachable_since is None,
        held_for=person.held_for,
        held_until=person.held_until,
        last_inbound_at=person.last_inbound_at,
    )


def _all(db: Session, rows: Select[Any], column: Any, ids: Collection[UUID]) -> Sequence[Any]:
    if not ids:
        return ()
    return db.scalars(rows.where(column.in_(ids)).execution_options(populate_existing=True)).all()


def _counted(db: Session, messages: Sequence[Message], now: datetime) -> dict[UUID, list[datetime]]:
    """When the caps last let something through to these people."""
    people = {message.service_user_id for message in messages if message.service_user_id}
    found: dict[UUID, list[datetime]] = {}
    if not people:
        return found
    query = select(Message.service_user_id, Message.counted_at).where(
        Message.scheme_id.in_({message.scheme_id for message in messages}),
        Message.service_user_id.in_(people),
        Message.created_at > now - LONGEST_LIFE,
        Message.counted_at > now - WEEK,
    )
    for person, at in db.execute(query):
        if person and at:
            found.setdefault(person, []).append(at)
    return found


def _days(scheme: Scheme, now: datetime) -> tuple[tuple[str, date], tuple[str, date]]:
    """The two tallies that a text counts toward: of its scheme's day, and of everybody's."""
    return (scheme.key, timing.local(scheme.zone, now).date()), (EVERYBODY, now.date())


def _tallies(db: Session, keys: Collection[tuple[str, date]]) -> Counter[tuple[str, date]]:
    """Lock the tallies of today, made where they are not there yet: two claims never count the same room twice."""
    if not keys:
        return Counter()
    wanted = sorted(keys)
    new = [{"scope": scope, "day": day, "sent": 0} for scope, day in wanted]
    db.execute(insert_into(db, Tally).on_conflict_do_nothing(), new)
    locked = (
        select(Tally)
        .where(Tally.scope.in_({scope for scope, _ in wanted}), Tally.day.in_({day for _, day in wanted}))
        .order_by(Tally.scope, Tally.day)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return Counter({(row.scope, row.day): row.sent for row in db.scalars(locked)})

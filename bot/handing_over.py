"""People go from one practitioner to another: whose they are, who has their flags, and that somebody says so.

Their history goes with them: within a scheme, whoever looks after somebody reads it. The bot does not ask the
person what may be told to the next one; whoever hands over asks them (docs/decisions).
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot import alerts, history
from bot.models import Email, Event, Flag, Practitioner, ServiceUser
from bot.suppression import batches

MOST_CODES = 20


class NobodyHasIt(ValueError):
    """Somebody has to act first; the sentence says what to do."""


def hand_over(db: Session, people: Sequence[UUID], to: Practitioner, by: str, now: datetime) -> int:
    """Give people to a practitioner of their scheme; how many were not theirs already. All of them or none.

    1. NobodyHasIt while a safety flag of any of them waits for somebody to take it on: two who each think that
       the other has it are the worst time for one.
    2. Flags that the one before had taken on are open again, for nobody has them now.
    3. The one who gets them is told by mail, without names: how many, and which flags are open.
    """
    moving = [row for batch in batches(sorted(people)) for row in _locked(db, batch, to)]
    _refuse_unattended(db, [row.id for row in moving])
    here = select(Practitioner).where(Practitioner.scheme_id == to.scheme_id)
    emails = {each.id: each.email for each in db.scalars(here)}
    for row in moving:
        change = {"before": {"practitioner": emails[row.practitioner_id]}, "after": {"practitioner": to.email}}
        db.add(Event(scheme_id=to.scheme_id, service_user_id=row.id, at=now, who=by, what="moved", **change))
    for batch in batches([row.id for row in moving]):
        db.execute(
            update(ServiceUser).where(ServiceUser.id.in_(batch)).values(practitioner_id=to.id),
            execution_options={"synchronize_session": "fetch"},
        )
    flags = _open_again(db, [row.id for row in moving], to, by, now)
    if moving:
        _tell(db, to, len(moving), flags, now)
    return len(moving)


def _locked(db: Session, people: Sequence[UUID], to: Practitioner) -> Sequence[ServiceUser]:
    # In the order in which the outbox locks the people of its texts.
    theirs = (ServiceUser.id.in_(people), ServiceUser.scheme_id == to.scheme_id, ServiceUser.practitioner_id != to.id)
    rows = select(ServiceUser).where(*theirs).order_by(ServiceUser.id).with_for_update(key_share=True)
    return db.scalars(rows.execution_options(populate_existing=True)).all()


def _refuse_unattended(db: Session, people: Sequence[UUID]) -> None:
    codes = [alerts.flag_code(flag.id) for flag in _open(db, people, lambda flag: flag.kind == "safety")]
    if codes:
        raise NobodyHasIt(
            f"There is an open safety flag that nobody has taken on ({', '.join(codes)}): "
            "take it on first (python -m bot flags ack), then hand over."
        )


def _open(db: Session, people: Sequence[UUID], which: Callable[[Flag], bool]) -> list[Flag]:
    """Open flags that nobody has taken on."""
    found = [
        flag
        for batch in batches(people)
        for flag in db.scalars(select(Flag).where(Flag.service_user_id.in_(batch), Flag.closed_at.is_(None)))
    ]
    return [flag for flag in found if flag.acknowledged_at is None and which(flag)]


def _open_again(db: Session, people: Sequence[UUID], to: Practitioner, by: str, now: datetime) -> list[Flag]:
    """What somebody else had taken on; safety alone stays with whoever said that they have it."""
    for batch in batches(people):
        taken = (Flag.service_user_id.in_(batch), Flag.closed_at.is_(None), Flag.acknowledged_at.is_not(None))
        for flag in db.scalars(select(Flag).where(*taken, Flag.kind != "safety", Flag.acknowledged_by != to.email)):
            flag.acknowledged_at = flag.acknowledged_by = None
            history.of_flag(db, flag, "flag_handed_over", now, by=by)
    db.flush()
    return _open(db, people, lambda _: True)


def _tell(db: Session, to: Practitioner, people: int, flags: Sequence[Flag], now: datetime) -> None:
    more = f"You look after {people} more {'person' if people == 1 else 'people'} from now on."
    codes = [f"  {alerts.flag_code(flag.id)}  {flag.kind.replace('_', ' ')}" for flag in flags[:MOST_CODES]]
    rest = [f"  and {len(flags) - MOST_CODES} more"] if len(flags) > MOST_CODES else []
    open_flags = ["", "These flags of theirs are open:", *codes, *rest] if flags else ["", "No flag of theirs is open."]
    ask = ["", "Before you use what they told the one before you, ask them whether that is all right."]
    lines = [more, *open_flags, *ask, "", "Who they are:  python -m bot people list --practitioner YOU", ""]
    mail = {"to": to.email, "kind": "handover", "subject": "People have been handed over to you"}
    key = f"handover:{uuid4().hex}"
    db.add(Email(scheme_id=to.scheme_id, **mail, body="\n".join(lines), intention=key, due_at=now, created_at=now))

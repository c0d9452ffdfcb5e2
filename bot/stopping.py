"""The end of somebody's texts, whoever ended them: their word, the carrier's, or the scheme's.

Callers hold the person's row. Each says and tells what is its own: a flag, a line of the history.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot import check_in_rows, suppression
from bot.gate import BY_HAND
from bot.models import CheckIn, ConsentEvent, Message, ServiceUser

PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Said:
    """What was said to being texted, by whom and how; ``at`` is when they wrote it, which may be long before now."""

    what: str
    by: str
    channel: str
    at: datetime
    words: str | None = None


def opt_out(db: Session, person: ServiceUser, said: Said, now: datetime, *, end_check_in: bool = True) -> None:
    """They want no texts: none goes to any of their addresses in the scheme, and the record shows what was said."""
    suppression.suppress_person(db, person.scheme_id, person.id, said.what, now)
    record(db, person, said, now)
    stop(db, person, "opted_out", now, end_check_in=end_check_in)


def record(db: Session, person: ServiceUser, said: Said, now: datetime) -> None:
    """Write down what was said to being texted."""
    owned = {"scheme_id": person.scheme_id, "service_user_id": person.id, "channel": said.channel}
    db.add(ConsentEvent(**owned, what=said.what, by=said.by, at=said.at, words=said.words, recorded_at=now))


def stop(db: Session, person: ServiceUser, state: str, now: datetime, *, end_check_in: bool = True) -> None:
    """No more unasked texts: their state is this one, nothing of theirs rings, and what waits is cancelled.

    ``end_check_in`` is false where the conversation itself says what becomes of the check-in that is open.
    """
    person.state = state
    person.next_check_in_at = person.quiet_at = person.resume_at = None
    _cancel_reminders(db, person)
    if end_check_in:
        check_in_rows.end_open(db, person, now, state)
    cancel_waiting(db, person, state)


def cancel_waiting(db: Session, person: ServiceUser, reason: str, *, even_safety: bool = False) -> None:
    """Texts that have not left are cancelled, with the reason on the row.

    The answer to a crisis leaves whatever they have said since, as the gate has it; but not to a number that is
    no longer theirs (``even_safety``). A pause is one from what comes by itself: what a practitioner wrote goes on
    waiting.
    """
    mine = (Message.scheme_id == person.scheme_id, Message.service_user_id == person.id)
    waiting = update(Message).where(*mine, Message.direction == "out", Message.state.in_(("queued", "claimed")))
    if not even_safety:
        waiting = waiting.where(Message.kind != "safety")
    if reason == PAUSED:
        waiting = waiting.where(Message.kind != BY_HAND)
    db.execute(waiting.values(state="cancelled", not_sent_reason=reason, due_at=None, claimed_until=None))


def _cancel_reminders(db: Session, person: ServiceUser) -> None:
    """A reminder outlives its check-in, and what they asked for before is not sent after they have started again."""
    mine = (CheckIn.scheme_id == person.scheme_id, CheckIn.service_user_id == person.id)
    db.execute(update(CheckIn).where(*mine, CheckIn.remind_at.is_not(None)).values(remind_at=None))

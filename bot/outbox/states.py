"""The states of a text that goes out, in their order. A row moves forward only."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, TextClause, text, update
from sqlalchemy.orm import Session

from bot.channels import codes
from bot.models import Message

# A late `delivered` corrects what we thought had failed: it comes from the person's own phone.
ORDER = (
    "queued",
    "claimed",
    "submitting",
    "unknown",
    "accepted",
    "sent",
    "failed",
    "undelivered",
    "delivered",
    "read",
)
RANK = {state: rank for rank, state in enumerate(ORDER)}
CANCELLED = "cancelled"

FAILED, ARRIVED = codes.FAILED, codes.ARRIVED
LEFT = frozenset({"sent", *ARRIVED})
# Taken, and nobody has said yet what became of it.
OPEN = ("accepted", "sent")

LEASE = timedelta(seconds=60)
TWIML_PATIENCE = timedelta(minutes=10)
# How long a text that was taken may be without a receipt that says what became of it.
RECEIPT_PATIENCE = timedelta(hours=1)

# In the very words of the partial index ix_message_due, or SQLite would not use it.
WAITS: TextClause = text("message.state IN ('queued','claimed','submitting','unknown')")


class Counts(Counter[str]):
    """How many of each kind; printed as a line a kind."""

    def __str__(self) -> str:
        return "\n".join(f"{kind}: {count}" for kind, count in self.items() if count) or "nothing was due"


def of_schemes(keys: Iterable[str]) -> ColumnElement[bool]:
    """Texts of schemes that are there. One whose folder is gone has no hours, no caps and no words: its texts wait.

    Asked of the column's text, not of the column: SQLite would take its index, and read the whole table.
    """
    return Message.scheme_id.concat("").in_(keys)


def below(state: str) -> tuple[str, ...]:
    """The states from which a row may move to this one."""
    return ORDER[: RANK[state]]


def move(db: Session, message_id: UUID, states: tuple[str, ...] | str, **values: Any) -> bool:
    """Change a row only if it is in one of these states; whether it was."""
    found = (states,) if isinstance(states, str) else states
    changed = update(Message).where(Message.id == message_id, Message.state.in_(found)).values(**values)
    done = db.execute(changed, execution_options={"synchronize_session": False})
    return cast(CursorResult[Any], done).rowcount == 1

"""Why nothing may be sent: the clock has been moved back, or this database is a copy that was put back.

A copy does not know what left after it was made: what it still wants to send may have been sent. Until
``restoring`` has made that good, nothing leaves. A copy made by ``backup`` carries a mark. PostgreSQL's own tools
leave none, so there the database knows its place, and finds that it is in another.
"""

from datetime import datetime

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from bot.models import Heartbeat
from bot.outbox.clock_moved import moved_back

CLOCK = "clock_moved_back"
COPY = "a_copy"
SENTENCES = {
    CLOCK: "the clock was moved back",
    COPY: "this database was put back from a copy",
}
REMEDIES = {CLOCK: "tick --accept-clock", COPY: "restored"}
PLACE = "place:"
MAY_ASK = "SELECT has_function_privilege('pg_control_system()', 'execute')"
HERE = "SELECT system_identifier, oid FROM pg_control_system(), pg_database WHERE datname = current_database()"


def halted(db: Session, now: datetime) -> str | None:
    """CLOCK or COPY where nothing may be sent, else None."""
    if is_copy(db):
        return COPY
    return CLOCK if moved_back(db, now) else None


def is_copy(db: Session) -> bool:
    """Whether this database was put back from a copy, and nobody has said ``restored`` yet."""
    marks = db.scalars(select(Heartbeat.name).where(Heartbeat.name.startswith(PLACE) | (Heartbeat.name == COPY)))
    known = set(marks)
    return COPY in known or bool(known and known != {_place(db)})


def settle_here(db: Session) -> None:
    """This is the place: it is no copy (any more)."""
    db.execute(delete(Heartbeat).where(Heartbeat.name.startswith(PLACE) | (Heartbeat.name == COPY)))
    place = _place(db)
    if place:
        db.add(Heartbeat(name=place))


def know_your_place(db: Session) -> None:
    """Write down where this database is, unless it knows of a place already."""
    known = db.scalars(select(Heartbeat.name).where(Heartbeat.name.startswith(PLACE)).limit(1)).first()
    if known is None and not is_copy(db):
        settle_here(db)


def _place(db: Session) -> str | None:
    """The server and the database as the server knows them; None on SQLite, whose files may be moved, and
    where we may not ask.
    """
    if db.get_bind().dialect.name != "postgresql" or not db.scalar(text(MAY_ASK)):
        return None
    server, database = db.execute(text(HERE)).one()
    return f"{PLACE}{server}:{database}"

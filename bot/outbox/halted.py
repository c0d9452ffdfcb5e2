"""Why nothing may be sent: the clock has been moved back, or this database is a copy that was put back.

A copy does not know what left after it was made: what it still wants to send may have been sent. Until
``restoring`` has made that good, nothing leaves. A copy made by ``backup`` carries a mark. PostgreSQL's own tools
leave none, so there the database knows its place, and finds that it is in another: another server, another database
of it, or tables that were made anew. A copy of PostgreSQL's files (a snapshot, point-in-time recovery) is in its old
place and cannot know: there the mark is set by hand (docs/operating.md, part 5).
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
# The table's own number is another one once pg_restore --clean has put back what was in it.
HERE = (
    "SELECT system_identifier, oid, CAST(CAST('heartbeat' AS regclass) AS oid) "
    "FROM pg_control_system(), pg_database WHERE datname = current_database()"
)


def halted(db: Session, now: datetime) -> str | None:
    """CLOCK or COPY where nothing may be sent, else None."""
    if is_copy(db):
        return COPY
    return CLOCK if moved_back(db, now) else None


def is_copy(db: Session) -> bool:
    """Whether this database was put back from a copy, and nobody has said ``restored`` yet."""
    marks = db.scalars(select(Heartbeat.name).where(Heartbeat.name.startswith(PLACE) | (Heartbeat.name == COPY)))
    return not set(marks) <= set(_places(db))


def settle_here(db: Session) -> None:
    """This is the place: it is no copy (any more)."""
    db.execute(delete(Heartbeat).where(Heartbeat.name.startswith(PLACE) | (Heartbeat.name == COPY)))
    db.add_all(Heartbeat(name=place) for place in _places(db)[:1])


def know_your_place(db: Session) -> None:
    """Write down where this database is, unless it was put back from a copy: then it is for ``restoring`` to say."""
    if not is_copy(db):
        settle_here(db)


def _places(db: Session) -> tuple[str, ...]:
    """The server, the database and the table as the server knows them; and how that was written before, without tables.

    Nothing on SQLite, whose files may be moved, and where we may not ask.
    """
    if db.get_bind().dialect.name != "postgresql" or not db.scalar(text(MAY_ASK)):
        return ()
    server, database, table = db.execute(text(HERE)).one()
    return f"{PLACE}{server:x}:{database:x}:{table:x}", f"{PLACE}{server}:{database}"

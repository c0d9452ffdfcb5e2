"""What is erased leaves the database's own files, too: deleted rows are not yet bytes that are gone."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from bot.models import Base

PATIENCE = 10.0
# Bytes. While a larger file is written anew, a text that comes in would wait for more than a second.
LARGEST = 100_000_000


def is_quick(database_url: str) -> bool:
    """Whether ``scrub`` keeps nobody waiting: PostgreSQL does it beside everything else, SQLite alone."""
    url = make_url(database_url)
    file = Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
    return file is None or not file.exists() or file.stat().st_size <= LARGEST


def scrub(database_url: str, *, whole: bool = True) -> bool:
    """Leave nothing erased in the database's files; whether that was possible now. The next night tries again.

    1. SQLite: written anew without its free pages, and its log of writes emptied. Not while others use the file.
       Not ``whole``: only the log is emptied. What was erased is overwritten in its place already; of a page that
       was rearranged a piece may be left.
    2. PostgreSQL: dead rows are cleared away. Their pages are its own to reuse: encrypt the disk it lies on.
    """
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return url.database is None or _sqlite(url.database, whole)
    _postgresql(database_url, [table.name for table in Base.metadata.sorted_tables])
    return True


def _sqlite(file: str, whole: bool) -> bool:
    connection = sqlite3.connect(file, timeout=PATIENCE)
    try:
        connection.execute("PRAGMA secure_delete=ON").fetchall()
        if whole:
            connection.execute("VACUUM")
        [(busy, _, _)] = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return not busy


def _postgresql(database_url: str, tables: Sequence[str]) -> None:
    engine = create_engine(database_url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f"VACUUM {', '.join(tables)}"))
    finally:
        engine.dispose()

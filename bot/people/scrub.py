"""What is erased leaves the database's own files, too: deleted rows are not yet bytes that are gone."""

import sqlite3
from collections.abc import Sequence

from sqlalchemy import create_engine, make_url, text

from bot.models import Base

PATIENCE = 10.0


def scrub(database_url: str) -> bool:
    """Leave nothing erased in the database's files; whether that was possible now. The next night tries again.

    1. SQLite: written anew without its free pages, and its log of writes emptied. Not while others use the file.
    2. PostgreSQL: dead rows are cleared away. Their pages are its own to reuse: encrypt the disk it lies on.
    """
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return url.database is None or _sqlite(url.database)
    _postgresql(database_url, [table.name for table in Base.metadata.sorted_tables])
    return True


def _sqlite(file: str) -> bool:
    connection = sqlite3.connect(file, timeout=PATIENCE)
    try:
        connection.execute("PRAGMA secure_delete=ON").fetchall()
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

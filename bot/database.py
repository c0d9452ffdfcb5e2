"""The database, the same on SQLite and PostgreSQL: one short transaction at a time, all of it or nothing."""

import os
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from threading import RLock
from typing import Any

from sqlalchemy import Connection, Engine, Pool, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

PROJECT = Path(__file__).resolve().parent.parent

BUSY_SECONDS = 10
"""How long a transaction waits for another one's lock. Twilio waits 15 seconds for our answer."""

# Whoever runs the migrations first; the others wait and find them done. Any fixed number will do.
UPGRADE_LOCK = 7_837_256_641

# Zeroes what is deleted, so that a forgotten person is not left in the file's free pages.
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", f"busy_timeout={BUSY_SECONDS * 1000}")

# Connections that a fork copied. Closing one here would touch the files that the parent still uses.
_left_to_the_parent: list[Pool] = []


# SQLAlchemy has no INSERT ... ON CONFLICT of its own; each database that can be used has its dialect's.
INSERTS: Mapping[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_into(db: Session, table: type) -> Any:
    """An INSERT of this session's database, which can pass over or replace a row that is there already."""
    return INSERTS[db.get_bind().dialect.name](table)


class Database:
    """Hands out transactions. Safe to share between threads, and to carry through a fork.

    ``info`` is what each of its sessions is told (``db.info``): what the code inside needs and no row holds.
    """

    def __init__(self, url: str, info: Mapping[str, Any] | None = None) -> None:
        self._info = dict(info or {})
        self._engine = _engine(url)
        # A transaction that may write takes the lock at its first statement: SQLite refuses at once to
        # let a reader become a writer when another has written meanwhile, whatever the time-out.
        self._writer = self._engine.execution_options(begin="IMMEDIATE")
        # Writers of this process take turns before they ask SQLite, which makes them wait by sleeping.
        self._turn: AbstractContextManager[Any] = RLock() if self.sqlite else nullcontext()
        _tell_after_fork(self)

    @property
    def sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction that may write: committed at the end, rolled back on an exception."""
        with self._turn, Session(self._writer, expire_on_commit=False, info=self._info) as db, db.begin():
            yield db

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One transaction that reads. What is written in it is never kept."""
        with Session(self._engine, expire_on_commit=False, info=self._info) as db:
            yield db

    def _after_fork(self) -> None:
        """Never use a connection opened before a fork, nor wait for a turn that nobody here will give back."""
        _left_to_the_parent.append(self._engine.pool)
        self._engine.dispose(close=False)
        self._turn = RLock() if self.sqlite else nullcontext()

    def close(self) -> None:
        """Give every idle connection back."""
        self._engine.dispose()


def upgrade(url: str) -> None:
    """Bring the tables up to date: all migrations that are missing, in one transaction.

    Killed half-way it leaves what was; run by two processes at once, the second waits and finds it done. A table
    that others use is waited for ten seconds; then nothing is changed, and it can be run again.
    """
    from alembic import command
    from alembic.config import Config

    # SQLite changes a table by writing it anew, which foreign keys must not see.
    engine = _engine(url, migrating=True).execution_options(begin="IMMEDIATE")
    config = Config(toml_file=PROJECT / "pyproject.toml")
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                _wait_for_our_turn(connection)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            _refuse_loose_ends(connection)
    finally:
        engine.dispose()


def _wait_for_our_turn(connection: Connection) -> None:
    """However long another one migrates; for a table in use we wait only as long as anybody."""
    waits = connection.execute(text("SELECT current_setting('lock_timeout')")).scalar_one()
    connection.execute(text("SET LOCAL lock_timeout = 0"))
    connection.execute(text(f"SELECT pg_advisory_xact_lock({UPGRADE_LOCK})"))
    connection.execute(text("SELECT set_config('lock_timeout', :waits, true)"), {"waits": waits})


def _refuse_loose_ends(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    loose = connection.execute(text("PRAGMA foreign_key_check")).first()
    if loose:
        raise RuntimeError(f"The table {loose[0]} would point at nothing; nothing was changed.")


def _engine(url: str, *, migrating: bool = False) -> Engine:
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite(foreign_keys=not migrating))
        event.listen(engine, "begin", _begin_sqlite)
    else:
        engine = _postgresql(url, migrating)
    return engine


def _postgresql(url: str, migrating: bool) -> Engine:
    # Here, not above: on SQLite its driver is not even loaded.
    from bot import postgresql

    return postgresql.engine(url, migrating=migrating)


def _prepare_sqlite(*, foreign_keys: bool) -> Callable[[Any, Any], None]:
    def prepare(connection: Any, _: Any) -> None:
        # Python's module would begin transactions on its own account; `_begin_sqlite` does it.
        connection.isolation_level = None
        for pragma in (*PRAGMAS, f"foreign_keys={'ON' if foreign_keys else 'OFF'}"):
            connection.execute(f"PRAGMA {pragma}").close()

    return prepare


def _begin_sqlite(connection: Connection) -> None:
    kind = connection.get_execution_options().get("begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {kind}")


def _tell_after_fork(database: Database) -> None:
    known = weakref.WeakMethod(database._after_fork)

    def tell() -> None:
        if after_fork := known():
            after_fork()

    os.register_at_fork(after_in_child=tell)

"""A copy of SQLite's file while everything runs, and putting one back. PostgreSQL has tools of its own.

A copy carries a mark (``outbox.halted``): whoever starts the processes on it by accident texts nobody.
"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import make_url

from bot.outbox.halted import COPY

OURS_ALONE = 0o600
BUSY_SECONDS = 30
# What belongs to a database file while it is open, or was left by a crash.
BESIDE = ("-wal", "-shm")
MOVED = ".before-restore-"


class BackupRefused(Exception):
    """A sentence that says why not, and what to do."""


def file_of(database_url: str) -> Path:
    """SQLite's file. BackupRefused for another database."""
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise BackupRefused(
            "This is for SQLite. On PostgreSQL: pg_dump --format=custom, and to put it back pg_restore into a new "
            "database, then python -m bot restored; see docs/operating.md."
        )
    return Path(url.database)


def copy(database_url: str, to: Path) -> int:
    """Copy the database as it is at one moment, checked; its size in bytes. Nobody has to wait for it.

    1. Only the account that makes it may read it, and nothing is ever written over.
    2. One whole file, with the mark of a copy in it. It is there under its name only once it has been checked.
    """
    source = file_of(database_url)
    if not source.exists():
        raise BackupRefused(f"There is no database at {source}: look at DATABASE_URL.")
    if to.exists():
        raise BackupRefused(f"{to} is there already, and a backup is never written over: choose another name.")
    with _aside(to) as aside:
        with closing(sqlite3.connect(source, timeout=BUSY_SECONDS)) as ours, closing(sqlite3.connect(aside)) as made:
            ours.backup(made)
            _mark(made)
        check(aside)
        _synced(aside)
        # A link does not take the place of a file that has come there meanwhile.
        os.link(aside, to)
        return to.stat().st_size


def stream(database_url: str, to: BinaryIO) -> int:
    """The same into a pipe, for whoever encrypts it."""
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=file_of(database_url).parent) as folder:
        size = copy(database_url, Path(folder) / "copy.db")
        with (Path(folder) / "copy.db").open("rb") as file:
            shutil.copyfileobj(file, to)
        return size


def check(file: Path) -> None:
    """BackupRefused unless this is a whole database of ours."""
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as db:
            [found] = db.execute("PRAGMA integrity_check").fetchone()
            loose = db.execute("PRAGMA foreign_key_check").fetchone()
            ours = db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise BackupRefused(f"{file} cannot be read as a database ({type(error).__name__}).") from error
    if found != "ok" or loose:
        raise BackupRefused(f"{file} is damaged: take an older copy.")
    if not ours:
        raise BackupRefused(f"{file} is a database, but not one of Stepalong's.")


def put_back(database_url: str, copied: Path, now: datetime, make_good: Callable[[str], None]) -> Path | None:
    """Put a copy in the database's place; where what was there has been moved to, if anything was.

    1. Refused while anybody has the database open.
    2. The copy is copied; ``make_good`` is given the address of that, and may raise: then nothing has changed.
    3. What was there is kept beside it under another name, to be looked at and deleted by hand.
    """
    place = file_of(database_url)
    check(copied)
    require_stopped(place)
    with _aside(place) as aside:
        shutil.copyfile(copied, aside)
        with closing(sqlite3.connect(aside)) as made:
            _mark(made)
        make_good(f"sqlite:///{aside}")
        with closing(sqlite3.connect(aside)) as made:
            made.execute("PRAGMA journal_mode=DELETE")
        check(aside)
        _synced(aside)
        require_stopped(place)
        lost = _moved_away(place, now)
        aside.replace(place)
        return lost


def require_whole(database_url: str) -> None:
    """BackupRefused where a restore was broken off between two renames: what was there has gone, the copy is not there.

    A process that was started meanwhile may have left an empty file: that is no database either.
    """
    if make_url(database_url).get_backend_name() != "sqlite":
        return
    place = file_of(database_url)
    lost = sorted(each for each in place.parent.glob(f"{place.name}{MOVED}*") if not each.name.endswith(BESIDE))
    if lost and _is_empty(place):
        raise BackupRefused(
            f"There is no database at {place}, but {lost[-1].name} is beside it: a restore was broken off. Restore the "
            f"copy once more, or rename {lost[-1].name} to {place.name} to have back what was there."
        )


def _is_empty(place: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"{place.resolve().as_uri()}?mode=ro", uri=True)) as db:
            return bool(db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0)
    except sqlite3.DatabaseError:
        # One that is damaged is looked at by whoever opens it.
        return not place.exists()


def require_stopped(place: Path) -> None:
    """BackupRefused while a process has the database open."""
    if not place.exists():
        return
    try:
        with closing(sqlite3.connect(place, timeout=0, isolation_level=None)) as db:
            # Granted only where nobody else has the file open.
            db.execute("PRAGMA locking_mode=EXCLUSIVE")
            db.execute("BEGIN EXCLUSIVE")
            db.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise BackupRefused("The database is in use: stop web, worker and clock first.") from error
    except sqlite3.DatabaseError:
        # What is there is no database any more; it will be moved out of the way.
        return


def _moved_away(place: Path, now: datetime) -> Path | None:
    if not place.exists():
        return None
    lost = place.with_name(f"{place.name}{MOVED}{now:%Y%m%dT%H%M%SZ}")
    for end in ("", *BESIDE):
        part = place.with_name(place.name + end)
        if part.exists():
            part.replace(lost.with_name(lost.name + end))
    return lost


@contextmanager
def _aside(to: Path) -> Iterator[Path]:
    """A file of our own next to ``to``, gone at the end unless it has been renamed."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{to.name}-", dir=to.parent)
    except FileNotFoundError as error:
        raise BackupRefused(f"{to.parent} is not there: make the folder first, or name another one.") from error
    except OSError as error:
        raise BackupRefused(f"{to.parent} cannot be written to ({error.strerror}): name another folder.") from error
    os.fchmod(handle, OURS_ALONE)
    os.close(handle)
    aside = Path(name)
    try:
        yield aside
    finally:
        for end in ("", *BESIDE):
            aside.with_name(aside.name + end).unlink(missing_ok=True)


def _mark(db: sqlite3.Connection) -> None:
    """Say that this is a copy; one file, without a journal beside it."""
    db.execute("PRAGMA journal_mode=DELETE")
    db.execute("INSERT OR IGNORE INTO heartbeat (name, at, seconds) VALUES (?, NULL, 0)", (COPY,))
    db.commit()


def _synced(file: Path) -> None:
    for path in (file, file.parent):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

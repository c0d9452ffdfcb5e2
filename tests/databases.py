"""Where the tests keep their rows: a database of its own for each test, on SQLite or on PostgreSQL.

`pytest --database=postgresql` runs the same tests there. Migrating takes longer than most tests, so it is done
once, and each test is given a copy.
"""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine, create_engine, make_url, text

from bot.database import upgrade

SQLITE, POSTGRESQL = "sqlite", "postgresql"
KINDS = (SQLITE, POSTGRESQL)
# What a program finds where it is told of no database: bot/settings.py.
FILE = "stepalong.db"


class Databases(Protocol):
    """Databases to be had, each for as long as a block lasts. ``folder`` is the caller's own."""

    kind: str

    def empty(self, folder: Path) -> AbstractContextManager[str]:
        """The address of one without tables."""

    def migrated(self, folder: Path) -> AbstractContextManager[str]:
        """The address of one with every table and no rows."""

    def close(self) -> None:
        """Nothing is left of what they had in common."""


class SqliteFiles:
    kind = SQLITE

    def __init__(self, folder: Path) -> None:
        self._template = folder / "migrated.db"

    @contextmanager
    def empty(self, folder: Path) -> Iterator[str]:
        folder.mkdir(parents=True, exist_ok=True)
        yield f"sqlite:///{folder / FILE}"

    @contextmanager
    def migrated(self, folder: Path) -> Iterator[str]:
        if not self._template.exists():
            upgrade(f"sqlite:///{self._template}")
        with self.empty(folder) as url:
            shutil.copy(self._template, folder / FILE)
            yield url

    def close(self) -> None:
        self._template.unlink(missing_ok=True)


class PostgresqlDatabases:
    """On one server."""

    kind = POSTGRESQL

    def __init__(self, server: str) -> None:
        self._server = server
        self._engine: Engine | None = None
        self._template = ""

    def empty(self, folder: Path | None = None) -> AbstractContextManager[str]:
        return self._made("template0")

    def migrated(self, folder: Path | None = None) -> AbstractContextManager[str]:
        if not self._template:
            self._template = f"t{uuid.uuid4().hex}"
            self._do(f"CREATE DATABASE {self._template} TEMPLATE template0")
            upgrade(self._url(self._template))
        return self._made(self._template)

    def close(self) -> None:
        if self._template:
            self._do(f"DROP DATABASE {self._template} WITH (FORCE)")
        if self._engine:
            self._engine.dispose()

    @contextmanager
    def _made(self, template: str) -> Iterator[str]:
        name = f"t{uuid.uuid4().hex}"
        # Half as long as the other way: it copies files where that one writes every page to the log.
        self._do(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        try:
            yield self._url(name)
        finally:
            self._do(f"DROP DATABASE {name} WITH (FORCE)")

    def _url(self, name: str) -> str:
        return make_url(self._server).set(database=name).render_as_string(hide_password=False)

    def _do(self, statement: str) -> None:
        # A test may have killed the server in between.
        self._engine = self._engine or create_engine(self._server, isolation_level="AUTOCOMMIT", pool_pre_ping=True)
        with self._engine.connect() as connection:
            connection.execute(text(statement))

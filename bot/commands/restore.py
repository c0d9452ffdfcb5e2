"""``restore``: put SQLite's copy back, and make good what it has forgotten."""

import shutil
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from bot.commands.parts import the_service

if TYPE_CHECKING:
    from datetime import datetime

    from bot.service import Service


@click.command("restore")
@click.argument("file", metavar="FILE")
@click.option("--forgotten", type=click.File(), metavar="LIST", help="Who was forgotten since (see forgotten).")
def command(file: str, forgotten: TextIO | None) -> None:
    """Put a copy of the database back (SQLite), and make good what it has forgotten. Stop every process first.

    The provider is asked for its lists since the copy: what came in is taken, what left is not sent again. If
    they cannot be read, nothing is changed. What was in the database's place is kept beside it. A dash reads the
    standard input. For PostgreSQL: pg_restore, then python -m bot restored.

    \b
    python -m bot restore /srv/backups/stepalong-2026-11-23.db --forgotten forgotten.txt
    age -d -i key.txt stepalong-2026-11-23.db.age | python -m bot restore -
    """
    from bot import backup

    service = the_service()
    url, now = service.settings.database_url, service.clock.now()
    # From here on nobody reads what is there, not even the phone's clock.
    service.database.close()
    lines = forgotten.readlines() if forgotten else []
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=backup.file_of(url).parent) as folder:
        lost = backup.put_back(url, _on_disk(file, Path(folder)), now, lambda put: _made_good(service, put, lines, now))
    click.echo("restored; start the processes")
    if lost:
        click.echo(f"what was there is now {lost.name}: it holds people's words, so delete it when all is well")


def _on_disk(file: str, folder: Path) -> Path:
    if file != "-":
        return Path(file)
    copied = folder / "copied.db"
    with copied.open("wb") as made:
        shutil.copyfileobj(sys.stdin.buffer, made)
    return copied


def _made_good(service: "Service", url: str, forgotten: list[str], now: "datetime") -> None:
    from dataclasses import replace

    from bot.commands.restored import make_good
    from bot.database import upgrade
    from bot.restoring import Then
    from bot.service import database_for

    upgrade(url)
    with closing(database_for(replace(service.settings, database_url=url))) as database:
        make_good(replace(service, database=database, clock=Then(now)), forgotten)

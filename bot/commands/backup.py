"""``backup``: a copy of SQLite's file while everything runs."""

import sys
from pathlib import Path

import click


@click.command("backup")
@click.argument("file", metavar="FILE")
def command(file: str) -> None:
    """Copy the database into FILE, while everything runs: whole, checked, and readable by this account alone.

    A FILE that is there is never written over. It holds people's words: encrypt it before it leaves this
    machine. A dash writes to the standard output, for a program that does. For PostgreSQL use pg_dump: see
    docs/operating.md. Keep the list of python -m bot forgotten apart from it, and newer.

    \b
    python -m bot backup /srv/backups/stepalong-2026-11-23.db
    python -m bot backup - | age -r age1... > stepalong-2026-11-23.db.age
    """
    from bot import backup
    from bot.settings import Settings

    url = Settings.from_env().database_url
    if file != "-":
        size = backup.copy(url, Path(file))
        click.echo(f"{file}: {size:,} bytes, checked")
    elif sys.stdout.isatty():
        raise click.ClickException("This would write a database to the terminal: name a file, or a program to take it.")
    else:
        backup.stream(url, sys.stdout.buffer)

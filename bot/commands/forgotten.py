"""``forgotten``: who was forgotten, by id, so that a restore does not bring them back."""

from typing import TYPE_CHECKING

import click

from bot.commands.parts import with_service

if TYPE_CHECKING:
    from bot.service import Service


@click.command("forgotten")
@with_service
def command(service: "Service") -> None:
    """List who was forgotten: an id and a time a line, and nothing about anybody.

    A copy of the database that is older than somebody's erasure brings them back. Keep this list apart from
    the copies and newer than they are, and give it to restore.

    \b
    python -m bot forgotten > /mnt/elsewhere/forgotten.txt
    """
    from bot.restoring import written_forgotten

    with service.database.read() as db:
        for line in written_forgotten(db):
            click.echo(line)

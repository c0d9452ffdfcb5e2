"""``seed``: the example cast."""

from typing import TYPE_CHECKING

import click

from bot.commands.parts import with_service

if TYPE_CHECKING:
    from bot.service import Service


@click.command("seed")
@with_service
def command(service: "Service") -> None:
    """Put the example cast into the database: practitioners, and people at different points of their way.

    Everybody in it is made up, and their numbers are nobody's. Twice changes nothing.
    """
    if service.settings.production:
        raise click.ClickException("The example cast is for trying things out: it has no place in production.")
    from bot.seed import seed
    from bot.sweep import sweep

    click.echo(seed(service, sweep))

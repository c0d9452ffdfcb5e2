"""``tick``: one sweep."""

from typing import TYPE_CHECKING

import click

from bot.commands.parts import with_service

if TYPE_CHECKING:
    from bot.service import Service


@click.command("tick")
@with_service
def command(service: "Service") -> None:
    """Do everything that is due now, once, in this process: check-ins, nudges, silence, texts, mails.

    It prints how many of each. The clock does the same every 15 seconds; both at once do nothing twice.
    """
    from bot.sweep import sweep

    click.echo(sweep(service))

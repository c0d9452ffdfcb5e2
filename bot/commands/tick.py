"""``tick``: one sweep."""

from typing import TYPE_CHECKING

import click

from bot.commands.parts import with_service

if TYPE_CHECKING:
    from bot.service import Service


@click.command("tick")
@click.option("--accept-clock", is_flag=True, help="The clock ran ahead and is right now: go on by it.")
@with_service
def command(service: "Service", accept_clock: bool) -> None:
    """Do everything that is due now, once, in this process: check-ins, nudges, silence, texts, mails.

    It prints how many of each. The clock does the same every 15 seconds; both at once do nothing twice.

    Where the machine's clock is behind what has been written down, nothing is sent: what was due would be due
    again. If it was ahead and has been put right, --accept-clock lets things go on. It is written down.
    """
    from bot.sweep import sweep

    if accept_clock:
        _accept(service)
    click.echo(sweep(service))


def _accept(service: "Service") -> None:
    from bot.outbox.clock_moved import accept

    with service.database.write() as db:
        behind = accept(db, service.clock.now())
    if behind is None:
        raise click.ClickException("The clock is not behind what has been written down: nothing needs accepting.")
    click.echo(f"accepted: the clock is {behind} behind what had been written down")

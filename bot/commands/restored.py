"""``restored``: make good what a restored database has forgotten."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

import click

from bot.commands.parts import with_service

if TYPE_CHECKING:
    from bot.service import Service


@click.command("restored")
@click.option("--forgotten", type=click.File(), metavar="LIST", help="Who was forgotten since (see forgotten).")
@with_service
def command(service: "Service", forgotten: TextIO | None) -> None:
    """After pg_restore: make good what the database has forgotten. Until then nothing leaves it.

    Stop every process first. The provider is asked for its lists since the copy was made: what came in is taken,
    what left is not sent again; who said STOP has said it. Nothing unasked leaves that was decided before now; a
    question is asked a day later. Twice changes nothing.

    \b
    python -m bot restored --forgotten forgotten.txt
    """
    make_good(service, forgotten.readlines() if forgotten else [])
    click.echo("start the processes")


def make_good(service: "Service", forgotten: Iterable[str]) -> None:
    """Print what was made good, or raise with a sentence."""
    from bot import restoring
    from bot.channels import Unreadable

    try:
        counts = restoring.make_good(service, restoring.read_forgotten(forgotten))
    except Unreadable as error:
        raise click.ClickException(
            "The provider's lists cannot be read, so nobody can say what has left since the copy was made. "
            f"Nothing was changed; try again in a while ({error})."
        ) from error
    click.echo(str(counts) if +counts else "nothing had happened since the copy was made")

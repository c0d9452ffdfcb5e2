"""``rekey``: carry opt-outs over to another SECRET_KEY."""

import sys
from typing import TYPE_CHECKING

import click

from bot.commands.parts import with_service

if TYPE_CHECKING:
    from bot.service import Service


def _asked() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    return str(click.prompt("The old SECRET_KEY", hide_input=True, err=True))


@click.command("rekey")
@click.option("--lost", is_flag=True, help="The old key is lost: go by people's records alone.")
@with_service
def command(service: "Service", lost: bool) -> None:
    """Carry over what must not be texted, once SECRET_KEY is the new one. Stop every process first.

    The old key is asked for, and not shown; a pipe may give it. What is left are hashes of numbers that are on no
    record any more (people who were forgotten, strangers who said stop): by the new key they cannot be found, so
    whoever enrols people has to look at the list of those who said no.

    \b
    python -m bot rekey
    python -m bot rekey --lost
    """
    from bot import rekeying
    from bot.suppression import address_hasher

    old = "" if lost else _asked()
    with service.database.write() as db:
        done = rekeying.carry_over(db, address_hasher(old) if old else None, service.clock.now())
    click.echo(f"carried over: {done.over}, from people's records: {done.again}, of nobody on record: {done.left}")
    if done.former:
        click.echo(f"{done.former} numbers that people had before cannot be proved to have been theirs any more")

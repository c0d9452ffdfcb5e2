"""``unclaimed``: texts from numbers nobody knows. The pages do the same."""

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from bot.commands.parts import by_whom, local_time, table, with_service

if TYPE_CHECKING:
    from bot.service import Service

# What is younger may still be in the provider's list, and staff may still know whose number it is.
SHORTEST_DAYS = 2


@click.group("unclaimed")
def command() -> None:
    """List and empty the tray of texts from numbers nobody knows."""


@command.command("list")
@click.option("--scheme", metavar="KEY", help="Only this scheme; needed with --words.")
@click.option("--words", is_flag=True, help="Show what they wrote, too. That it was read is written down.")
@click.option("--by", metavar="EMAIL", help="Who you are; needed with --words.")
@with_service
def list_(service: "Service", scheme: str | None, words: bool, by: str | None) -> None:
    """List who wrote, when and how often.

    \b
    python -m bot unclaimed list --scheme tyneside
    python -m bot unclaimed list --scheme tyneside --words --by sam@example.org
    """
    from bot import tray

    if words and not (scheme and by and "@" in by):
        raise click.UsageError("--words needs --scheme, and --by with your e-mail address: reading is written down.")
    with service.database.read() as db:
        found = [each for each in tray.senders(db, scheme) if each.scheme_id in service.library.schemes]
    if not found:
        click.echo("The tray is empty.")
        return
    zones = {key: each.zone for key, each in service.library.schemes.items()}
    rows = [
        (
            each.scheme_id,
            each.address,
            each.texts,
            each.answered,
            local_time(zones[each.scheme_id], each.first_at),
            local_time(zones[each.scheme_id], each.last_at),
        )
        for each in found
    ]
    click.echo(table(("scheme", "number", "texts", "answers", "first", "last"), rows))
    if words and scheme and by:
        _show_words(service, scheme, by.strip().lower())


def _show_words(service: "Service", scheme: str, by: str) -> None:
    from bot import tray
    from bot.reading import displayable

    with service.database.write() as db:
        said = tray.read(db, scheme, by, service.clock.now())
    for number, texts in said.items():
        click.echo(f"\n{number}:")
        for text in texts:
            click.echo(f'  "{displayable(text)}"')


@command.command("empty")
@click.option("--scheme", metavar="KEY", required=True, help="Whose tray.")
@click.option("--older-than", "days", metavar="DAYS", type=click.IntRange(SHORTEST_DAYS), default=30, show_default=True)
@by_whom
@with_service
def empty(service: "Service", scheme: str, days: int, by: str) -> None:
    """Erase the words and the numbers of texts that are older. What an open flag is about stays.

    \b
    python -m bot unclaimed empty --scheme tyneside --by sam@example.org
    """
    from bot import tray

    with service.database.write() as db:
        texts = tray.empty(db, scheme, by, service.clock.now(), timedelta(days=days))
    click.echo(f"{texts} texts emptied")

"""What commands share: the service, and how things are shown."""

import functools
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import click

if TYPE_CHECKING:
    from bot.service import Service

F = TypeVar("F", bound=Callable[..., Any])

SHORTEST_ID = 8


def the_service() -> "Service":
    """The service of this machine's settings; flows with errors are refused with their sentences."""
    import logging

    from bot import logs
    from bot.service import Service
    from bot.settings import Settings

    settings = Settings.from_env()
    logs.configure(settings)
    # The person who typed the command reads its own lines; of the rest only what went wrong.
    logging.getLogger().setLevel(logging.WARNING)
    service = Service.from_settings(settings)
    service.library.require_sound()
    return service


def with_service(command: F) -> F:
    """Hand the command the service as its first argument, and close the database after it."""

    @functools.wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        service = the_service()
        try:
            return command(service, *args, **options)
        finally:
            service.database.close()

    return run  # type: ignore[return-value]


def in_scheme(command: F) -> F:
    """An option that names the scheme where a number or an id could be of several."""
    return click.option("--scheme", metavar="KEY", help="Only this scheme.")(command)


def by_whom(command: F) -> F:
    """Who does it: written down with the change."""
    return click.option("--by", metavar="EMAIL", required=True, callback=_email, help="Who you are.")(command)


def _email(ctx: click.Context, option: click.Parameter, value: str) -> str:
    if "@" not in value.strip("@"):
        raise click.BadParameter("write your e-mail address, like sam@example.org", ctx, option)
    return value.strip().lower()


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows under a header, each column as wide as its longest cell."""
    cells = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)


def short_ids(ids: Sequence[UUID]) -> dict[UUID, str]:
    """Each id, as short as it can be and still be told from the others, at least eight digits."""
    length = SHORTEST_ID
    while length < 32 and len({each.hex[:length] for each in ids}) < len(set(ids)):
        length += 4
    return {each: each.hex[:length] for each in ids}


def local_time(zone: str, at: datetime | None) -> str:
    """Such as Tue 24 Nov 11:00; a dash for never."""
    from bot.conversation import timing

    return f"{timing.local(zone, at):%a %d %b %H:%M}" if at else "-"

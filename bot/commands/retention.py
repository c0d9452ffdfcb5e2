"""``retention``: what goes by itself when its time is over."""

from typing import TYPE_CHECKING

import click

from bot.commands.parts import local_time, with_service

if TYPE_CHECKING:
    from bot.service import Service


@click.command("retention")
@click.option("--dry-run/--run", default=True, help="Only show it (as if nothing was said), or do it now.")
@with_service
def command(service: "Service", dry_run: bool) -> None:
    """Show what would go tonight, by scheme, because its time is over; or let it go now.

    It goes by itself, in the middle of the scheme's quiet hours. A file of SQLite above 100 MB is written anew,
    without traces of what was erased, only by --run: everybody who texts meanwhile waits for it.

    How long things are kept stands in docs/record-of-processing.md; a scheme sets retention_months and
    safeguarding_months in its scheme.yaml.
    """
    from bot import retention
    from bot.models import Scheme
    from bot.people.scrub import scrub

    if not dry_run:
        with service.database.write() as db:
            for row in db.query(Scheme).all():
                row.retention_at = service.clock.now()
        click.echo(_lines(retention.run(service)))
        if not scrub(service.settings.database_url):
            click.echo("  the database's file is in use, and keeps traces until this is done again")
        return
    for key in sorted(service.library.schemes):
        scheme, now = service.library.scheme(key), service.clock.now()
        with service.database.read() as db:
            found = retention.preview(db, scheme, now)
        click.echo(f"{key}, at {local_time(scheme.zone, retention.next_night(scheme, now))}:")
        click.echo(_lines(found))


def _lines(counts: dict[str, int]) -> str:
    return "\n".join(f"  {count:6} {name}" for name, count in counts.items() if count) or "  nothing is over"

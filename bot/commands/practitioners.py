"""``practitioners``: the members of staff."""

from typing import TYPE_CHECKING

import click

from bot.commands.parts import by_whom, in_scheme, local_time, table, with_service

if TYPE_CHECKING:
    from bot.service import Service


@click.group("practitioners")
def command() -> None:
    """Add, list and retire practitioners."""


@command.command()
@click.option("--scheme", metavar="KEY", required=True, help="The name of the scheme's folder in flows/.")
@click.option("--email", metavar="EMAIL", required=True, help="Where alerts and digests go.")
@click.option("--first-name", metavar="NAME", required=True, help="As texts name them.")
@click.option("--phone", metavar="PHONE", required=True, help="The number texts give people to ring.")
@click.option("--hours", metavar="HOURS", required=True, help="When they work, like 'Mon-Fri 09:00-17:00'.")
@click.option("--role", metavar="ROLE", default="practitioner", show_default=True, help="practitioner, lead or editor.")
@with_service
def add(service: "Service", scheme: str, email: str, first_name: str, phone: str, hours: str, role: str) -> None:
    """Add a practitioner, or put right what is known of one. The same twice changes nothing.

    \b
    python -m bot practitioners add --scheme tyneside --email sam@example.org --first-name Sam
        --phone '0191 498 0000' --hours 'Mon-Fri 09:00-17:00'
    """
    from bot import practitioners

    facts = {"email": email, "first_name": first_name, "phone": phone, "hours": hours, "role": role}
    now = service.clock.now()
    with service.database.write() as db:
        done = practitioners.add(db, service.library, scheme, now=now, **facts)
    click.echo(f"{done}: {email.strip().lower()}")


@command.command("list")
@in_scheme
@with_service
def list_(service: "Service", scheme: str | None) -> None:
    """List practitioners, how many people each looks after, and when their next digest is due."""
    from bot import practitioners

    with service.database.read() as db:
        found = practitioners.listed(db, scheme)
    if not found:
        click.echo("There are no practitioners yet: python -m bot practitioners add --help")
        return
    rows = []
    for row, people in found:
        zone = service.library.scheme(row.scheme_id).zone
        state = "retired" if row.retired_at else local_time(zone, row.digest_at)
        rows.append((row.scheme_id, row.email, row.first_name, row.role, row.phone, row.hours, people, state))
    click.echo(table(("scheme", "email", "first name", "role", "phone", "hours", "people", "next digest"), rows))


@command.command()
@click.option("--scheme", metavar="KEY", required=True)
@click.option("--email", metavar="EMAIL", required=True)
@click.option("--people-to", metavar="EMAIL", help="Who looks after their people from now on.")
@with_service
def retire(service: "Service", scheme: str, email: str, people_to: str | None) -> None:
    """Let a practitioner go. Refused while anybody is still theirs, unless --people-to says whose they become.

    \b
    python -m bot practitioners retire --scheme tyneside --email sam@example.org --people-to jo@example.org
    """
    from bot import practitioners

    now = service.clock.now()
    with service.database.write() as db:
        moved = practitioners.retire(db, scheme, email, now, people_to)
    click.echo(f"retired: {email.strip().lower()}" + (f"; {moved} people moved to {people_to}" if moved else ""))


@command.command("hand-over")
@click.option("--scheme", metavar="KEY", required=True)
@click.option("--from", "email", metavar="EMAIL", required=True, help="Who looks after them now.")
@click.option("--to", metavar="EMAIL", required=True, help="Who looks after them from now on.")
@click.option("--person", "people", metavar="ID", multiple=True, help="Only this one; may be said several times.")
@by_whom
@with_service
def hand_over(service: "Service", scheme: str, email: str, to: str, people: tuple[str, ...], by: str) -> None:
    """Give a practitioner's people, all or some of them, to another one, with their open flags.

    The one who gets them is told by mail. Their history goes with them: ask people beforehand whether that is all
    right, for the bot does not. For some days' absence there is cover: nobody has to be handed over.

    \b
    python -m bot practitioners hand-over --scheme tyneside --from sam@example.org --to jo@example.org
        --by lead@example.org
    """
    from bot import people as persons
    from bot import practitioners

    now = service.clock.now()
    with service.database.write() as db:
        chosen = [persons.find(db, code, scheme).id for code in people] or None
        moved = practitioners.hand_over(db, scheme, email, to, by, now, chosen)
    click.echo(f"handed over to {to.strip().lower()}: {moved}")

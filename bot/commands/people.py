"""``people``: those who get check-ins."""

from typing import IO, TYPE_CHECKING

import click

from bot.commands.parts import by_whom, in_scheme, local_time, short_ids, table, with_service
from bot.commands.rights import about_one, erasures, export, forget, number

if TYPE_CHECKING:
    from bot.people.importing import Imported
    from bot.service import Service


@click.group("people")
def command() -> None:
    """Enrol, list and look after people. ID is the beginning of an id, or a mobile number."""


@command.command("import")
@click.argument("file", type=click.File("rb"))
@with_service
def import_(service: "Service", file: IO[bytes]) -> None:
    """Enrol everybody in a CSV file, or, where a row is wrong, nobody.

    The columns are scheme, practitioner_email, first_name, mobile, channel (sms or whatsapp), language,
    consent_by (who asked this person) and consent_at (when they agreed); reference may be added. Somebody
    who agreed to both channels has two rows. The same file twice changes nothing, and who has opted out
    stays out.

    \b
    python -m bot people import people.csv
    """
    from bot.people import importing
    from bot.people.faults import Refused

    data, now = file.read(), service.clock.now()
    try:
        with service.database.write() as db:
            done = importing.import_file(db, service.library, data, now)
    except Refused as refused:
        lines = "\n".join(f"{file.name}, {fault}" for fault in refused.faults)
        wrong = len({fault.line for fault in refused.faults})
        nobody = f"Nobody was enrolled: {wrong} line{'s' * (wrong != 1)} to put right."
        raise click.ClickException(f"{nobody}\n{lines}") from refused
    for notice in done.notices:
        click.echo(f"{file.name}, {notice}")
    click.echo(_summary(done))


def _summary(done: "Imported") -> str:
    parts = [f"{len(done.enrolled)} enrolled"]
    if done.channels:
        parts.append(f"{done.channels} with one more channel")
    parts.append(f"{done.unchanged} here already")
    if done.opted_out:
        parts.append(f"{done.opted_out} not enrolled: they want no texts, or were taken off")
    return ", ".join(parts) + "."


@command.command("list")
@in_scheme
@click.option("--practitioner", metavar="EMAIL", help="Only their people.")
@with_service
def list_(service: "Service", scheme: str | None, practitioner: str | None) -> None:
    """List people: how it stands with each, who looks after them, and when the next check-in is due."""
    from bot import people

    with service.database.read() as db:
        found = people.listed(db, scheme, practitioner)
    if not found:
        click.echo("There is nobody yet: python -m bot people import --help")
        return
    ids = short_ids([person.id for person, _ in found])
    rows = [
        (
            ids[person.id],
            person.scheme_id,
            person.first_name,
            person.reference or "-",
            f"{person.state}, held: {person.held_for}" if person.held_for else person.state,
            looked_after.email,
            local_time(person.zone, person.next_check_in_at),
        )
        for person, looked_after in found
    ]
    click.echo(table(("id", "scheme", "name", "reference", "state", "practitioner", "next check-in"), rows))


@command.command()
@click.argument("code", metavar="ID")
@in_scheme
@click.option("--by", metavar="EMAIL", default="operator", show_default=True, help="Who you are.")
@with_service
def close(service: "Service", code: str, scheme: str | None, by: str) -> None:
    """They have left the scheme: no more texts. What they wrote is kept until it is erased (people forget)."""
    from bot import people

    now = service.clock.now()
    closed = about_one(service, code, scheme, lambda db, person: people.close(db, person, by, now))
    click.echo("closed" if closed else "closed already")


@command.command()
@click.argument("code", metavar="ID")
@in_scheme
@by_whom
@with_service
def contact(service: "Service", code: str, scheme: str | None, by: str) -> None:
    """Write down that you have met or talked, today. The bot's bigger question waits for that.

    \b
    python -m bot people contact '07700 900123' --by sam@example.org
    """
    from bot import people

    now = service.clock.now()
    about_one(service, code, scheme, lambda db, person: people.met(db, person, by, now))
    click.echo("written down")


@command.command()
@click.argument("code", metavar="ID")
@click.option("--weeks", type=click.IntRange(1, 26), required=True, help="How long.")
@in_scheme
@by_whom
@with_service
def pause(service: "Service", code: str, weeks: int, scheme: str | None, by: str) -> None:
    """No check-ins for some weeks."""
    from bot import people

    now = service.clock.now()
    about_one(service, code, scheme, lambda db, person: people.pause(db, person, weeks, by, now))
    click.echo(f"paused for {weeks} week{'s' * (weeks != 1)}")


@command.command()
@click.argument("code", metavar="ID")
@in_scheme
@by_whom
@with_service
def resume(service: "Service", code: str, scheme: str | None, by: str) -> None:
    """End a pause or a rest: check-ins come again at their usual time."""
    from bot import people

    now = service.clock.now()
    about_one(service, code, scheme, lambda db, person: people.resume(db, person, by, now))
    click.echo("check-ins come again")


@command.command("hand-back")
@click.argument("code", metavar="ID")
@in_scheme
@by_whom
@with_service
def hand_back(service: "Service", code: str, scheme: str | None, by: str) -> None:
    """You have rung them: the bot may go on."""
    from bot import people

    now = service.clock.now()
    done = about_one(service, code, scheme, lambda db, person: people.hand_back(db, person, by, now))
    click.echo("handed back to the bot" if done else "another flag still holds the bot: python -m bot flags list")


@command.command()
@click.argument("mobile")
@click.option("--scheme", metavar="KEY", required=True)
@by_whom
@with_service
def allow(service: "Service", mobile: str, scheme: str, by: str) -> None:
    """Let a number be enrolled again that was taken off as wrong, or erased. One that said stop stays out."""
    from bot import people

    now = service.clock.now()
    with service.database.write() as db:
        people.allow(db, scheme, mobile, by, now)
    click.echo("allowed: it can be enrolled again")


@command.command()
@click.argument("code", metavar="ID")
@click.option("--to", "email", metavar="EMAIL", required=True, help="Who looks after them from now on.")
@in_scheme
@by_whom
@with_service
def move(service: "Service", code: str, email: str, scheme: str | None, by: str) -> None:
    """Another practitioner of the scheme looks after this person from now on."""
    from bot import people

    now = service.clock.now()
    about_one(service, code, scheme, lambda db, person: people.move(db, person, email, by, now))
    click.echo(f"moved to {email.strip().lower()}")


for each in (export, forget, erasures, number):
    command.add_command(each)

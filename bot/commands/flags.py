"""``flags``: what a practitioner should know. The pages do the same."""

from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import click

from bot.commands import flag_deeds, flag_rules
from bot.commands.flag_parts import about_one, is_put_off, noted, state
from bot.commands.parts import by_whom, in_scheme, local_time, short_ids, table, with_service

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.models import Flag
    from bot.service import Service


@click.group("flags")
def command() -> None:
    """List and show flags, act on them, and look at their rules. ID is the beginning of a flag's id."""


@command.command("list")
@in_scheme
@click.option("--practitioner", metavar="EMAIL", help="Only about their people.")
@click.option("--put-off", is_flag=True, help="Only those that are put off, the next to come back first.")
@with_service
def list_(service: "Service", scheme: str | None, practitioner: str | None, put_off: bool) -> None:
    """List open flags, the most pressing first. What people wrote is on the pages and in the digest."""
    now = service.clock.now()
    with service.database.read() as db:
        found = _open(db, scheme, practitioner)
    if put_off:
        found = sorted((row for row in found if is_put_off(row[0], now)), key=lambda row: row[0].snoozed_until)
    if not found:
        click.echo("No flag is open.")
        return
    ids = short_ids([flag.id for flag, _, _ in found])
    rows = [
        (
            ids[flag.id],
            flag.kind,
            person.first_name if person else "a number nobody knows",
            (person and person.reference) or "-",
            looked_after.email if looked_after else "-",
            local_time(service.library.scheme(flag.scheme_id).zone, flag.raised_at),
            state(flag, service.library.scheme(flag.scheme_id).zone, now),
        )
        for flag, person, looked_after in found
    ]
    click.echo(table(("id", "kind", "name", "reference", "practitioner", "since", "state"), rows))


def _open(db: "Session", scheme: str | None, email: str | None) -> list[Any]:
    """(flag, person, practitioner); the last two are None where nobody knows the number."""
    from sqlalchemy import select

    from bot.conversation import flag_kinds
    from bot.models import Flag, Practitioner, ServiceUser

    found = (
        select(Flag, ServiceUser, Practitioner)
        .outerjoin(ServiceUser, ServiceUser.id == Flag.service_user_id)
        .outerjoin(Practitioner, Practitioner.id == ServiceUser.practitioner_id)
        .where(Flag.closed_at.is_(None))
    )
    if scheme:
        found = found.where(Flag.scheme_id == scheme)
    if email:
        found = found.where(Practitioner.email == email.strip().lower())
    rows = db.execute(found.order_by(Flag.raised_at)).all()
    return sorted(rows, key=lambda row: (flag_kinds.order(row[0].kind), row[0].raised_at))


@command.command()
@click.argument("code", metavar="ID")
@in_scheme
@by_whom
@with_service
def show(service: "Service", code: str, scheme: str | None, by: str) -> None:
    """Show why a flag was raised, and the text that it is about. That it was read, and by whom, is written down.

    \b
    python -m bot flags show 3f9c01ab --by sam@example.org
    """
    now = service.clock.now()
    about_one(service, code, scheme, lambda db, flag: _show(service, db, flag, by, now))


def _show(service: "Service", db: "Session", flag: "Flag", by: str, now: "datetime") -> None:
    from sqlalchemy import select

    from bot import history
    from bot.models import Message, Practitioner, ServiceUser
    from bot.reading import displayable
    from bot.web.evidence import lines, rule

    zone = ZoneInfo(service.library.scheme(flag.scheme_id).zone)
    person = db.get(ServiceUser, flag.service_user_id) if flag.service_user_id else None
    practitioner = db.get(Practitioner, person.practitioner_id) if person else None
    about = flag.evidence.get("messages") or [flag.message_id or flag.evidence.get("message")]
    ids = [UUID(str(each)) for each in about if each]
    messages = db.scalars(select(Message).where(Message.id.in_(ids)).order_by(Message.created_at)).all()
    click.echo(
        f"{flag.kind}, {state(flag, str(zone), now)}: {person.first_name if person else 'a number nobody knows'}"
    )
    if practitioner:
        click.echo(f"practitioner: {practitioner.first_name}, {practitioner.phone}")
    for message in messages:
        click.echo(f"from {message.address}, {local_time(str(zone), message.created_at)}:")
        click.echo(f'  "{displayable(message.body)}"')
    for label, values in lines(flag.evidence, zone):
        click.echo(f"{label}: {'; '.join(values)}")
    click.echo(rule(flag.evidence))
    for label, words in noted(flag):
        click.echo(f"{label}: {words}")
    history.of_flag(db, flag, "flag_read", now, by=by)


for each in (*flag_deeds.COMMANDS, *flag_rules.COMMANDS):
    command.add_command(each)

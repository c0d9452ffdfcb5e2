"""``flags``: what a practitioner should know. The pages do the same."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import click

from bot.commands.parts import by_whom, in_scheme, local_time, short_ids, table, with_service

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.models import Flag
    from bot.service import Service


T = TypeVar("T")


@click.group("flags")
def command() -> None:
    """List and show flags, acknowledge and close them. ID is the beginning of a flag's id."""


@command.command("list")
@in_scheme
@click.option("--practitioner", metavar="EMAIL", help="Only about their people.")
@with_service
def list_(service: "Service", scheme: str | None, practitioner: str | None) -> None:
    """List open flags, the most pressing first. What people wrote is on the pages and in the digest."""
    with service.database.read() as db:
        found = _open(db, scheme, practitioner)
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
            _state(flag),
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


def _state(flag: "Flag") -> str:
    if flag.acknowledged_by:
        return f"acknowledged by {flag.acknowledged_by}"
    return "put off" if flag.snoozed_until else "open"


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
    _about_one(service, code, scheme, lambda db, flag: _show(service, db, flag, by, now))


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
    click.echo(f"{flag.kind}, {_state(flag)}: {person.first_name if person else 'a number nobody knows'}")
    if practitioner:
        click.echo(f"practitioner: {practitioner.first_name}, {practitioner.phone}")
    for message in messages:
        click.echo(f"from {message.address}, {local_time(str(zone), message.created_at)}:")
        click.echo(f'  "{displayable(message.body)}"')
    for label, values in lines(flag.evidence, zone):
        click.echo(f"{label}: {'; '.join(values)}")
    click.echo(rule(flag.evidence))
    history.of_flag(db, flag, "flag_read", now, by=by)


@command.command()
@click.argument("code", metavar="ID")
@click.option("--note", metavar="TEXT", help="What you are going to do.")
@in_scheme
@by_whom
@with_service
def ack(service: "Service", code: str, note: str | None, scheme: str | None, by: str) -> None:
    """Say that you have it: nobody else is told.

    \b
    python -m bot flags ack 3f9c01ab --by sam@example.org --note 'ringing now'
    """
    from bot import flags

    now = service.clock.now()
    flag = _about_one(service, code, scheme, lambda db, flag: flags.acknowledge(db, flag.id, by, note, now))
    _warn_of_a_stranger(service, flag, by)
    already = flag.acknowledged_by if flag.acknowledged_at != now else None
    click.echo(f"acknowledged by {already} already" if already and already != by else "acknowledged")


def _warn_of_a_stranger(service: "Service", flag: "Flag", by: str) -> None:
    """A slip in an address would stop an escalation in nobody's name: it is written down, and said."""
    from sqlalchemy import select

    from bot.models import Practitioner

    with service.database.read() as db:
        staff = set(db.scalars(select(Practitioner.email).where(Practitioner.scheme_id == flag.scheme_id)))
    contacts = {contact.email.lower() for contact in service.library.scheme(flag.scheme_id).duty_contacts}
    if by not in staff | contacts:
        click.echo(f"Is {by} right? It is no practitioner or duty contact of {flag.scheme_id}.", err=True)


@command.command()
@click.argument("code", metavar="ID")
@click.option("--note", metavar="TEXT", help="What was done; a safety flag needs it.")
@in_scheme
@by_whom
@with_service
def close(service: "Service", code: str, note: str | None, scheme: str | None, by: str) -> None:
    """Done with. The hold that the flag put on the bot ends, too.

    \b
    python -m bot flags close 3f9c01ab --by sam@example.org --note 'rang, they are with their sister'
    """
    from bot import flags

    now = service.clock.now()
    flag = _about_one(service, code, scheme, lambda db, flag: flags.close(db, flag.id, by, note, now))
    click.echo("closed" if flag.closed_at == now else "closed already: nothing was changed")


def _about_one(service: "Service", code: str, scheme: str | None, do: Callable[["Session", "Flag"], T]) -> T:
    """Do something about one flag, in a transaction of its own."""
    from bot import flags

    with service.database.write() as db:
        found = flags.find(db, code, scheme)
        still_open = [flag for flag in found if flag.closed_at is None]
        if not found:
            raise click.ClickException("There is no flag with this id: see python -m bot flags list.")
        if len(still_open) > 1 or (not still_open and len(found) > 1):
            raise click.ClickException("Several flags have an id like this: write more of it.")
        return do(db, (still_open or list(found))[0])

"""``digest``: the practitioners' mails."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

import click

from bot.commands.parts import with_service

if TYPE_CHECKING:
    from bot.service import Service


@click.command("digest")
@click.option("--email", metavar="ADDRESS", help="This practitioner's, whatever the hour.")
@with_service
def command(service: "Service", email: str | None) -> None:
    """Make and send the digests that are due now; a second time in a day there is nothing to send.

    With --email at any hour; a second time in a day when something has changed since.

    \b
    python -m bot digest
    python -m bot digest --email sam@example.org
    """
    from bot import mail

    made = _one(service, email) if email else _due(service)
    sent = mail.deliver(service.database, service.settings, service.clock.now, made) if made else 0
    none = "no digest: they have had one today, and nothing has changed since" if email else "no digest is due"
    click.echo(f"digests made: {len(made)}, mails sent: {sent}" if made else none)
    if sent < len(made):
        raise click.ClickException("A mail could not be handed over: it is tried again by itself. Look at MAIL_URL.")


def _due(service: "Service") -> list[UUID]:
    """Those whose hour has come."""
    from bot import digests

    now = service.clock.now()
    with service.database.read() as db:
        ids = digests.due(db, service.library, now)
    return _made(service, ids, by_hand=False)


def _one(service: "Service", email: str) -> list[UUID]:
    from sqlalchemy import select

    from bot.models import Practitioner

    theirs = select(Practitioner.id).where(
        Practitioner.email == email.strip().lower(), Practitioner.retired_at.is_(None)
    )
    with service.database.read() as db:
        ids = list(db.scalars(theirs))
    if not ids:
        raise click.ClickException("No practitioner has this address: see python -m bot practitioners list.")
    return _made(service, ids, by_hand=True)


def _made(service: "Service", ids: Sequence[UUID], *, by_hand: bool) -> list[UUID]:
    """The mails, in a transaction each: one practitioner's trouble is nobody else's."""
    import structlog

    from bot import digests

    now, made = service.clock.now(), []
    for practitioner_id in ids:
        try:
            with service.database.write() as db:
                email = digests.make(db, service.library, practitioner_id, now, by_hand)
                db.flush()
                made += [email.id] if email else []
        except Exception:
            structlog.get_logger().exception("a digest failed", practitioner=practitioner_id)
    return made

"""``people``: what a person may ask for. Their record handed over, or erased; a number that is no longer theirs."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.commands.parts import by_whom, in_scheme, local_time, with_service

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.models import ServiceUser
    from bot.service import Service


def about_one(service: "Service", code: str, scheme: str | None, do: Callable[["Session", "ServiceUser"], Any]) -> Any:
    """Do something about one person, in a transaction of its own."""
    from bot import people

    with service.database.write() as db:
        return do(db, people.find(db, code, scheme))


@click.command()
@click.argument("code", metavar="ID")
@in_scheme
@click.option("--by", metavar="EMAIL", default="operator", show_default=True, help="Who you are.")
@click.option(
    "--html", metavar="FILE", is_flag=False, flag_value="-", help="As a page to be read; without a file it is printed."
)
@click.option("--json", "as_json", is_flag=True, help="As JSON, which is what is printed when nothing is said.")
@click.option(
    "--to", "folder", metavar="FOLDER", type=click.Path(file_okay=False, path_type=Path), help="Write both into it."
)
@with_service
def export(
    service: "Service", code: str, scheme: str | None, by: str, html: str | None, as_json: bool, folder: Path | None
) -> None:
    """Print a person's whole record as JSON, or as a page; or write both into a folder.

    Read it before you hand it over: what people text may name others. That you have taken it out is written down.

    \b
    python -m bot people export '07700 900123' --to their-record
    python -m bot people export '07700 900123' --html their-record.html
    """
    from bot.people import page, record

    now = service.clock.now()
    found = about_one(service, code, scheme, lambda db, person: record.handed_over(db, person, by, now))
    if folder:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _written(folder / "record.json", record.as_json(found))
        _written(folder / "record.html", page.as_html(found, now))
    if html and html != "-":
        _written(Path(html), page.as_html(found, now))
    elif html:
        click.echo(page.as_html(found, now))
    if as_json or not (folder or html):
        click.echo(record.as_json(found))


def _written(file: Path, text: str) -> None:
    """Readable by nobody but who asked for it."""
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text(text, "utf-8")
    click.echo(f"written: {file}", err=True)


@click.command()
@click.argument("code", metavar="ID")
@in_scheme
@click.option("--by", metavar="EMAIL", default="operator", show_default=True, help="Who you are.")
@with_service
def forget(service: "Service", code: str, scheme: str | None, by: str) -> None:
    """Erase everything about a person. It cannot be undone.

    What stays is a keyed hash of their number, so that no file enrols them again by mistake. Twilio's copies of
    their texts are deleted within minutes, or for as long as it takes: people erasures says what is left. Mails
    that have reached somebody's inbox, and backups, are not reached from here.
    """
    from bot.people import forgetting
    from bot.people.scrub import is_quick, scrub

    now = service.clock.now()
    # First: killed in between, it can be asked for again, while the record still says whom the mails name.
    forgetting.clear_folder(service.settings.mail_url, about_one(service, code, scheme, forgetting.names_before))
    gone = about_one(service, code, scheme, lambda db, person: forgetting.forget(db, person, by, now))
    forgetting.clear_folder(service.settings.mail_url, gone.names)
    url = service.settings.database_url
    quick = is_quick(url)
    clean = scrub(url, whole=quick)
    click.echo("forgotten: nothing about them is left in the database")
    if not clean:
        click.echo("  its file is in use, and keeps traces until the coming night's retention has tidied it")
    if not quick:
        click.echo("  its file is large: python -m bot retention --run writes it anew, while nobody is waiting for it")
    if gone.copies:
        click.echo(f"  {gone.copies} texts are being deleted at the provider: python -m bot people erasures")
    click.echo("  let backups run out; ask whoever got mails about them to delete those")


@click.command()
@with_service
def erasures(service: "Service") -> None:
    """What has been erased here and is still to be deleted at the provider. Who was erased: forgotten."""
    from bot import provider_copies

    with service.database.read() as db:
        waiting = provider_copies.waiting(db, service.clock.now())
    for each in waiting:
        since = local_time("UTC", each.since)
        said = f"; it last said: {each.error}" if each.error else ""
        click.echo(f"{each.scheme_id}: {each.copies} texts to delete at the provider, since {since} UTC{said}")
        if each.unnamed:
            click.echo(f"  and {each.unnamed} that it never named: look in its console for texts since {since} UTC")
    if not waiting:
        click.echo("nothing is left to be deleted at the provider")


@click.command()
@click.argument("code", metavar="ID")
@click.option("--mobile", metavar="MOBILE", required=True, help="The new number.")
@click.option("--channel", type=click.Choice(("sms", "whatsapp")), help="Which they agreed to; as before if not said.")
@in_scheme
@by_whom
@with_service
def number(service: "Service", code: str, mobile: str, channel: str | None, scheme: str | None, by: str) -> None:
    """They have a new number, and agreed to be texted there.

    The old number knows them no more, from this moment on. The new one gets the welcome first, and nothing of
    theirs before whoever has it has said yes.

    \b
    python -m bot people number 3f2a91bc --mobile '07700 900321' --by sam@example.org
    """
    from bot.people import numbers

    now = service.clock.now()
    about_one(
        service,
        code,
        scheme,
        lambda db, person: numbers.change(db, service.library, person, mobile, channel, by, now),
    )
    click.echo("changed: the new number is asked first whether it is them")

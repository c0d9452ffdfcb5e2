"""``flags ack | close | snooze | pass | undo``: what the buttons of the pages do."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from bot.commands.flag_parts import about_one
from bot.commands.parts import by_whom, in_scheme, local_time, with_service
from bot.conversation.flag_words import BARRIERS, HELPS, SILENCES, WAVED_AWAY

if TYPE_CHECKING:
    from datetime import datetime

    from bot.flag_acts import Outcome
    from bot.models import Flag
    from bot.service import Service

HOWS = {"closed": "close", "in-touch": "in_touch", "not-a-concern": "not_a_concern"}
OUTCOME = "A safety flag is closed with what was done: say it with --note."
HELP = f"It is the third time: say with --help-wanted what would help ({', '.join(HELPS)})."

an_id = click.argument("code", metavar="ID")


@click.command()
@an_id
@click.option("--note", metavar="TEXT", help="What you are going to do.")
@in_scheme
@by_whom
@with_service
def ack(service: "Service", code: str, note: str | None, scheme: str | None, by: str) -> None:
    """Say that you have it: nobody else is told.

    \b
    python -m bot flags ack 3f9c01ab --by sam@example.org --note 'ringing now'
    """
    outcome = _do(service, code, scheme, by, lambda flag, now: {"what": "acknowledge", "note": note})
    flag = outcome.flag
    _warn_of_a_stranger(service, flag, by)
    already = flag.acknowledged_by if not outcome.done else None
    click.echo(f"acknowledged by {already} already" if already and already != by else "acknowledged")


@click.command()
@an_id
@click.option("--note", metavar="TEXT", help="What was done; a safety flag needs it.")
@click.option("--as", "how", type=click.Choice(list(HOWS)), default="closed", help="What you found or did.")
@click.option("--barrier", type=click.Choice(list(BARRIERS)), help="What got in the way, if anything.")
@click.option("--reason", type=click.Choice(list({**SILENCES, **WAVED_AWAY})), help="Why they were silent, or why not.")
@in_scheme
@by_whom
@with_service
def close(service: "Service", code: str, how: str, scheme: str | None, by: str, **noted: str | None) -> None:
    """Done with. The hold that the flag put on the bot ends, too.

    \b
    python -m bot flags close 3f9c01ab --by sam@example.org --note 'rang, they are with their sister'
    python -m bot flags close 3f9c01ab --by sam@example.org --as in-touch --barrier travel
    """
    outcome = _do(service, code, scheme, by, lambda flag, now: {"what": HOWS[how], **noted})
    click.echo("closed" if outcome.done else "closed already: nothing was changed")


@click.command()
@an_id
@click.option("--until", metavar="DATE", help="Back on this day, such as 2026-12-01; a week from today without it.")
@click.option("--until-reply", is_flag=True, help="Back when they write, and after four weeks in any case.")
@click.option("--help-wanted", type=click.Choice(list(HELPS)), help="What would help: asked at the third time.")
@in_scheme
@by_whom
@with_service
def snooze(
    service: "Service",
    code: str,
    until: str | None,
    until_reply: bool,
    help_wanted: str | None,
    scheme: str | None,
    by: str,
) -> None:
    """Put it off; it comes back by itself. A safety flag cannot be put off.

    \b
    python -m bot flags snooze 3f9c01ab --by sam@example.org
    python -m bot flags snooze 3f9c01ab --by sam@example.org --until-reply
    """
    from bot import flag_acts
    from bot.conversation import flag_deeds

    if until and until_reply:
        raise click.UsageError("Say --until or --until-reply, not both.")
    day = _day(until) if until else None

    def deed(flag: "Flag", now: "datetime") -> dict[str, Any]:
        library = service.library
        ends = flag_acts.until(library, flag, day) if day else flag_acts.a_week_on(library, flag, now)
        at = now + flag_deeds.UNTIL_REPLY if until_reply else ends
        return {"what": "snooze", "until": at, "ends": "reply" if until_reply else "date", "help_wanted": help_wanted}

    outcome = _do(service, code, scheme, by, deed)
    flag = outcome.flag
    zone = service.library.scheme(flag.scheme_id).zone
    words = "until they reply, at the latest " if flag.snooze_ends == "reply" else "until "
    click.echo(f"put off {words}{local_time(zone, flag.snoozed_until)}{'' if outcome.done else ' already'}")


@click.command("pass")
@an_id
@click.option("--to", metavar="EMAIL", required=True, help="A colleague of the scheme, or its lead.")
@in_scheme
@by_whom
@with_service
def pass_(service: "Service", code: str, to: str, scheme: str | None, by: str) -> None:
    """Somebody else should: it is theirs, they are told by mail, and see the person until it is closed.

    \b
    python -m bot flags pass 3f9c01ab --to jo@example.org --by sam@example.org
    """
    to = to.strip().lower()
    outcome = _do(service, code, scheme, by, lambda flag, now: {"what": "pass_on", "to": to})
    click.echo(f"passed on to {to}{'' if outcome.done else ' already'}")


@click.command()
@an_id
@in_scheme
@by_whom
@with_service
def undo(service: "Service", code: str, scheme: str | None, by: str) -> None:
    """Take the last act on a flag back, within a day: it stands as it did before.

    \b
    python -m bot flags undo 3f9c01ab --by sam@example.org
    """
    from bot import flag_undo

    now = service.clock.now()
    undone, _ = about_one(service, code, scheme, lambda db, flag: flag_undo.undo(db, flag.id, by, "command", now))
    sentence = flag_undo.SENTENCES[undone]
    if undone is not flag_undo.Undone.DONE:
        raise click.ClickException(sentence)
    click.echo(sentence)


COMMANDS: Sequence[click.Command] = (ack, close, snooze, pass_, undo)


def _do(
    service: "Service",
    code: str,
    scheme: str | None,
    by: str,
    deed: "Callable[[Flag, datetime], dict[str, Any]]",
) -> "Outcome":
    """Do it, or say in a sentence why not. What was done already is no fault."""
    from bot import flag_acts
    from bot.conversation.flag_deeds import SENTENCES, Deed, Verdict

    now = service.clock.now()
    outcome = about_one(
        service,
        code,
        scheme,
        lambda db, flag: flag_acts.do(
            db, service.library, flag.id, Deed(**deed(flag, now)), flag_acts.By(by, "command"), now
        ),
    )
    said = {Verdict.OUTCOME_NEEDED: OUTCOME, Verdict.HELP_NEEDED: HELP}
    closed = outcome.flag.closed_at is not None and outcome.verdict is Verdict.ALREADY
    if closed and deed(outcome.flag, now)["what"] not in HOWS.values():
        raise click.ClickException("That flag is closed: nothing was changed.")
    if outcome.verdict not in (Verdict.DO, Verdict.ALREADY):
        raise click.ClickException(said.get(outcome.verdict, SENTENCES[outcome.verdict]))
    return outcome


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise click.BadParameter("write a day like 2026-12-01", param_hint="--until") from None


def _warn_of_a_stranger(service: "Service", flag: "Flag", by: str) -> None:
    """A slip in an address would stop an escalation in nobody's name: it is written down, and said."""
    from sqlalchemy import select

    from bot.models import Practitioner

    with service.database.read() as db:
        staff = set(db.scalars(select(Practitioner.email).where(Practitioner.scheme_id == flag.scheme_id)))
    contacts = {contact.email.lower() for contact in service.library.scheme(flag.scheme_id).duty_contacts}
    if by not in staff | contacts:
        click.echo(f"Is {by} right? It is no practitioner or duty contact of {flag.scheme_id}.", err=True)

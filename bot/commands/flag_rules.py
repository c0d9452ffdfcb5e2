"""``flags rules | replay``: what came of each rule, and what a rule would have raised."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from bot.commands.parts import table, with_service

if TYPE_CHECKING:
    from bot.flag_replay import Replayed
    from bot.service import Service

SINCE = re.compile(r"(\d{1,4})d")

of_scheme = click.option("--scheme", metavar="KEY", help="The scheme; needed where there are several.")


def _days(ctx: click.Context, option: click.Parameter, value: str) -> timedelta:
    found = SINCE.fullmatch(value.strip())
    if not found or not int(found[1]):
        raise click.BadParameter("write days, like 90d", ctx, option)
    return timedelta(days=int(found[1]))


since = click.option("--since", default="90d", metavar="DAYS", callback=_days, help="How far back: 90d without it.")


@click.command()
@of_scheme
@since
@with_service
def rules(service: "Service", scheme: str | None, since: timedelta) -> None:
    """Show what came of each rule, week by week, and which one to look at.

    "acted" and "no concern" are what somebody did; "by itself" is what ended without anybody.
    """
    from bot import flag_ledger

    now = service.clock.now()
    chosen = service.library.scheme(_one(service, scheme))
    with service.database.read() as db:
        weeks = flag_ledger.by_week(db, chosen, now - since)
        doubted = flag_ledger.doubted(db, chosen, now)
    if not weeks:
        click.echo("No flag was raised or closed in that time.")
        return
    rows = [(w.monday, w.kind, w.raised, w.acted, w.not_a_concern, w.by_itself) for w in weeks]
    click.echo(table(("week of", "rule", "raised", "acted", "no concern", "by itself"), rows))
    for each in doubted:
        share = f"{each.not_a_concern} of {each.settled}"
        click.echo(f"{each.kind}: {share} in four weeks were no concern. Look at the rule: {each.rule}")


@click.command()
@click.option("--rule", "kind", required=True, metavar="KIND", help="Such as quiet, confidence or asked_for_you.")
@of_scheme
@since
@with_service
def replay(service: "Service", kind: str, scheme: str | None, since: timedelta) -> None:
    """Show what a rule would have raised, from what happened: flags for each practitioner and week.

    With the thresholds of scheme.yaml and the word lists as they are now, so change them, replay, and look before
    people are flagged by them. Nothing is written.

    \b
    python -m bot flags replay --rule quiet --since 90d
    """
    from bot import flag_replay

    now = service.clock.now()
    chosen = service.library.scheme(_one(service, scheme))
    with service.database.read() as db:
        played = flag_replay.replay(db, chosen, kind, now - since, now)
    if played.weeks:
        rows = [
            (monday, email, flags) for (email, monday), flags in sorted(played.weeks.items(), key=lambda w: w[0][::-1])
        ]
        click.echo(table(("week of", "practitioner", "flags"), rows))
    click.echo(_said(played, max(1, since.days / 7)))


COMMANDS: Sequence[click.Command] = (rules, replay)


def _said(played: "Replayed", weeks: float) -> str:
    if not played.flags:
        return f"{played.kind}: it would have raised nothing."
    a_week = played.flags / weeks / max(1, played.practitioners)
    return (
        f"{played.kind}: {played.flags} flags about {played.flagged} of {played.people} people; "
        f"{a_week:.1f} for each practitioner and week, {played.most} at most."
    )


def _one(service: "Service", key: str | None) -> str:
    """The scheme that was named, or the only one."""
    there = sorted(service.library.schemes)
    if key is None and len(there) > 1:
        raise click.UsageError(f"Say which scheme: --scheme {' or '.join(there)}.")
    if key is not None and key not in there:
        raise click.ClickException(f"There is no scheme {key!r}: there is {', '.join(there)}.")
    return key or there[0]

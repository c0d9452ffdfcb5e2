"""What the commands about flags share: one flag by the beginning of its id, and how it stands in a word."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

import click

from bot.commands.parts import local_time

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.models import Flag
    from bot.service import Service

T = TypeVar("T")


def about_one(service: "Service", code: str, scheme: str | None, do: Callable[["Session", "Flag"], T]) -> T:
    """Do something about one flag, in a transaction of its own. An open one goes before those that are closed."""
    from bot import flags

    with service.database.write() as db:
        found = flags.find(db, code, scheme)
        still_open = [flag for flag in found if flag.closed_at is None]
        if not found:
            raise click.ClickException("There is no flag with this id: see python -m bot flags list.")
        if len(still_open) > 1 or (not still_open and len(found) > 1):
            raise click.ClickException("Several flags have an id like this: write more of it.")
        return do(db, (still_open or list(found))[0])


def is_put_off(flag: "Flag", now: "datetime") -> bool:
    from bot.conversation import flag_deeds

    return flag_deeds.is_put_off(flag.snoozed_until, now)


def state(flag: "Flag", zone: str, now: "datetime") -> str:
    """How it stands, for a column."""
    if flag.closed_at:
        return f"closed by {flag.closed_by} ({(flag.closed_why or 'closed').replace('_', ' ')})"
    if flag.acknowledged_by:
        return f"acknowledged by {flag.acknowledged_by}"
    if is_put_off(flag, now):
        ends = "until they reply, at the latest " if flag.snooze_ends == "reply" else "until "
        return f"put off {ends}{local_time(zone, flag.snoozed_until)}"
    if flag.passed_to:
        return f"passed on to {flag.passed_to}"
    return "back" if flag.snoozed_until else "open"


def noted(flag: "Flag") -> Iterator[tuple[str, str]]:
    """What somebody noted about it."""
    from bot.conversation import flag_words

    if flag.barrier:
        yield "Noted: what got in the way", flag_words.BARRIERS.get(flag.barrier, flag.barrier)
    if flag.reason:
        yield "Noted: why", flag_words.reasons(flag.kind).get(flag.reason, flag.reason)
    if flag.help_wanted:
        yield "Noted: what would help", flag_words.HELPS.get(flag.help_wanted, flag.help_wanted)
    if flag.note:
        yield "Noted", flag.note

"""When the next check-in comes: the one alarm that a person's rhythm, step and state decide about."""

from datetime import datetime

from bot.conversation import fills
from bot.conversation.facts import Facts
from bot.models import ServiceUser


def set_next_check_in(person: ServiceUser, facts: Facts, now: datetime, *, again: bool) -> None:
    """Set the alarm of the next check-in; ``again`` also where one is set (a new step, time or rhythm).

    None while invited, paused, held, resting, unreachable or gone quiet: their own word starts it again.
    """
    if person.state != "active" or person.held_for or person.silence:
        person.next_check_in_at = person.next_check_in_at if person.state == "invited" else None
    elif again or person.next_check_in_at is None:
        person.next_check_in_at = fills.next_check_in(facts, {}, now)

"""Holds: the bot keeps out of the way of a person. The alarm ``resume_at`` is shared with pauses.

While somebody is paused, ``resume_at`` is the end of their pause, which is theirs: a hold that begins or ends
meanwhile leaves it alone. A hold that has run out is none (``lapse``), also before its alarm has rung.
"""

from datetime import datetime

from bot.models import ServiceUser

# Nobody but the person (not safe) or a note of what was done (safety) ends these.
GRAVE = ("safety", "not_safe")


def hold(person: ServiceUser, why: str | None, until: datetime | None = None) -> None:
    """Hold the bot for a person until then, or until a person hands back; ``why`` None lets go."""
    person.held_for, person.held_until = why, until
    if person.state != "paused":
        person.resume_at = until


def lapse(person: ServiceUser, now: datetime) -> None:
    """Let go of a hold that has run out."""
    if person.held_until is not None and person.held_until <= now:
        hold(person, None)

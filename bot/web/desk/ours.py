"""What views ask of whoever is signed in, time and again: their scheme, and the day where it is."""

from datetime import date

from bot.conversation import timing
from bot.conversation.scheme import Scheme
from bot.web.desk import door
from bot.web.the_service import the_service


def scheme() -> Scheme:
    """The scheme of whoever is signed in."""
    return the_service().library.scheme(door.viewer().scheme_id)


def today() -> date:
    """The day where that scheme is."""
    return timing.local(scheme().zone, the_service().clock.now()).date()

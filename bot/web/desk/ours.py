"""What views ask of whoever is signed in, time and again: their scheme, the day where it is, the bell for its mails."""

from datetime import date

from sqlalchemy import select

from bot import jobs
from bot.conversation import timing
from bot.conversation.scheme import Scheme
from bot.models import Email
from bot.web.desk import door
from bot.web.the_service import the_service


def scheme() -> Scheme:
    """The scheme of whoever is signed in."""
    return the_service().library.scheme(door.viewer().scheme_id)


def today() -> date:
    """The day where that scheme is."""
    return timing.local(scheme().zone, the_service().clock.now()).date()


def ring_mails(kind: str) -> None:
    """Ring, after the commit, for mails of our scheme that wait. A dead doorbell is told and no more."""
    service = the_service()
    waits = (Email.scheme_id == door.viewer().scheme_id, Email.kind == kind, Email.state == "queued")
    with service.database.read() as db:
        waiting = db.scalars(select(Email.id).where(*waits, Email.due_at <= service.clock.now())).all()
    jobs.ring_for(service, mails=waiting)

"""Who has looked at whose page: written down, and shown to the person in their record."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import history
from bot.models import Event, ServiceUser

# The record puts what ends like this under "who looked" (``people.record``).
VIEWED = "viewed"
# A page that is gone back to within so long is one look.
ONE_LOOK = timedelta(hours=1)


def note(db: Session, person: ServiceUser, by: str, now: datetime, what: str = VIEWED) -> bool:
    """Write down that somebody looks at a person's page (or did ``what`` that ends like a look), once an hour; whether
    it was. The caller holds the row.
    """
    mine = (Event.scheme_id == person.scheme_id, Event.service_user_id == person.id)
    looks = (Event.what == what, Event.who == by, Event.at > now - ONE_LOOK)
    if db.scalars(select(Event.id).where(*mine, *looks).limit(1)).first() is not None:
        return False
    history.of_person(db, person, what, now, by=by)
    return True

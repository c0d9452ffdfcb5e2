"""Who has looked at whose page: written down, and shown to the person in their record."""

from datetime import datetime, timedelta

from sqlalchemy import exists, insert, literal, select
from sqlalchemy.orm import Session

from bot.models import Event, ServiceUser

# The record puts what ends like this under "who looked" (``people.record``).
VIEWED = "viewed"
# A page that is gone back to within so long is one look.
ONE_LOOK = timedelta(hours=1)


def note(db: Session, person: ServiceUser, by: str, now: datetime, what: str = VIEWED) -> None:
    """Write down that somebody looks at a person's page (or did ``what`` that ends like a look), once an hour.

    The caller holds the row: of two looks at once the second finds the first.
    """
    mine = (Event.scheme_id == person.scheme_id, Event.service_user_id == person.id)
    lately = exists().where(*mine, Event.what == what, Event.who == by, Event.at > now - ONE_LOOK)
    look = {"scheme_id": person.scheme_id, "service_user_id": person.id, "at": now, "who": by, "what": what}
    columns = Event.__table__.c
    row = select(*(literal(value, columns[name].type) for name, value in look.items())).where(~lately)
    db.execute(insert(Event).from_select(list(look), row))

"""Who has looked at a flag: written down, and shown to the person in their record."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import flag_rows, history
from bot.models import Event, Flag

# The record puts what ends like this under "who looked" (``people.record``).
READ = "flag_read"
# A page that is gone back to within so long is one look.
ONE_LOOK = timedelta(hours=1)


def seen_lately(db: Session, flag: Flag, by: str, now: datetime) -> bool:
    """Whether they have looked at it, as it is now, within the hour."""
    looks = (Event.what == READ, Event.who == by, Event.at > now - ONE_LOOK)
    # Of nobody it is "IS NULL".
    owner = (Event.scheme_id == flag.scheme_id, Event.service_user_id == flag.service_user_id)
    found = [event.after or {} for event in db.scalars(select(Event).where(*owner, *looks))]
    return any((each.get("flag"), each.get("version")) == (str(flag.id), flag.version) for each in found)


def note(db: Session, flag_id: UUID, by: str, now: datetime) -> None:
    """Write down that somebody looks at a flag."""
    history.of_flag(db, flag_rows.locked(db, flag_id), READ, now, by=by)

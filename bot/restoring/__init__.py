"""After a restore: the time between the copy and now is lived through once more, and nothing is sent in it.

A copy knows nothing of what came after it. The provider's two lists do: what came in, and what left. Decisions
are functions of the rows, a text and a time, so with the clock of then the same alarms ring, the same texts come
in, and what is decided is found in the list of what left instead of being sent.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import duties
from bot.models import Event, Heartbeat, Scheme, ServiceUser
from bot.outbox import Counts
from bot.outbox.clock_moved import BY_MISTAKE, OPERATOR
from bot.outbox.halted import settle_here
from bot.reconcile import FAILING, INBOUND_LIST
from bot.restoring import afterwards, erased
from bot.restoring.erased import read as read_forgotten
from bot.restoring.erased import written as written_forgotten
from bot.restoring.lists import Lists
from bot.restoring.lived import Lived, Then
from bot.service import PHONE_CLOCK, Service

__all__ = ["Then", "last_written", "make_good", "read_forgotten", "written_forgotten"]

# A text that left before the copy was made may have arrived after it.
BEFORE = timedelta(days=1)
RESTORED = "restored"


def make_good(service: Service, forgotten: Mapping[UUID, datetime] | None = None) -> Counts:
    """Make good what a restored database has forgotten. Every process must be stopped. Twice changes nothing.

    1. Read the provider's lists from a day before the copy on. Raises Unreadable, and nothing has changed.
    2. Forget again who was forgotten since (``forgotten``: their ids, and when).
    3. Live the time through: alarms ring and texts come in at their own moments, by the same door as ever: one that
       cannot be handled is kept for later, and stops no other. What is decided is looked for among what left, and
       settled; nothing is sent.
    4. What was decided and is not in the list: answers and safety texts wait to be sent. Nothing unasked leaves;
       a question is asked a day later, which is as long as staff have to redo what they had done.
    """
    now = service.clock.now()
    with service.database.read() as db:
        since = last_written(db)
    counts, failing = Counts(), None
    if since is not None and service.settings.channel == "twilio":
        lists = Lists.read(service, since - BEFORE)
        with service.database.write() as db:
            until = erased.forget_again(db, forgotten or {}, counts)
            lists.sort_out(db)
            erased.let_go(db, lists, until, now)
        lived = Lived(service, lists, since, counts)
        lived.until(now)
        afterwards.settle(service, lists, now, counts)
        failing = lived.failing
    else:
        with service.database.write() as db:
            erased.forget_again(db, forgotten or {}, counts)
    with service.database.write() as db:
        _over(db, since, now, failing)
    return counts


def last_written(db: Session) -> datetime | None:
    """When the copy was made, as far as its rows tell: the newest event or heartbeat.

    Where nothing had ever run, when the first person was enrolled; None where nobody was.
    """
    beats = select(func.max(Heartbeat.at)).where(Heartbeat.name.not_in((PHONE_CLOCK, BY_MISTAKE)))
    times = (db.scalar(beats), db.scalar(select(func.max(Event.at))))
    newest = max((at for at in times if at is not None), default=None)
    return newest or db.scalar(select(func.min(ServiceUser.enrolled_at)))


def _over(db: Session, since: datetime | None, now: datetime, failing: datetime | None) -> None:
    settle_here(db)
    duties.beat(db, INBOUND_LIST, now)
    if failing:
        # The list is read from there on until it can be kept.
        duties.beat(db, FAILING, failing)
    facts = {"before": {"at": since.isoformat() if since else None}, "after": {"at": now.isoformat()}}
    db.add_all(
        Event(scheme_id=key, at=now, who=OPERATOR, what=RESTORED, **facts) for key in db.scalars(select(Scheme.id))
    )

"""When a practitioner's text that waits leaves, said beside its person in a list: it is on its way, not forgotten."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from bot.conversation import timing
from bot.gate import BY_HAND
from bot.models import Message, ServiceUser
from bot.seeing import Viewer
from bot.web.saying import _
from bot.web.showing import clock, moment


def said(db: Session, viewer: Viewer, people: Collection[UUID], now: datetime) -> Mapping[UUID, str]:
    """`Your text leaves at 09:00.` of each of these people for whom one waits, on their own clock; in one query.

    The next to leave is told. A planned one that waits for a look, because they have written since, does not leave.
    """
    if not people:
        return {}
    theirs = and_(Message.scheme_id == ServiceUser.scheme_id, Message.service_user_id == ServiceUser.id)
    unread = (Message.planned_for.is_not(None), ServiceUser.last_inbound_at > Message.created_at)
    goes = or_(Message.planned_for.is_(None), ServiceUser.last_inbound_at.is_(None), ~and_(*unread))
    rows = db.execute(
        select(ServiceUser.id, ServiceUser.zone, Message.author, Message.due_at)
        .join(Message, theirs)
        .where(ServiceUser.scheme_id == viewer.scheme_id, ServiceUser.id.in_(people))
        .where(Message.direction == "out", Message.kind == BY_HAND, Message.state == "queued", Message.due_at > now)
        .where(goes)
        # Of several the next one stands.
        .order_by(Message.due_at.desc())
    )
    return {row.id: _sentence(row.author == viewer.email, timing.local(row.zone, row.due_at), now) for row in rows}


def _sentence(mine: bool, at: datetime, now: datetime) -> str:
    if at.date() == now.astimezone(at.tzinfo).date():
        when = clock(at)
        return _("Your text leaves at %(at)s.", at=when) if mine else _("A colleague’s text leaves at %(at)s.", at=when)
    when = moment(at)
    return _("Your text leaves %(at)s.", at=when) if mine else _("A colleague’s text leaves %(at)s.", at=when)

"""What went to and fro with one number lately: one statement, whoever the number is."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from bot.limits import AN_HOUR, LOOKED_AT, Text, Traffic
from bot.models import Message

_OURS = (Message.direction == "out") & (Message.kind == "reply")
_LATELY = (
    # The count is of the whole hour, however few rows are looked at.
    select(_OURS.label("ours"), Message.body, Message.created_at, func.count().filter(_OURS).over().label("answers"))
    .where(
        Message.scheme_id == bindparam("scheme_id"),
        Message.address == bindparam("address"),
        Message.created_at > bindparam("since"),
        or_(Message.direction == "in", _OURS),
    )
    # A text and its answer are written in the same moment: the answer is the newer of the two.
    .order_by(Message.created_at.desc(), Message.direction.desc())
    .limit(LOOKED_AT)
)


def lately(db: Session, scheme_id: str, address: str, now: datetime) -> Traffic:
    """The newest texts of the last hour and how many answers it holds. A safety text is no answer."""
    found = db.execute(_LATELY, {"scheme_id": scheme_id, "address": address, "since": now - AN_HOUR}).all()
    texts: Sequence[Text] = [Text(words=row.body, ours=bool(row.ours), at=row.created_at) for row in found]
    return Traffic(answers=found[0].answers if found else 0, newest=tuple(texts))

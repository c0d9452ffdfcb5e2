"""One person goes to a colleague, with a note for them. What the person told goes with them: ask them first."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import handing_over, notes
from bot.models import Flag, Practitioner, ServiceUser
from bot.practitioners import PractitionerRefused, serving
from bot.seeing import LEAD, Viewer


class TransferRefused(ValueError):
    """``why`` is ``nobody`` (no such colleague), ``theirs`` (they have them already), ``safety``, or a note's own.

    Let it out of the transaction: nothing of the rest is to be kept.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def may_give(viewer: Viewer, person: ServiceUser) -> bool:
    """A lead, or whoever looks after them; not somebody who covers for a week."""
    return viewer.role == LEAD or person.practitioner_id == viewer.id


def colleagues(db: Session, person: ServiceUser) -> list[Practitioner]:
    """To whom they can go."""
    here = (Practitioner.scheme_id == person.scheme_id, Practitioner.retired_at.is_(None))
    others = (Practitioner.id != person.practitioner_id, Practitioner.role != "editor")
    return list(db.scalars(select(Practitioner).where(*here, *others).order_by(Practitioner.first_name)))


def unattended(db: Session, person: ServiceUser) -> bool:
    """Whether a safety flag of theirs waits for somebody to take it on."""
    mine = (Flag.scheme_id == person.scheme_id, Flag.service_user_id == person.id, Flag.kind == "safety")
    waits = select(func.count()).where(*mine, Flag.closed_at.is_(None), Flag.acknowledged_at.is_(None))
    return bool(db.scalar(waits))


def give(db: Session, person: ServiceUser, to: str, words: str, by: str, now: datetime) -> Practitioner:
    """Hand them over to this colleague, by e-mail address, with a note; who that is. TransferRefused says why not.

    The history has it (``moved``), and the thread shows it; the colleague is told by mail, without a name.
    """
    try:
        colleague = serving(db, person.scheme_id, to)
    except PractitionerRefused as error:
        raise TransferRefused("nobody") from error
    if colleague.id == person.practitioner_id:
        raise TransferRefused("theirs")
    try:
        notes.write(db, person, by, words, now, kind=notes.HANDOVER)
        handing_over.hand_over(db, [person.id], colleague, by, now)
    except notes.NoteRefused as error:
        raise TransferRefused(error.why) from error
    except handing_over.NobodyHasIt as error:
        raise TransferRefused("safety") from error
    return colleague

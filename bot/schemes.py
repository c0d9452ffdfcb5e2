"""Schemes whose folder is gone while people in them are still looked after: nobody would hear from us again."""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.library import FlowsRefused, Library
from bot.models import Scheme, ServiceUser

OVER = ("closed", "opted_out")


def without_flows(db: Session, library: Library) -> Mapping[str, int]:
    """How many people are still looked after in each scheme that has no folder."""
    gone = set(db.scalars(select(Scheme.id))) - library.schemes.keys()
    if not gone:
        return {}
    left = select(ServiceUser.scheme_id, func.count()).where(ServiceUser.scheme_id.in_(gone))
    counted = db.execute(left.where(ServiceUser.state.not_in(OVER)).group_by(ServiceUser.scheme_id))
    return {row[0]: row[1] for row in counted}


def require_flows(db: Session, library: Library) -> None:
    """Raise FlowsRefused with a sentence for each scheme that lost its folder before its people."""
    lost = without_flows(db, library)
    if lost:
        raise FlowsRefused("\n".join(_sentence(key, people) for key, people in sorted(lost.items())))


def kept_without_flows(db: Session, library: Library) -> list[str]:
    """A sentence for each scheme without a folder whose records are still kept: how long for, the folder would say."""
    gone = ServiceUser.scheme_id.not_in(library.schemes.keys())
    kept = select(ServiceUser.scheme_id, func.count()).where(gone, ServiceUser.state.in_(OVER))
    counted = db.execute(kept.group_by(ServiceUser.scheme_id).order_by(ServiceUser.scheme_id))
    return [_kept(row[0], row[1]) for row in counted]


def _kept(key: str, people: int) -> str:
    return (
        f"The scheme {key} has no folder in the flows, so retention does not run for it, and {people} "
        f"record{'' if people == 1 else 's'} of people who have left would be kept for ever: put the folder back."
    )


def _sentence(key: str, people: int) -> str:
    return (
        f"The scheme {key} has no folder in the flows, and {people} of its people are still looked after: "
        "put the folder back. A scheme is over when each of them is closed: python -m bot people close."
    )

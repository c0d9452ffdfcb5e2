"""Today: what needs a practitioner now, in the digest's order and with its evidence, but all of it and uncut."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from bot import digest_matter, seeing
from bot.conversation import flag_deeds, flag_kinds, timing
from bot.conversation.digest_items import Item, Matter, order
from bot.conversation.scheme import Scheme
from bot.digest_matter import Caseload, Found
from bot.library import Library
from bot.models import Flag, Practitioner, ServiceUser
from bot.seeing import Viewer


@dataclass(frozen=True, slots=True)
class Entry:
    """A flag with its person, as it is told."""

    item: Item
    flag: Flag
    person: ServiceUser | None


@dataclass(frozen=True, slots=True)
class Today:
    """``matter`` is what the digest would be made of now; an open flag stands in one of the lists."""

    matter: Matter
    needs: Sequence[Entry]
    put_off: Sequence[Entry]
    taken_on: Sequence[Entry]
    # You have written since: it is their turn.
    answered: Sequence[Entry]
    # A colleague has been asked to see to it.
    passed_on: Sequence[Entry]


def of(db: Session, library: Library, viewer: Viewer, now: datetime, *, everybody: bool = False) -> Today:
    """What needs ``viewer`` now.

    1. Their own people and those they cover for; a lead those without a practitioner, too, and ``everybody`` on asking.
    2. Somebody who is away sees their people all the same; it is the mail alone that goes to whoever covers.
    3. Whatever a scheme's mails leave out, their words stand here: it is read by whoever is signed in.
    """
    scheme = replace(library.scheme(viewer.scheme_id), digest_detail="words")
    caseload = _caseload(db, scheme, viewer, now, everybody=everybody)
    found = _flags(db, viewer, caseload, now)
    matter = digest_matter.matter_of(db, scheme, caseload, found, now)
    entries = [Entry(digest_matter.item_of(scheme, *pair), *pair) for pair in found if not _is_fact(pair[0])]
    lists: dict[str, list[Entry]] = {}
    for each in entries:
        lists.setdefault(_list_of(each, caseload, now), []).append(each)
    return Today(
        matter,
        needs=sorted(lists.get("needs", ()), key=lambda each: order(each.item)),
        put_off=sorted(lists.get("put_off", ()), key=lambda each: each.flag.snoozed_until or now),
        taken_on=lists.get("taken_on", ()),
        answered=lists.get("answered", ()),
        passed_on=lists.get("passed_on", ()),
    )


def _list_of(entry: Entry, caseload: Caseload, now: datetime) -> str:
    flag = entry.flag
    if digest_matter.passed_on(flag, caseload, now):
        return "passed_on"
    if digest_matter.needs(flag, entry.person, now):
        return "needs"
    if flag_deeds.is_put_off(flag.snoozed_until, now):
        return "put_off"
    if digest_matter.taken(flag):
        return "taken_on"
    return "answered" if digest_matter.answered(flag, entry.person) else "of those who left"


def _caseload(db: Session, scheme: Scheme, viewer: Viewer, now: datetime, *, everybody: bool) -> Caseload:
    if viewer.owners is not None:
        return Caseload(viewer.email, viewer.owners, viewer.unclaimed)
    if everybody:
        return Caseload(viewer.email, None, viewer.unclaimed)
    today = timing.local(scheme.zone, now).date()
    theirs = digest_matter.caseload_of(db, db.get_one(Practitioner, viewer.id), today)
    return Caseload(viewer.email, {*(theirs.owners or ()), viewer.id}, viewer.unclaimed)


def _flags(db: Session, viewer: Viewer, caseload: Caseload, now: datetime) -> list[Found]:
    still_open = (Flag.closed_at.is_(None), digest_matter.whose(caseload, now))
    return [
        (flag, person) for flag, person in db.execute(seeing.flags(viewer).where(*still_open).order_by(Flag.raised_at))
    ]


def _is_fact(flag: Flag) -> bool:
    return flag_kinds.of(flag.kind).fact

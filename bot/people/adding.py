"""One person, added on a page: judged by the rules of a people file, and never by others."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import seeing
from bot.conversation import timing
from bot.library import Library
from bot.models import Address, ServiceUser
from bot.people.allowing import LIFTED_BY_STAFF, allow
from bot.people.entry import Entry, judge
from bot.people.faults import Refused
from bot.people.file import COLUMNS, OPTIONAL, Row
from bot.people.importing import Imported, enrol
from bot.seeing import Viewer

# Who is added here has a line of their own, as in a file of one.
LINE = 1


@dataclass(frozen=True, slots=True)
class Added:
    """What became of it: "enrolled", "channel" (one more), "here" (nothing changed), "outdated" (they left or said
    stop after that day), or the code of an import's notice. ``person_id`` only of somebody the viewer may see."""

    became: str
    person_id: uuid.UUID | None = None
    since: datetime | None = None

    @property
    def enrolled(self) -> bool:
        return self.became in ("enrolled", "channel")


def add(
    db: Session,
    library: Library,
    viewer: Viewer,
    values: Mapping[str, str],
    now: datetime,
    *,
    knows_better: bool = False,
) -> Added:
    """Enrol one person of the viewer's scheme; Refused with a fault for each value that does not hold.

    1. The values are those of a row of a people file, scheme apart. A consent of today is of this moment.
    2. Somebody with another practitioner, whose people the viewer does not see, is left as they are.
    3. A number that was taken off as wrong, or erased, is enrolled again where the viewer ``knows_better``;
       PersonRefused where its owner said stop. Who opted out themselves is never enrolled.
    """
    entry = _judged(library, viewer, values, now)
    theirs = _holder(db, entry)
    seen = seeing.person(db, viewer, theirs) if theirs else None
    if theirs and seen is None and not _gone(db, theirs):
        return Added("elsewhere")
    done = enrol(db, library, [entry], now, by=viewer.email)
    if knows_better and _may_be_lifted(done):
        allow(db, viewer.scheme_id, entry.mobile, viewer.email, now)
        done = enrol(db, library, [entry], now, by=viewer.email)
    return _became(done, seen.id if seen else None)


def _judged(library: Library, viewer: Viewer, values: Mapping[str, str], now: datetime) -> Entry:
    scheme = library.scheme(viewer.scheme_id)
    tidy = {name: " ".join(values.get(name, "").split()) for name in (*COLUMNS, *OPTIONAL)}
    if tidy["consent_at"] == timing.local(scheme.zone, now).date().isoformat():
        tidy["consent_at"] = now.isoformat()
    judged = judge(Row(LINE, tidy | {"scheme": scheme.key}), {scheme.key: scheme}, now)
    if isinstance(judged, Entry):
        return judged
    raise Refused(judged)


def _holder(db: Session, entry: Entry) -> uuid.UUID | None:
    """Who has the number now, on either channel."""
    held = (Address.scheme_id == entry.scheme, Address.address == entry.mobile)
    return db.scalars(select(Address.service_user_id).where(*held).limit(1)).first()


def _gone(db: Session, person_id: uuid.UUID) -> bool:
    """Whether their record is over: the number may go to the next one, or they come back to anybody."""
    return db.get_one(ServiceUser, person_id).state in ("closed", "opted_out")


def _may_be_lifted(done: Imported) -> bool:
    return any(notice.code in LIFTED_BY_STAFF for notice in done.notices)


def _became(done: Imported, person_id: uuid.UUID | None) -> Added:
    if done.enrolled:
        return Added("enrolled", done.enrolled[0])
    if done.opted_out:
        [notice] = done.notices
        return Added(notice.code, person_id, notice.since)
    if done.outdated:
        return Added("outdated", person_id)
    return Added("channel" if done.channels else "here", person_id)

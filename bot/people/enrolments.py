"""The rows of newly enrolled people, gathered and then written together."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import insert, select, tuple_, update
from sqlalchemy.orm import Session

from bot.conversation import timing
from bot.conversation.scheme import Scheme
from bot.library import Library
from bot.models import Address, ConsentEvent, Event, Practitioner, ServiceUser, Wording
from bot.people import numbers
from bot.people.entry import Entry
from bot.suppression import batches


class Enrolments:
    """Rows gathered, so that ten thousand people take a few statements."""

    def __init__(
        self,
        library: Library,
        practitioners: Mapping[tuple[str, str], Practitioner],
        now: datetime,
        by: str | None = None,
    ) -> None:
        self.library, self.practitioners, self.now, self.by = library, practitioners, now, by
        self.people: dict[tuple[str, str], uuid.UUID] = {}
        self.added: dict[uuid.UUID, set[str]] = {}
        self.freed: list[tuple[uuid.UUID, str]] = []
        self.rows: dict[type, list[dict[str, Any]]] = {each: [] for each in (ServiceUser, Address, ConsentEvent, Event)}
        self.back: list[dict[str, Any]] = []
        self.wordings: dict[str, str] = {}
        self.due: dict[str, datetime] = {}

    def person(self, entry: Entry) -> uuid.UUID:
        """Somebody new."""
        person_id = uuid.uuid4()
        self.rows[ServiceUser].append({"id": person_id, "scheme_id": entry.scheme, **self._enrolment(entry)})
        self._enrolled(entry, person_id, "enrolled")
        return person_id

    def returned(self, entry: Entry, person_id: uuid.UUID, channels: Iterable[str]) -> uuid.UUID:
        """Somebody whose record was closed and who has agreed anew, or whom a practitioner has allowed."""
        nothing = dict.fromkeys(("quiet_at", "resume_at", "held_for", "held_until", "silent_since"))
        self.back.append({"id": person_id, "silence": "", **nothing, **self._enrolment(entry)})
        self._enrolled(entry, person_id, "enrolled_again", channels)
        return person_id

    def _enrolment(self, entry: Entry) -> dict[str, Any]:
        scheme = self.library.scheme(entry.scheme)
        practitioner = self.practitioners[entry.scheme, entry.practitioner_email]
        return {
            "practitioner_id": practitioner.id,
            "first_name": entry.first_name,
            "reference": entry.reference,
            "state": "invited",
            "zone": scheme.zone,
            "language": entry.language,
            "channel": entry.channel,
            "every_weeks": scheme.every_weeks,
            "next_check_in_at": self._welcome_due(scheme),
            "enrolled_at": self.now,
        }

    def _welcome_due(self, scheme: Scheme) -> datetime:
        if scheme.key not in self.due:
            self.due[scheme.key] = timing.next_in_window(scheme.zone, scheme.check_in_window, self.now)
        return self.due[scheme.key]

    def _enrolled(self, entry: Entry, person_id: uuid.UUID, what: str, has: Iterable[str] = ()) -> None:
        self.people[entry.person] = person_id
        self._event(entry, person_id, what)
        self.channel(entry, person_id, new=entry.channel not in has)

    def channel(self, entry: Entry, person_id: uuid.UUID, *, new: bool = True) -> None:
        """Consent holds for the channel it was given for, and no other."""
        self.added.setdefault(person_id, set()).add(entry.channel)
        own = {"scheme_id": entry.scheme, "service_user_id": person_id, "channel": entry.channel}
        if new:
            self.rows[Address].append({"id": uuid.uuid4(), **own, "address": entry.mobile, "consented": True})
        self.rows[ConsentEvent].append(
            {
                "id": uuid.uuid4(),
                **own,
                "what": "given",
                "by": entry.consent_by,
                "at": entry.consent_at,
                "wording_hash": self._wording(entry),
                "recorded_at": self.now,
            }
        )

    def _wording(self, entry: Entry) -> str:
        wording = self.library.scheme(entry.scheme).consent_wording
        text = wording.get(entry.language) or next(iter(wording.values()))
        key = sha256(text.encode()).hexdigest()
        self.wordings[key] = text
        return key

    def _event(self, entry: Entry, person_id: uuid.UUID, what: str) -> None:
        after = {"practitioner": entry.practitioner_email, "channel": entry.channel, "state": "invited"}
        self.rows[Event].append(
            {
                "id": uuid.uuid4(),
                "scheme_id": entry.scheme,
                "service_user_id": person_id,
                "at": self.now,
                "who": self.by or entry.consent_by,
                "what": what,
                "after": after,
            }
        )

    def write(self, db: Session) -> None:
        """All of it, people before what points at them."""
        self._free(db)
        there = set(db.scalars(select(Wording.hash).where(Wording.hash.in_(self.wordings))))
        for key in self.wordings.keys() - there:
            db.add(Wording(hash=key, text=self.wordings[key], first_used_at=self.now))
        db.flush()
        if self.back:
            db.execute(update(ServiceUser), self.back)
        for table, rows in self.rows.items():
            if rows:
                db.execute(insert(table), rows)

    def _free(self, db: Session) -> None:
        """Take numbers off the closed records of those who had them before."""
        for batch in batches(self.freed):
            numbers.leave(
                db, [tuple_(Address.service_user_id, Address.address).in_(batch)], numbers.PASSED_ON, self.now
            )

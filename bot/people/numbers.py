"""A new number. The old one may be somebody else's by tomorrow, and the new one may have been written down wrong."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import uuid4

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bot import check_in_rows, flags, history, queries, stopping, suppression
from bot.conversation import timing
from bot.database import insert_into
from bot.library import Library
from bot.models import Address, ConsentEvent, FormerAddress, ServiceUser, Wording
from bot.people import PersonRefused
from bot.people.mobiles import NotAMobile, mobile

CHANGED = "number_changed"
PASSED_ON = "passed_on"
ALREADY = "This is their number already."
STOPPED = "They said they want no texts: only they can change that, by texting START from the number they had."
CLOSED = "They have left: who comes back agrees anew (python -m bot people import)."
HELD = "The bot is held for them: hand it back first (python -m bot people hand-back)."
SUPPRESSED = "This number must not be texted in this scheme: its owner said so, or it was taken off."
BUSY = "Somebody who had this number before is being looked at at this very moment: try again."
TAKEN = "Somebody else in this scheme has this number: look at its digits."


@dataclass(frozen=True, slots=True)
class NewNumber:
    """What a person moves to. It is proved by a yes that comes from it, and by nothing else."""

    address: str
    channel: str


def change(
    db: Session, library: Library, person: ServiceUser, written: str, channel: str | None, by: str, now: datetime
) -> None:
    """Move a person to a new number, whose row the caller holds. PersonRefused says why it cannot be.

    1. The old number is theirs no more: what it texts from now on reaches nobody's record, and what waited to
       go there is cancelled. A keyed hash stays, as proof of what was agreed to.
    2. ``by`` answers for their consent on the new one, with the words of the day.
    3. They are asked first, as when they joined: until a yes comes from the new number, nothing else is said.
    """
    new = _judged(db, person, written, channel)
    _free(db, person, new, now)
    _leave_old(db, person, now)
    _agree(db, library, person, new, by, now)
    before = person.state
    _begin_again(db, library, person, new, now)
    after = {"channel": new.channel, "state": person.state}
    history.of_person(db, person, CHANGED, now, by=by, before={"state": before}, after=after)


def _judged(db: Session, person: ServiceUser, written: str, channel: str | None) -> NewNumber:
    try:
        new = NewNumber(mobile(written), channel or person.channel)
    except NotAMobile as error:
        raise PersonRefused(f"The new number: {error}.") from error
    refused = {"opted_out": STOPPED, "closed": CLOSED}.get(person.state) or (HELD if person.held_for else None)
    if refused is None and new.address in {each.address for each in queries.addresses(db, person)}:
        refused = ALREADY
    if refused is None and suppression.is_suppressed(db, person.scheme_id, new.address):
        refused = SUPPRESSED
    if refused:
        raise PersonRefused(refused)
    return new


def _free(db: Session, person: ServiceUser, new: NewNumber, now: datetime) -> None:
    """A number goes from a closed record to whoever has it now; from a living one never."""
    same = (Address.scheme_id == person.scheme_id, Address.address == new.address)
    holders = set(db.scalars(select(Address.service_user_id).where(*same)))
    # People are locked in the order of their ids, and we hold one already: we do not wait for another.
    found = select(ServiceUser).where(ServiceUser.id.in_(holders)).with_for_update(key_share=True, skip_locked=True)
    held = db.scalars(found.execution_options(populate_existing=True)).all()
    if any(holder.state != "closed" for holder in held):
        raise PersonRefused(TAKEN)
    if len(held) < len(holders):
        raise PersonRefused(BUSY)
    leave(db, same, PASSED_ON, now)


def _leave_old(db: Session, person: ServiceUser, now: datetime) -> None:
    leave_addresses(db, person, CHANGED, now)
    check_in_rows.end_open(db, person, now, CHANGED)
    stopping.cancel_waiting(db, person, CHANGED, even_safety=True)


def leave_addresses(db: Session, person: ServiceUser, why: str, now: datetime) -> None:
    """All of somebody's addresses go, as ``leave`` has it."""
    leave(db, (Address.scheme_id == person.scheme_id, Address.service_user_id == person.id), why, now)


def leave(db: Session, which: Iterable[ColumnElement[bool]], why: str, now: datetime) -> None:
    """These addresses go; of each stays its keyed hash, which can be asked whether a number was somebody's."""
    for each in db.scalars(select(Address).where(*which)).all():
        hashed = suppression.address_hash(db, each.address)
        own = {"scheme_id": each.scheme_id, "service_user_id": each.service_user_id, "channel": each.channel}
        db.add(FormerAddress(**own, address_hash=hashed, why=why, at=now))
        db.delete(each)
    db.flush()


def _agree(db: Session, library: Library, person: ServiceUser, new: NewNumber, by: str, now: datetime) -> None:
    own = {"scheme_id": person.scheme_id, "service_user_id": person.id, "channel": new.channel}
    db.add(Address(id=uuid4(), **own, address=new.address, consented=True))
    shown = library.scheme(person.scheme_id).consent_wording
    text = shown.get(person.language) or next(iter(shown.values()))
    key = sha256(text.encode()).hexdigest()
    row = {"hash": key, "text": text, "first_used_at": now}
    db.execute(insert_into(db, Wording).values(row).on_conflict_do_nothing())
    db.add(ConsentEvent(**own, what="given", by=by, at=now, wording_hash=key, recorded_at=now))


def _begin_again(db: Session, library: Library, person: ServiceUser, new: NewNumber, now: datetime) -> None:
    """Invited, as when they joined: the welcome goes out in the scheme's usual hours, and waits for a yes."""
    flags.clear(db, person, ("cant_reach", "quiet", "not_started"), CHANGED, now)
    scheme = library.scheme(person.scheme_id)
    person.state, person.channel = "invited", new.channel
    person.next_check_in_at = timing.next_in_window(scheme.zone, scheme.check_in_window, now)
    person.quiet_at = person.resume_at = person.silent_since = person.silence_stopped_at = None
    person.silence, person.undelivered = "", 0

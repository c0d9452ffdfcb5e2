"""How often a practitioner has their digest: they may slow it, and what cannot wait comes at once all the same.

The link that changes it is signed and lasts as long as the mail it stands in: it can do nothing else.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversation import timing
from bot.conversation.flag_words import N_
from bot.conversation.scheme import Hours
from bot.models import Email, Event, Practitioner
from bot.settings import Settings

DAILY, TWICE_A_WEEK, WEEKLY = "daily", "twice_a_week", "weekly"
CADENCES: Mapping[str, str] = {
    DAILY: N_("Every working day, if something needs you"),
    TWICE_A_WEEK: N_("Twice a week: on Mondays, and on Thursdays if something needs you"),
    WEEKLY: N_("On Mondays only"),
}
# The days from which the week's digests are looked for: a holiday moves one to the next working day.
FROM: Mapping[str, tuple[int, ...]] = {DAILY: (0, 1, 2, 3, 4, 5, 6), TWICE_A_WEEK: (0, 3), WEEKLY: (0,)}
SALT = "how-often-v1"
PATH = "/how-often"


class CadenceRefused(ValueError):
    """No such link or no such choice; the sentence says what to do."""


def is_day(cadence: str, hours: Hours, holidays: frozenset[date], day: date) -> bool:
    """Whether a digest may come on this day of theirs. One that nobody knows is daily: better twice than never. Pure.

    The first working day of a week is one always: it has the overview.
    """
    monday = day - day.weekday() * timing.DAY
    wanted = (monday + n * timing.DAY for n in FROM.get(cadence, FROM[DAILY]))
    return day in {timing.next_working_day(hours, holidays, each) for each in wanted}


def url(settings: Settings, practitioner_id: UUID) -> str:
    """Where this practitioner changes it without signing in."""
    return f"{settings.public_url}{PATH}/{sign(settings, practitioner_id)}"


def sign(settings: Settings, practitioner_id: UUID) -> str:
    """The token of that address."""
    return str(_serializer(settings).dumps(urlsafe_b64encode(practitioner_id.bytes).rstrip(b"=").decode()))


def read(settings: Settings, token: str) -> UUID:
    """Whose token it is. CadenceRefused for what is none of ours."""
    try:
        return UUID(bytes=urlsafe_b64decode(f"{_serializer(settings).loads(token)}=="))
    except (BadSignature, ValueError, TypeError) as error:
        raise CadenceRefused("This link is not complete: open it from the mail once more.") from error


def of(db: Session, practitioner_id: UUID) -> Practitioner | None:
    """The practitioner, if they are still here."""
    here = (Practitioner.id == practitioner_id, Practitioner.retired_at.is_(None))
    return db.scalars(select(Practitioner).where(*here)).one_or_none()


def change(
    db: Session, settings: Settings, practitioner_id: UUID, cadence: str, now: datetime, *, via: str
) -> Practitioner | None:
    """Have the digest come so often from now on. A second time changes nothing; None for somebody who has left.

    Slowed by a link (``via`` is not "page"), they are told by a mail: a mail gateway that presses every button must
    not make a day's digest disappear unnoticed. CadenceRefused for a cadence that is none.
    """
    if cadence not in CADENCES:
        raise CadenceRefused(N_("Choose how often the digest comes."))
    row = of(db, practitioner_id)
    if row is None or row.digest_cadence == cadence:
        return row
    before, row.digest_cadence = row.digest_cadence, cadence
    facts = {"before": {"cadence": before}, "after": {"email": row.email, "cadence": cadence, "via": via}}
    db.add(Event(scheme_id=row.scheme_id, at=now, who=row.email, what="digest_cadence", **facts))
    if via != "page":
        db.add(_told(settings, row, now))
    return row


def _told(settings: Settings, row: Practitioner, now: datetime) -> Email:
    lines = [
        "Your digest of check-ins comes from now on:",
        f"  {CADENCES[row.digest_cadence]}.",
        "",
        "It was changed by a link in a mail to you. Whoever asks for you, and",
        "a message that needs you now, still reach you at once.",
        "",
        f"Change it back: {url(settings, row.id)}",
    ]
    return Email(
        scheme_id=row.scheme_id,
        to=row.email,
        kind="digest",
        subject="How often your digest comes has changed",
        body="\n".join([*lines, ""]),
        intention=f"cadence:{row.id.hex}:{now.isoformat()}",
        due_at=now,
        created_at=now,
    )


def _serializer(settings: Settings) -> URLSafeSerializer:
    return URLSafeSerializer(settings.secret_key, salt=SALT)

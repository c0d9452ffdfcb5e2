"""Signing in: a link by mail that is good once, and a key in the browser's cookie that is good for a while.

Only hashes are kept. Times are the machine's own, also where the phone's clock is moved: a link that was asked for
before "a week passes" still opens.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.orm import Session

from bot.models import Email, Event, Practitioner, SignIn, SignInToken

# A link, a device left alone, and a device in use all day.
LINK_LASTS = timedelta(minutes=15)
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=20)
# How often "seen" is written down, and how many links an address may ask for.
SEEN_EVERY = timedelta(minutes=1)
LINKS_AN_HOUR = 10

KIND = "sign_in"
SUBJECT = "Your link to sign in"


def ask(db: Session, public_url: str, email: str, now: datetime, then: str = "") -> list[Email]:
    """Write the mail with a link for each scheme that this address works in; nothing for an unknown address.

    A new link voids the ones before. ``then`` is where to go after signing in: a path of ours. After ten in an hour
    no more are sent: somebody is filling a mailbox.
    """
    address = email.strip().lower()
    here = select(Practitioner).where(Practitioner.email == address, Practitioner.retired_at.is_(None))
    rows = db.scalars(here.order_by(Practitioner.scheme_id)).all()
    return [_send(db, public_url, row, now, then) for row in rows if _asked(db, row, now) < LINKS_AN_HOUR]


def holder(db: Session, token: str, now: datetime) -> Practitioner | None:
    """Whose link this is, while it is good. Looking uses nothing up: scanners open links."""
    live = (SignInToken.used_at.is_(None), SignInToken.expires_at > now, Practitioner.retired_at.is_(None))
    found = select(Practitioner).join(SignInToken, SignInToken.practitioner_id == Practitioner.id)
    return db.scalars(found.where(SignInToken.token_hash == hashed(token), *live)).one_or_none()


def enter(db: Session, token: str, now: datetime) -> str | None:
    """Use the link up: the new key of this device, or None where it is good no longer. Other devices are out."""
    row = holder(db, token, now)
    used = update(SignInToken).where(SignInToken.token_hash == hashed(token), SignInToken.used_at.is_(None))
    if row is None or not _changed(db, used.values(used_at=now)):
        return None
    _end(db, row, now)
    key = secrets.token_urlsafe(32)
    owner = {"scheme_id": row.scheme_id, "practitioner_id": row.id}
    db.add(SignIn(**owner, key_hash=hashed(key), started_at=now, seen_at=now))
    db.add(Event(scheme_id=row.scheme_id, at=now, who=row.email, what="signed_in", before=None, after=None))
    return key


def who(db: Session, key: str, now: datetime) -> tuple[Practitioner, bool] | None:
    """Who has this key, while it is good; and whether it is time to say that they were ``seen``."""
    live = (SignIn.ended_at.is_(None), SignIn.seen_at > now - IDLE, SignIn.started_at > now - LONGEST)
    found = select(Practitioner, SignIn.seen_at).join(SignIn, SignIn.practitioner_id == Practitioner.id)
    mine = (SignIn.key_hash == hashed(key), Practitioner.retired_at.is_(None))
    row = db.execute(found.where(*mine, *live)).one_or_none()
    return (row[0], row[1] <= now - SEEN_EVERY) if row else None


def seen(db: Session, key: str, now: datetime) -> None:
    """They are still here."""
    live = update(SignIn).where(SignIn.key_hash == hashed(key), SignIn.ended_at.is_(None), SignIn.seen_at < now)
    _changed(db, live.values(seen_at=now))


def leave(db: Session, key: str, now: datetime) -> None:
    """Sign out."""
    _changed(db, update(SignIn).where(SignIn.key_hash == hashed(key), SignIn.ended_at.is_(None)).values(ended_at=now))


def hashed(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _asked(db: Session, row: Practitioner, now: datetime) -> int:
    since = now + LINK_LASTS - timedelta(hours=1)
    mine = (SignInToken.practitioner_id == row.id, SignInToken.expires_at > since)
    return db.scalar(select(func.count()).select_from(SignInToken).where(*mine)) or 0


def _send(db: Session, public_url: str, row: Practitioner, now: datetime, then: str) -> Email:
    unused = update(SignInToken).where(SignInToken.practitioner_id == row.id, SignInToken.used_at.is_(None))
    _changed(db, unused.values(used_at=now))
    token = secrets.token_urlsafe(32)
    owner = {"scheme_id": row.scheme_id, "practitioner_id": row.id}
    db.add(SignInToken(**owner, token_hash=hashed(token), expires_at=now + LINK_LASTS))
    link = f"{public_url}/sign-in/{token}{f'?then={then}' if then else ''}"
    mail = Email(
        # Known before it is written: the doorbell is rung with it.
        id=uuid4(),
        scheme_id=row.scheme_id,
        to=row.email,
        kind=KIND,
        subject=SUBJECT,
        body="\n".join(_words(row, link)),
        intention=f"sign_in:{uuid4().hex}",
        due_at=now,
        created_at=now,
    )
    db.add(mail)
    return mail


def _words(row: Practitioner, link: str) -> Sequence[str]:
    return [
        f"Hello {row.first_name},",
        "",
        f"this link signs you in to check-ins ({row.scheme_id}):",
        "",
        link,
        "",
        "It works once, for 15 minutes. A newer link takes its place.",
        "Did you not ask for it? Then somebody typed your address; do nothing.",
        "",
    ]


def _end(db: Session, row: Practitioner, now: datetime) -> None:
    live = update(SignIn).where(SignIn.practitioner_id == row.id, SignIn.ended_at.is_(None))
    _changed(db, live.values(ended_at=now))


def _changed(db: Session, statement: Any) -> int:
    done = cast(CursorResult[Any], db.execute(statement, execution_options={"synchronize_session": False}))
    return done.rowcount

"""The only sender of mail: claims rows that are due, one by one, and sends each outside of any transaction.

A mail may arrive twice where the server hid its answer; its Message-ID is then the same.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, cast
from urllib.parse import unquote, urlsplit
from uuid import UUID

import structlog
from sqlalchemy import CursorResult, TextClause, and_, or_, select, text, update

from bot import notices
from bot.database import Database
from bot.models import Email, Flag
from bot.post import NotSent, Post, office
from bot.settings import Settings

BATCH = 200
# Longer than one mail can take: connect, greet, sign in, and hand over, each with its time-out.
LEASE = timedelta(seconds=90)
RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=25))
# While the server itself is down, a mail waits for it this long.
WAIT_FOR_SERVER = timedelta(days=1)
# So many mails in a row that found no server: the others are left for the next time.
SERVER_IS_DOWN = 3
# In the very words of the partial index ix_email_due, or SQLite would not use it.
WAITS: TextClause = text("email.state IN ('queued','claimed')")
LONGEST_SUBJECT = 150
# What opens something for whoever reads it stays with us no longer than it must.
SECRET = ("sign_in",)
# A link is longer than the usual 78 columns, and a header that is folded inside of one leads nowhere.
LINES = SMTP.clone(max_line_length=998)
HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*|localhost", re.IGNORECASE)

log = structlog.get_logger()


def deliver(
    database: Database, settings: Settings, now: Callable[[], datetime], ids: Iterable[UUID] | None = None
) -> int:
    """Send what is due (of ``ids``, if given); how many left. Never raises for a mail that could not be sent.

    1. A row is claimed by a conditional update: run by ten at once, each mail is sent by one of them.
    2. What one address does to its mail is nothing to the others.
    3. Not sent: again after 1, 5 and 25 minutes, then given up; but while the server is down, for a day.
    """
    sent = down = 0
    with office(settings.mail_url) as post:
        for email_id in _due(database, now(), ids):
            email = _claim(database, email_id, now())
            if email is None:
                continue
            error = _send(post, email, settings)
            _record(database, email, error, now())
            sent += error is None
            down = down + 1 if error and error.down else 0
            if down >= SERVER_IS_DOWN:
                break
    return sent


def compose(email: Email, settings: Settings) -> EmailMessage:
    """The mail of a row: plain text, whatever the row holds. NotSent for an address that is none."""
    sender = sender_address(settings)
    mail = EmailMessage(policy=LINES)
    try:
        mail["From"] = Address("Check-ins", addr_spec=sender)
        mail["To"] = Address(addr_spec=email.to)
    except (MessageError, ValueError, IndexError) as error:
        raise NotSent("not an address", refused=True) from error
    mail["Subject"] = " ".join(_printable(email.subject).split())[:LONGEST_SUBJECT]
    mail["Date"] = format_datetime(email.created_at)
    mail["Message-ID"] = f"<{email.id.hex}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    if email.list_unsubscribe:
        # A mail reader's own button posts to it (RFC 8058): fewer digests, never fewer alerts.
        mail["List-Unsubscribe"] = f"<{email.list_unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    body = "\n".join(_printable(line).rstrip() for line in email.body.splitlines()) + "\n"
    # Readable in its file as it is, where there is nothing in it but plain characters.
    mail.set_content(body, cte="7bit" if body.isascii() else "quoted-printable")
    return mail


def sender_address(settings: Settings) -> str:
    """Who the mail is from: the account it is sent with, where that is an address; else our own host."""
    user = unquote(urlsplit(settings.mail_url).username or "")
    if "@" in user:
        return user
    host = urlsplit(settings.public_url).hostname or ""
    return f"check-ins@{host if HOST.fullmatch(host) else 'localhost'}"


def _due(database: Database, now: datetime, ids: Iterable[UUID] | None) -> Sequence[UUID]:
    found = select(Email.id).where(_free(now))
    if ids is not None:
        found = found.where(Email.id.in_(list(ids)))
    with database.read() as db:
        # Alerts before digests: "alert" comes first in the alphabet, too.
        return db.scalars(found.order_by(Email.kind, Email.due_at).limit(BATCH)).all()


def _free(now: datetime) -> Any:
    """Due and nobody's, or claimed by somebody who did not come back."""
    return and_(WAITS, Email.due_at <= now, or_(Email.state == "queued", Email.claimed_until <= now))


def _claim(database: Database, email_id: UUID, now: datetime) -> Email | None:
    claim = update(Email).where(Email.id == email_id, _free(now))
    taken = claim.values(state="claimed", claimed_until=now + LEASE, attempts=Email.attempts + 1)
    with database.write() as db:
        done = cast(CursorResult[Any], db.execute(taken, execution_options={"synchronize_session": False}))
        return db.get(Email, email_id) if done.rowcount == 1 else None


def _send(post: Post, email: Email, settings: Settings) -> NotSent | None:
    name = f"{email.created_at:%Y-%m-%dT%H%M%S}-{email.kind}-{email.id.hex[:8]}"
    try:
        post.send(compose(email, settings), name)
    except NotSent as error:
        return error
    except Exception as error:  # whatever one mail does must not stop the others
        log.exception("mail_failed", email_id=email.id)
        return NotSent(type(error).__name__)
    return None


def _record(database: Database, email: Email, error: NotSent | None, now: datetime) -> None:
    """Write down what became of it, unless the lease was lost and somebody else has it."""
    mine = update(Email).where(Email.id == email.id, Email.state == "claimed", Email.attempts == email.attempts)
    values = _sent(now) if error is None else _not_sent(email, error, now)
    if email.kind in SECRET and values["state"] != "queued":
        values["body"] = ""
    with database.write() as db:
        db.execute(mine.values(claimed_until=None, **values), execution_options={"synchronize_session": False})
        if values["state"] == "failed" and email.flag_id:
            _tell_the_next(db, email.flag_id, now)
        if values["state"] == "failed" and email.kind != notices.MAIL:
            notices.note(db, notices.Kind.MAIL, now, email.scheme_id or notices.EVERYWHERE, values["error"])
    if error is not None:
        log.warning("mail_not_sent", email_id=email.id, kind=email.kind, error=error.code, state=values["state"])


def _sent(now: datetime) -> dict[str, Any]:
    return {"state": "sent", "sent_at": now, "error": None}


def _not_sent(email: Email, error: NotSent, now: datetime) -> dict[str, Any]:
    waiting = error.down and now < email.created_at + WAIT_FOR_SERVER
    if error.refused or (email.attempts > len(RETRY_AFTER) and not waiting):
        return {"state": "failed", "error": error.code[:80]}
    after = RETRY_AFTER[min(email.attempts, len(RETRY_AFTER)) - 1]
    return {"state": "queued", "due_at": now + after, "error": error.code[:80]}


def _tell_the_next(db: Any, flag_id: UUID, now: datetime) -> None:
    """An alert that nobody will read: the flag's alarm rings now, and the next duty contact is told."""
    unread = (Flag.id == flag_id, Flag.kind == "safety", Flag.acknowledged_at.is_(None), Flag.closed_at.is_(None))
    db.execute(
        update(Flag).where(*unread, Flag.wake_at.is_not(None)).values(wake_at=now),
        execution_options={"synchronize_session": False},
    )


def _printable(line: str) -> str:
    """Without characters that do not show, or that turn the direction of what follows."""
    return "".join(each for each in line.expandtabs() if unicodedata.category(each) not in ("Cc", "Cf", "Cs"))

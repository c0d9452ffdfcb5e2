"""What goes besides people's records: strangers' texts, mails, links that have run out, and stops of long ago."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote, urlsplit

from sqlalchemy import ColumnElement, CursorResult, and_, delete, exists, false, func, or_, select, tuple_
from sqlalchemy.orm import Session

from bot import provider_copies
from bot.conversation.scheme import Scheme
from bot.models import WAITING, Digest, Email, Erasure, Flag, Message, SignIn, SignInToken, Suppression
from bot.retention.times import CEILING_MONTHS, CONSENT_MONTHS, LOGS, TOKENS, months_before

if TYPE_CHECKING:
    from bot.service import Service

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Kind:
    """Rows of one table that go by their age. ``before`` comes ahead of a batch: what points at them, what is said."""

    name: str
    table: type[Any]
    over: Callable[[Scheme, datetime], ColumnElement[bool]]
    before: Callable[[Session, Any, datetime], None] | None = None


def run(service: "Service", scheme: Scheme) -> Counter[str]:
    """Delete what is over, in batches, each in a transaction of its own."""
    counts: Counter[str] = Counter()
    for kind in KINDS:
        while gone := _batch(service, kind, scheme):
            counts[kind.name] += gone
    now = service.clock.now()
    with service.database.write() as db:
        counts["deleted copies let go of"] += provider_copies.drop_rows(db, months_before(now, CONSENT_MONTHS))
    for file in _old_files(service.settings.mail_url, now):
        file.unlink(missing_ok=True)
        counts["files of mails"] += 1
    return +counts


def preview(db: Session, scheme: Scheme, now: datetime) -> Counter[str]:
    """How many of each would go."""
    return +Counter(
        {
            kind.name: db.scalar(select(func.count()).select_from(kind.table).where(_which(kind, scheme, now))) or 0
            for kind in KINDS
        }
    )


def _batch(service: "Service", kind: Kind, scheme: Scheme) -> int:
    now = service.clock.now()
    keys = list(kind.table.__mapper__.primary_key)
    with service.database.write() as db:
        rows = db.execute(select(*keys).where(_which(kind, scheme, now)).limit(BATCH)).all()
        if not rows:
            return 0
        chosen = tuple_(*keys).in_([tuple(row) for row in rows])
        if kind.before:
            kind.before(db, chosen, now)
        gone = db.execute(delete(kind.table).where(chosen), execution_options={"synchronize_session": False})
        return cast(CursorResult[Any], gone).rowcount


def _which(kind: Kind, scheme: Scheme, now: datetime) -> ColumnElement[bool]:
    # What we told the operator is of no scheme.
    nobodys = kind.table.scheme_id.is_(None) if kind.table is Email else false()
    return and_(or_(kind.table.scheme_id == scheme.key, nobodys), kind.over(scheme, now))


def _old_stranger(scheme: Scheme, now: datetime) -> ColumnElement[bool]:
    """A text of a number nobody knows. One that was a cry for help stays as long as the scheme's policy says."""
    policy = months_before(now, scheme.safeguarding_months)
    about = and_(Flag.message_id == Message.id, Flag.kind == "safety")
    kept = exists().where(about, or_(Flag.closed_at.is_(None), Flag.closed_at > policy))
    return and_(Message.service_user_id.is_(None), Message.created_at <= now - LOGS, ~kept)


def _strangers_go(db: Session, chosen: Any, now: datetime) -> None:
    provider_copies.ask(db, (chosen,), now)
    flags = select(Flag.id).where(Flag.message_id.in_(select(Message.id).where(chosen)), Flag.service_user_id.is_(None))
    for rows in (delete(Email).where(Email.flag_id.in_(flags)), delete(Flag).where(Flag.id.in_(flags))):
        db.execute(rows, execution_options={"synchronize_session": False})


def _old(column: Any) -> Callable[[Scheme, datetime], ColumnElement[bool]]:
    return lambda _, now: column <= months_before(now, CONSENT_MONTHS)


KINDS = (
    Kind("strangers' texts", Message, _old_stranger, _strangers_go),
    Kind("mails", Email, lambda _, now: and_(Email.created_at <= now - LOGS, Email.state.not_in(WAITING))),
    Kind("digests", Digest, lambda _, now: Digest.made_at <= months_before(now, CEILING_MONTHS)),
    Kind("links to sign in", SignInToken, lambda _, now: SignInToken.expires_at <= now - TOKENS),
    Kind("sign-ins", SignIn, lambda _, now: SignIn.seen_at <= now - LOGS),
    Kind("stops of six years ago", Suppression, _old(Suppression.at)),
    Kind("erasures of six years ago", Erasure, _old(Erasure.at)),
)


def _old_files(mail_url: str, now: datetime) -> Iterator[Path]:
    """Files of mails, by the time that their name begins with."""
    parts = urlsplit(mail_url)
    if parts.scheme != "file":
        return
    for file in Path(unquote(parts.path)).glob("*.eml"):
        try:
            written = datetime.strptime(file.name[:17], "%Y-%m-%dT%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            continue
        if written <= now - LOGS:
            yield file

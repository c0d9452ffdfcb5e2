"""The operator's mail: written from the notes, once a day for each kind and scheme, and sent like any other mail."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from textwrap import wrap
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.channels import codes
from bot.database import insert_into
from bot.library import Library
from bot.models import Email, Notice
from bot.notices import watch
from bot.notices.notes import EVERYWHERE
from bot.notices.words import EXPLAINED_BY, TROUBLES, Kind
from bot.settings import Settings

A_DAY = timedelta(days=1)
KEPT = timedelta(days=90)
# What these mails are called among the others.
MAIL = "operator"
WIDTH = 70

Told = tuple[str, str]


def tell(db: Session, library: Library, settings: Settings, now: datetime) -> list[UUID]:
    """Look at what only a look can tell, and write the mails that are due; which ones.

    1. One a day for each kind and scheme, however often it was met: a unique intention sees to that.
    2. What was met late in the evening is told after midnight.
    3. No address to write to: nothing is written, and the log has said it all.
    """
    watch.caps(db, library, now)
    if not settings.operator_email:
        return []
    met = _met(db, now)
    on = {(kind, days[0].day) for (kind, _), days in met.items()}
    mails = [_mail(settings, told, days, now) for told, days in met.items() if _due(days, now, on)]
    told = _told(db, [mail["intention"] for mail in mails])
    new = [mail for mail in mails if mail["intention"] not in told]
    if not new:
        return []
    db.execute(delete(Notice).where(Notice.day < (now - KEPT).date()))
    written = insert_into(db, Email).on_conflict_do_nothing().returning(Email.id)
    return list(db.scalars(written, new))


def _met(db: Session, now: datetime) -> Mapping[Told, list[Notice]]:
    """What was met today or yesterday, with what was met of it on the days before, the newest day first."""
    rows = db.scalars(select(Notice).where(Notice.day <= now.date()).order_by(Notice.day.desc(), Notice.detail))
    met: defaultdict[Told, list[Notice]] = defaultdict(list)
    for row in rows:
        if row.kind in TROUBLES:
            met[row.kind, row.scope].append(row)
    recent = (now - A_DAY).date()
    return {told: days for told, days in met.items() if days[0].day >= recent}


def _due(days: Sequence[Notice], now: datetime, on: Collection[tuple[str, date]]) -> bool:
    """Whether it has been gathered for long enough, and nothing else that was met that day explains it."""
    kind, day = Kind(days[0].kind), days[0].day
    if any((other, day) in on for other in EXPLAINED_BY.get(kind, ())):
        return False
    trouble = TROUBLES[kind]
    return not trouble.counted[0] or min(row.first_at for row in _newest(days)) <= now - trouble.gather


def _told(db: Session, intentions: Iterable[object]) -> frozenset[str]:
    return frozenset(db.scalars(select(Email.intention).where(Email.intention.in_(list(intentions)))))


def _mail(settings: Settings, told: Told, days: Sequence[Notice], now: datetime) -> dict[str, object]:
    kind, scope = told
    about = "" if scope == EVERYWHERE else f" ({scope})"
    return {
        "id": uuid4(),
        "scheme_id": None,
        "to": settings.operator_email,
        "kind": MAIL,
        "subject": f"Stepalong: {TROUBLES[Kind(kind)].title}{about}",
        "body": "\n".join(_lines(settings, told, days)),
        "intention": f"notice:{kind}:{scope}:{days[0].day.isoformat()}",
        "due_at": now,
        "created_at": now,
    }


def _lines(settings: Settings, told: Told, days: Sequence[Notice]) -> list[str]:
    kind, scope = Kind(told[0]), told[1]
    trouble, newest = TROUBLES[kind], _newest(days)
    return [
        *wrap(trouble.happened, WIDTH),
        "",
        f"Since:   {_moment(_since(days))}",
        *([] if scope == EVERYWHERE else [f"Scheme:  {scope}"]),
        *_counted(trouble.counted, newest),
        *_details(newest),
        "",
        "What to do:",
        *wrap(trouble.do, WIDTH, initial_indent="  ", subsequent_indent="  "),
        "",
        *wrap(f"From {settings.public_url}. About this you get one mail a day at most.", WIDTH),
        "",
    ]


def _counted(counted: tuple[str, str], newest: Sequence[Notice]) -> list[str]:
    one, several = counted
    count = sum(row.count for row in newest)
    return [f"So far:  {count} {one if count == 1 else several}"] if one else []


def _details(newest: Sequence[Notice]) -> list[str]:
    """The provider's codes with their meaning, each as often as it was met."""
    known = [(row, codes.words(row.detail)) for row in newest if row.detail]
    if not known:
        return []
    said = (
        f"{row.detail}{f', {row.count} times' if row.count > 1 else ''}{f': {words}' if words else ''}"
        for row, words in known
    )
    return [
        "",
        "In detail:",
        *(line for each in said for line in wrap(each, WIDTH, initial_indent="  ", subsequent_indent="    ")),
    ]


def _newest(days: Sequence[Notice]) -> list[Notice]:
    return [row for row in days if row.day == days[0].day]


def _since(days: Sequence[Notice]) -> datetime:
    """The beginning of the days in a row on which it was met."""
    began = days[0]
    for row in days:
        if began.day - row.day > A_DAY:
            break
        began = row if row.first_at < began.first_at else began
    return began.first_at


def _moment(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return f"{utc:%a} {utc.day} {utc:%b} {utc:%H:%M} UTC"

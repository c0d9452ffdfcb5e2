"""Reads a conversation: a page of texts, what happened in between, what waits, and who is who. Plain values out.

The same few queries however long the conversation is.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from itertools import groupby
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, not_, or_, select, tuple_
from sqlalchemy.orm import Session

from bot import looks, queries, staff_texts
from bot.conversation import timing
from bot.gate import BY_HAND, Reason
from bot.history import AUTOMATIC
from bot.models import Event, Message, Practitioner, ServiceUser
from bot.outbox.states import CANCELLED
from bot.reading import displayable
from bot.web.desk import thread_words
from bot.web.outlook import NOT_LEFT
from bot.web.saying import _

TEXTS_A_PAGE = 20
# Of the 30 kilobytes that a page may have: a text of 1,600 emoji alone is six.
BYTES_A_PAGE = 8_000
MOST_EVENTS = 60


@dataclass(frozen=True, slots=True)
class Text:
    """A text as it is shown: ``theirs``, from the person; ``automatic``, from the bot; else somebody's of the staff.

    ``kinds``: what came in place of words.
    """

    id: UUID
    theirs: bool
    automatic: bool
    who: str
    words: str
    kinds: str
    channel: str
    at: datetime
    became: str


@dataclass(frozen=True, slots=True)
class Marker:
    """What happened between two texts."""

    at: datetime
    words: str


Entry = Text | Marker


@dataclass(frozen=True, slots=True)
class Waiting:
    """A practitioner's text that has not left. ``planned``: its moment was chosen.

    ``wrote_since``: when they have written after it was written; ``held``: so it stays until somebody looks.
    """

    id: UUID
    who: str
    words: str
    channel: str
    leaves: datetime
    planned: bool
    wrote_since: datetime | None
    held: bool


@dataclass(frozen=True, slots=True)
class BreakEnded:
    """When a break was ended early, and until when it was to last."""

    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Thread:
    """A page of a conversation, by days, the oldest first. ``older``: the text before which the next page ends."""

    days: Sequence[tuple[date, Sequence[Entry]]]
    older: UUID | None
    newest: bool
    last_words: Text | None
    break_ended: BreakEnded | None


class Names:
    """What people are called on a page: staff by their first name, with the address where two have the same."""

    def __init__(self, staff: Sequence[Practitioner], person: ServiceUser) -> None:
        self.person = person.first_name
        self.of_owner = next((each.first_name for each in staff if each.id == person.practitioner_id), "")
        alike = Counter(each.first_name for each in staff)
        self._staff = {
            each.email: each.first_name if alike[each.first_name] == 1 else f"{each.first_name} ({each.email})"
            for each in staff
        }

    def __call__(self, who: str) -> str:
        """Who did or wrote something."""
        if who == queries.SERVICE_USER:
            return self.person
        if who == AUTOMATIC:
            return _("The bot")
        return _("The network") if who == queries.CARRIER else self._staff.get(who, who)


def names(db: Session, person: ServiceUser) -> Names:
    """In one query. Those who have left are still called by their name."""
    found = db.scalars(select(Practitioner).where(Practitioner.scheme_id == person.scheme_id))
    return Names(found.all(), person)


def read(
    db: Session, person: ServiceUser, called: Names, before: UUID | None, looking: tuple[str, datetime]
) -> tuple[Thread, bool]:
    """A page of the conversation, in two queries; and whether whoever is ``looking`` (since when) has looked lately."""
    found, ends = _texts(db, person, before)
    rows = _that_fit(found)
    more = len(rows) < len(found)
    begins = rows[-1].created_at if rows and more else None
    events, looked = _events(db, person, begins, ends, looking)
    texts = [_text(row, person, called) for row in reversed(rows)]
    thread = Thread(
        days=_days([*texts, *_markers(events, person, called)]),
        older=rows[-1].id if more else None,
        newest=before is None,
        last_words=next((each for each in reversed(texts) if each.theirs and each.words), None),
        break_ended=_break_ended(events),
    )
    return thread, looked


def _markers(events: Sequence[Event], person: ServiceUser, called: Names) -> Iterator[Marker]:
    for event in events:
        if words := thread_words.marker(event, person.first_name, called, person.zone):
            yield Marker(timing.local(person.zone, event.at), words)


def _days(entries: Sequence[Entry]) -> list[tuple[date, Sequence[Entry]]]:
    # By the instant: on the night on which clocks go back, wall clocks are no order.
    in_order = sorted(entries, key=lambda each: each.at.timestamp())
    return [(day, list(each)) for day, each in groupby(in_order, key=lambda each: each.at.date())]


def _break_ended(events: Sequence[Event]) -> BreakEnded | None:
    """The last time that a break was ended early, if nothing about breaks has come after it."""
    newest = next((each for each in events if each.what in ("resumed", "paused", "started_again")), None)
    until = (newest.before or {}).get("until") if newest and newest.what == "resumed" else None
    return BreakEnded(newest.at, datetime.fromisoformat(until)) if newest and until else None


def waiting(db: Session, person: ServiceUser, again: UUID | None) -> Sequence[Message]:
    """What has not left, of whatever kind; and what a practitioner planned that is held back.

    First of them, whatever became of it, a practitioner's text that is to be said ``again``.
    """
    mine = (Message.scheme_id == person.scheme_id, Message.service_user_id == person.id, Message.direction == "out")
    held = and_(Message.kind == BY_HAND, Message.planned_for.is_not(None), _cancelled_for(Reason.REPLIED))
    return db.scalars(
        select(Message)
        .where(*mine, or_(Message.state.in_(NOT_LEFT), held, and_(Message.kind == BY_HAND, Message.id == again)))
        .order_by(Message.id != again, Message.due_at, Message.id)
        .limit(30)
    ).all()


def written(rows: Sequence[Message], person: ServiceUser, called: Names) -> list[Waiting]:
    """Those of a practitioner's texts that wait, the next to leave first."""
    mine = [_waiting(row, person, called) for row in rows if waits(row)]
    return sorted(mine, key=lambda each: each.leaves)


def waits(row: Message) -> bool:
    """Whether it is a practitioner's text that waits for its moment, or for somebody to look at it."""
    return row.kind == BY_HAND and (row.state in NOT_LEFT or staff_texts.held_back(row))


def _waiting(row: Message, person: ServiceUser, called: Names) -> Waiting:
    wrote = person.last_inbound_at if (person.last_inbound_at or row.created_at) > row.created_at else None
    return Waiting(
        id=row.id,
        who=called(row.author),
        words=row.body,
        channel=str(thread_words.CHANNELS.get(row.channel, row.channel)),
        leaves=timing.local(person.zone, row.planned_for or row.due_at or row.created_at),
        planned=row.planned_for is not None,
        wrote_since=timing.local(person.zone, wrote) if wrote else None,
        held=staff_texts.held_back(row),
    )


# ---------------------------------------------------------------- the queries


def _texts(db: Session, person: ServiceUser, before: UUID | None) -> tuple[Sequence[Message], datetime | None]:
    """The newest texts first, one more than a page holds; those before another text's, and when that one was."""
    mine = (Message.scheme_id == person.scheme_id, Message.service_user_id == person.id)
    found = select(Message).where(*mine, _in_the_thread())
    # An answer is written in the moment of what it answers, and stands below it ("in" comes before "out").
    order = (Message.created_at, Message.direction, Message.id)
    newest_first = [column.desc() for column in order]
    if before is None:
        return db.scalars(found.order_by(*newest_first).limit(TEXTS_A_PAGE + 1)).all(), None
    at = select(*(column.label(column.key) for column in order)).where(*mine, Message.id == before).subquery()
    earlier = found.add_columns(at.c.created_at).where(
        Message.created_at <= at.c.created_at, tuple_(*order) < tuple_(at.c.created_at, at.c.direction, at.c.id)
    )
    rows = db.execute(earlier.order_by(*newest_first).limit(TEXTS_A_PAGE + 1)).all()
    return [row[0] for row in rows], rows[0][1] if rows else None


def _in_the_thread() -> ColumnElement[bool]:
    """All but what a practitioner wrote that has not left, or was taken back: that stands by itself."""
    gone = or_(_cancelled_for(Reason.WITHDRAWN), _cancelled_for(Reason.REPLIED))
    return not_(and_(Message.kind == BY_HAND, or_(Message.state.in_(NOT_LEFT), gone)))


def _cancelled_for(reason: Reason) -> ColumnElement[bool]:
    return and_(Message.state == CANCELLED, func.coalesce(Message.not_sent_reason, "") == reason)


def _events(
    db: Session, person: ServiceUser, begins: datetime | None, ends: datetime | None, looking: tuple[str, datetime]
) -> tuple[Sequence[Event], bool]:
    who, since = looking
    mine = (Event.scheme_id == person.scheme_id, Event.service_user_id == person.id)
    between: list[ColumnElement[bool]] = [Event.what.in_(thread_words.MARKED)]
    between += [Event.at >= begins] if begins else []
    between += [Event.at < ends] if ends else []
    look = and_(Event.what == looks.VIEWED, Event.who == who, Event.at > since)
    found = select(Event).where(*mine, or_(and_(*between), look)).order_by(Event.at.desc(), Event.id).limit(MOST_EVENTS)
    rows = db.scalars(found).all()
    return [row for row in rows if row.what != looks.VIEWED], any(row.what == looks.VIEWED for row in rows)


# ---------------------------------------------------------------- what is shown


def _that_fit(rows: Sequence[Message]) -> Sequence[Message]:
    """As many of the newest as a page has room for, and one at least."""

    def fitting() -> Iterator[Message]:
        room = BYTES_A_PAGE
        for row in rows[:TEXTS_A_PAGE]:
            room -= len(escape(displayable(row.body)).encode())
            if room < 0 and row is not rows[0]:
                return
            yield row

    return list(fitting())


def _text(row: Message, person: ServiceUser, called: Names) -> Text:
    theirs = row.direction == "in"
    return Text(
        id=row.id,
        theirs=theirs,
        automatic=not theirs and row.author == AUTOMATIC,
        who=person.first_name if theirs else _who_wrote(row, called),
        words=row.body,
        kinds=_kinds(row),
        channel=str(thread_words.CHANNELS.get(row.channel, row.channel)),
        at=timing.local(person.zone, row.created_at),
        became=thread_words.became(row, person.zone),
    )


def _who_wrote(row: Message, called: Names) -> str:
    return _("Automatic") if row.author == AUTOMATIC else called(row.author)


def _kinds(row: Message) -> str:
    """What came in place of words, said by its kind; or that the words are kept no longer."""
    if row.media_kinds:
        return _("%(kinds)s: it cannot be opened here", kinds=row.media_kinds)
    if row.media:
        return _("a picture or a voice note: it cannot be opened here")
    return "" if row.body else _("no words: there were none, or they are kept no longer")

"""Today: who needs me, why, in their own words; the digest's order, live and uncut."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from bot import today
from bot.conversation import flag_kinds, timing
from bot.conversation.digest_items import Matter, facts_of, quotes_of, since
from bot.seeing import Viewer
from bot.today import Entry, Today
from bot.web.desk import door, flag_words, leaving
from bot.web.saying import _
from bot.web.showing import short_day
from bot.web.the_service import the_service

blueprint = Blueprint("today", __name__)

# Keeps the page under 30 KB; the rest is on the next one, and nothing is left out.
A_PAGE = 20
STEPS_SHOWN = 12
EVERYBODY = "all"
QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Quote:
    """What they wrote, and when, on their scheme's clock."""

    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """A flag as the page shows it."""

    who: str
    title: str
    loud: bool
    back: bool
    since: str
    facts: str
    quotes: Sequence[Quote]
    flag_id: UUID
    person_id: UUID | None
    # What they wrote stands behind one more tap.
    unread: bool
    # Of one that is put off, taken on or passed on: until when, or who has it.
    standing: str = ""
    # When a text that somebody wrote to them leaves.
    leaves: str = ""


@blueprint.get("/today")
@door.staff
def page() -> ResponseReturnValue:
    """All that needs the reader now."""
    service, viewer = the_service(), door.viewer()
    now = service.clock.now()
    everybody = viewer.owners is None and request.args.get("whose") == EVERYBODY
    number = max(1, request.args.get("page", 1, type=int))
    with service.database.read() as db:
        found = today.of(db, service.library, viewer, now, everybody=everybody)
        shown = _shown(db, viewer, found, number)
    whose = EVERYBODY if everybody else None
    return render_template("desk/today.html", **shown, leads=viewer.owners is None, whose=whose, page_url=_page_url)


def _page_url(number: int, whose: str | None) -> str:
    return url_for("today.page", page=number if number > 1 else None, whose=whose)


def _shown(db: Session, viewer: Viewer, found: Today, number: int) -> dict[str, object]:
    matter, flags = found.matter, [each.flag for each in (*found.taken_on, *found.passed_on)]
    emails = {each for flag in flags for each in (flag.acknowledged_by, flag.passed_to)}
    called = flag_words.names(db, viewer.scheme_id, viewer.email, emails) if emails else str
    last = max(1, -(-len(found.needs) // A_PAGE))
    number = min(number, last)
    here = found.needs[(number - 1) * A_PAGE : number * A_PAGE]
    mine, others = _by_whom(found.taken_on, viewer.email)
    needs = [_row(matter, each) for each in here]
    lists = [
        (_("What I took on"), [_row(matter, each) for each in mine]),
        (_("Taken on by a colleague"), [_row(matter, each, _has(called, each)) for each in others]),
        (_("Put off"), [_row(matter, each, _put_off(matter, each)) for each in found.put_off]),
        (_("Passed on"), [_row(matter, each, _with(called, matter, each)) for each in found.passed_on]),
        (_("You have written since"), [_row(matter, each) for each in found.answered]),
    ]
    people = {row.person_id for rows in (needs, *(each for _title, each in lists)) for row in rows if row.person_id}
    leave = leaving.said(db, viewer, people, matter.now)
    return {
        "matter": matter,
        "today": timing.local(matter.zone, matter.now).date(),
        "needs": _leaving(needs, leave),
        "need": len(found.needs),
        "first": (number - 1) * A_PAGE + 1,
        "number": number,
        "last": last,
        "lists": [(title, _leaving(rows, leave)) for title, rows in lists],
        "done": matter.done[:STEPS_SHOWN],
        "more_done": len(matter.done) - STEPS_SHOWN,
    }


def _leaving(rows: Sequence[Row], leave: Mapping[UUID, str]) -> list[Row]:
    return [replace(row, leaves=leave.get(row.person_id, "") if row.person_id else "") for row in rows]


def _by_whom(taken: Sequence[Entry], me: str) -> tuple[list[Entry], list[Entry]]:
    mine = [each for each in taken if each.flag.acknowledged_by == me]
    return mine, [each for each in taken if each.flag.acknowledged_by != me]


def _row(matter: Matter, entry: Entry, standing: str = "") -> Row:
    item = entry.item
    return Row(
        who=item.who,
        title=flag_kinds.of(item.kind).title.capitalize(),
        loud=item.kind in flag_kinds.LOUD,
        back=item.back and not standing,
        since=since(matter, item),
        facts=_curly(facts_of(matter, item)),
        quotes=[Quote(words, timing.local(matter.zone, at)) for words, at in quotes_of(item)],
        flag_id=entry.flag.id,
        person_id=entry.person.id if entry.person else None,
        unread=item.kind == "safety",
        standing=standing,
    )


def _curly(facts: str) -> str:
    return QUOTED.sub("\N{LEFT DOUBLE QUOTATION MARK}\\1\N{RIGHT DOUBLE QUOTATION MARK}", facts)


def _has(called: flag_words.Names, entry: Entry) -> str:
    return _("%(who)s has it.", who=called(entry.flag.acknowledged_by))


def _put_off(matter: Matter, entry: Entry) -> str:
    day = short_day(timing.local(matter.zone, entry.flag.snoozed_until or matter.now))
    if entry.flag.snooze_ends == "reply":
        return _("Until they write, until %(day)s at the latest.", day=day)
    return _("Until %(day)s.", day=day)


def _with(called: flag_words.Names, matter: Matter, entry: Entry) -> str:
    to, until = called(entry.flag.passed_to), entry.flag.passed_until
    if until is None:
        return _("%(who)s has it.", who=to)
    day = short_day(timing.local(matter.zone, until))
    return _("With %(who)s; back with you on %(day)s if nothing is done.", who=to, day=day)

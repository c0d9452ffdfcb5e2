"""Everybody whom the reader may see, with their last words first; filters in the address, a page at a time.

A search is posted: a name that somebody types stands in no address, no log and no browser's history.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from bot import caseload, charts
from bot.caseload import Found, Line, Wanted
from bot.charts import Spark
from bot.conversation import flag_kinds, timing
from bot.conversation.digest_items import cut
from bot.models import Step
from bot.seeing import Viewer
from bot.web import outlook
from bot.web.desk import door, leaving, ours
from bot.web.saying import _, _n, lazy
from bot.web.showing import short_day
from bot.web.the_service import the_service

blueprint = Blueprint("caseload", __name__)

# As many as 30 KB hold, with their words and the line of their numbers.
A_PAGE = 30
LONGEST_WORDS = 90
WHOSE: Mapping[str, Any] = {
    caseload.EVERYBODY: lazy("Everybody I may see"),
    caseload.MINE: lazy("My own"),
    caseload.COVER: lazy("Those I cover for today"),
}
STATES: Mapping[str, Any] = {
    "": lazy("Any, but for closed records"),
    "active": lazy("Gets check-ins"),
    "invited": lazy("Invited, no yes yet"),
    "paused": lazy("Taking a break"),
    "resting": lazy("Resting after a long silence"),
    "unreachable": lazy("Texts do not arrive"),
    "opted_out": lazy("Opted out"),
    "closed": lazy("Closed"),
}
ONLY: Mapping[str, Any] = {
    "": lazy("Everything"),
    caseload.UNANSWERED: lazy("They wrote, and have no answer yet"),
    caseload.QUIET: lazy("Quiet"),
    caseload.PUT_OFF: lazy("Put off"),
}
ORDERS: Mapping[str, Any] = {
    caseload.BY_NAME: lazy("By name"),
    caseload.LONG_AGO: lazy("Longest since they wrote"),
    caseload.LATELY: lazy("Wrote most recently"),
}
OUTCOMES: Mapping[str, Any] = {
    "done": lazy("done"),
    "some": lazy("some of it"),
    "not_yet": lazy("not yet"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A person as the list shows them; times on their own clock."""

    id: UUID
    who: str
    words: str
    words_at: datetime | None
    wrote: str
    step: str
    step_when: str
    spark: Spark | None
    # What each says, and whether it is loud.
    flags: Sequence[tuple[str, bool]]
    state: str
    contacts: str
    # When a text that somebody wrote to them leaves.
    leaves: str


@blueprint.get("/people")
@door.staff
def page() -> ResponseReturnValue:
    """A page of them, as the address says."""
    service, viewer, wanted = the_service(), door.viewer(), _wanted()
    now = service.clock.now()
    with service.database.read() as db:
        found = caseload.look(db, viewer, wanted, now, timing.local(ours.scheme().zone, now).date(), A_PAGE)
        leave = _leave(db, viewer, found, now)
    last = max(1, -(-found.total // A_PAGE))
    return _page(viewer, found, now, leave, wanted=wanted, last=last)


@blueprint.post("/people/search")
@door.staff
def search() -> ResponseReturnValue:
    """Those who are called so. It changes nothing, and is shown at once."""
    service, viewer = the_service(), door.viewer()
    now = service.clock.now()
    asked = request.form.get("name", "")[:60].strip()
    if not asked:
        return _page(viewer, Found([], 0), now, errors=[("name", _("Type a name or a reference."))])
    with service.database.read() as db:
        found = caseload.search(db, viewer, asked, A_PAGE)
        leave = _leave(db, viewer, found, now)
    return _page(viewer, found, now, leave, asked=asked)


def _leave(db: Session, viewer: Viewer, found: Found, now: datetime) -> Mapping[UUID, str]:
    return leaving.said(db, viewer, [line.person.id for line in found.lines], now)


def _wanted() -> Wanted:
    """What the address asks for; what it should not say is as if it were not there."""
    given = {
        name: value
        for name, known in (("whose", WHOSE), ("state", STATES), ("only", ONLY), ("order", ORDERS))
        if (value := request.args.get(name, "")) in known
    }
    return Wanted(**given, page=max(1, min(request.args.get("page", 1, type=int), 10_000)))


def _page(
    viewer: Viewer,
    found: Found,
    now: datetime,
    leave: Mapping[UUID, str] = MappingProxyType({}),
    *,
    wanted: Wanted | None = None,
    last: int = 1,
    asked: str = "",
    errors: Sequence[tuple[str, str]] = (),
) -> ResponseReturnValue:
    shown = {
        "rows": [_row(line, viewer, now, leave.get(line.person.id, "")) for line in found.lines],
        "total": found.total,
        "wanted": wanted or Wanted(),
        "searched": wanted is None,
        "asked": asked,
        "errors": list(errors),
        "last": last,
        "page_url": _page_url,
        "choices": {"whose": WHOSE, "state": STATES, "only": ONLY, "order": ORDERS},
        "filtered": wanted is not None and wanted != Wanted(page=wanted.page, order=wanted.order),
    }
    return render_template("desk/caseload.html", **shown), 400 if errors else 200


def _page_url(wanted: Wanted, number: int) -> str:
    usual = Wanted()
    chosen = {name: getattr(wanted, name) for name in ("whose", "state", "only", "order")}
    kept = {name: value for name, value in chosen.items() if value != getattr(usual, name)}
    return url_for("caseload.page", **kept, page=number if number > 1 else None)


# ---------------------------------------------------------------- one person


def _row(line: Line, viewer: Viewer, now: datetime, leaves: str) -> Row:
    person = line.person
    words, at = line.words or ("", None)
    names = {"name": person.first_name, "practitioner": line.owner}
    return Row(
        id=person.id,
        who=f"{person.first_name} ({person.reference})" if person.reference else person.first_name,
        words=cut(words, LONGEST_WORDS, "\N{HORIZONTAL ELLIPSIS}"),
        words_at=timing.local(person.zone, at) if at else None,
        wrote=_wrote(line, now),
        step=cut(line.step.words, LONGEST_WORDS, "\N{HORIZONTAL ELLIPSIS}") if line.step else "",
        step_when=_when(line.step, person.zone) if line.step else "",
        spark=charts.spark(line.points, person.every_weeks),
        flags=[(flag_kinds.of(flag.kind).title.capitalize(), flag.kind in flag_kinds.LOUD) for flag in line.flags],
        state=outlook.state(person, names, ZoneInfo(person.zone)),
        contacts=_contacts(line, viewer),
        leaves=leaves,
    )


def _wrote(line: Line, now: datetime) -> str:
    """The days since they wrote, whatever they sent: a picture has no words."""
    at, zone = line.person.last_inbound_at, line.person.zone
    if at is None:
        return _("Has not written yet.")
    days = (timing.local(zone, now).date() - timing.local(zone, at).date()).days
    if days < 1:
        return _("Wrote today.")
    return _n("Wrote yesterday.", "Wrote %(num)d days ago.", days)


def _when(step: Step, zone: str) -> str:
    """For when it was planned, or when it was set; and what became of it."""
    planned, on = step.day, timing.local(zone, step.set_at).date()
    when = _("for %(day)s", day=_day(planned)) if planned else _("set on %(day)s", day=_day(on))
    became = OUTCOMES.get(step.outcome or "")
    return f"{when}: {became}" if became else when


def _contacts(line: Line, viewer: Viewer) -> str:
    """Who wrote to them last, a person and the bot apart: reminders are no contact."""
    person = line.person
    theirs = [] if person.practitioner_id == viewer.id else [_("With %(who)s.", who=line.owner)]
    times = (
        (person.last_person_sent_at, _("A person wrote to them on %(day)s.")),
        (person.last_automatic_sent_at, _("The bot wrote on %(day)s.")),
    )
    told = [said % {"day": _day(timing.local(person.zone, at).date())} for at, said in times if at]
    return " ".join([*theirs, *told])


def _day(day: date) -> str:
    return short_day(day)

"""The outcome report, a page a month, and the note of what the organisation has changed. For a scheme's lead."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from bot import flag_ledger, outcome_report
from bot.conversation import flag_kinds
from bot.conversation.scheme import Scheme
from bot.outcome_report import LONGEST_NOTE, Month, NoteRefused
from bot.web.desk import door, ours, report_words
from bot.web.desk.frame import Link
from bot.web.saying import _, lazy
from bot.web.the_service import the_service

blueprint = Blueprint("report_page", __name__)

WRITTEN = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
MONTHS = (
    *(lazy("January"), lazy("February"), lazy("March"), lazy("April"), lazy("May"), lazy("June"), lazy("July")),
    *(lazy("August"), lazy("September"), lazy("October"), lazy("November"), lazy("December")),
)


@dataclass(frozen=True, slots=True)
class RuleDid:
    """A rule, and how often it raised a flag, somebody acted on one, waved one away, or one ended by itself."""

    title: str
    counts: Sequence[int]
    doubted: bool


@blueprint.get("/report")
@door.staff("lead")
def newest() -> ResponseReturnValue:
    """The month we are in."""
    return redirect(url_for("report_page.page", month=f"{ours.today():%Y-%m}"), 303)


@blueprint.get("/report/<month>")
@door.staff("lead")
def page(month: str) -> ResponseReturnValue:
    """A month, `2026-11`."""
    return _page(_month(month))


@blueprint.post("/report/<month>/note")
@door.staff("lead")
def note(month: str) -> ResponseReturnValue:
    """Note what the organisation has changed."""
    service, viewer, chosen = the_service(), door.viewer(), _month(month)
    words = request.form.get("note", "")
    try:
        with service.database.write() as db:
            outcome_report.write_note(db, ours.scheme(), chosen, words, viewer.email, service.clock.now())
    except NoteRefused as refused:
        return _page(chosen, words, [("note", str(refused))]), 422
    door.say(_("Saved."))
    return redirect(url_for("report_page.page", month=month), 303)


def _page(month: Month, words: str | None = None, errors: list[tuple[str, str]] | None = None) -> str:
    scheme, now = ours.scheme(), the_service().clock.now()
    running = month.first == ours.today().replace(day=1)
    with the_service().database.read() as db:
        found = outcome_report.report(db, scheme, month)
        months = outcome_report.months(db, scheme, ours.today())
        rules = list(_rules(db, scheme, now)) if running else []
    written = found.note.words if found.note else ""
    return render_template(
        "desk/report.html",
        report=found,
        name=_named(month.first),
        running=running,
        rules=rules,
        months=[_link(each, month) for each in months],
        typed={"note": written if words is None else words},
        errors=errors or [],
        rows=report_words.rows,
        lasted=report_words.lasted,
        longest_note=LONGEST_NOTE,
    )


def _rules(db: Session, scheme: Scheme, now: datetime) -> Iterator[RuleDid]:
    """The rules by which flags were raised or settled in the last four weeks, in the order of the digest."""
    weeks = flag_ledger.by_week(db, scheme, now - flag_ledger.LOOKED_BACK)
    doubted = {each.kind for each in flag_ledger.doubted(db, scheme, now)}
    for kind in sorted({week.kind for week in weeks}, key=flag_kinds.order):
        counts = [[week.raised, week.acted, week.not_a_concern, week.by_itself] for week in weeks if week.kind == kind]
        title = _(flag_kinds.of(kind).title).capitalize().replace("'", "’")
        yield RuleDid(title, [sum(column) for column in zip(*counts, strict=True)], kind in doubted)


def _month(written: str) -> Month:
    """The month of an address. Not one that has not come, nor of before anybody can have worked here."""
    found = WRITTEN.fullmatch(written)
    if found is None:
        abort(404)
    first = date(int(found[1]), int(found[2]), 1) if int(found[1]) > 2000 else date.max
    return Month.of(ours.scheme(), first) if first <= ours.today() else abort(404)


def _link(month: Month, current: Month) -> Link:
    url = url_for("report_page.page", month=f"{month.first:%Y-%m}")
    return Link(url, _named(month.first), month.first == current.first)


def _named(day: date) -> str:
    return f"{MONTHS[day.month - 1]} {day.year}"

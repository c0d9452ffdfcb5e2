"""The scheme, by role: its hours and who is told, its flows, and the ways to its people, report and exports."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import Blueprint, current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from bot import practitioners
from bot.conversation.faults import Fault
from bot.conversation.scheme import Scheme
from bot.library import FlowsRefused, Library, check_folder
from bot.web.desk import door, ours
from bot.web.desk.frame import Link
from bot.web.saying import lazy
from bot.web.the_service import the_service

blueprint = Blueprint("scheme", __name__)

MOST_FAULTS = 40
PEOPLES = ("practitioner", "lead")
# What can be done from here: endpoint, what it is called, and whose it is.
PLACES = (
    ("enrol.ask", lazy("Add a person"), PEOPLES),
    ("unclaimed.page", lazy("Texts of unknown numbers"), PEOPLES),
    ("cover.page", lazy("Cover while somebody is away"), PEOPLES),
    ("team.page", lazy("Team"), ("lead",)),
    ("report_page.newest", lazy("What came of it"), ("lead",)),
    ("exports.page", lazy("Take data out"), PEOPLES),
    ("scheme.flows", lazy("What the bot says"), ("lead", "editor")),
    ("me.page", lazy("Your own settings"), door.ALL_ROLES),
    ("cadence.page", lazy("How often your digest comes"), PEOPLES),
    ("statements.flags", lazy("How flags are decided"), door.ALL_ROLES),
)
DAYS = (
    *(lazy("Monday"), lazy("Tuesday"), lazy("Wednesday"), lazy("Thursday"), lazy("Friday"), lazy("Saturday")),
    lazy("Sunday"),
)


@dataclass(frozen=True, slots=True)
class FlowNow:
    """A flow that is in use: ``hash`` is of its wording with all that it leads to, as each check-in keeps it."""

    title: str
    file: str
    hash: str
    questions: int
    newer: bool


@blueprint.get("/scheme")
@door.staff
def page() -> ResponseReturnValue:
    """What the scheme is, and where to go from here."""
    scheme, viewer = ours.scheme(), door.viewer()
    with the_service().database.read() as db:
        staff = [row for row, _people in practitioners.listed(db, viewer.scheme_id) if row.retired_at is None]
    weekday = DAYS[scheme.check_in_weekday]
    return render_template("desk/scheme.html", scheme=scheme, weekday=weekday, staff=staff, places=list(_places()))


@blueprint.get("/scheme/flows")
@door.staff("lead", "editor")
def flows() -> ResponseReturnValue:
    """What is in use, and what a check of the folder finds now. It plays every example: seconds, not milliseconds."""
    service, scheme = the_service(), ours.scheme()
    folder = service.settings.flows_dir
    report = check_folder(folder, scheme.key)
    in_use = list(_in_use(service.library, Library.load(folder), scheme))
    errors, advice = (_lines(each) for each in (report.errors, report.advice))
    return render_template(
        "desk/flows.html", flows=in_use, errors_found=errors, advice=advice, played=report.played, most=MOST_FAULTS
    )


def _places() -> Iterator[Link]:
    viewer = door.viewer()
    for endpoint, text, roles in PLACES:
        mine = viewer.role in roles and (endpoint != "unclaimed.page" or viewer.unclaimed)
        if mine and endpoint in current_app.view_functions:
            yield Link(url_for(endpoint), str(text))


def _in_use(library: Library, folder: Library, scheme: Scheme) -> Iterator[FlowNow]:
    for key, flow in sorted(library.flows(scheme.key).by_key.items(), key=lambda each: each[1].title):
        now = library.pin(scheme.key, key).hash
        questions = sum(1 for node in flow.nodes.values() if node.reply)
        yield FlowNow(flow.title, flow.file, now, questions, newer=_of_folder(folder, scheme, key) != now)


def _of_folder(folder: Library, scheme: Scheme, key: str) -> str | None:
    """The hash of what lies in the folder; None where it is gone or broken."""
    try:
        return folder.pin(scheme.key, key).hash
    except (KeyError, FlowsRefused):
        return None


def _lines(faults: Sequence[Fault]) -> Sequence[Fault]:
    return faults[:MOST_FAULTS]

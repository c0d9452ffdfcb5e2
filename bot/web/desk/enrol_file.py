"""Add people by a file of a spreadsheet: everybody in it or, where a row is wrong, nobody."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from bot.people.faults import Fault, Refused
from bot.people.file import COLUMNS, OPTIONAL
from bot.people.importing import Imported, Notice, Within, import_file
from bot.web.desk import door
from bot.web.desk.enrol import WHY_NOT
from bot.web.saying import _, _n, lazy
from bot.web.the_service import the_service

blueprint = Blueprint("enrol_file", __name__)

# Some four thousand people; little enough to be read in memory. What other pages take is far less.
LARGEST = 480 * 1024
MOST_FAULTS = 100
NOTICES = {
    "opted_out": lazy("They said that they want no texts. If they have changed their mind, they text START."),
    "wrong_number": lazy("They said that it was the wrong number. If you know better, add them on the page."),
    "forgotten": lazy("This number was taken off with somebody’s record. If you know better, add them on the page."),
    "held": WHY_NOT["held"],
    "elsewhere": lazy("This person is here already, with another practitioner, and stays there."),
}


@blueprint.url_value_preprocessor
def _let_a_file_in(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Before anything reads the form, which the check of its token does."""
    if endpoint == "enrol_file.upload":
        request.max_content_length = LARGEST


@blueprint.get("/people/import")
@door.staff("lead")
def page() -> ResponseReturnValue:
    """Choose a file."""
    return _page([])


@blueprint.post("/people/import")
@door.staff("lead")
def upload() -> ResponseReturnValue:
    """Take it, and say what became of each row that was left alone. The same file again changes nothing."""
    file, viewer, service = request.files.get("file"), door.viewer(), the_service()
    data = file.read() if file else b""
    if not data:
        return _page([("file", _("Choose a file that was saved as CSV."))]), 422
    within = Within(viewer.scheme_id, viewer.email)
    try:
        with service.database.write() as db:
            done = import_file(db, service.library, data, service.clock.now(), within)
    except Refused as refused:
        return _page([("file", _nobody(refused.faults))], refused.faults), 422
    return _imported(done)


@blueprint.errorhandler(RequestEntityTooLarge)
def _too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    sentence = _("At most %(size)d kilobytes are taken. Cut the file into several.", size=LARGEST // 1024)
    told = {"title": _("That file is too long"), "sentence": sentence, "request_id": g.request_id, "typed": []}
    page = render_template("error.html", **told)
    return page, 413


def _page(errors: Sequence[tuple[str, str]], faults: Sequence[Fault] = ()) -> str:
    return render_template(
        "desk/import_people.html",
        errors=errors,
        faults=[(fault.line, fault.column, f"{fault.sentence}.") for fault in faults[:MOST_FAULTS]],
        more=max(0, len(faults) - MOST_FAULTS),
        columns=COLUMNS,
        optional=OPTIONAL,
        scheme_id=door.viewer().scheme_id,
    )


def _imported(done: Imported) -> str:
    left = [(each.line, str(_notice(each))) for each in done.notices[:MOST_FAULTS]]
    return render_template("desk/imported.html", done=done, left=left, more=max(0, len(done.notices) - MOST_FAULTS))


def _notice(notice: Notice) -> Any:
    return NOTICES.get(notice.code) or WHY_NOT[notice.code]


def _nobody(faults: Sequence[Fault]) -> str:
    lines = len({fault.line for fault in faults})
    put_right = _n("%(num)d line is to be put right.", "%(num)d lines are to be put right.", lines)
    return _("Nobody was enrolled: %(lines)s", lines=put_right)

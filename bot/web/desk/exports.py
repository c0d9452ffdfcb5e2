"""Take data out, as a file for a spreadsheet: which, and what for."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from bot import exports
from bot.exports import LONGEST_REASON, ExportRefused
from bot.web.desk import door, ours
from bot.web.saying import lazy
from bot.web.the_service import the_service

blueprint = Blueprint("exports", __name__)

NAMES = {
    "people": lazy("People: how to reach them, and how it stands"),
    "steps": lazy("Steps: what people chose, and how it went"),
    "report": lazy("What came of it, month by month"),
}
# Errors of the choice stand at its first radio button, those of the reason at the reason.
FIELDS = {"choice": "export", "reason": "reason"}


@blueprint.get("/exports")
@door.staff("practitioner", "lead")
def page() -> ResponseReturnValue:
    """What there is to take."""
    return _page("", "", [])


@blueprint.post("/exports")
@door.staff("practitioner", "lead")
def take() -> ResponseReturnValue:
    """The file, and a line in the history."""
    service, now = the_service(), the_service().clock.now()
    name, reason = request.form.get("export", ""), request.form.get("reason", "")
    try:
        with service.database.write() as db:
            data = exports.take(db, ours.scheme(), door.viewer(), name, reason, now)
    except ExportRefused as refused:
        return _page(name, reason, [(FIELDS[refused.field], str(refused))]), 422
    headers = {"Content-Disposition": f'attachment; filename="{name}-{ours.today():%Y-%m-%d}.csv"'}
    return Response(data, headers=headers, content_type="text/csv; charset=utf-8")


def _page(name: str, reason: str, errors: list[tuple[str, str]]) -> str:
    offered = [(each.name, NAMES[each.name]) for each in exports.offered(door.viewer())]
    typed = {"export": name, "reason": reason}
    return render_template(
        "desk/exports.html", offered=offered, typed=typed, errors=errors, longest_reason=LONGEST_REASON
    )

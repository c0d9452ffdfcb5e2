"""Today."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from bot.web.desk import door

blueprint = Blueprint("today", __name__)


@blueprint.get("/today")
@door.staff
def page() -> ResponseReturnValue:
    """The page."""
    return render_template("desk/today.html")

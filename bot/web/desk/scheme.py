"""Scheme."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from bot.web.desk import door

blueprint = Blueprint("scheme", __name__)


@blueprint.get("/scheme")
@door.staff
def page() -> ResponseReturnValue:
    """The page."""
    return render_template("desk/scheme.html")

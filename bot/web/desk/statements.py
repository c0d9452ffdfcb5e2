"""What anybody may read: how flags are decided, and how far these pages can be used by everybody."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from bot.web.desk import door

blueprint = Blueprint("statements", __name__)


@blueprint.get("/accessibility")
@door.public
def accessibility() -> ResponseReturnValue:
    """The accessibility statement."""
    return render_template("desk/accessibility.html")

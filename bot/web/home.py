"""The front page: where the phone is on a page, what this is; in earnest, nothing about anybody."""

from flask import Blueprint, render_template

from bot.web.the_service import the_service

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def index() -> str:
    """Explain in five lines and lead to the phone, or be a neutral page."""
    return render_template(f"home_{the_service().settings.channel}.html")

"""``/go-live``: the same list as the command's, as a page. No names, no numbers of staff, no secrets.

Whoever runs the machine opens it by a link that ``python -m bot go-live --link`` prints: signed, and good for a day.
Outside production it is open. Each look asks Twilio and the mail server, which is nothing to give to strangers.
"""

from flask import Blueprint, abort, render_template, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from bot import go_live
from bot.settings import Settings
from bot.web.the_service import the_service

blueprint = Blueprint("go_live", __name__)

A_DAY_IN_SECONDS = 24 * 60 * 60
WHAT = "go-live"


@blueprint.get("/go-live")
def page() -> str:
    """The list; 404 without the link, as for a page that is not there."""
    service = the_service()
    if service.settings.production and not _opens(service.settings, request.args.get("key", "")):
        abort(404)
    report = go_live.look(service)
    schemes = [(service.library.scheme(key), found, report.ready(key)) for key, found in report.schemes.items()]
    return render_template("go_live.html", common=report.common, schemes=schemes)


def address(settings: Settings) -> str:
    """The page's address with a key in it that opens it for a day."""
    return f"{settings.public_url}/go-live?key={_serializer(settings).dumps(WHAT)}"


def _opens(settings: Settings, key: str) -> bool:
    try:
        return bool(_serializer(settings).loads(key, max_age=A_DAY_IN_SECONDS) == WHAT)
    except BadSignature:
        return False


def _serializer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret_key, salt="go-live-v1")

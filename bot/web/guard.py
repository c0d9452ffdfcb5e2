"""What every request meets and every answer carries: an id, a size limit, and the security headers."""

import uuid

import structlog
from flask import Flask, Response, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from bot.settings import Settings

# No inline script or style, nothing from elsewhere, and in nobody's frame.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}
A_YEAR = "public, max-age=31536000, immutable"


def install(app: Flask, settings: Settings) -> None:
    """Put the guard at the door."""
    app.before_request(_name_request)
    app.before_request(_refuse_large)
    app.after_request(_dress)
    if settings.public_url.startswith("https://"):
        app.after_request(_only_encrypted)


def _name_request() -> None:
    """A random id of our own: one a stranger sends could carry anything into the logs."""
    g.request_id = uuid.uuid4().hex
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _refuse_large() -> None:
    """Refuse what is longer than the limit: by its announced length, before anything reads it.

    A body in chunks announces none, and the framework would cut it at the limit without a word.
    """
    limit = request.max_content_length
    if limit is None:
        return
    chunked = "Transfer-Encoding" in request.headers
    length = len(request.get_data()) + 1 if chunked else request.content_length
    if length is not None and length > limit:
        raise RequestEntityTooLarge


def _dress(response: Response) -> Response:
    response.headers.extend({key: value for key, value in HEADERS.items() if key not in response.headers})
    response.headers["X-Request-Id"] = g.get("request_id", "")
    if request.endpoint != "static":
        # What is about nobody may say otherwise (see privacy).
        response.headers.setdefault("Cache-Control", "no-store")
    elif response.status_code == 200 and "v" in request.args:
        # Its address changes with its content (see showing.static_url).
        response.headers["Cache-Control"] = A_YEAR
    return response


def _only_encrypted(response: Response) -> Response:
    response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response

"""When something is wrong: a sentence that helps and gives nothing away. A machine gets an empty answer."""

from collections.abc import Sequence

import structlog
from flask import Flask, Response, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from bot.web.desk import door

log = structlog.get_logger()

OLD_PAGE = ("That page was too old", "Go back, load the page again and press the button once more.")
SENTENCES = {
    400: ("That did not work", "Something was missing from what the page sent. Go back and try once more."),
    403: ("That is not allowed", "This address is not for that."),
    404: ("Page not found", "There is nothing at this address."),
    405: ("That did not work", "This address is not for that. Go back and use the buttons on the page."),
    413: ("That was too long", "At most 32 kilobytes are taken. Send less."),
    500: ("Something went wrong on our side", "It has been noted. Nothing was changed; try again in a minute."),
    503: ("Not ready yet", "Try again in a minute."),
}
OTHER = ("That did not work", "Go back and try once more.")


def install(app: Flask) -> None:
    """Answer every error ourselves. The server's own answers would quote what was asked for."""
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(CSRFError, _old_page)
    app.register_error_handler(Exception, _failed)


def is_webhook() -> bool:
    """Whether a provider's machine is asking, which reads no pages."""
    return request.path.startswith("/twilio/")


def _refused(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if error.response is not None or 300 <= status < 400:
        return error
    log.info("refused", status=status, endpoint=request.endpoint, bytes=request.content_length)
    headers = {key: value for key, value in error.get_headers() if key in ("Allow", "Retry-After")}
    return _page(status, *SENTENCES.get(status, OTHER), headers)


def _old_page(error: CSRFError) -> ResponseReturnValue:
    """A form whose sign-in is over. What was typed into it is given back, for nothing was done with it."""
    log.info("refused", status=400, endpoint=request.endpoint, why="csrf")
    return _page(400, *OLD_PAGE, {}, typed=door.typed())


def _failed(error: Exception) -> ResponseReturnValue:
    """A fault of ours. By now the transaction has been rolled back, so whoever asks again finds it undone."""
    # The type and the places only: an exception's message quotes values, and those are people's words.
    log.error("request failed", endpoint=request.endpoint, exc_info=error)
    return _page(500, *SENTENCES[500], {}, typed=door.typed())


def _page(status: int, title: str, sentence: str, headers: dict[str, str], typed: Sequence[str] = ()) -> Response:
    if is_webhook():
        # Twilio shows an answer in its console: a too long body is told why, the rest is told nothing.
        body = f"{title}. {sentence}\n" if status == 413 else ""
        return Response(body, status, headers, content_type="text/plain; charset=utf-8")
    said = {"title": title, "sentence": sentence, "request_id": g.get("request_id", ""), "typed": typed}
    page = render_template("error.html", **said)
    return Response(page, status, headers, content_type="text/html; charset=utf-8")

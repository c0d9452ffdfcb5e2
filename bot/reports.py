"""Errors told to whoever keeps them (Sentry): which kind, and where in the code. Nothing of what it was about.

A report is built of what may be told; nothing is collected and then blotted out. The library is asked to look at
nothing by itself, and what it has made of a report is reduced once more, by a list of what may leave.
"""

import atexit
import logging
import sys
from collections.abc import Mapping
from traceback import extract_tb
from types import TracebackType
from typing import Any

import sentry_sdk
import structlog
from sentry_sdk.types import Event
from sentry_sdk.utils import BadDsn

from bot.clock import monotonic
from bot.logs import DEEPEST_FRAMES, causes
from bot.settings import ROOT, Settings, SettingsError
from bot.settings_faults import sentence

# A fault that is met a thousand times in a minute is one fault.
ONCE_IN_SECONDS = 60
LAST_WORD_SECONDS = 2
OURS = str(ROOT / "bot")
MAY_LEAVE = ("event_id", "timestamp", "level", "platform", "environment", "exception", "tags")


def configure(settings: Settings) -> logging.Handler:
    """Report from now on; the handler that does it. SettingsError where SENTRY_DSN is none of theirs."""
    try:
        sentry_sdk.init(
            dsn=settings.sentry_dsn,
            environment=settings.environment,
            before_send=reduced,
            before_breadcrumb=lambda *_: None,
            max_breadcrumbs=0,
            default_integrations=False,
            auto_enabling_integrations=False,
            auto_session_tracking=False,
            attach_stacktrace=False,
            include_local_variables=False,
            include_source_context=False,
            max_request_body_size="never",
            send_client_reports=False,
            send_default_pii=False,
            server_name="",
        )
    except BadDsn:
        raise SettingsError([sentence("secret address", name="SENTRY_DSN")]) from None
    atexit.register(sentry_sdk.flush, timeout=LAST_WORD_SECONDS)
    return Reporter(logging.ERROR)


class Reporter(logging.Handler):
    """Reports every exception that is logged as an error, whoever logged it; each place once a minute."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self._reported: dict[object, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        error = _error(record)
        if error is not None and self._is_news(error):
            sentry_sdk.capture_event(report(error, record.levelname))

    def _is_news(self, error: BaseException) -> bool:
        now, place = monotonic(), (type(error), _frames(error.__traceback__)[-1:])
        key = str(place)
        last = self._reported.get(key)
        if last is not None and now - last < ONCE_IN_SECONDS:
            return False
        self._reported[key] = now
        return True


def report(error: BaseException, level: str = "ERROR") -> Event:
    """The types of an exception and its causes, and the places; the id of the request in which it was met."""
    kinds = [
        {"type": type(each).__qualname__, "module": type(each).__module__, "stacktrace": {"frames": _frames(trace)}}
        for each in reversed(causes(error))
        for trace in [each.__traceback__]
    ]
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    written: Any = {"level": level.lower(), "exception": {"values": kinds}, "tags": {"request_id": str(request_id)}}
    return written  # type: ignore[no-any-return]


def reduced(event: Event, _: object) -> Event:
    """What may leave of a report, by name; of an exception its type and its places."""
    told: Mapping[str, Any] = event
    kept: Any = {key: told[key] for key in MAY_LEAVE if key in told}
    found = (told.get("exception") or {}).get("values") or []
    kept["exception"] = {"values": [_kind(each) for each in found]}
    kept["tags"] = {"request_id": str((told.get("tags") or {}).get("request_id", ""))}
    return kept  # type: ignore[no-any-return]


def _kind(value: Mapping[str, Any]) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames") or []
    where = [{key: frame.get(key) for key in ("filename", "lineno", "function")} for frame in frames]
    return {"type": value.get("type"), "module": value.get("module"), "stacktrace": {"frames": where}}


def _error(record: logging.LogRecord) -> BaseException | None:
    """The exception of a record: a library's, or of ours, where it stands in the event."""
    info: Any = record.msg.get("exc_info") if isinstance(record.msg, Mapping) else record.exc_info
    if isinstance(info, BaseException):
        return info
    found = sys.exc_info() if info is True else info
    return found[1] if isinstance(found, tuple) else None


def _frames(trace: TracebackType | None) -> list[dict[str, Any]]:
    """The deepest places, and all of ours: a database's library is deeper than a report is long."""
    places = list(extract_tb(trace))
    deepest = len(places) - DEEPEST_FRAMES
    return [
        {"filename": "/".join(each.filename.split("/")[-3:]), "lineno": each.lineno, "function": each.name}
        for depth, each in enumerate(places)
        if depth >= deepest or each.filename.startswith(OURS)
    ]

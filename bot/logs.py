"""Logs: one JSON object a line on the standard error, ids only, whoever wrote the record.

People text this number when they are at their lowest; a log is copied to places we do not know. So what
is logged is let through by shape, not by trust: see `guarded` for our own records, `_foreign` for those
of the libraries, `_where` for exceptions.
"""

import logging
import re
import sys
import threading
import warnings
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from traceback import extract_tb
from types import TracebackType
from typing import Any, TextIO
from uuid import UUID

import structlog
from structlog.typing import EventDict, WrappedLogger

from bot.settings import Settings

# A key that ends in one of these is about a person or a secret: `reply_text` is refused, `email_id` is not.
REFUSED = frozenset(
    {"address", "addresses", "body", "content", "dream", "email", "evidence", "form", "mail", "mobile"}
    | {"name", "number", "params", "password", "payload", "phone", "raw", "reply", "secret", "statement"}
    | {"text", "token", "tokens", "url", "words"}
)
LONGEST = 200
MOST = 50
DEEPEST_FRAMES = 12

TELEPHONE = re.compile(r"(?<![\w-])(?:\+|00|0|44)[\d ()]{8,}\d(?![\w-])")
EMAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")
# An id, a level, a worker's name; not a path, which may hold a token, and not a sentence.
PLAIN_WORD = re.compile(r"[\w.:+-]{1,64}")

# These tell what they send, at levels that we would otherwise let through.
TALKATIVE = ("twilio", "urllib3", "sqlalchemy", "rq.job")


def configure(settings: Settings) -> None:
    """Send every log record of this process, ours and the libraries', through the guard.

    With SENTRY_DSN, exceptions are reported there, too: their types and places. SettingsError if it is none.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(settings))
    root = logging.getLogger()
    root.handlers = [handler, *_reporters(settings)]
    root.setLevel(logging.INFO)
    for name in list(logging.root.manager.loggerDict):
        _hand_over(logging.getLogger(name))
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    # A record that cannot be formatted would otherwise be printed whole, with its arguments.
    logging.raiseExceptions = False
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)
    warnings.showwarning = _warned


def _reporters(settings: Settings) -> list[logging.Handler]:
    if not settings.sentry_dsn:
        return []
    from bot import reports

    return [reports.configure(settings)]


def guarded(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Keep what may be kept of a record.

    1. A key about a person or a secret goes, and `dropped` says that it was there.
    2. What looks like a telephone number or an e-mail address is blotted out wherever it stands.
    3. Control, colour and direction characters are shown as escapes; long values are cut.
    4. Of an object that is no plain value, only the type is named.
    """
    dropped = sorted(key for key in event if _refused(key))
    kept = {key: _clean(value) for key, value in event.items() if not _refused(key)}
    return {**kept, "dropped": [_printable(key) for key in dropped]} if dropped else kept


def _formatter(settings: Settings) -> structlog.stdlib.ProcessorFormatter:
    def _environment(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        return {**event, "environment": settings.environment}

    return structlog.stdlib.ProcessorFormatter(
        use_get_message=False,
        pass_foreign_args=True,
        foreign_pre_chain=[structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name, _foreign],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _environment,
            _where,
            guarded,
            structlog.processors.JSONRenderer(),
        ],
    )


def _hand_over(logger: logging.Logger) -> None:
    """Make a library's logger use our handler and no other."""
    logger.handlers = [each for each in logger.handlers if isinstance(each, logging.NullHandler)]
    logger.propagate = True


def _foreign(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A library's message: the words its author wrote, and of what was put into them only plain words."""
    message, args = event["_record"].msg, event.pop("positional_args", None)
    if isinstance(message, BaseException):
        return {**event, "event": type(message).__name__}
    words = str(message)
    # "%d" of something blotted out cannot be written: the bare words will do.
    with suppress(TypeError, ValueError):
        if isinstance(args, Mapping):
            words %= {key: _plain(value) for key, value in args.items()}
        elif args:
            words %= tuple(_plain(value) for value in args)
    # Libraries that put an exception's message into a record put it after the first line.
    return {**event, "event": words.partition("\n")[0]}


def _plain(value: object) -> object:
    if isinstance(value, int | float):
        return value
    if isinstance(value, BaseException):
        return type(value).__name__
    return value if PLAIN_WORD.fullmatch(str(value)) else "..."


def _where(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """An exception: its type, its causes' types and the places; never its message, which quotes values."""
    info = event.pop("exc_info", None)
    event.pop("stack_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["exception"] = [_kind(each) for each in causes(error)]
        event["at"] = _places(error.__traceback__)
    return event


def causes(error: BaseException) -> list[BaseException]:
    """An exception and what brought it about, the nearest first."""
    chain = [error]
    while len(chain) < DEEPEST_FRAMES:
        cause = chain[-1].__cause__ or (None if chain[-1].__suppress_context__ else chain[-1].__context__)
        if cause is None or cause in chain:
            break
        chain.append(cause)
    return chain


def _kind(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _places(traceback: TracebackType | None) -> list[str]:
    frames = list(extract_tb(traceback))[-DEEPEST_FRAMES:]
    return [f"{'/'.join(frame.filename.split('/')[-3:])}:{frame.lineno} {frame.name}" for frame in frames]


def _refused(key: object) -> bool:
    return str(key).lower().rpartition("_")[2] in REFUSED


def _clean(value: object) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str | UUID | date):
        return _printable(str(value))
    if isinstance(value, Mapping):
        return {_printable(str(key)): _clean(each) for key, each in value.items() if not _refused(key)}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(each) for each in list(value)[:MOST]]
    return f"<{type(value).__name__}>"


def _printable(text: str) -> str:
    blotted = EMAIL.sub("[e-mail]", TELEPHONE.sub("[number]", text))
    shown = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in blotted[: LONGEST + 1])
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}..."


def _uncaught(kind: type[BaseException], error: BaseException | None, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    structlog.get_logger().critical("uncaught", exc_info=(kind, error, traceback))


def _warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    place = f"{'/'.join(filename.split('/')[-3:])}:{lineno}"
    structlog.get_logger().warning("warned", kind=category.__name__, at=place)

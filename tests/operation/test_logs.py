"""The canary is everything a log must not hold; each script below logs it in its own way."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from bot.logs import guarded
from bot.settings import ROOT

CANARY = "canary sings of knives"

START = f"""
import logging, structlog, sys, threading, warnings
CANARY = {CANARY!r}
logging.getLogger("gunicorn.error").addHandler(logging.StreamHandler(sys.stderr))
logging.getLogger("gunicorn.error").propagate = False
from bot import logs
from bot.settings import Settings
logs.configure(Settings.from_env())
log, library = structlog.get_logger(), logging.getLogger("gunicorn.error")
"""

LEAKS = {
    "a key": "log.info('read', body=CANARY, first_name=CANARY, reply_text=CANARY, kept={'token': CANARY})",
    "an object": "log.info('read', inbound=type('Inbound', (), {'__repr__': lambda _: CANARY})())",
    "an exception": "try: raise ValueError(CANARY)\nexcept ValueError: log.exception('failed', job_id='7')",
    "a cause": "try:\n try: int(CANARY)\n except ValueError as e: raise KeyError(CANARY) from e\n"
    "except KeyError: log.exception('failed')",
    "the database": "import sqlalchemy as sa\nengine = sa.create_engine('sqlite://')\n"
    "try: engine.connect().execute(sa.text('select :a from nowhere'), {'a': CANARY})\n"
    "except sa.exc.OperationalError: log.exception('failed')",
    "a library's argument": "library.info('Error handling request %s', '/sign-in?token=' + CANARY)",
    "a library's named argument": "library.info('Error handling %(what)s', {'what': CANARY})",
    "a library's exception": "try: int(CANARY)\nexcept ValueError as e: library.exception(e)",
    "a library's traceback": "library.error('[Job %s]: failed (%s)\\n%s', '7', 'run', 'Traceback\\n' + CANARY)",
    "a library's finished words": "library.error('It failed:\\n' + CANARY)",
    "what cannot be formatted": "library.info('%d of %s', CANARY, CANARY, CANARY)",
    "a warning": "warnings.simplefilter('always'); warnings.warn(CANARY)",
    "a thread": "t = threading.Thread(target=lambda: int(CANARY)); t.start(); t.join()",
    "the end of the program": "raise SystemError(CANARY)",
    "levels below ours": "log.debug(CANARY); logging.getLogger('twilio.http').info('To %s', 'x'); log.info('on')",
}

Log = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def log(environ: dict[str, str]) -> Log:
    """Run a script in a process of its own and read its log, of which every line must be an object."""

    def run(script: str) -> list[dict[str, Any]]:
        done = subprocess.run(
            [sys.executable, "-c", START + script], env=environ, cwd=ROOT, capture_output=True, text=True
        )
        assert done.stdout == ""
        return [json.loads(line) for line in done.stderr.splitlines()]

    return run


@pytest.mark.parametrize("script", LEAKS.values(), ids=LEAKS.keys())
def test_no_way_of_logging_lets_the_canary_out(script: str, log: Log) -> None:
    [record] = log(script)
    assert "canary" not in json.dumps(record)
    assert record["timestamp"].endswith("Z")
    assert record["environment"] == "development"


def test_an_exception_says_what_and_where(log: Log) -> None:
    [record] = log("def fail(): return 1 / 0\ntry: fail()\nexcept Exception: log.exception('failed', check_in='7')")
    assert record["exception"] == ["builtins.ZeroDivisionError"]
    assert [place.split()[-1] for place in record["at"]] == ["<module>", "fail"]
    assert (record["event"], record["check_in"], record["level"]) == ("failed", "7", "error")


def test_a_librarys_plain_words_stay(log: Log) -> None:
    [record] = log("library.info('Worker %s took %d of %s', 'rq:w-1', 3, 0.5)")
    assert (record["event"], record["logger"]) == ("Worker rq:w-1 took 3 of 0.5", "gunicorn.error")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("plain words", "plain words"),
        ("a\r\nb\tc\x00", r"a\r\nb\tc\x00"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\u202eright to left\u2028", r"\u202eright to left\u2028"),
        ("Zoë", "Zoë"),
        ("ring +447700900123 now", "ring [number] now"),
        ("ring 07700 900123 now", "ring [number] now"),
        ("write to sam@example.org", "write to [e-mail]"),
        ("0b0e3c1c-0177-4009-8012-345678901234", "0b0e3c1c-0177-4009-8012-345678901234"),
        ("SM00000000000000000000000000000012", "SM00000000000000000000000000000012"),
        ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z"),
        ("x" * 300, "x" * 200 + "..."),
    ],
)
def test_what_is_kept_of_a_value(said: str, kept: str) -> None:
    assert guarded(None, "info", {"event": "e", "said": said}) == {"event": "e", "said": kept}


def test_what_was_dropped_is_named_and_ids_stay() -> None:
    record = guarded(None, "info", {"event": "e", "email": "x", "email_id": 7, "mobile": "y", "ids": [1, "2"]})
    assert record == {"event": "e", "email_id": 7, "ids": [1, "2"], "dropped": ["email", "mobile"]}

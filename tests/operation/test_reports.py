"""Errors are reported where SENTRY_DSN says, to a real server: which kind and where, and not a byte of anybody's."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from bot.settings import ROOT
from tests.delivery import stand_in
from tests.operation.erring import CANARY, NUMBER
from tests.operation.watcher import Watcher, watching


@pytest.fixture
def keeper() -> Iterator[Watcher]:
    with watching() as found:
        yield found


@pytest.fixture
def surroundings(environ: dict[str, str], keeper: Watcher) -> dict[str, str]:
    return environ | {
        "CHANNEL": "twilio",
        "TWILIO_ACCOUNT_SID": stand_in.ACCOUNT,
        "TWILIO_AUTH_TOKEN": "token",
        "SENDERS": f"tyneside={stand_in.NUMBER}",
        "SENTRY_DSN": f"{keeper.url.replace('http://', 'http://public-key@')}/7",
    }


def run(environ: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False)


def events(keeper: Watcher) -> list[dict[str, Any]]:
    """The events of the envelopes: a header, then a header and a line for each thing in it."""
    found = []
    for envelope in keeper.given:
        lines = [json.loads(line) for line in envelope.decode().splitlines() if line]
        found += [thing for head, thing in zip(lines[1::2], lines[2::2], strict=True) if head["type"] == "event"]
    return found


def kinds(event: dict[str, Any]) -> list[str]:
    return [each["type"] for each in event["exception"]["values"]]


def test_nothing_of_anybodys_arrives(database_url: str, surroundings: dict[str, str], keeper: Watcher) -> None:
    """Words, numbers and names stood in messages, values, variables, requests, headers, tags and threads' names."""
    ended = run(surroundings, "-m", "tests.operation.erring")
    assert ended.returncode == 0, ended.stderr
    told = events(keeper)
    assert {each for event in told for each in kinds(event)} >= {
        *("OperationalError", "ValueError", "LookupError", "KeyError", "RuntimeError"),
    } or "ProgrammingError" in str(told)
    everything = b"".join(keeper.given) + "".join(keeper.asked).encode()
    for private in (CANARY, NUMBER, NUMBER[1:], "INSERT INTO", "example.org", "tests.operation.erring.py:"):
        assert private.encode() not in everything
    for event in told:
        assert set(event) <= {"event_id", "timestamp", "level", "platform", "environment", "exception", "tags"}
        assert set(event["tags"]) == {"request_id"}
        for value in event["exception"]["values"]:
            assert set(value) == {"type", "module", "stacktrace"}
            assert all(set(frame) == {"filename", "lineno", "function"} for frame in value["stacktrace"]["frames"])


def test_it_says_where_and_in_which_request(database_url: str, surroundings: dict[str, str], keeper: Watcher) -> None:
    run(surroundings, "-m", "tests.operation.erring")
    of_the_web, *_ = [event for event in events(keeper) if event["tags"]["request_id"] not in ("", "abc123")]
    frames = of_the_web["exception"]["values"][-1]["stacktrace"]["frames"]
    assert any(frame["filename"].startswith("bot/") for frame in frames)
    assert of_the_web["level"] == "error"


def test_a_command_reports_what_went_wrong(database_url: str, surroundings: dict[str, str], keeper: Watcher) -> None:
    code = (
        "import bot.sweep; bot.sweep.sweep = lambda *_: {}[1]; "
        "from bot.commands import commands; commands(['tick'], prog_name='bot')"
    )
    ended = run(surroundings, "-c", code)
    assert ended.returncode == 1
    assert [kinds(event) for event in events(keeper)] == [["KeyError"]]


def test_a_place_that_fails_again_and_again_is_told_once_a_minute(
    surroundings: dict[str, str], keeper: Watcher, database_url: str
) -> None:
    code = (
        "import structlog; from bot import logs; from bot.settings import Settings\n"
        "logs.configure(Settings.from_env())\n"
        "for _ in range(50):\n try: 1 / 0\n except ZeroDivisionError: structlog.get_logger().exception('x')\n"
    )
    assert run(surroundings, "-c", code).returncode == 0
    assert len(events(keeper)) == 1


def test_a_keeper_that_is_away_is_no_trouble_of_ours(surroundings: dict[str, str], database_url: str) -> None:
    away = surroundings | {"SENTRY_DSN": "http://public-key@127.0.0.1:1/7"}
    ended = run(away, "-m", "tests.operation.erring")
    assert ended.returncode == 0
    assert "127.0.0.1:1" not in ended.stderr


def test_what_is_no_address_of_theirs_is_said_at_the_start(surroundings: dict[str, str]) -> None:
    ended = run(surroundings | {"SENTRY_DSN": "https://o1.example.org/without-a-key"}, "worker.py")
    assert ended.returncode == 1
    assert ended.stderr.strip().endswith(
        "SENTRY_DSN is not a web address: copy it whole from the service that gave it to you."
    )
    assert "without-a-key" not in ended.stderr


def test_without_it_the_library_is_not_even_loaded(environ: dict[str, str], database_url: str) -> None:
    code = (
        "import sys, worker, bot.web; from bot import logs; from bot.settings import Settings; "
        "logs.configure(Settings.from_env()); sys.exit('sentry_sdk' in sys.modules)"
    )
    assert run(environ, "-c", code).returncode == 0

"""docs/operating.md tells what is there: its commands, its metrics, its settings; and a duty put off is told."""

import re
import shlex
from dataclasses import replace

import click
import pytest

from bot import duties
from bot.commands import WORDS, Commands, commands
from bot.duties import DUTIES
from bot.outbox import Counts
from bot.settings import ROOT
from bot.web import create_app
from tests.delivery.people import World

DOCS = (ROOT / "docs/operating.md").read_text()
README = (ROOT / "README.md").read_text()
CALLS = sorted(set(re.findall(r"python -m bot ([a-z](?:[a-z-]+ ?)+(?:--[a-z-]+)?)", DOCS + README)))


def test_it_looks_for_something() -> None:
    assert {call.split()[0] for call in CALLS} >= {"go-live", "backup", "restore", "restored", "forgotten", "rekey"}


@pytest.mark.parametrize("call", CALLS)
def test_its_commands_are_there(call: str) -> None:
    first, *rest = call.split()
    assert first in WORDS
    found = Commands.get_command(commands, click.Context(commands), first)  # type: ignore[arg-type]
    assert found is not None
    if isinstance(found, click.Group) and rest and not rest[0].startswith("--"):
        found = found.commands[rest[0]]
    options = {name for each in found.params for name in (*each.opts, *each.secondary_opts)}
    assert {word for word in rest if word.startswith("--")} <= options | {"--help"}


WRITTEN = re.findall(r"`((?:people|practitioners|flags) [a-z-]+ [^`]+)`", DOCS)


@pytest.mark.parametrize("call", WRITTEN)
def test_a_command_with_its_words_is_one_that_works(call: str) -> None:
    first, name, *words = shlex.split(call.replace("EMAIL", "sam@example.org"))
    group = Commands.get_command(commands, click.Context(commands), first)  # type: ignore[arg-type]
    assert isinstance(group, click.Group)
    group.commands[name].make_context(name, words)


def test_it_looks_at_the_table() -> None:
    named = {" ".join(call.split()[:2]) for call in WRITTEN}
    assert named >= {"people contact", "people pause", "people allow", "practitioners hand-over", "people export"}


def test_its_table_names_every_metric(world: World) -> None:
    told = set(re.findall(r"^\| `(stepalong_[a-z_]+)", DOCS, re.MULTILINE))
    text = create_app(world.service.settings, world.service).test_client().get("/metrics").text
    there = set(re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE))
    assert {name.removesuffix("_total") for name in told} == {name.removesuffix("_total") for name in there}


def test_its_alarms_name_metrics_that_are_there() -> None:
    table = set(re.findall(r"^\| `stepalong_([a-z_]+)", DOCS, re.MULTILINE))
    alarms = re.findall(r"\*You notice[^*]*\*([^*]*)", DOCS)
    named = {name for alarm in alarms for name in re.findall(r"`([a-z_]+)(?:\{[^}]*\})?`", alarm)}
    assert named - table - {name.removesuffix("_total") for name in table} <= {"database_up"}


def test_its_settings_are_in_the_readme() -> None:
    named = set(re.findall(r"`([A-Z]{3,}_[A-Z_]+)(?:=[^`]*)?`", DOCS))
    # Gunicorn's and OpenSSL's own.
    assert named - set(re.findall(r"`([A-Z_]+)`", README)) == {"WEB_CONCURRENCY", "SSL_CERT_FILE"}


def test_a_duty_that_fails_is_told(world: World) -> None:
    world.cast.person(next_check_in_at=world.clock.at)

    def fails(*_: object) -> None:
        raise LookupError

    check_ins = next(duty for duty in DUTIES if duty.kind == "check-ins")
    broken = replace(check_ins, act=fails)
    with world.service.database.read() as db:
        ids = broken.due(db, world.clock.at, 10)
    duties.do(world.service, broken, ids, Counts())
    text = create_app(world.service.settings, world.service).test_client().get("/metrics").text
    assert 'stepalong_troubles{detail="check-ins",kind="duty"} 1.0' in text

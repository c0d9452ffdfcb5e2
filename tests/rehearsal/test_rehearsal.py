"""A deployment in real processes, killed at random while people text: nothing is lost, nothing is sent twice.

A short one in every run of the tests. A long one, of which the README gives the figures:

    REHEARSAL_KILLS=60 pytest tests/rehearsal -s

Now and then Redis is emptied or killed, and so is PostgreSQL where the rows are kept there: --database=postgresql.
REHEARSAL_SEED plays the same dice again.
"""

import json
import os
import random
import signal
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from bot.channels.twilio import TwilioChannel
from bot.database import Database
from bot.library import Library
from bot.service import Service
from bot.settings import Settings
from bot.suppression import INFO_KEY, address_hasher
from bot.sweep import sweep
from tests.databases import POSTGRESQL, Databases, PostgresqlDatabases
from tests.delivery import stand_in
from tests.delivery.people import Cast, HandClock
from tests.delivery.stand_in import StandIn
from tests.real_postgresql import Server
from tests.rehearsal.company import Company
from tests.rehearsal.judge import Verdict, judge
from tests.rehearsal.stores import Stores, doorbell
from tests.rehearsal.town import CANARY, Town

KILLS = int(os.environ.get("REHEARSAL_KILLS", "10"))
SEED = int(os.environ.get("REHEARSAL_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
# Nobody is answered more than 20 times an hour.
WRITERS, LISTENERS = max(38, KILLS), 12
# Each of what may happen to the stores happens, and in a long one several times.
STRIKE_EVERY = max(3, KILLS // 9)
ENOUGH_BY = 30
# What is left behind is looked at again after one minute and five, an answer by TwiML after ten, a 429 by 25.
SETTLING = (61, 61, 200, 130, 200, 200, 400, 900, 900)


@dataclass
class Rehearsal:
    """One play: the people, the processes, the dice."""

    settings: Settings
    database: Database
    cast: Cast
    people: list[UUID]
    company: Company
    stores: Stores
    town: Town
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    settled: Counter[str] = field(default_factory=Counter)

    def play(self) -> None:
        """Kill one every half to two seconds, and now and then a store; texts fall due all the while."""
        self.company.start()
        for address in self.company.addresses:
            _wait_for(address)
        self.town.wake_up()
        while self.company.killed < KILLS:
            self._meanwhile(self.chance.uniform(0.5, 2.0))
            self.company.kill_one(self.chance)
            turn, now = divmod(self.company.killed, STRIKE_EVERY)
            if not now:
                self.stores.strike(turn, lambda: _rest(self.chance.uniform(0.2, 2.0)))
        self._meanwhile(3)
        until = time.monotonic() + ENOUGH_BY
        while not self.enough() and time.monotonic() < until:
            self._meanwhile(1)
        self.town.fall_asleep()
        # One that was told before it had learnt to listen ends as any program does.
        assert set(self.company.stop().values()) <= {0, -signal.SIGTERM}

    def settle(self) -> datetime:
        """All have stopped, and an hour goes by on a clock of ours: leases end, what is unknown is looked for."""
        clock = HandClock()
        clock.at = datetime.now(UTC)
        library = Library.load(self.settings.flows_dir)
        service = Service(self.settings, self.database, library, clock, TwilioChannel(self.settings))
        self.town.twilio.plan.clear()
        hops = iter(SETTLING)
        sent = True
        # On this clock, which stands still meanwhile, a sweep sends what has its turn within the next second: a slow
        # machine has left more behind than that.
        while (seconds := next(hops, 5 if sent else None)) is not None:
            clock.move(seconds=seconds)
            counts = sweep(service)
            self.settled += counts
            sent = bool(counts["sent"])
        return clock.at

    def enough(self) -> bool:
        """Whether there is something to judge: a slow machine hears few while it is killed."""
        taken = sum(status == 200 for status in [*self.town.posted.values()])
        return taken > KILLS and len(self.town.stopped_at) > 1

    def _meanwhile(self, seconds: float) -> None:
        """Texts fall due for people: a claim in the middle of which somebody may be killed, or say stop."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for person in self.chance.sample(self.people, 2):
                self.cast.text(person, now=datetime.now(UTC), kind="staff")
            _rest(0.25)


@pytest.fixture
def server(request: pytest.FixtureRequest, databases: Databases) -> Server | None:
    """A PostgreSQL of its own, because it is killed."""
    return request.getfixturevalue("own_server") if databases.kind == POSTGRESQL else None


@pytest.fixture
def database_url(server: Server | None, databases: Databases, tmp_path: Path) -> Iterator[str]:
    where = PostgresqlDatabases(server.url) if server else databases
    with where.migrated(tmp_path / "var") as url:
        yield url
    if server:
        where.close()


@pytest.fixture
def rehearsal(
    environ: dict[str, str], server: Server | None, database_url: str, twilio: StandIn, tmp_path: Path
) -> Iterator[Rehearsal]:
    with doorbell() as bell:
        yield from _cast(environ, Stores(bell, server), database_url, twilio, tmp_path)


def _cast(
    environ: dict[str, str], stores: Stores, database_url: str, twilio: StandIn, folder: Path
) -> Iterator[Rehearsal]:
    company = Company(folder)
    company.environ = environ | {
        "CHANNEL": "twilio",
        "TWILIO_ACCOUNT_SID": stand_in.ACCOUNT,
        "TWILIO_AUTH_TOKEN": "token",
        "TWILIO_API_URL": twilio.url,
        "SENDERS": f"tyneside={stand_in.NUMBER}",
        "PUBLIC_URL": f"http://{company.addresses[0]}",
        "REDIS_URL": stores.bell.url,
        # A town that texts as fast as this must not wait for its turn.
        "SMS_PER_SECOND": "60",
    }
    settings = Settings.from_env(company.environ)
    database = Database(database_url, {INFO_KEY: address_hasher(settings.secret_key)})
    cast = Cast(database)
    people = [cast.person(**_due_soon(number)) for number in range(WRITERS + LISTENERS)]
    numbers = [f"+447700900{number + 1:03}" for number in range(len(people))]
    town = Town(company.addresses, twilio, SEED, numbers[:WRITERS], numbers[WRITERS:])
    yield Rehearsal(settings, database, cast, people, company, stores, town)
    town.fall_asleep()
    company.stop()
    database.close()


def test_killed_again_and_again(rehearsal: Rehearsal) -> None:
    rehearsal.play()
    now = rehearsal.settle()
    verdict = judge(rehearsal.town, rehearsal.database, now)
    sys.stdout.write(f"\n{_figures(rehearsal, verdict)}\n")
    assert verdict.broken() == {}, f"seed {SEED}"
    said = rehearsal.company.said() + rehearsal.stores.log()
    assert "deadlock detected" not in said
    assert rehearsal.enough()
    assert [word for word in (CANARY, "+447700900", "Leon") if word in said] == []


def _figures(rehearsal: Rehearsal, verdict: Verdict) -> str:
    town = rehearsal.town
    told = Counter(town.posted.values())
    dialect = "SQLite" if rehearsal.database.sqlite else "PostgreSQL"
    came, fetched = len(town.posted), len(town.posted) - told[200]
    said = (
        f"{dialect}, seed {SEED}: killed {rehearsal.company.killed} times,",
        "".join(f"{what} {times} times, " for what, times in rehearsal.stores.happened.items())
        + f"while {came} texts came in ({told[200]} taken at once, {fetched} fetched later),",
        f"{len(town.twilio.ledger)} went out and {len(town.stopped_at)} people said stop:",
        f"{len(verdict.lost)} lost, {len(verdict.sent_twice)} sent twice,",
        f"{_unknown(rehearsal)} unknown for a while and settled by a look-up,",
        f"{len(verdict.safety_twice)} safety texts sent again on purpose",
    )
    return " ".join(said)


def _unknown(rehearsal: Rehearsal) -> int:
    """Of how many texts nobody knew for a while: by the processes' logs, and by the sweeps at the end."""
    lines = [json.loads(line) for line in rehearsal.company.said().splitlines() if '"counts"' in line]
    return sum(line["counts"].get("unknown", 0) for line in lines) + rehearsal.settled["unknown"]


def _due_soon(number: int) -> dict[str, Any]:
    """It is noon where they are, so that unasked texts may leave; some are due for a check-in, one after another."""
    now = datetime.now(UTC)
    ahead = 12 - now.hour
    zone = "UTC" if ahead == 0 else f"Etc/GMT{-ahead:+d}"
    due = now + timedelta(seconds=2 * number) if number % 2 else None
    return {"zone": zone, "slot_weekday": 1, "slot_minute": 12 * 60, "next_check_in_at": due}


def _rest(seconds: float) -> None:
    threading.Event().wait(seconds)


def _wait_for(address: str) -> None:
    """Until the web answers."""
    host, _, port = address.partition(":")
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
            return
        _rest(0.1)
    pytest.fail("the web never answered")

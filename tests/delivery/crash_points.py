"""Send one text, and be killed at the n-th step of it; then n + 1, until a run ends by itself.

Run as `python crash_points.py FOLDER SERVER TWILIO_URL`, where SERVER is a PostgreSQL, or empty for SQLite:
after each kill it starts again and lets time pass. It prints, for each n, the state that the row ends in.
"""

import json
import os
import signal
import sys
from pathlib import Path

from sqlalchemy import Engine, event

from bot import outbox
from bot.channels import Outcome, Outgoing
from bot.channels.twilio import TwilioChannel
from bot.database import Database
from bot.library import Library
from bot.service import Service
from bot.settings import ROOT, Settings
from tests.databases import PostgresqlDatabases, SqliteFiles
from tests.delivery import stand_in
from tests.delivery.people import NOON, Cast, HandClock


class KilledAt:
    """Counts statements, commits and calls, before and after each, and ends the process at one of them."""

    def __init__(self, number: int) -> None:
        self.number, self.seen = number, 0
        for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(Engine, name, self.step)

    def step(self, *_: object) -> None:
        self.seen += 1
        if self.seen == self.number:
            os.kill(os.getpid(), signal.SIGKILL)


class Watched(TwilioChannel):
    killer: KilledAt

    def send(self, outgoing: Outgoing) -> Outcome:
        self.killer.step()
        outcome = super().send(outgoing)
        self.killer.step()
        return outcome


def run(number: int, settings: Settings, library: Library, url: str) -> tuple[bool, str]:
    """Whether it was killed, and how the row ended."""
    database = Database(url)
    cast = Cast(database)
    row = cast.text(cast.person(), body=f"text {number}", created_at=NOON)
    child = os.fork()
    if child == 0:
        channel = Watched(settings)
        channel.killer = KilledAt(number)
        outbox.deliver(Service(settings, Database(url), library, HandClock(), channel))
        os._exit(0)
    killed = os.waitpid(child, 0)[1] != 0
    clock = HandClock()
    again = Service(settings, database, library, clock, TwilioChannel(settings))
    for seconds in (10, 51, 60, 60, 240, 60):
        clock.move(seconds=seconds)
        outbox.recover(again)
        outbox.deliver(again)
    state = cast.row(row).state
    database.close()
    return killed, state


def main(folder: str, server: str, twilio: str) -> None:
    environ = {
        "CHANNEL": "twilio",
        "TWILIO_ACCOUNT_SID": stand_in.ACCOUNT,
        "TWILIO_AUTH_TOKEN": "token",
        "TWILIO_API_URL": twilio,
        "SENDERS": f"tyneside={stand_in.NUMBER}",
        "VAR_DIR": folder,
    }
    settings, library = Settings.from_env(environ), Library.load(ROOT / "flows")
    databases = PostgresqlDatabases(server) if server else SqliteFiles(Path(folder))
    ended = []
    killed = True
    while killed:
        with databases.migrated(Path(folder) / str(len(ended))) as url:
            killed, state = run(len(ended) + 1, settings, library, url)
        ended.append(state)
    databases.close()
    sys.stdout.write(json.dumps(ended))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The two stores of a deployment, each of which may be killed in the middle of anything and started again."""

import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from bot import jobs
from bot.embedded import valkey
from tests.real_postgresql import Server


@dataclass
class Doorbell:
    """A real Valkey on a socket in this folder."""

    folder: Path
    running: ExitStack = field(default_factory=ExitStack)
    pid: int = 0

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.folder / 'valkey.sock'))}"

    def start(self) -> None:
        self.pid = self.running.enter_context(valkey(self.folder / "valkey.sock", self.folder))

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self.running.close()

    def forget(self) -> None:
        with jobs.connect(self.url) as connection:
            connection.flushall()


@contextmanager
def doorbell() -> Iterator[Doorbell]:
    # pytest's own folders make too long a path for a socket.
    with tempfile.TemporaryDirectory(prefix="stepalong-") as folder:
        bell = Doorbell(Path(folder))
        with bell.running:
            bell.start()
            yield bell


@dataclass
class Stores:
    """What may happen to them while everybody works. ``pause`` lets some time go by between an end and a start."""

    bell: Doorbell
    server: Server | None
    happened: dict[str, int] = field(default_factory=dict)

    def strike(self, turn: int, pause: Callable[[], None]) -> None:
        """The next of what may happen: Redis forgets everything, is killed; the database's server is killed."""
        may = ["Redis emptied", "Redis killed", *(["PostgreSQL killed"] if self.server else [])]
        what = may[turn % len(may)]
        if what == "Redis emptied":
            self.bell.forget()
        else:
            store = self.bell if what == "Redis killed" else self.server
            assert store is not None
            store.kill()
            pause()
            store.start()
        self.happened[what] = self.happened.get(what, 0) + 1

    def log(self) -> str:
        """What PostgreSQL has written."""
        return (self.server.home / "log").read_text(errors="replace") if self.server else ""

"""The processes of a deployment, each started for real, killed at random, and started again."""

import os
import random
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from bot.settings import ROOT

PATIENCE = 30
WEB = ["-m", "gunicorn", "app:app", "--workers", "1", "--worker-class", "sync", "--no-control-socket", "--bind"]


@dataclass
class Company:
    """Who plays: two machines of each kind. What each writes on its standard error is kept."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    addresses: list[str] = field(default_factory=lambda: [f"127.0.0.1:{_free_port()}" for _ in range(2)])
    on_stage: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    killed: int = 0

    def __post_init__(self) -> None:
        clock, worker = ["worker.py", "clock"], ["worker.py"]
        webs = {f"web {number}": [*WEB, address] for number, address in enumerate(self.addresses, 1)}
        self.parts = {**webs, "worker 1": worker, "worker 2": worker, "clock 1": clock, "clock 2": clock}

    def start(self) -> None:
        """Start whoever is not there."""
        for name in self.parts.keys() - self.on_stage.keys():
            with (self.folder / f"{name}.log").open("ab") as log:
                self.on_stage[name] = subprocess.Popen(
                    [sys.executable, *self.parts[name]],
                    env=self.environ,
                    cwd=ROOT,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )

    def kill_one(self, chance: random.Random) -> None:
        """End one of them, with all its children, in the middle of whatever it is doing; it is started again."""
        # A web takes seconds to be back: killed as often as the others it would hear nobody.
        names = sorted(self.on_stage)
        name = chance.choice([*names, *(each for each in names if not each.startswith("web"))])
        process = self.on_stage.pop(name)
        # One that has ended by itself is a fault, and no kill of ours.
        assert process.poll() is None, f"{name} ended by itself: {self.said()[-2000:]}"
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)
        self.killed += 1
        self.start()

    def stop(self) -> dict[str, int]:
        """Tell everybody to stop; how each ended."""
        for process in self.on_stage.values():
            process.terminate()
        ended = {name: _end(process) for name, process in self.on_stage.items()}
        self.on_stage.clear()
        return ended

    def said(self) -> str:
        """All that was written to the logs."""
        return "".join(log.read_text() for log in sorted(self.folder.glob("*.log")))


def _end(process: "subprocess.Popen[bytes]") -> int:
    try:
        return process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.wait(PATIENCE)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""`make run` in a folder of stand-ins: real processes and a real Valkey, told to stop at every stage."""

import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.operation.running import Run, ctrl_c, needs_proc, term

pytestmark = needs_proc

PROCFILE = """\
release: exec python stand_in.py release
web: exec python -u -m http.server --bind 127.0.0.1 "$PORT"
worker: exec python stand_in.py worker
clock: exec python stand_in.py clock
"""

# At a TERM each says whether Valkey is still there for it, as the last thing it does.
STAND_IN = """
import os, signal, socket, sys

def valkey_answers():
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(os.environ["SOCKET"])
        connection.sendall(b"PING\\r\\n")
        return connection.recv(5) == b"+PONG"

def stop(*_):
    print("stopped with Valkey", "up" if valkey_answers() else "down", flush=True)
    sys.exit(0)

signal.signal(signal.SIGTERM, stop)
name = sys.argv[1]
how = os.environ.get(name.upper(), "ends" if name in ("release", "seed") else "stays")
print(name, how, flush=True)
if how == "stays":
    while True:
        signal.pause()
sys.exit({"ends": 0, "fails": 3}[how])
"""

MAIN = "import sys, pathlib; from bot.local import main; sys.exit(main(pathlib.Path(sys.argv[1])))"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A project's folder with stand-ins for everything that bot/local.py starts."""
    with TemporaryDirectory(prefix="stepalong-") as name:
        folder = Path(name)
        (folder / "flows").mkdir()
        (folder / "bot").mkdir()
        (folder / "healthz").touch()
        (folder / "Procfile").write_text(PROCFILE)
        (folder / "stand_in.py").write_text(STAND_IN)
        (folder / "bot" / "__main__.py").write_text("import runpy; runpy.run_path('stand_in.py')")
        yield folder


Start = Callable[..., Run]


@pytest.fixture
def start(folder: Path, port: int) -> Iterator[Start]:
    """Start in the folder; keywords are settings. What a failed test leaves running is stopped."""
    environ = {"PATH": os.environ["PATH"], "PORT": str(port), "SOCKET": str(folder / "var/valkey/valkey.sock")}
    command = [sys.executable, "-c", MAIN, str(folder)]
    with ExitStack() as runs:
        yield lambda **more: runs.enter_context(Run(command, {**environ, **more}))


@pytest.mark.parametrize("stop", [ctrl_c, term])
def test_it_says_where_to_look_and_stops_the_processes_before_valkey(
    start: Start, port: int, stop: Callable[[Run], None]
) -> None:
    run = start()
    run.until("Stop it with")
    stop(run)
    assert run.end() == 0
    assert run.said(f"open http://localhost:{port}/phone") == 1
    assert run.said("stopped with Valkey up") == 2
    stages = [next(i for i, line in enumerate(run.lines) if words in line) for words in ("release ends", "seed ends")]
    assert stages == sorted(stages)


@pytest.mark.parametrize("stage", ["release", "seed", "worker", "clock"])
@pytest.mark.parametrize("stop", [ctrl_c, term])
def test_it_can_be_stopped_at_any_stage(start: Start, stage: str, stop: Callable[[Run], None]) -> None:
    run = start(**{stage.upper(): "stays"})
    run.until(f"{stage} stays")
    stop(run)
    assert run.end() == 0
    assert run.said(f"{stage} stays") == 1


@pytest.mark.parametrize("stage", ["release", "seed"])
def test_a_step_that_fails_ends_it(start: Start, stage: str) -> None:
    run = start(**{stage.upper(): "fails"})
    assert run.end() == 1
    assert run.said(f"{stage} did not succeed") == 1
    assert run.said("worker stays") == 0


def test_a_process_that_ends_by_itself_ends_it(start: Start) -> None:
    run = start(WORKER="fails")
    assert run.end() == 1
    assert run.said("One of the processes ended by itself") == 1
    assert "failed" not in run.lines[-1]


def test_a_port_in_use_is_said_before_anything_starts(start: Start, port: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        run = start()
        assert run.end() == 1
    assert run.lines == [
        f"Port {port} is in use by another program. Stop that one, or choose another port: PORT={port + 1} make run"
    ]


def test_a_second_start_in_the_same_folder_is_refused(start: Start, port: int) -> None:
    first = start()
    first.until("Stop it with")
    second = start(PORT=str(port - 1))
    assert second.end() == 1
    assert second.said("Another make run is using this folder (process") == 1
    first.process.terminate()
    assert first.end() == 0


def test_another_redis_leaves_the_embedded_one_asleep(start: Start, redis_url: str, folder: Path) -> None:
    run = start(REDIS_URL=redis_url, SOCKET=redis_url.removeprefix("unix://"))
    run.until("Stop it with")
    run.process.terminate()
    assert run.end() == 0
    assert not (folder / "var" / "valkey").exists()


def test_wrong_settings_are_named_before_anything_starts(start: Start) -> None:
    run = start(PORT="eighty", CHANNEL="pigeon")
    assert run.end() == 1
    assert (run.said("PORT is eighty"), run.said("CHANNEL is pigeon"), run.said("Traceback")) == (1, 1, 0)

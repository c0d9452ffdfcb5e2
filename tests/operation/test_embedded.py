import os
import signal
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from redis import Redis

from bot.embedded import EmbeddedError, valkey


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose path is short enough for a socket."""
    with TemporaryDirectory(prefix="stepalong-") as name:
        yield Path(name)


def test_what_was_put_in_is_there_after_a_kill(folder: Path) -> None:
    socket = folder / "valkey.sock"
    with valkey(socket, folder) as pid, Redis(unix_socket_path=str(socket)) as redis:
        redis.set("job", "7")
        assert redis.config_get("appendfsync") == {"appendfsync": "everysec"}
        redis.execute_command("WAITAOF", 1, 0, 5000)
        os.kill(pid, signal.SIGKILL)
    with valkey(socket, folder), Redis(unix_socket_path=str(socket)) as redis:
        assert redis.get("job") == b"7"


def test_it_listens_nowhere_but_on_a_private_socket(folder: Path) -> None:
    socket = folder / "in" / "valkey.sock"
    with valkey(socket, folder / "data"), Redis(unix_socket_path=str(socket)) as redis:
        assert redis.config_get("port") == {"port": "0"}
    assert (folder / "in").stat().st_mode & 0o077 == 0
    assert (folder / "data").stat().st_mode & 0o077 == 0


def test_two_cannot_share_a_socket(folder: Path) -> None:
    socket = folder / "valkey.sock"
    with (
        valkey(socket, folder) as pid,
        pytest.raises(EmbeddedError, match=f"process {pid} answers"),
        valkey(socket, folder),
    ):
        pass


def test_why_it_did_not_start_can_be_read(folder: Path) -> None:
    (folder / "appendonlydir").write_text("not a folder")
    with pytest.raises(EmbeddedError, match=r"see .*/valkey\.log"), valkey(folder / "valkey.sock", folder):
        pass


def test_a_folder_of_somebody_else_is_refused(folder: Path) -> None:
    (folder / "theirs").symlink_to("/")
    with pytest.raises(EmbeddedError, match="belongs to somebody else"), valkey(folder / "theirs" / "s", folder):
        pass

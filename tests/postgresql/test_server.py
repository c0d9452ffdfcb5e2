"""The server of the tests themselves: gone with those who started it, however they end."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bot.settings import ROOT

pytestmark = pytest.mark.postgresql

KILLED = """
import os, signal
from tests.real_postgresql import embedded
with embedded() as server:
    print(server.home, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.usefixtures("own_server")
def test_a_run_that_is_killed_leaves_no_server_behind() -> None:
    done = subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == -signal.SIGKILL
    home = Path(done.stdout.strip())
    pause = threading.Event()
    for _ in range(600):
        if not home.exists():
            return
        pause.wait(0.05)
    pytest.fail(f"{home} is still there")

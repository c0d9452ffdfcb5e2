"""The first text after a start is answered like any other: its process has learnt to read before."""

import subprocess
import sys

from bot.settings import ROOT

FRESH = """
import time
from datetime import UTC, datetime
from bot import reading
from bot.settings import Settings
from bot.web import create_app

now = datetime(2026, 11, 24, 11, tzinfo=UTC)
begun = time.process_time()
create_app(Settings.from_env())
started = time.process_time()
reading.hear("ring college thurs 2pm", reading.Question("plan"), now)
print((time.process_time() - started) / (started - begun))
"""


def test_a_fresh_process_has_its_word_tables(environ: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FRESH], env=environ, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert float(done.stdout) < 0.2

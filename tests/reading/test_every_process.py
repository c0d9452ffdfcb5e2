"""The same text is read the same by every process, in whatever order its sets happen to be gone through."""

import os
import subprocess
import sys

from bot.settings import ROOT

READ_ALL = """
import hashlib, json
from datetime import datetime, timezone
from pathlib import Path
from bot.reading import read

now = datetime(2026, 11, 23, 10, tzinfo=timezone.utc)
for file in sorted(Path("tests/reading/corpus").glob("*.jsonl")):
    texts = [json.loads(line)["text"] for line in file.read_text("utf-8").splitlines()]
    readings = [repr(read(file.stem, text, now)) for text in texts[::4]]
    print(file.stem, hashlib.sha256("".join(readings).encode()).hexdigest())
"""


def test_readings_are_the_same_whatever_the_hash_seed() -> None:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", READ_ALL]
    running = [
        subprocess.Popen(command, cwd=ROOT, env=environ | {"PYTHONHASHSEED": seed}, stdout=subprocess.PIPE, text=True)
        for seed in ("0", "3", "5")
    ]
    said = [process.communicate(timeout=300)[0] for process in running]
    assert len(said[0].splitlines()) >= 6
    assert said[0] == said[1] == said[2]

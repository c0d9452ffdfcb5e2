"""A program that is started, read and told to stop, and the proof that it leaves nothing behind."""

import os
import signal
import subprocess
import threading
from pathlib import Path
from typing import Self
from uuid import uuid4

import pytest

from bot.settings import ROOT

needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="no /proc to look for processes in")


class Run:
    """One start, its output read while it runs."""

    def __init__(self, command: list[str], environ: dict[str, str], patience: float = 60) -> None:
        self.mark = f"STEPALONG_TEST={uuid4()}"
        self.lines: list[str] = []
        name, _, value = self.mark.partition("=")
        self.process = subprocess.Popen(
            command,
            env={**environ, name: value},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        # A run that hangs is stopped, and its test fails for the lines it lacks.
        self.watch = threading.Timer(patience, self.process.terminate)
        self.watch.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.watch.cancel()
        self.process.terminate()
        self.process.communicate()

    def until(self, words: str) -> None:
        """Read on until a line holds these words."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if words in line:
                return
        pytest.fail(f"never said {words!r}:\n" + "\n".join(self.lines))

    def end(self) -> int:
        """Read to the end and return how it ended; nothing that it started may still be there."""
        assert self.process.stdout
        self.lines += [line.rstrip() for line in self.process.stdout]
        code = self.process.wait()
        assert left_behind(self.mark) == []
        return code

    def said(self, words: str) -> int:
        """How many lines hold these words."""
        return sum(words in line for line in self.lines)


def left_behind(mark: str) -> list[str]:
    """The command lines of all processes that carry this mark in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def ctrl_c(run: Run) -> None:
    """What a terminal does: an interrupt for the whole group."""
    os.killpg(run.process.pid, signal.SIGINT)


def term(run: Run) -> None:
    """What a supervisor does."""
    run.process.terminate()

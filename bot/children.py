"""Processes that start together and stop together, their lines printed under their names.

honcho gives the process and the printer. The waiting is ours, because honcho's own Manager loses its
children when it is told to stop while they are starting.
"""

import os
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

from honcho.colour import get_colours
from honcho.printer import Message, Printer
from honcho.process import Process

from bot.clock import monotonic

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Children:
    """Runs groups of commands, one group after another, until told to stop."""

    def __init__(self, folder: Path, environ: Mapping[str, str], patience: float = 25.0) -> None:
        self.told_to_stop = False
        self._folder = str(folder)
        self._environ = dict(environ)
        self._patience = patience
        self._printer = Printer(sys.stdout, width=len("release"))
        self._colours = get_colours()
        self._news: SimpleQueue[Message] = SimpleQueue()
        self._running: dict[str, int | None] = {}
        self._kill_at: float | None = None

    def stop_at_signals(self) -> None:
        """Take Ctrl-C, a TERM and a closed terminal as the wish to stop."""
        for number in SIGNALS:
            signal.signal(number, self.stop)

    def stop(self, *_: object) -> None:
        """Ask for everything to be stopped. A signal may come amid anything: SimpleQueue allows that."""
        self._news.put(Message("told to stop", None, None, None, None))

    def say(self, words: str) -> None:
        """Print this between two lines of the children, never inside one."""
        self._news.put(Message("say", words, None, None, None))

    def run(self, commands: Mapping[str, str]) -> int:
        """Run the commands until one of them ends, stop the others, and return how the first one ended.

        1. Each has a session of its own, so that Ctrl-C reaches us alone and we choose the order.
        2. Told to stop, or left by one of them: a TERM for each, and a KILL for who outstays our patience.
        3. A command has ended when nothing holds its output any more: its own children have ended too.
        """
        self._kill_at = None
        self._running = dict.fromkeys(commands)
        if self.told_to_stop:
            return 0
        for name, command in commands.items():
            self._start(name, command)
        endings: list[int] = []
        while self._running:
            self._hear(self._next_news(), endings)
        return endings[0]

    def _start(self, name: str, command: str) -> None:
        child = Process(command, name, next(self._colours), env=self._environ, cwd=self._folder)
        threading.Thread(target=child.run, args=(self._news,), name=name, daemon=True).start()

    def _next_news(self) -> Message | None:
        """What happened next, or None when those that were told to stop have had their time."""
        wait = None if self._kill_at is None else max(0.0, self._kill_at - monotonic())
        try:
            return self._news.get(timeout=wait)
        except Empty:
            return None

    def _hear(self, news: Message | None, endings: list[int]) -> None:
        match news:
            case None:
                self._kill()
            case Message(type="line"):
                self._printer.write(news)
            case Message(type="say", data=words):
                print(words, flush=True)
            case Message(type="start", name=name, data=data):
                self._running[name] = data["pid"]
                if self._kill_at is not None:
                    self._signal(signal.SIGTERM)
            case Message(type="stop", name=name, data=data):
                del self._running[name]
                endings.append(data["returncode"])
                self._stop()
            case Message(type="told to stop"):
                self.told_to_stop = True
                self._stop()

    def _stop(self) -> None:
        if self._kill_at is None:
            self._kill_at = monotonic() + self._patience
            self._signal(signal.SIGTERM)

    def _kill(self) -> None:
        self._kill_at = monotonic() + self._patience
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        for pid in self._running.values():
            with suppress(ProcessLookupError):
                if pid is not None:
                    os.killpg(pid, number)

"""A server on this machine that somebody reports to: what it was asked for, and how it answers."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Watcher:
    """``status`` is what it answers; at 0 it hangs until it is let go."""

    url: str = ""
    status: int = 200
    asked: list[str] = field(default_factory=list)
    given: list[bytes] = field(default_factory=list)
    heard: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_GET(self) -> None:
        watcher = self.server.watcher
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        watcher.given.append(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
        watcher.asked.append(f"{self.command} {self.path}\n{self.headers}")
        watcher.heard.set()
        if watcher.status == 0:
            watcher.let_go.wait(20)
            return
        self.send_response(watcher.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    watcher: Watcher

    def handle_error(self, *_: object) -> None:
        """Whoever hangs up has said enough."""


@contextmanager
def watching() -> Iterator[Watcher]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.watcher = Watcher(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.watcher
    finally:
        server.watcher.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()

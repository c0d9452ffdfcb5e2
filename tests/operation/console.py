"""The stand-in for Twilio with a console: an account, its numbers, a messaging service."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from tests.delivery import stand_in

SERVICE = "MG00000000000000000000000000000001"


class Console(stand_in.StandIn):
    """``set_up`` is what it answers to a path."""

    set_up: dict[str, dict[str, Any]]

    def number(self, address: str, **facts: str) -> None:
        self.set_up["IncomingPhoneNumbers.json"] = {"incoming_phone_numbers": [{"phone_number": address, **facts}]}


class _Handler(stand_in.Handler):
    def do_GET(self) -> None:
        console = self.server.stand_in
        last = urlsplit(self.path).path.rpartition("/")[2]
        assert isinstance(console, Console)
        if not self.is_ours():
            self.answer(401, {})
        elif last in console.set_up:
            self.answer(200, console.set_up[last])
        else:
            super().do_GET()


@contextmanager
def running() -> Iterator[Console]:
    server = stand_in.Server(("127.0.0.1", 0), _Handler)
    console = Console(url=f"http://127.0.0.1:{server.server_port}")
    console.set_up = {f"{stand_in.ACCOUNT}.json": {"status": "active"}}
    server.stand_in = console
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield console
    finally:
        console.released.set()
        server.shutdown()
        server.server_close()
        thread.join()

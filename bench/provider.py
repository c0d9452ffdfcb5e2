"""A provider in a process of its own that takes every text, and answers when so many milliseconds are over."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

ANSWER = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}"
HEAD_ENDS = b"\r\n\r\n"


@contextmanager
def running(milliseconds: int) -> Iterator[str]:
    """Its address, for as long as the block lasts."""
    command = [sys.executable, "-m", "bench.provider", str(milliseconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


class Provider(asyncio.Protocol):
    """One connection, kept alive. It reads no more of a request than where it ends."""

    numbers = count()

    def __init__(self, seconds: float) -> None:
        self.seconds, self.read = seconds, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.read += data
        head, ended, body = self.read.partition(HEAD_ENDS)
        if not ended or len(body) < _length(head):
            return
        self.read = b""
        asyncio.get_running_loop().call_later(self.seconds, self.answer)

    def answer(self) -> None:
        made = json.dumps({"sid": f"SM{next(self.numbers):032x}", "status": "queued"})
        if not self.transport.is_closing():
            self.transport.write(ANSWER.format(len(made), made).encode())


def _length(head: bytes) -> int:
    lines = (line.partition(b":") for line in head.lower().split(b"\r\n"))
    return next(int(value) for name, _, value in lines if name == b"content-length")


async def serve(seconds: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Provider(seconds), "127.0.0.1", 0, backlog=256)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]) / 1000))

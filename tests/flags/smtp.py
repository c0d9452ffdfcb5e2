"""A small SMTP server of our own: says what it is told to say, and keeps what it was given."""

import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import ClassVar


@dataclass
class Letterbox:
    """``refuse`` maps a recipient to the code it is answered with; ``silent`` hangs up after the greeting."""

    refuse: dict[str, int] = field(default_factory=dict)
    silent: bool = False
    tls: ssl.SSLContext | None = None
    mails: list[EmailMessage] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    connections: int = 0
    encrypted: list[bool] = field(default_factory=list)
    port: int = 0


class _Talk(socketserver.StreamRequestHandler):
    box: ClassVar[Letterbox]
    timeout = 5

    def handle(self) -> None:
        self.box.connections += 1
        self.secret = False
        if self.box.silent:
            return
        self.say("220 here")
        while line := self.rfile.readline():
            words = line.decode().strip()
            if not self.obey(words.split(" ")[0].upper(), words):
                return

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def obey(self, verb: str, words: str) -> bool:
        answers: Mapping[str, str] = {"MAIL": "250 ok", "RSET": "250 ok", "NOOP": "250 ok"}
        if verb in ("EHLO", "HELO"):
            starttls = "250-STARTTLS\r\n" if self.box.tls and not self.secret else ""
            self.say(f"250-here\r\n{starttls}250 AUTH PLAIN")
        elif verb == "STARTTLS" and self.box.tls:
            self.say("220 go on")
            self.connection = self.box.tls.wrap_socket(self.request, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
            self.secret = True
        elif verb == "AUTH":
            self.box.logins.append(words.split(" ")[-1])
            self.say("235 welcome")
        elif verb == "RCPT":
            code = next((code for to, code in self.box.refuse.items() if to in words), 250)
            self.say(f"{code} answer")
        elif verb == "DATA":
            self.say("354 go on")
            self.take()
            self.say("250 taken")
        elif verb == "QUIT":
            self.say("221 bye")
            return False
        else:
            self.say(answers.get(verb, "502 what?"))
        return True

    def take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        self.box.mails.append(message_from_bytes(b"".join(lines), policy=policy.default))  # type: ignore[arg-type]
        self.box.encrypted.append(self.secret)

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    block_on_close = True
    daemon_threads = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the play."""


@contextmanager
def letterbox(box: Letterbox) -> Iterator[Letterbox]:
    """Run the server on a port of its own while the block runs."""
    talk = type("Talk", (_Talk,), {"box": box})
    with _Server(("127.0.0.1", 0), talk) as server:
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()

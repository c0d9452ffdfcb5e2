"""A real SMTP server (aiosmtpd) on this machine, with certificates made for it; it answers as it is told to."""

import asyncio
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

# However busy the machine is.
PATIENCE = 60
LOCALHOST = "DNS:localhost,IP:127.0.0.1"


@dataclass
class Taken:
    """A mail that the server has taken, and how it came."""

    sender: str
    to: list[str]
    mail: EmailMessage
    raw: bytes
    encrypted: bool
    signed_in: bool


@dataclass
class Answers:
    """What the server says. ``drop`` names the command at which it breaks off, so many times."""

    rcpt: dict[str, str] = field(default_factory=dict)
    data: list[str] = field(default_factory=list)
    drop: dict[str, int] = field(default_factory=dict)
    password: bytes | None = None
    taken: list[Taken] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def handle_MAIL(self, server: Any, _: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if self._dropped("MAIL", server):
            return "421 going"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 ok"

    async def handle_RCPT(self, server: Any, _: Session, envelope: Envelope, address: str, __: list[str]) -> str:
        self.asked.append(address)
        if self._dropped("RCPT", server):
            return "421 going"
        if address in self.rcpt:
            return self.rcpt[address]
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        if self.data and not (said := self.data.pop(0)).startswith("250"):
            return said
        raw = envelope.content
        assert isinstance(raw, bytes)
        assert envelope.mail_from is not None
        mail = message_from_bytes(raw, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        encrypted = server.transport.get_extra_info("sslcontext") is not None
        signed_in = bool(session.authenticated)
        self.taken.append(Taken(envelope.mail_from, list(envelope.rcpt_tos), mail, raw, encrypted, signed_in))
        if self._dropped("ANSWER", server):
            return "421 going"
        return "250 taken"

    def authenticate(self, _: Any, __: Session, ___: Envelope, ____: str, login: Any) -> AuthResult:
        right = isinstance(login, LoginPassword) and login.password == self.password
        return AuthResult(success=right, handled=False)

    def _dropped(self, command: str, server: Any) -> bool:
        if self.drop.get(command, 0) <= 0:
            return False
        self.drop[command] -= 1
        server.transport.abort()
        return True


class _Office(Controller):
    """Listens on a socket that is there already: no port is asked for twice."""

    def __init__(self, *args: Any, **values: Any) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        port = self.listening.getsockname()[1]
        super().__init__(*args, hostname="127.0.0.1", port=port, ready_timeout=PATIENCE, **values)

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self.listening, ssl=self.ssl_context)

    def _trigger_server(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as plain:
            if self.ssl_context is None:
                plain.recv(1024)
                return
            anybody = ssl.create_default_context()
            anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
            with anybody.wrap_socket(plain) as encrypted:
                encrypted.recv(1024)


@contextmanager
def office(answers: Answers, *, starttls: Path | None = None, smtps: Path | None = None) -> Iterator[int]:
    """Run it while the block runs: in the clear, by STARTTLS (which it insists on) or TLS from the start. Its port."""
    values: dict[str, Any] = {"ssl_context": _context(smtps), "tls_context": _context(starttls)}
    values["require_starttls"] = starttls is not None
    if answers.password is not None:
        # It does not count TLS from the start as TLS: there it offers to sign in, and cannot insist on it.
        values |= {"authenticator": answers.authenticate, "auth_require_tls": smtps is None, "auth_required": not smtps}
    running = _Office(answers, **values)
    running.start()
    try:
        yield running.port
    finally:
        running.stop()


def _context(certificate: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def certificate(folder: Path, names: str = LOCALHOST, until: str = "20991231000000Z") -> Path:
    """A certificate with its key in one file, made now: for these names, and until then."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl was not found: it makes the certificates for the tests of mail over TLS")
    folder.mkdir()
    (folder / "index").touch()
    (folder / "config").write_text(
        "[ca]\ndefault_ca=here\n[here]\ndatabase=index\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\n"
        "policy=any\nx509_extensions=more\n[any]\ncommonName=supplied\n"
        f"[more]\nsubjectAltName={names}\nbasicConstraints=critical,CA:TRUE\n[req]\ndistinguished_name=any\n"
    )
    key = "req -new -config config -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x -keyout key -out csr"
    signed = "ca -batch -notext -selfsign -config config -in csr -keyfile key -startdate 20200101000000Z -out cert"
    for command in (key.split(), [*signed.split(), "-enddate", until]):
        subprocess.run(
            [openssl, *command], check=True, capture_output=True, cwd=folder, env={"PATH": os.environ["PATH"]}
        )
    both = folder / "both.pem"
    both.write_bytes((folder / "key").read_bytes() + (folder / "cert").read_bytes())
    return both

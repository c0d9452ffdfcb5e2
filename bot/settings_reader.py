"""Reads the environment, a method a setting. What is wrong becomes a sentence; nothing is raised."""

import hashlib
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, quote, urlsplit

from bot.settings_faults import sentence

# The kernel allows 104 (macOS) to 108 bytes for the path of a socket.
LONGEST_SOCKET_PATH = 100
SHORTEST_PRODUCTION_KEY = 32

SCHEME_KEY = re.compile(r"[a-z0-9][a-z0-9_-]*")
# In full, or a short code of five or six digits.
NUMBER = re.compile(r"\+[1-9][0-9]{6,14}|[1-9][0-9]{4,5}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True)
class Sender:
    """A number that a scheme's texts come from; the address is the bare number on both channels."""

    scheme: str
    channel: Literal["sms", "whatsapp"]
    address: str


class Reader:
    """Reads a setting a method. A fault adds its sentence; what is returned then is never used."""

    def __init__(self, environ: Mapping[str, str], root: Path) -> None:
        self.environ = environ
        self.root = root
        self.problems: list[str] = []
        self.production = self.text("STEPALONG_ENV") == "production"
        self.twilio = self.text("CHANNEL") == "twilio"
        self.var_dir = self.path("VAR_DIR", "var")

    def text(self, name: str, default: str = "") -> str:
        return self.environ.get(name, "").strip() or default

    def path(self, name: str, default: str) -> Path:
        return self.root / Path(self.text(name, default)).expanduser()

    def wrong(self, code: str, **facts: str) -> None:
        self.problems.append(sentence(code, **facts))

    def needed_in_production(self, name: str, code: str) -> None:
        if self.production and not self.text(name):
            self.wrong(code)

    def environment(self) -> Literal["development", "production"]:
        written = self.text("STEPALONG_ENV", "development")
        if written not in ("development", "production"):
            self.wrong("environment", value=written)
        return "production" if self.production else "development"

    def channel(self) -> Literal["phone", "twilio"]:
        written = self.text("CHANNEL", "phone")
        if written not in ("phone", "twilio"):
            self.wrong("channel", value=written)
        elif self.production and not self.twilio:
            self.wrong("channel phone")
        return "twilio" if self.twilio else "phone"

    def per_second(self, name: str, default: int) -> int:
        written = self.text(name, str(default))
        if re.fullmatch("[0-9]{1,4}", written) and int(written) >= 1:
            return int(written)
        self.wrong("per second", name=name, value=written)
        return default

    def operator_email(self) -> str:
        email = self.text("OPERATOR_EMAIL")
        if email and not EMAIL.fullmatch(email):
            self.wrong("operator email", value=email)
        return email

    def secret_address(self, name: str) -> str:
        """A web address that is itself a secret, or nothing: no fault repeats it."""
        url = self.text(name)
        parts = _split(url)
        if url and (not parts or parts.scheme not in ("http", "https") or not parts.hostname):
            self.wrong("secret address", name=name)
        return url

    def port(self) -> int:
        written = self.text("PORT", "8000")
        if re.fullmatch("[0-9]{1,5}", written) and 1 <= int(written) <= 65535:
            return int(written)
        self.wrong("port", value=written)
        return 0

    def public_url(self, port: int) -> str:
        self.needed_in_production("PUBLIC_URL", "public url missing")
        # Twilio signs for an address that the contract fixes; the phone's pages are where PORT says.
        url = self.web_address("PUBLIC_URL", f"http://localhost:{8000 if self.twilio else port}")
        if self.production and self.text("PUBLIC_URL") and url.startswith("http://"):
            self.wrong("public url open")
        return url

    def web_address(self, name: str, default: str) -> str:
        url = self.text(name, default)
        parts = _split(url)
        if not parts or parts.scheme not in ("http", "https") or not parts.hostname:
            self.wrong("web address", name=name)
        elif parts.query or parts.fragment or "@" in parts.netloc:
            self.wrong("web address extra", name=name)
        return url.rstrip("/")

    def secret_key(self) -> str:
        key = self.text("SECRET_KEY")
        self.needed_in_production("SECRET_KEY", "key missing")
        if self.production and 0 < len(key) < SHORTEST_PRODUCTION_KEY:
            self.wrong("key short")
        return key

    def database_url(self) -> str:
        """The address in SQLAlchemy's spelling: one driver for PostgreSQL, a whole path for SQLite."""
        self.needed_in_production("DATABASE_URL", "database missing")
        written = self.text("DATABASE_URL", f"sqlite:///{self.var_dir / 'stepalong.db'}")
        scheme, separator, rest = written.partition("://")
        if separator and scheme == "sqlite":
            return self.sqlite_url(rest)
        if separator and scheme in ("postgres", "postgresql", "postgresql+psycopg"):
            return self.postgresql_url(f"postgresql+psycopg://{rest}")
        self.wrong("database")
        return ""

    def sqlite_url(self, rest: str) -> str:
        written, mark, query = rest.removeprefix("/").partition("?")
        file = self.root / written
        if not rest.startswith("/") or written in ("", ":memory:"):
            self.wrong("database memory")
        elif file.parent != self.var_dir and not file.parent.is_dir():
            self.wrong("database folder", value=str(file.parent))
        return f"sqlite:///{file}{mark}{query}"

    def postgresql_url(self, url: str) -> str:
        parts = _split(url)
        if not parts or not parts.path.strip("/"):
            self.wrong("database name")
        if find_spec("psycopg") is None:
            self.wrong("database driver")
        return url

    def redis(self) -> tuple[str, Path | None]:
        """The address of the Redis server, and the embedded one's socket where it is that one."""
        self.needed_in_production("REDIS_URL", "redis missing")
        url = self.text("REDIS_URL")
        if not url:
            socket = _socket_path(self.var_dir)
            return f"unix://{quote(str(socket))}", socket
        parts = _split(url)
        by_host = parts and parts.scheme in ("redis", "rediss") and parts.hostname
        by_socket = parts and parts.scheme == "unix" and parts.path.startswith("/")
        if not by_host and not by_socket:
            self.wrong("redis")
        return url, None

    def sid(self, name: str, prefix: str, needed: bool) -> str:
        sid = self.text(name)
        if self.twilio and needed and not sid:
            self.wrong("sid missing", name=name, prefix=prefix)
        if sid and not re.fullmatch(f"{prefix}[0-9A-Za-z_-]+", sid):
            self.wrong("sid", name=name, prefix=prefix)
        return sid

    def auth_tokens(self) -> tuple[str, ...]:
        tokens = [token.strip() for token in self.text("TWILIO_AUTH_TOKEN").split(",")]
        if self.twilio and not any(tokens):
            self.wrong("token missing")
        return tuple(token for token in tokens if token)

    def senders(self) -> tuple[Sender, ...]:
        senders = [self.sender(written) for written in self.text("SENDERS").split()]
        owners: dict[str, str] = {}
        for sender in senders:
            if sender.address and owners.setdefault(sender.address, sender.scheme) != sender.scheme:
                self.wrong("sender shared", value=sender.address)
        if self.twilio and not senders:
            self.wrong("senders missing")
        return tuple(dict.fromkeys(senders))

    def sender(self, written: str) -> Sender:
        scheme, _, address = written.partition("=")
        number = address.removeprefix("whatsapp:")
        if not SCHEME_KEY.fullmatch(scheme) or not NUMBER.fullmatch(number):
            self.wrong("sender", value=written)
            number = ""
        return Sender(scheme, "sms" if number == address else "whatsapp", number)

    def flows_dir(self) -> Path:
        folder = self.path("FLOWS_DIR", "flows")
        if not folder.is_dir():
            self.wrong("flows", value=str(folder))
        return folder

    def mail_url(self) -> str:
        url = self.text("MAIL_URL", f"file:{self.var_dir / 'mail'}")
        parts = _split(url)
        if parts and parts.scheme == "file" and parts.path and not parts.netloc:
            if self.production:
                self.wrong("mail kept")
            return f"file:{self.root / parts.path}"
        if not parts or parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            self.wrong("mail")
        return url


def _split(url: str) -> SplitResult | None:
    """The parts of an address, or None where its brackets or its port make no sense."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _socket_path(var_dir: Path) -> Path:
    """Where the embedded server listens: under var/, or in a short place if that is too long a path."""
    socket = var_dir / "valkey" / "valkey.sock"
    if len(os.fsencode(socket)) <= LONGEST_SOCKET_PATH:
        return socket
    folder = hashlib.sha256(os.fsencode(var_dir)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"stepalong-{folder}" / "valkey.sock"

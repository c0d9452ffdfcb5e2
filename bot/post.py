"""How one mail leaves: into a file of its own, or by SMTP. Used by ``mail`` alone."""

import os
import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import SplitResult, unquote, urlsplit

# A mail server that says nothing for this long is not there. The mail is tried again later.
TIMEOUT_SECONDS = 10
PORTS: Mapping[str, int] = {"smtp": 587, "smtps": 465}


class NotSent(Exception):
    """It did not leave. ``code`` says why, without an address in it.

    ``refused``: the server wants no mail for this address, now or later. ``down``: there is no talking to the server.
    """

    def __init__(self, code: str, *, refused: bool = False, down: bool = False) -> None:
        super().__init__(code)
        self.code, self.refused, self.down = code, refused, down


class Post(Protocol):
    """Takes mails until it is closed."""

    def send(self, mail: EmailMessage, name: str) -> None:
        """Send one mail, or raise NotSent. ``name`` is the same for the same mail, however often it is tried."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def office(mail_url: str) -> Post:
    """The post office that MAIL_URL names."""
    parts = urlsplit(mail_url)
    return Folder(Path(unquote(parts.path))) if parts.scheme == "file" else Smtp(parts)


def knock(mail_url: str, seconds: float = TIMEOUT_SECONDS) -> None:
    """See whether the post office takes us, signed in as for a mail, and send none. NotSent where it does not."""
    parts = urlsplit(mail_url)
    if parts.scheme == "file":
        return
    try:
        Smtp(parts, seconds)._connect().quit()
    except smtplib.SMTPResponseException as error:
        raise NotSent(f"{type(error).__name__} {error.smtp_code}", down=True) from error
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(type(error).__name__, down=True) from error


class Folder:
    """One RFC 5322 file a mail, whole or not there. Written again it is the same file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, mail: EmailMessage, name: str) -> None:
        part = self.folder / f".{name}.part"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # Of interest to nobody but the account the bot runs as.
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(mail.as_bytes())
            part.replace(self.folder / f"{name}.eml")
        except OSError as error:
            raise NotSent(type(error).__name__, down=True) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Smtp:
    """One connection for as many mails as there are, made at the first and again after a failure."""

    def __init__(self, url: SplitResult, seconds: float = TIMEOUT_SECONDS) -> None:
        self.url, self.seconds = url, seconds
        self.server: smtplib.SMTP | None = None

    def send(self, mail: EmailMessage, name: str) -> None:
        try:
            self.server = self.server or self._connect()
            self.server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            self._hang_up()
            raise NotSent(f"refused {max(codes)}", refused=min(codes) >= 500) from error
        except smtplib.SMTPDataError as error:
            self._hang_up()
            raise NotSent(f"not taken {error.smtp_code}", refused=error.smtp_code >= 500) from error
        except smtplib.SMTPResponseException as error:
            self._hang_up()
            raise NotSent(f"{type(error).__name__} {error.smtp_code}", down=True) from error
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            raise NotSent(type(error).__name__, down=True) from error

    def _connect(self) -> smtplib.SMTP:
        host, port = self.url.hostname or "", self.url.port or PORTS[self.url.scheme]
        if self.url.scheme == "smtps":
            context = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=self.seconds, context=context)
        else:
            server = smtplib.SMTP(host, port, timeout=self.seconds)
        try:
            self._secure(server, host)
            if self.url.username:
                server.login(unquote(self.url.username), unquote(self.url.password or ""))
        except BaseException:
            server.close()
            raise
        return server

    def _secure(self, server: smtplib.SMTP, host: str) -> None:
        """TLS, or nothing is said; only a server on this very machine may do without."""
        if self.url.scheme == "smtps":
            return
        server.ehlo()
        if server.has_extn("starttls") or not _this_machine(host):
            server.starttls(context=ssl.create_default_context())
            server.ehlo()

    def _hang_up(self) -> None:
        """After a failure nobody knows where the talk stood."""
        server, self.server = self.server, None
        if server is not None:
            server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        server, self.server = self.server, None
        if server is None:
            return
        try:
            server.quit()
        except (OSError, smtplib.SMTPException):
            server.close()


def _this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

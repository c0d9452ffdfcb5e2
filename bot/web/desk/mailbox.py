"""The mailbox on a page, where mails go into a folder: a newcomer reads digests and signs in from here.

Only outside production and with the phone on a page, where everybody in it is made up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from heapq import nlargest
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from bot.settings import Settings
from bot.web.desk import door
from bot.web.the_service import the_service

blueprint = Blueprint("mailbox", __name__)

NEWEST = 30


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as its reader sees it: lines, of which some are links of ours."""

    to: str
    subject: str
    at: datetime
    lines: Sequence[tuple[str, str]]


def is_here(settings: Settings) -> bool:
    """Whether this machine has a mailbox to look into."""
    return settings.channel == "phone" and settings.mail_url.startswith("file:") and not settings.production


@blueprint.get("/mailbox")
@door.public
def page() -> ResponseReturnValue:
    """The newest mails, newest first."""
    settings = the_service().settings
    return render_template("desk/mailbox.html", mails=list(_newest(settings)), newest=NEWEST)


def _newest(settings: Settings) -> Iterator[Mail]:
    folder = Path(unquote(urlsplit(settings.mail_url).path))
    files = nlargest(NEWEST, folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    for file in files:
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
        body = mail.get_body(("plain",))
        text = body.get_content() if body else ""
        lines = [_line(line, settings.public_url) for line in text.rstrip().splitlines()]
        yield Mail(str(mail["To"]), str(mail["Subject"]), parsedate_to_datetime(str(mail["Date"])), lines)


def _line(line: str, ours: str) -> tuple[str, str]:
    """A line and what follows from it as a path of ours, where it ends in one: `Done or later: https://...`."""
    before, found, path = line.rpartition(ours)
    follows = found and door.safe_path(path)
    return (before, path) if follows else (line, "")

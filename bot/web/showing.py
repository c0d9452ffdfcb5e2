"""How templates show things: times as a person says them, texts with nothing hidden in them."""

import hashlib
from datetime import date, datetime
from functools import cache
from html import escape
from pathlib import Path

from flask import Flask, url_for
from jinja2 import StrictUndefined

from bot.reading import displayable

SITE = "Stepalong"
STATIC = Path(__file__).parent / "static"


def install(app: Flask) -> None:
    """Give the templates their words."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        shown=displayable,
        stamp=stamp,
        clock=clock,
        day=day,
        short_day=short_day,
        full_day=full_day,
        moment=moment,
        brief=brief,
    )
    app.jinja_env.globals.update(site=SITE, static_url=static_url)


def static_url(name: str) -> str:
    """A file's address, which changes with its content, so that browsers may keep it for a year."""
    return url_for("static", filename=name, v=_digest(name))


def brief(words: str, most: int) -> str:
    """The beginning of what somebody wrote, safe to be shown, in at most so many bytes of a page."""
    taken, kept = 0, list[str]()
    for sign in displayable(words):
        taken += len(escape(sign).encode())
        if taken > most:
            return "".join(kept).rstrip() + "..."
        kept.append(sign)
    return "".join(kept)


def stamp(at: date) -> str:
    """A day or a time for machines; of a second's parts HTML takes no more than three digits."""
    return at.isoformat(timespec="seconds") if isinstance(at, datetime) else at.isoformat()


def clock(at: datetime) -> str:
    """`09:05`"""
    return f"{at:%H:%M}"


def day(at: date) -> str:
    """`Tuesday 1 December`"""
    return f"{at:%A} {at.day} {at:%B}"


def short_day(at: date) -> str:
    """`Tue 1 Dec`"""
    return f"{at:%a} {at.day} {at:%b}"


def full_day(at: date) -> str:
    """`1 Dec 2026`, where years pass."""
    return f"{at.day} {at:%b} {at.year}"


def moment(at: datetime) -> str:
    """`Tue 1 Dec, 09:05`"""
    return f"{short_day(at)}, {clock(at)}"


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]

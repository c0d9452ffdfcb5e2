"""What stands around every page of the desk: the tabs of whoever is signed in, and the links at its foot."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, url_for

from bot.web.desk import door
from bot.web.saying import lazy
from bot.web.the_service import the_service

# Endpoint, and what it is called.
TABS = (
    ("today.page", lazy("Today")),
    ("caseload.page", lazy("People")),
    ("scheme.page", lazy("Scheme")),
)
FOOT = (
    ("statements.flags", lazy("How flags are decided")),
    ("statements.accessibility", lazy("Accessibility")),
    ("mailbox.page", lazy("Mailbox")),
)

ROLES = {
    "practitioner": lazy("a practitioner"),
    "lead": lazy("the lead of a scheme"),
    "editor": lazy("an editor of flows"),
}


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    text: str
    current: bool = False


def install(app: Flask) -> None:
    """Give the desk's templates what stands around them."""
    app.context_processor(_around)


def _around() -> dict[str, Any]:
    # Functions, worked out where a template asks: a page that is about nobody looks nobody up.
    return {
        "here": door.here,
        "tabs": _tabs,
        "foot_links": _foot,
        "home_url": _home,
        "role_name": lambda role: ROLES[role],
        "mailbox_url": lambda: url_for("mailbox.page") if _is_there("mailbox.page") else "",
        "public_url": the_service().settings.public_url,
    }


def _tabs() -> Sequence[Link]:
    blueprint = (request.endpoint or "").partition(".")[0]
    return [Link(url_for(endpoint), str(text), endpoint.startswith(f"{blueprint}.")) for endpoint, text in TABS]


def _foot() -> Sequence[Link]:
    return [Link(url_for(endpoint), str(text)) for endpoint, text in FOOT if _is_there(endpoint)]


def _home() -> str:
    return url_for("today.page" if door.here() is not None else "home.index")


def _is_there(endpoint: str) -> bool:
    """The mailbox is not in earnest."""
    return endpoint in current_app.view_functions

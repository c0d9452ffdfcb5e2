"""What stands around every page of the desk: the tabs of whoever is signed in, and the links at its foot."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, url_for

from bot.web.desk import door
from bot.web.saying import lazy
from bot.web.the_service import the_service

EVERYBODY = ("practitioner", "lead", "editor")
# Endpoint, what it is called, and whose it is.
TABS = (
    ("today.page", lazy("Today"), EVERYBODY),
    ("caseload.page", lazy("People"), EVERYBODY),
    ("scheme.page", lazy("Scheme"), EVERYBODY),
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
    seen = door.here()
    mine = [(endpoint, text) for endpoint, text, roles in TABS if seen is not None and seen.role in roles]
    blueprint = (request.endpoint or "").partition(".")[0]
    return [
        Link(url_for(endpoint), str(text), endpoint.startswith(f"{blueprint}."))
        for endpoint, text in mine
        if _is_there(endpoint)
    ]


def _foot() -> Sequence[Link]:
    return [Link(url_for(endpoint), str(text)) for endpoint, text in FOOT if _is_there(endpoint)]


def _home() -> str:
    signed_in = door.here() is not None and _is_there("today.page")
    return url_for("today.page" if signed_in else "home.index")


def _is_there(endpoint: str) -> bool:
    """The mailbox is not in earnest."""
    return endpoint in current_app.view_functions

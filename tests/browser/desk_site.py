"""The desk in a real browser: the example cast, who is signed in, and every page that can be reached by a link."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Page
from sqlalchemy import select

from bot import mail, sign_in
from bot.clock import Clock
from bot.models import Practitioner, ServiceUser
from bot.service import Service

# What differs between pages of a kind: an id, or a month.
AN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d{2}(?=/|$)")
# One of a kind is looked at, and at most so many kinds: a page that makes links without end is a fault of its own.
MOST_PAGES = 80


@dataclass(frozen=True)
class DeskSite:
    """Where the server answers, and the service behind it."""

    url: str
    service: Service

    def person(self, name: str) -> uuid.UUID:
        with self.service.database.read() as db:
            return db.scalars(select(ServiceUser.id).where(ServiceUser.first_name == name)).one()

    def link(self, email: str) -> str:
        """A link to sign in, as the mail brings it."""
        with self.service.database.write() as db:
            [made] = sign_in.ask(db, self.url, email, Clock().now())
            [line] = [line for line in made.body.splitlines() if "/sign-in/" in line]
        return line

    def send_mail(self) -> int:
        """What a worker does at once."""
        return mail.deliver(self.service.database, self.service.settings, self.service.clock.now)

    def email(self, first_name: str) -> str:
        with self.service.database.read() as db:
            return db.scalars(select(Practitioner.email).where(Practitioner.first_name == first_name)).one()

    def sign_in(self, page: Page, first_name: str) -> None:
        page.goto(self.link(self.email(first_name)))
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)


def every_page(page: Page, site: DeskSite, start: str) -> Iterator[str]:
    """Each kind of page that links lead to from here, opened; one of each kind, for ids differ and pages do not."""
    waiting, seen = [start], set[str]()
    while waiting:
        path = waiting.pop(0)
        kind = AN_ID.sub("ID", urlsplit(path).path)
        if kind in seen:
            continue
        seen.add(kind)
        assert len(seen) <= MOST_PAGES, "links without end"
        answer = page.goto(site.url + path)
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        assert answer.status == 200, path
        yield path
        waiting += _links(page, site)


def _links(page: Page, site: DeskSite) -> list[str]:
    found: list[str] = page.eval_on_selector_all("a[href]:not([download])", "all => all.map(each => each.href)")
    ours = [link.removeprefix(site.url) for link in found if link.startswith(site.url + "/")]
    return [link for link in ours if not link.startswith(("/phone", "/static", "/go-live", "/sign-in", "/f/", "/p/"))]

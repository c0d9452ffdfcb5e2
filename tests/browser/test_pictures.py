"""Every page of the desk has its picture in docs/pages.md; `make pictures` takes them anew."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from bot import door
from bot.channels import Inbound
from bot.settings import ROOT
from tests.browser.desk_site import DeskSite, every_page
from tests.browser.pictures import Album, name_of
from tests.browser.tour import people_ask

pytestmark = pytest.mark.browser

BEFORE = ("/", "/sign-in", "/sign-in/sent", "/mailbox", "/accessibility", "/how-flags-are-decided")
# The rest is shown as a lead sees it.
AS_SAM = ("/today", "/people", "/flags")


def test_every_page_has_its_picture(
    request: pytest.FixtureRequest, browser: Browser, desk_site: DeskSite, tmp_path: Path
) -> None:
    wanted = bool(request.config.getoption("--pictures"))
    docs = ROOT / "docs"
    folder = docs / "images" / "desk"
    with browser.new_context(reduced_motion="reduce") as context, browser.new_context() as bare:
        album = Album(folder, bare.new_page())
        if wanted:
            for old in folder.glob("*.png"):
                old.unlink()
        names = set[str]()
        for page, path in _pages(context.new_page(), desk_site):
            names.add(name_of(path))
            if wanted:
                album.take(page, path)
    if wanted:
        (docs / "pages.md").write_text(album.page())
    assert names == {file.stem.rpartition("-")[0] for file in folder.glob("*.png")}, "make pictures"
    assert len(names) > 30


def _pages(page: Page, site: DeskSite) -> Iterator[tuple[Page, str]]:
    """Each kind of page once, opened, in a world with something on each."""
    people_ask(site)
    site.sign_in(page, "Sam")
    _write_about_priya(page, site)
    [one_tap] = _links_in_mail(page, site, "/f/")[:1]
    for path in every_page(page, site, f"/people/{site.person('Priya')}"):
        if path.startswith(AS_SAM):
            yield page, path
    page.context.clear_cookies()
    for path in (*BEFORE, one_tap):
        page.goto(site.url + path)
        yield page, path
    enter = site.link(site.email("Jo")).removeprefix(site.url)
    page.goto(site.url + enter)
    yield page, enter
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/today")
    _an_unknown_number(site)
    for path in every_page(page, site, "/scheme"):
        if path not in BEFORE and not path.startswith(AS_SAM) or path == "/people/import":
            yield page, path


def _write_about_priya(page: Page, site: DeskSite) -> None:
    at = f"{site.url}/people/{site.person('Priya')}"
    page.goto(f"{at}/notes")
    page.locator("#note-words").fill("She would rather be rung before school comes out.")
    page.get_by_role("button", name="Keep the note").click()
    page.goto(f"{at}/promises")
    page.locator("#about").fill("what a stall at the market costs")
    page.get_by_role("button", name="Promise it").click()


def _links_in_mail(page: Page, site: DeskSite, begins: str) -> list[str]:
    page.goto(f"{site.url}/mailbox")
    found: list[str] = page.eval_on_selector_all(f'a[href^="{begins}"]', "all => all.map(a => a.getAttribute('href'))")
    return found


def _an_unknown_number(site: DeskSite) -> None:
    inbound = Inbound(
        provider_id="pictures",
        channel="sms",
        address="+447700900999",
        sender="phone:tyneside",
        body="hiya its leon, got a new phone",
    )
    door.take(site.service, "tyneside", inbound)

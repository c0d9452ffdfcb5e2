"""Every page of the desk in a real browser: axe, at 320 and 1280 pixels, light and dark, with a script and without."""

from collections.abc import Iterator, Sequence

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from tests.browser.desk_site import DeskSite, every_page
from tests.browser.looking import SCREENS, Screen, faults, troubles

pytestmark = pytest.mark.browser

# What no link leads to before somebody has signed in.
OUTSIDE = ("/", "/sign-in", "/sign-in/sent", "/sign-in/nothing", "/mailbox", "/accessibility", "/how-flags-are-decided")


# Light and dark, small and wide, script and none: each with each, in half the runs of axe.
HALVES: dict[bool, Sequence[Screen]] = {True: (SCREENS[0], SCREENS[3]), False: (SCREENS[1], SCREENS[2])}


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
def test_axe_finds_nothing_on_any_page(browser: Browser, desk_site: DeskSite, scripts: bool) -> None:
    with browser.new_context(reduced_motion="reduce") as context:
        page = context.new_page()
        devtools = context.new_cdp_session(page)
        found: dict[str, list[str]] = {}
        for path in _opened(page, desk_site, devtools, scripts):
            # The page is as it came. Axe is a script itself, and waits for timers, which run with scripts alone.
            _let_scripts_run(devtools, True)
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            found[path] = troubles(page, screens=HALVES[scripts])
            _let_scripts_run(devtools, scripts)
        # A fault of our own making is found.
        _let_scripts_run(devtools, True)
        page.evaluate("document.querySelector('main').append(document.createElement('img'))")
        assert any("image-alt" in each for each in faults(page))
    assert {path: wrong for path, wrong in found.items() if wrong} == {}
    assert len(found) > 30, sorted(found)


def _opened(page: Page, site: DeskSite, devtools: CDPSession, scripts: bool) -> Iterator[str]:
    """Every page, one after the other, before anybody has signed in and after."""
    _let_scripts_run(devtools, scripts)
    for path in OUTSIDE:
        page.goto(site.url + path)
        yield path
    site.sign_in(page, "Jo")
    yield from every_page(page, site, "/today")


def _let_scripts_run(devtools: CDPSession, run: bool) -> None:
    devtools.send("Emulation.setScriptExecutionDisabled", {"value": not run})

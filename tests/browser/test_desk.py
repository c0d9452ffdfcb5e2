"""Every page of the desk in a real browser: axe, at 320 and 1280 pixels, light and dark, with a script and without."""

from collections.abc import Sequence

import pytest
from playwright.sync_api import Browser

from tests.browser.desk_site import DeskSite, every_page
from tests.browser.looking import SCREENS, Screen, troubles

pytestmark = pytest.mark.browser

# What no link leads to before somebody has signed in.
OUTSIDE = ("/", "/sign-in", "/sign-in/sent", "/sign-in/nothing", "/mailbox", "/accessibility", "/how-flags-are-decided")


# Light and dark, small and wide, script and none: each with each, in half the runs of axe.
HALVES: dict[bool, Sequence[Screen]] = {True: (SCREENS[0], SCREENS[3]), False: (SCREENS[1], SCREENS[2])}


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
def test_axe_finds_nothing_on_any_page(browser: Browser, desk_site: DeskSite, scripts: bool) -> None:
    with browser.new_context(reduced_motion="reduce", java_script_enabled=scripts) as context:
        page = context.new_page()
        found: dict[str, list[str]] = {}
        for path in OUTSIDE:
            page.goto(desk_site.url + path)
            found[path] = troubles(page, screens=HALVES[scripts])
        desk_site.sign_in(page, "Jo")
        for path in every_page(page, desk_site, "/today"):
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            found[path] = troubles(page, screens=HALVES[scripts])
        assert {path: wrong for path, wrong in found.items() if wrong} == {}
        assert len(found) > 20, sorted(found)

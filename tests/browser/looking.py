"""What is looked at on every page, at every size: what axe finds, and what has to be scrolled sideways to be read."""

from collections.abc import Sequence
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

Screen = tuple[int, Literal["light", "dark"]]
# 640 is a screen of 1280 at twice the size.
WIDTHS = (320, 640, 1280)
SCREENS: Sequence[Screen] = ((320, "light"), (320, "dark"), (1280, "light"), (1280, "dark"))


def troubles(page: Page, widths: Sequence[int] = WIDTHS, screens: Sequence[Screen] = SCREENS) -> list[str]:
    """What is wrong: too wide at a width, or found by axe on a screen."""
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{width}: wider than the screen")
    for width, colours in screens:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=colours)
        found += [f"{width} {colours}: {fault}" for fault in faults(page)]
    return found


def faults(page: Page) -> list[str]:
    """What axe finds; it is put into the page once."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(Axe().axe_script)
    violations = page.evaluate("axe.run({resultTypes: ['violations']}).then(found => found.violations)")
    return [f"{each['id']}: {node['html'][:120]}" for each in violations for node in each["nodes"]]

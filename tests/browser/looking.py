"""What is looked at on every page, at every size: what axe finds, and what has to be scrolled sideways to be read."""

from collections.abc import Sequence
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# 640 is a screen of 1280 at twice the size.
WIDTHS, LOOKED_AT = (320, 640, 1280), (320, 1280)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def troubles(page: Page, widths: Sequence[int] = WIDTHS) -> list[str]:
    """What is wrong on every kind of screen."""
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in SCHEMES if width in LOOKED_AT else ():
            page.emulate_media(color_scheme=scheme)
            found += [f"{width} {scheme}: {fault}" for fault in faults(page)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{width}: wider than the screen")
    return found


def faults(page: Page) -> list[str]:
    violations = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['html'][:120]}" for each in violations for node in each["nodes"]]

"""The box on a person's page in a real browser: counted as it is billed while one types, and kept in the tab."""

import re

import pytest
from playwright.sync_api import Page, expect

from bot.conversation import signature
from bot.web.desk.reply_box import size
from tests.browser.desk_site import DeskSite

pytestmark = pytest.mark.browser

TYPED = [
    "See you at 2",
    "See you at 2, Sam x",
    "it\u2019s on \u201cThursday\u201d \u2013 2pm\u2026",
    "it\u2019s great \U0001f600",
    "Siân, 5€ [each]\nRing if not",
    "x" * 151,
    "x" * 152,
    "\U0001f469\u200d\U0001f393 " * 20,
    "\ufeff a\u200bb\u202e\t ",
    "\u0175" * 100,
    "x" * 1600,
]


def test_it_is_counted_as_it_is_billed_and_stays_in_the_tab_until_it_is_sent(page: Page, desk_site: DeskSite) -> None:
    desk_site.sign_in(page, "Sam")
    page.goto(f"{desk_site.url}/people/{desk_site.person('Leon')}")
    words, count = page.locator("#words"), page.locator("#count")
    # The script and the server count alike, signature and all.
    for typed in TYPED:
        words.fill(typed)
        expect(count).to_have_text(size(signature.signed(typed, "Sam")))
    words.fill("Good luck tomorrow!")
    page.reload()
    expect(words).to_have_value("Good luck tomorrow!")
    expect(page.get_by_text("What you typed here before was kept.")).to_be_visible()
    # The tests run at night, too.
    page.get_by_role("button", name=re.compile("^Send (now|at 09:00)$")).click()
    expect(page.get_by_role("heading", name="Not sent yet")).to_be_visible()
    page.reload()
    expect(words).to_have_value("")

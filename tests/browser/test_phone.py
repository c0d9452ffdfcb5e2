"""The phone in a real browser: with a script, without one, by keyboard alone, and for axe."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site
from tests.browser.looking import troubles

pytestmark = pytest.mark.browser

ASK = "can i talk to someone please"


def text(page: Page, words: str) -> None:
    page.get_by_label("Text as Amina").fill(words)
    page.get_by_role("button", name="Send").click()


def test_axe_finds_nothing_and_everything_fits(browser: Browser, site: Site) -> None:
    # A text that is still rising is paler than it will be.
    with browser.new_context(reduced_motion="reduce") as context:
        page = context.new_page()
        for address in ("/", "/nowhere", "/phone/start-over"):
            page.goto(site.url + address)
            assert troubles(page) == []
        page.goto(site.phone("Amina"))
        text(page, ASK)
        expect(page.locator(".got")).to_have_count(1)
        page.locator("#wait-168").click()
        expect(page.locator("#news")).to_contain_text("A week passed.")
        text(page, "supercalifragilistic" * 10 + " \u202e i want to die")
        expect(page.locator("#beside")).to_contain_text("A message needs Sam now")
        page.locator("#digest").click()
        expect(page.locator("#beside pre").first).to_be_visible()
        assert troubles(page) == []


def test_with_a_script_a_text_and_its_reply_come_without_a_new_page(page: Page, site: Site) -> None:
    page.goto(site.phone("Amina"))
    page.evaluate("window.same = true")
    text(page, ASK)
    expect(page.locator(".wrote .words")).to_have_text(ASK)
    expect(page.locator(".got .words")).to_contain_text("Sam")
    expect(page.locator("#beside")).to_contain_text("Amina asked for Sam")
    expect(page.get_by_label("Text as Amina")).to_have_value("")
    expect(page.get_by_label("Text as Amina")).to_be_focused()
    assert page.evaluate("window.same")
    text(page, "and another")
    expect(page.locator(".wrote")).to_have_count(2)
    assert page.evaluate("document.querySelectorAll('.day').length") == 1


def test_with_a_script_what_is_typed_meanwhile_stays(page: Page, site: Site) -> None:
    page.goto(site.phone("Amina"))
    page.route("**/text", lambda route: (page.get_by_label("Text as Amina").fill("and more"), route.continue_()))
    text(page, ASK)
    expect(page.locator(".got")).to_have_count(1)
    expect(page.get_by_label("Text as Amina")).to_have_value("and more")


def test_with_a_script_segments_are_counted_while_typing(page: Page, site: Site) -> None:
    page.goto(site.phone("Amina"))
    for words, said in [
        ("hello", "5 characters, 1 segment"),
        ("\u20ac" * 81, "81 characters, 2 segments"),
        ("\U0001f642" * 36, "36 characters, 2 segments"),
        ("", ""),
    ]:
        page.get_by_label("Text as Amina").fill(words)
        expect(page.locator("#count")).to_have_text(said)


def test_with_a_script_time_passes_and_the_newest_text_is_in_view(page: Page, site: Site) -> None:
    page.goto(site.phone("Amina"))
    before = page.locator("#today").inner_text()
    page.locator("#wait-168").click()
    expect(page.locator("#news")).to_contain_text("A week passed.")
    expect(page.locator(".got .words").last).to_be_in_viewport()
    expect(page.locator("#today")).not_to_have_text(before)
    expect(page.locator("#wait-168")).to_be_focused()


def test_without_a_script_everything_works_by_plain_forms(plain_page: Page, site: Site) -> None:
    page = plain_page
    page.goto(site.phone("Amina"))
    text(page, ASK)
    expect(page.locator(".wrote .words")).to_have_text(ASK)
    expect(page.locator(".got .words")).to_be_in_viewport()
    page.get_by_role("button", name="I've seen it").click()
    expect(page.locator("#beside")).to_contain_text("Seen by Sam")
    page.get_by_label("Note, as Sam").fill("rang her")
    page.get_by_role("button", name="Done: hand back to the bot").click()
    expect(page.locator("#beside")).to_contain_text("Nothing needs Sam.")
    page.get_by_role("button", name="A week").click()
    expect(page.locator("#news")).to_contain_text("A week passed.")
    page.get_by_role("button", name="Sam and Amina met").click()
    expect(page.locator("#news")).to_contain_text("Logged")
    page.get_by_role("link", name="Leon").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Leon's phone")


def test_by_keyboard_alone(page: Page, site: Site) -> None:
    page.goto(site.phone("Amina"))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the page")).to_be_in_viewport()
    seen: list[str] = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(str(page.evaluate("document.activeElement.id || document.activeElement.className")))
        assert page.evaluate(VISIBLE_FOCUS), seen[-1]
        if seen[-1] == "words":
            break
    assert "thread" in seen
    page.keyboard.type(ASK)
    page.keyboard.press("Enter")
    expect(page.locator(".got")).to_have_count(1)
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.locator("#wait-24")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("#news")).to_contain_text("A day passed.")


# Focus shows as an outline or a shadow, on the thing itself.
VISIBLE_FOCUS = """() => {
  const style = getComputedStyle(document.activeElement);
  return document.activeElement === document.body || style.outlineStyle !== "none" || style.boxShadow !== "none";
}"""

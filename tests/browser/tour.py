"""A practitioner's ten minutes between two appointments, on a small phone: every touch of the screen is counted."""

import re
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect
from sqlalchemy import select

from bot import phone
from bot.models import ServiceUser
from tests.browser.desk_site import DeskSite

# The smallest phone that the pages are made for.
SMALL: ViewportSize = {"width": 320, "height": 640}
# Kim asked yesterday, in the example cast's past; these two ask now. Tom has been quiet for weeks.
ASKS = {"Leon": "can i talk to sam please", "Priya": "could someone ring me about the stall"}
ASKED = ("Kim", "Leon", "Priya")
QUIET = "Tom"
WRITTEN = {
    "Kim": "I have asked about the travel money. Can I ring you at two?",
    "Leon": "Of course. Are you free tomorrow morning?",
    "Priya": "Happy to. I will ring you this afternoon.",
}


def people_ask(site: DeskSite) -> None:
    """They text the bot, as they do."""
    for name, words in ASKS.items():
        with site.service.database.read() as db:
            person = db.scalars(select(ServiceUser).where(ServiceUser.first_name == name)).one()
        phone.text(site.service, person, words, f"tour {name}")
    # What is told of it leaves at once; the next mail is the link to sign in.
    site.send_mail()


def small_phone(browser: Browser, scripts: bool = True) -> BrowserContext:
    return browser.new_context(
        viewport=SMALL, has_touch=True, is_mobile=True, java_script_enabled=scripts, reduced_motion="reduce"
    )


@dataclass
class Tour:
    """Sam's thumb. Putting it into a field to type is a tap, too; scrolling and typing are none."""

    page: Page
    site: DeskSite
    tapped: list[str] = field(default_factory=list)

    def tap(self, what: Locator, name: str) -> None:
        self.tapped.append(name)
        what.tap()

    def button(self, name: str | re.Pattern[str]) -> None:
        self.tap(self.page.get_by_role("button", name=name, exact=isinstance(name, str)), f"button {name}")

    def link(self, name: str | re.Pattern[str]) -> None:
        self.tap(self.page.get_by_role("link", name=name, exact=isinstance(name, str)).first, f"link {name}")

    def type(self, label: str, words: str) -> None:
        self.tap(self.page.get_by_label(label, exact=True), f"field {label}")
        self.page.keyboard.type(words)

    def sign_in(self, email: str) -> None:
        """From asking for the mail to today."""
        self.page.goto(f"{self.site.url}/sign-in")
        self.type("Work e-mail address", email)
        self.button("Send me a link")
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Look at your mail")
        assert self.site.send_mail() == 1
        self.link("Open the mailbox of this copy")
        self.tap(self.page.locator('.mail[open] a[href*="/sign-in/"]'), "link in the mail")
        self.button("Sign in")
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Today")

    def answer(self, name: str) -> None:
        """From today to their page, and a text to them, which settles what they asked for."""
        self._write(name)
        self.button(re.compile("^Send (now|at 09:00), and done"))
        # At night the text waits for the morning.
        expect(self.page.locator(".news").first).to_contain_text(re.compile("(on its way|will leave).* Done[.]"))

    def answer_with_a_barrier(self, name: str, barrier: str) -> None:
        """The same, settled on the flag's page, which asks what got in the way."""
        self._write(name)
        self.button(re.compile("^Send (now|at 09:00)$"))
        expect(self.page.locator(".news").first).to_contain_text(re.compile("on its way|will leave"))
        self.link(re.compile("^See why ?: .*asked"))
        self.button("I’ve been in touch")
        expect(self.page.locator(".news").first).to_contain_text("Done.")
        self.button(barrier)
        expect(self.page.locator(".news").first).to_contain_text("Noted.")

    def _write(self, name: str) -> None:
        self.link(re.compile(rf"^{name}\b"))
        expect(self.page.get_by_role("heading", level=1)).to_have_text(name)
        self.type("Your text", WRITTEN[name])

    def give_it_a_week(self, name: str) -> None:
        self.link(re.compile(rf"^Say what you did ?: {name}\b.*, quiet", re.IGNORECASE))
        self.button("Give it a week")
        expect(self.page.locator(".news").first).to_contain_text("It is put off.")

    def today(self) -> None:
        self.link("Today")
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Today")

"""Where a digest and an alert lead: to pages of ours, each with the right of whoever it was mailed to."""

import re
from uuid import UUID, uuid4

import pytest

from bot import digests, flags, one_tap
from bot.models import Digest, Email, Message
from bot.settings import Settings
from tests.flags.conftest import Cast

SECRET = "i cant go on"


@pytest.fixture
def kim(cast: Cast) -> UUID:
    return cast.practitioner("Kim", role="lead")


def digest(cast: Cast, practitioner: UUID | None = None) -> str:
    with cast.database.write() as db:
        made = digests.make(db, cast.library, practitioner or cast.sam, cast.now, by_hand=True)
    assert made
    return made.body


def alert_to(cast: Cast, email: str) -> Email:
    [found] = [mail for mail in cast.mails() if mail.to == email and mail.kind == "alert"]
    return found


def links_in(body: str) -> dict[str, str]:
    """By what stands before each: on its own line, or on the line above."""
    found = re.finditer(r"^ *(?:([^:\n]+): *)?\n?(https?://\S+)$", body, re.MULTILINE)
    return {match[1].strip(): match[2] for match in found}


def test_a_digest_leads_to_the_person_and_settles_the_flag(cast: Cast, settings: Settings) -> None:
    flag = cast.flag("asked_for_you")
    found = links_in(digest(cast))
    assert found["Reply (sign in)"] == f"{settings.public_url}/p/{cast.leon.hex[:8]}"
    tap = one_tap.read(settings, found["Done or later"].rpartition("/f/")[2])
    [made] = cast.rows(Digest)
    assert tap == one_tap.Tap(flag.id, cast.sam, flag.version, made.id)
    assert found["How flags are decided"] == f"{settings.public_url}/how-flags-are-decided"
    assert found["Change how often"].startswith(f"{settings.public_url}/how-often/")


def test_each_reader_gets_a_link_of_their_own(cast: Cast, kim: UUID, settings: Settings) -> None:
    cast.set(cast.leon, practitioner_id=kim)
    cast.flag("misread")
    tap = one_tap.read(settings, links_in(digest(cast, kim))["Done or later"].rpartition("/f/")[2])
    assert tap.practitioner_id == kim


def test_safety_is_read_behind_the_sign_in_and_settled_nowhere_else(cast: Cast, settings: Settings) -> None:
    cast.wrote(SECRET)
    flag = cast.flag("safety", loud=True)
    page = f"{settings.public_url}/flags/{flag.id}"
    found = links_in(digest(cast))
    assert found["Read it (sign in)"] == page
    assert "Done or later" not in found
    assert links_in(alert_to(cast, "sam@example.org").body) == {"Read it, and say that you have it (sign in)": page}
    assert "/f/" not in "".join(mail.body for mail in cast.mails())


def test_nobody_is_led_to_text_somebody_whom_texts_put_in_danger(cast: Cast) -> None:
    cast.set(cast.leon, held_for="not_safe")
    cast.flag("asked_for_you")
    assert "Reply (sign in)" not in digest(cast)
    assert all("/p/" not in mail.body for mail in cast.mails())


def test_a_safety_mail_says_nothing_about_the_person(cast: Cast) -> None:
    cast.set(cast.leon, reference="T-104")
    cast.wrote(SECRET)
    cast.flag("safety", loud=True)
    for mail in cast.mails():
        said = mail.subject + mail.body
        assert not any(word in said for word in ("Leon", "L.", "T-104", cast.leon.hex[:8], "+4477", SECRET))
        assert mail.subject.startswith("A message needs you now (")


def test_a_duty_contact_who_cannot_sign_in_learns_whom_to_ring(cast: Cast) -> None:
    flag = cast.flag("safety", loud=True)
    duty = alert_to(cast, "jo.ridley@example.org").body
    assert "http" not in duty, "no page that they could not open"
    said = " ".join(duty.split())
    assert "You cannot sign in here, so ring whoever looks after them: Sam, 01632 960100." in said
    assert flag.id.hex[:8] in said


def test_a_duty_contact_of_the_staff_gets_the_page(cast: Cast, settings: Settings) -> None:
    cast.practitioner("Jo", email="jo.ridley@example.org", role="lead")
    flag = cast.flag("safety", loud=True)
    assert f"{settings.public_url}/flags/{flag.id}" in alert_to(cast, "jo.ridley@example.org").body


def test_a_crisis_of_a_number_nobody_knows_leads_to_its_flag(cast: Cast, kim: UUID, settings: Settings) -> None:
    text = Message(
        id=uuid4(), scheme_id="tyneside", channel="sms", address="+447700900801", direction="in", kind="text",
        body=SECRET, state="unclaimed", created_at=cast.now,
    )  # fmt: skip
    cast.add(text)
    with cast.database.write() as db:
        flag = flags.raise_flag(db, cast.library, None, "safety", cast.now, why="", loud=True, message_id=text.id)
    mail = alert_to(cast, "kim@example.org").body
    assert "From:  a number we do not know" in mail
    assert f"{settings.public_url}/flags/{flag.id}" in mail


def test_who_asked_can_be_answered_from_the_alert(cast: Cast, settings: Settings) -> None:
    flag = cast.flag("asked_for_you")
    found = links_in(alert_to(cast, "sam@example.org").body)
    assert found["Reply (sign in)"] == f"{settings.public_url}/p/{cast.leon.hex[:8]}"
    tap = one_tap.read(settings, found["Done or later"].rpartition("/f/")[2])
    assert tap == one_tap.Tap(flag.id, cast.sam, flag.version, None)


def test_links_are_of_the_address_that_people_reach_us_by(cast: Cast, settings: Settings) -> None:
    cast.flag("quiet")
    assert all(link.startswith(settings.public_url) for link in links_in(digest(cast)).values())


def test_the_same_news_is_no_news_though_its_links_are_new(cast: Cast) -> None:
    cast.flag("misread")
    digest(cast)
    with cast.database.write() as db:
        assert digests.make(db, cast.library, cast.sam, cast.now, by_hand=True) is None

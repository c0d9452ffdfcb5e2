"""Today: the digest's order, live and uncut, their words first; and a good page where nothing needs anybody."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot import digests, flags
from bot.conversation import timing
from bot.models import Cover, Flag, Practitioner, Promise, ServiceUser, Step
from bot.web.showing import short_day
from tests.desk.conftest import Desk

CheckPage = Callable[[str], None]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NASTY = "<script>alert(1)</script> \u202e=HYPERLINK(evil)"


def raised(desk: Desk, name: str, kind: str, ago: timedelta = HOUR, **changes: Any) -> uuid.UUID:
    """A flag as a rule raises it, with its evidence, some time ago."""
    at = desk.now - ago
    with desk.service.database.write() as db:
        person = db.get_one(ServiceUser, desk.people[name])
        flag = flags.raise_flag(db, desk.service.library, person, kind, at, why="a test")
        for field, value in changes.items():
            setattr(flag, field, value)
        return flag.id


def today(desk: Desk, name: str = "sam", path: str = "/today") -> str:
    answer = desk.signed_in(name).get(path)
    assert answer.status_code == 200
    return answer.text


def order(html: str) -> list[str]:
    """The people of the list, in its order."""
    return re.findall(r'<h3><a href="/people/[^"]+">([^<]+)</a></h3>', html)


def section(html: str, title: str) -> str:
    found = re.search(rf"<h2>{title}</h2>(.*?)</section>", html, re.DOTALL)
    return found[1] if found else ""


def step(desk: Desk, name: str, words: str, ago: timedelta = DAY) -> None:
    at = desk.now - ago
    with desk.service.database.write() as db:
        owner = {"scheme_id": "tyneside", "service_user_id": desk.people[name]}
        db.add(Step(**owner, words=words, set_at=at - DAY, outcome="done", outcome_at=at))


# ---------------------------------------------------------------- what stands in it


def test_nothing_needs_you_is_a_good_page(desk: Desk, check_page: CheckPage) -> None:
    desk.add_person("Leon")
    desk.add_person("Priya")
    step(desk, "priya", "rang the college")
    html = today(desk)
    check_page(html)
    assert "Nothing needs you." in html
    assert "Good news first: 1 person did a step this week." in html
    assert "2 on track." in html
    assert "rang the college" in section(html, "Steps done this week")


def test_the_order_is_that_of_the_digest(desk: Desk, check_page: CheckPage) -> None:
    kinds = ["misread", "quiet", "confidence", "cant_reach", "asked_for_you", "safety"]
    for n, kind in enumerate(kinds):
        desk.add_person(kind.capitalize())
        raised(desk, kind, kind, ago=(n + 1) * HOUR)
    desk.add_person("Back")
    raised(desk, "back", "asked_for_you", snoozed_until=desk.now - HOUR)
    desk.add_person("Quietback")
    raised(desk, "quietback", "quiet", snoozed_until=desk.now - HOUR)
    html = today(desk)
    check_page(html)
    page = order(html)
    assert page == ["Safety", "Asked_for_you", "Back", "Cant_reach", "Confidence", "Quiet", "Misread", "Quietback"]
    with desk.service.database.write() as db:
        made = digests.make(db, desk.service.library, desk.staff["sam"], desk.now, by_hand=True)
    assert made
    mailed = re.findall(r"^\d+ of 8  .* - (\w+), ", made.body, re.MULTILINE)
    assert mailed == page[:7]


def test_their_words_come_first_and_every_number_has_its_words_or_date(desk: Desk) -> None:
    desk.add_person("Leon", reference="T-1")
    desk.add_text("leon", "start at 6am now so bit knackered", created_at=desk.now - 3 * DAY)
    raised(desk, "leon", "quiet")
    html = today(desk)
    [entry] = re.findall(r"<ol.*?</ol>", html, re.DOTALL)
    assert entry.index("start at 6am") < entry.index(">Quiet<")
    assert "Leon (T-1)" in entry
    assert "<time datetime=" in entry


def test_the_words_stand_here_whatever_the_mails_leave_out(desk: Desk) -> None:
    scheme = desk.service.library.scheme("tyneside")
    object.__setattr__(scheme, "digest_detail", "codes")
    try:
        desk.add_person("Leon")
        desk.add_text("leon", "cv nearly there")
        raised(desk, "leon", "misread")
        assert "cv nearly there" in today(desk)
    finally:
        object.__setattr__(scheme, "digest_detail", "words")


def test_the_words_of_safety_are_read_on_its_own_page(desk: Desk) -> None:
    desk.add_person("Sky")
    text = desk.add_text("sky", "SECRET")
    flag = raised(desk, "sky", "safety", message_id=text)
    html = today(desk)
    assert "SECRET" not in html
    assert f'href="/flags/{flag}"' in html
    assert "Read it now." in html


def test_nothing_is_cut(desk: Desk, check_page: CheckPage) -> None:
    """Fifty flags: as many pages as it takes, each of them small, and everybody on one of them."""
    for n in range(50):
        desk.add_person(f"P{n:02}")
        desk.add_text(f"p{n:02}", "what am i to do about the travel money then, nobody has told me " * 2)
        raised(desk, f"p{n:02}", "asked_for_you", ago=(60 - n) * HOUR)
    client = desk.signed_in("sam")
    seen: list[str] = []
    for number in (1, 2, 3):
        html = client.get(f"/today?page={number}").text
        check_page(html)
        assert "50 need you" in html
        seen += order(html)
    assert seen == [f"P{n:02}" for n in range(50)]
    assert order(client.get("/today?page=99").text) == seen[40:]
    assert client.get("/today?page=x").status_code == 200


def test_what_people_wrote_does_no_harm(desk: Desk, check_page: CheckPage) -> None:
    desk.add_person("<b>Leon</b>")
    desk.people["leon"] = desk.people.pop("<b>leon</b>")
    desk.add_text("leon", NASTY)
    raised(desk, "leon", "asked_for_you")
    step(desk, "leon", NASTY)
    html = today(desk)
    check_page(html)
    assert "<script>alert" not in html
    assert "<b>Leon" not in html
    assert "\u202e" not in html


def test_what_was_promised_and_is_due(desk: Desk, check_page: CheckPage) -> None:
    for name, days in (("Amina", 2), ("Dev", 0), ("Later", -3)):
        desk.add_person(name)
        day = timing.local("Europe/London", desk.now).date() - days * DAY
        owner = {"scheme_id": "tyneside", "service_user_id": desk.people[name.lower()], "by": "sam@example.org"}
        with desk.service.database.write() as db:
            db.add(Promise(**owner, at=desk.now - 5 * DAY, what="ring", words="about the bus pass", day=day))
    html = today(desk)
    check_page(html)
    due = section(html, "What you promised")
    assert re.findall(r"Ring (\w+)", due) == ["Amina", "Dev"]
    assert "it is overdue" in due
    assert "about the bus pass" in due
    assert "Nothing needs you" not in html
    with desk.service.database.write() as db:
        made = digests.make(db, desk.service.library, desk.staff["sam"], desk.now, by_hand=True)
    assert made
    assert made.subject.endswith("2 promises due")
    assert "bus pass" not in made.body


def test_every_link_leads_somewhere(desk: Desk) -> None:
    for name, changes in (("Amina", {}), ("Dev", {"snoozed_until": desk.now + DAY})):
        desk.add_person(name)
        raised(desk, name.lower(), "misread", **changes)
    client = desk.signed_in("sam")
    for page in ("/today", "/people"):
        links = set(re.findall(r'<a href="(/[^"#]*)"', client.get(page).text))
        assert len(links) > 4
        for link in links:
            assert client.get(link).status_code == 200, (page, link)


# ---------------------------------------------------------------- what does not need anybody now


def test_put_off_is_a_list_of_its_own_and_says_until_when(desk: Desk, check_page: CheckPage) -> None:
    for name in ("Dated", "Waiting"):
        desk.add_person(name)
    until = desk.now + 10 * DAY
    days = [short_day(timing.local("Europe/London", at)) for at in (until, until + DAY)]
    raised(desk, "dated", "quiet", snoozed_until=until, snooze_ends="date")
    raised(desk, "waiting", "misread", snoozed_until=until + DAY, snooze_ends="reply")
    html = today(desk)
    check_page(html)
    assert "Nothing needs you." in html
    listed = section(html, "Put off")
    assert order(listed) == ["Dated", "Waiting"]
    assert f"Until {days[0]}." in listed
    assert f"Until they write, until {days[1]} at the latest." in listed


def test_what_somebody_took_on_says_who(desk: Desk) -> None:
    desk.add_person("Amina")
    desk.add_person("Dev")
    raised(desk, "amina", "asked_for_you", acknowledged_at=desk.now, acknowledged_by="sam@example.org")
    raised(desk, "dev", "cant_reach", acknowledged_at=desk.now, acknowledged_by="jo@example.org")
    html = today(desk)
    assert order(section(html, "What I took on")) == ["Amina"]
    others = section(html, "Taken on by a colleague")
    assert order(others) == ["Dev"]
    assert "Jo has it." in others


def test_safety_that_somebody_has_stays_on_top(desk: Desk) -> None:
    desk.add_person("Sky")
    raised(desk, "sky", "safety", acknowledged_at=desk.now, acknowledged_by="sam@example.org")
    html = today(desk)
    assert "1 needs you" in html
    assert "sam@example.org has it; it stays here until the outcome is written." in html


def test_who_was_written_to_since_is_waited_for(desk: Desk) -> None:
    desk.add_person("Amina")
    raised(desk, "amina", "asked_for_you")
    with desk.service.database.write() as db:
        db.get_one(ServiceUser, desk.people["amina"]).last_person_sent_at = desk.now
    html = today(desk)
    assert "Nothing needs you." in html
    assert order(section(html, "You have written since")) == ["Amina"]


def test_passed_on_it_is_on_the_colleagues_page(desk: Desk) -> None:
    desk.add_person("Amina")
    given = {"passed_to": "jo@example.org", "passed_by": "sam@example.org"}
    raised(desk, "amina", "misread", **given, passed_until=desk.now + 3 * DAY)
    html = today(desk)
    assert "Nothing needs you." in html
    assert "With Jo; back with you on " in section(html, "Passed on")
    assert order(today(desk, "jo")) == ["Amina"]


# ---------------------------------------------------------------- whose


def test_another_practitioners_people_are_not_there(desk: Desk) -> None:
    desk.add_person("Amina", "jo")
    raised(desk, "amina", "asked_for_you")
    assert "Amina" not in today(desk)
    assert order(today(desk, "jo")) == ["Amina"]


def test_whoever_covers_sees_them_too(desk: Desk) -> None:
    desk.add_person("Amina", "jo")
    raised(desk, "amina", "asked_for_you")
    day = desk.now.date()
    with desk.service.database.write() as db:
        dates = {"first_day": day - DAY, "last_day": day + DAY}
        db.add(Cover(scheme_id="tyneside", practitioner_id=desk.staff["jo"], covered_by_id=desk.staff["sam"], **dates))
    assert order(today(desk)) == ["Amina"]
    assert order(today(desk, "jo")) == ["Amina"]


def test_a_lead_sees_their_own_and_what_nobody_has_and_everybody_on_asking(desk: Desk, check_page: CheckPage) -> None:
    for name, owner in (("Own", "mo"), ("Left", "jo"), ("Sams", "sam")):
        desk.add_person(name, owner)
        raised(desk, name.lower(), "misread")
    with desk.service.database.write() as db:
        db.get_one(Practitioner, desk.staff["jo"]).retired_at = desk.now
    client = desk.signed_in("mo")
    assert sorted(order(client.get("/today").text)) == ["Left", "Own"]
    html = client.get("/today?whose=all").text
    check_page(html)
    assert sorted(order(html)) == ["Left", "Own", "Sams"]
    assert order(today(desk, "sam", "/today?whose=all")) == ["Sams"]


def test_a_number_nobody_knows_is_the_leads(desk: Desk, check_page: CheckPage) -> None:
    with desk.service.database.write() as db:
        evidence = {"since": desk.now.isoformat(), "details": {}, "told": [{"who": "Mo"}]}
        at = {"raised_at": desk.now, "updated_at": desk.now}
        db.add(Flag(scheme_id="tyneside", kind="safety", message_id=uuid.uuid4(), evidence=evidence, **at))
    html = today(desk, "mo")
    check_page(html)
    assert "a number we do not know" in html
    assert "Nothing needs you." in today(desk)


@pytest.mark.parametrize("name", ["sam", "mo"])
def test_a_handful_of_queries_however_many_flags(desk: Desk, name: str) -> None:
    for n in range(30):
        desk.add_person(f"P{n}")
        raised(desk, f"p{n}", "misread" if n % 2 else "quiet")
    for n in (1, 3):
        with desk.service.database.write() as db:
            flag = db.query(Flag).filter_by(service_user_id=desk.people[f"p{n}"]).one()
            flag.acknowledged_at, flag.acknowledged_by = desk.now, "jo@example.org"
    client = desk.signed_in(name)
    with desk.counted() as asked:
        assert client.get("/today?whose=all").status_code == 200
    assert len(asked) <= 12, asked

"""A caseload of 120 people with 30 flags: the mail as it is read on a phone, line by line."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event

from bot import digests
from bot.models import Address, Email, Practitioner, Step
from tests.flags.conftest import DAY, Cast

GOLDEN = Path(__file__).with_name("digest_of_120.txt")
# Who needs Sam this morning, in the order in which it came about: what, who, their last words.
NEEDS = [
    ("quiet", "Leon B", "start at 6am now so bit knackered"),
    ("confidence", "Rosa M", "2, dont think i can face another interview after last week went so badly, sorry"),
    ("cant_reach", "Dev P", "cv nearly there"),
    ("misread", "Tom W", "na u got it wrong"),
    ("distress", "Ali H", "its all getting on top of me tbh"),
    ("step_too_big", "Nell F", "could not do all of it"),
    ("asked_for_you", "Amina K", "can i speak to a person about the travel money"),
    ("safety", "Sky T", "THESE WORDS STAND IN NO MAIL"),
]
REST = [("quiet", f"Quiet {n}", "ok") for n in range(12)] + [("misread", f"Misread {n}", "eh") for n in range(10)]


@pytest.fixture
def monday(cast: Cast) -> Cast:
    """Sam's 120 people: 30 with a flag, 20 who did a step; it is half past eight on a Tuesday."""
    cast.now = cast.now.replace(hour=8, minute=30) - 2 * DAY
    for n, (kind, name, words) in enumerate(NEEDS + REST):
        person = cast.person(name)
        flag(cast, kind, person, words, minutes=n)
    others = [cast.person(f"P{n}") for n in range(89)]
    cast.add(*(step(cast, person, n) for n, person in enumerate(others[:20])))
    cast.now = cast.now.replace(hour=8, minute=30) + 2 * DAY
    with cast.database.write() as db:
        db.get_one(Practitioner, cast.sam).digest_at = cast.now
    return cast


def flag(cast: Cast, kind: str, person: UUID, words: str, minutes: int) -> None:
    at, cast.now = cast.now, cast.now - 9 * DAY
    cast.wrote(words, person)
    if kind == "cant_reach":
        for _ in range(2):
            cast.now += 4 * DAY
            [theirs] = cast.rows(Address, Address.service_user_id == person)
            cast.change(cast.lost("30005", person), address=theirs.address)
    cast.now = at + timedelta(minutes=minutes)
    cast.flag(kind, person)
    cast.now = at


def step(cast: Cast, person: UUID, n: int) -> Step:
    words = ["rang the college", "asked my sister to mind the kids", "printed cv"][n % 3]
    done = {"outcome": "done", "set_at": cast.now - 3 * DAY, "outcome_at": cast.now - timedelta(minutes=n)}
    return Step(id=uuid4(), scheme_id="tyneside", service_user_id=person, words=words, **done)


def make(cast: Cast) -> Email:
    with cast.database.write() as db:
        made = digests.make(db, cast.library, cast.sam, cast.now)
    assert made
    return made


def test_it_reads_as_it_should(monday: Cast) -> None:
    made = make(monday)
    body = re.sub(r"/(f|p|flags|how-often)/\S+", r"/\1/...", made.body)
    assert f"Subject: {made.subject}\n\n{body}" == GOLDEN.read_text("utf-8")


def test_it_keeps_the_limits(monday: Cast) -> None:
    lines = make(monday).body.splitlines()
    assert len(lines) <= 45
    assert all(len(line) <= 70 for line in lines if "http" not in line)
    assert all(re.fullmatch(r" *[A-Za-z0-9 ()]*: *https?://\S+", line) for line in lines if "http" in line)
    assert not any("THESE WORDS" in line for line in lines)


def test_it_takes_a_handful_of_queries(monday: Cast) -> None:
    statements: list[str] = []
    with monday.database.write() as db:
        event.listen(db.get_bind(), "before_cursor_execute", lambda *args: statements.append(args[2]))
        assert digests.make(db, monday.library, monday.sam, monday.now)
    assert len(statements) <= 14

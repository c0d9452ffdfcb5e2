"""How little the first look at a person asks of the database, with who is signed in and that they look."""

import uuid
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from bot import looks, seeing
from bot.clock import Clock
from bot.models import Address, Cover, Event, Practitioner, Promise, ServiceUser, SignIn
from tests.desk.conftest import Desk
from tests.desk.lives import Week, begin, dream, live

MOST = 15
A_DAY = timedelta(days=1)


@pytest.fixture
def amina(desk: Desk) -> uuid.UUID:
    """Jo's, whom Sam covers for; of everything that her page shows there is some."""
    amina = desk.add_person("Amina", "jo", held_for="person")
    live(desk, "amina", [Week("ring the college", 7, "done"), Week("print my cv", 6, "not_yet", "a lift")])
    begin(desk, "amina", Week("walk to the library", 5))
    dream(desk, "amina", "run my own nursery")
    for n in range(45):
        desk.add_text("amina", f"text {n}", created_at=desk.now - timedelta(hours=45 - n))
    desk.add_flag("amina", "asked_for_you", passed_to="sam@example.org")
    desk.add_flag("amina", "quiet")
    owns = {"scheme_id": "tyneside", "service_user_id": amina}
    by_sam = {"by": "sam@example.org", "at": desk.now, "what": "ring"}
    with desk.service.database.write() as db:
        db.add_all(Promise(**owns, **by_sam, day=desk.now.date() + n * A_DAY) for n in range(5))
        db.add_all(cover(desk, away, n) for n, away in enumerate(("jo", "mo")))
    return amina


def cover(desk: Desk, away: str, further: int) -> Cover:
    days = {"first_day": desk.now.date() - 2 * A_DAY, "last_day": desk.now.date() + (2 + further) * A_DAY}
    return Cover(scheme_id="tyneside", practitioner_id=desk.staff[away], covered_by_id=desk.staff["sam"], **days)


def by_hand(desk: Desk, words: str, **values: object) -> uuid.UUID:
    at = desk.now + A_DAY
    mine = {"kind": "staff", "author": "sam@example.org", "planned_for": at, "due_at": at, "state": "queued"}
    return desk.add_text("amina", words, "out", **{**mine, **values})


@pytest.mark.parametrize("name", ["sam", "mo"])
@pytest.mark.parametrize("asked_for", ["", "before", "edit", "again"])
def test_a_first_look_asks_no_more_than_any_other(desk: Desk, amina: uuid.UUID, name: str, asked_for: str) -> None:
    texts = {
        "before": desk.add_text("amina", "long ago", created_at=desk.now - timedelta(hours=30)),
        "edit": by_hand(desk, "good luck tomorrow"),
        "again": by_hand(desk, "see you at ten", state="cancelled", not_sent_reason="withdrawn"),
    }
    client = desk.signed_in(name)
    with desk.service.database.write() as db:
        owns = {"scheme_id": "tyneside", "service_user_id": amina}
        db.add(Address(**owns, channel="whatsapp", address="+447700900998", consented=True))
        db.execute(update(SignIn).values(seen_at=Clock().now() - timedelta(minutes=2)))
    with desk.counted() as asked:
        html = client.get(f"/people/{amina}", query_string={asked_for: texts[asked_for]} if asked_for else {}).text
    assert len(asked) <= MOST, "\n".join(each.replace("\n", " ")[-150:] for each in asked)
    assert [each.split()[:2] for each in asked if not each.startswith("SELECT")] == [
        ["UPDATE", "sign_in"],
        ["INSERT", "INTO"],
    ]
    for shown in ("run my own nursery", "walk to the library", "good luck tomorrow"):
        assert shown in html
    assert ("see you at ten" in html) == (asked_for == "again")
    with desk.service.database.read() as db:
        [look] = db.scalars(select(Event).where(Event.what == looks.VIEWED))
    assert (look.service_user_id, look.who, look.scheme_id) == (amina, f"{name}@example.org", "tyneside")


def test_a_look_is_written_down_once_an_hour_for_each_who_looks(desk: Desk, amina: uuid.UUID) -> None:
    now = desk.now
    seen = [("sam", 0), ("sam", 59), ("mo", 59), ("sam", 60), ("sam", 61), ("mo", 120)]
    for who, minute in seen:
        with desk.service.database.write() as db:
            looks.note(db, db.get_one(ServiceUser, amina), who, now + timedelta(minutes=minute))
    with desk.service.database.read() as db:
        rows = db.execute(select(Event.who, Event.at).where(Event.what == looks.VIEWED).order_by(Event.at)).all()
    assert [(who, (at - now) // timedelta(minutes=1)) for who, at in rows] == [
        ("sam", 0),
        ("mo", 59),
        ("sam", 60),
        ("mo", 120),
    ]


@pytest.mark.parametrize("name", ["sam", "jo", "mo", "ed"])
def test_who_one_sees_is_asked_at_once(desk: Desk, amina: uuid.UUID, name: str) -> None:
    today = desk.now.date()
    with desk.service.database.read() as db:
        row = db.get_one(Practitioner, desk.staff[name])
        with desk.counted() as asked:
            viewer = seeing.viewer(db, row, today)
    assert len(asked) == (0 if name == "mo" else 1), asked
    covered = {"sam", "jo", "mo"} if name == "sam" else {name}
    assert viewer.owners == (None if name == "mo" else {desk.staff[each] for each in covered})
    assert viewer.passed == ({amina} if name == "sam" else set())
    assert viewer.unclaimed == (name == "mo")


@pytest.mark.parametrize("lead", ["none", "left"])
def test_numbers_nobody_knows_are_everybodys_where_no_lead_serves(desk: Desk, lead: str) -> None:
    with desk.service.database.write() as db:
        mo = db.get_one(Practitioner, desk.staff["mo"])
        mo.role, mo.retired_at = ("lead", desk.now) if lead == "left" else ("practitioner", None)
    with desk.service.database.read() as db:
        seen = {
            who: seeing.viewer(db, db.get_one(Practitioner, desk.staff[who]), date(2026, 11, 24)).unclaimed
            for who in ("sam", "ed", "pat")
        }
    assert seen == {"sam": True, "ed": False, "pat": True}

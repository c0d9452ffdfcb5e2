"""Cover between two days: who sees the people and gets the alerts, and what would leave somebody with nobody."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from bot import covering, practitioners, seeing
from bot.covering import Arranged, CoverRefused, Wish
from bot.database import Database
from bot.library import Library
from bot.models import Email, Event, Practitioner
from tests.people.conftest import A_TUESDAY

TODAY = A_TUESDAY.date()
Arrange = Callable[..., None]


@pytest.fixture
def ids(database: Database, library: Library) -> dict[str, UUID]:
    with database.write() as db:
        for name, role in (("Kim", "practitioner"), ("Ed", "editor")):
            practitioners.add(
                db,
                library,
                "tyneside",
                email=f"{name.lower()}@example.org",
                first_name=name,
                phone="0191 498 0000",
                hours="Mon-Fri 09:00-17:00",
                now=A_TUESDAY,
                role=role,
            )
    with database.read() as db:
        return {row.first_name.lower(): row.id for row in db.scalars(select(Practitioner))}


@pytest.fixture
def arrange(database: Database, ids: dict[str, UUID]) -> Arrange:
    """Somebody is away from a day to another, counted from today."""

    def arrange(away: str, there: str, first: int = 0, last: int = 6) -> None:
        wish = Wish(ids[away], ids[there], TODAY + timedelta(days=first), TODAY + timedelta(days=last))
        with database.write() as db:
            covering.arrange(db, "tyneside", wish, "mo@example.org", A_TUESDAY, TODAY)

    return arrange


def listed(database: Database, today: date = TODAY) -> list[Arranged]:
    with database.read() as db:
        return covering.listed(db, "tyneside", today)


def owners(database: Database, who: UUID, today: date) -> set[UUID]:
    with database.read() as db:
        return set(seeing.viewer(db, db.get_one(Practitioner, who), today).owners or ())


def test_whoever_covers_sees_their_people_on_these_days_and_is_told(
    arrange: Arrange, database: Database, ids: dict[str, UUID]
) -> None:
    arrange("sam", "jo", 1, 3)
    seen = [len(owners(database, ids["jo"], TODAY + timedelta(days=n))) for n in range(5)]
    assert seen == [1, 2, 2, 2, 1]
    with database.read() as db:
        [mail] = db.scalars(select(Email).where(Email.kind == covering.MAIL))
        [event] = db.scalars(select(Event).where(Event.what == "cover_arranged"))
    assert (mail.to, event.who) == ("jo@example.org", "mo@example.org")
    assert "Sam's people from Wednesday 25 November to Friday 27 November" in mail.body


WRONG = [
    (("sam", "sam"), "nobody covers for themselves"),
    (("sam", "ed"), "somebody who looks after people"),
    (("sam", "jo", 3, 2), "before the first one"),
    (("sam", "jo", -3, -1), "That day is over"),
    (("sam", "jo", 0, 400), "a year at the most"),
]


@pytest.mark.parametrize(("asked", "sentence"), WRONG)
def test_what_cannot_be_is_said(
    arrange: Arrange, database: Database, asked: tuple[str, str, int, int], sentence: str
) -> None:
    with pytest.raises(CoverRefused, match=sentence):
        arrange(*asked)
    assert listed(database) == []


CLASHES = [
    (("jo", "sam"), "is away from"),  # each would wait for the other
    (("jo", "kim"), "Jo covers for somebody"),  # Sam's people would be with one who is away
    (("kim", "sam"), "Sam is away"),
    (("sam", "kim"), "Somebody covers for Sam"),
]


@pytest.mark.parametrize(("asked", "sentence"), CLASHES)
@pytest.mark.parametrize("days", [(0, 6), (6, 9), (-2, 0), (2, 3)])
def test_nobodys_people_are_left_with_one_who_is_away(
    arrange: Arrange, database: Database, asked: tuple[str, str], sentence: str, days: tuple[int, int]
) -> None:
    arrange("sam", "jo", 0, 6)
    with pytest.raises(CoverRefused, match=sentence):
        arrange(*asked, *days)
    assert len(listed(database)) == 1


def test_two_may_be_covered_by_one_and_days_that_do_not_meet_are_free(arrange: Arrange, database: Database) -> None:
    arrange("sam", "jo", 0, 6)
    arrange("kim", "jo", 0, 6)
    arrange("jo", "sam", 7, 9)
    assert len(listed(database)) == 3
    assert len(listed(database, TODAY + timedelta(days=7))) == 1, "what is over is not listed"


def test_ending_it_is_at_once_and_only_once(arrange: Arrange, database: Database, ids: dict[str, UUID]) -> None:
    arrange("sam", "jo", -1, 6)
    arrange("kim", "jo", 3, 6)
    for each in listed(database):
        with database.write() as db:
            assert covering.end(db, "tyneside", each.id, "sam@example.org", A_TUESDAY, TODAY)
        with database.write() as db:
            assert not covering.end(db, "tyneside", each.id, "sam@example.org", A_TUESDAY, TODAY)
    assert owners(database, ids["jo"], TODAY) == {ids["jo"]}
    assert listed(database) == []
    with database.read() as db:
        assert len(db.scalars(select(Event).where(Event.what == "cover_ended")).all()) == 2


def test_another_schemes_cover_is_not_there(arrange: Arrange, database: Database) -> None:
    arrange("sam", "jo")
    [cover] = listed(database)
    with database.write() as db:
        assert not covering.end(db, "wearside", cover.id, "pat@example.org", A_TUESDAY, TODAY)


@pytest.mark.parametrize("goes", ["sam", "jo"])
def test_who_retires_covers_for_nobody(arrange: Arrange, database: Database, goes: str) -> None:
    arrange("sam", "jo", -1, 6)
    with database.write() as db:
        practitioners.retire(db, "tyneside", f"{goes}@example.org", A_TUESDAY)
    assert listed(database) == []

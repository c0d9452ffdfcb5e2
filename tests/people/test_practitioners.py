"""Practitioners: added once, put right, retired only when nobody is left without one."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from bot import practitioners
from bot.database import Database
from bot.library import Library
from bot.models import Event, Practitioner, ServiceUser
from bot.people.importing import Imported
from bot.practitioners import PractitionerRefused
from tests.people.conftest import A_TUESDAY, AMINA, LEON

KIM = {
    "email": "Kim@Example.org ",
    "first_name": "Kim",
    "phone": "0191 498 0000",
    "hours": "Mon-Thu 9-5, Fri 9-1",
}
SAM = "sam@example.org"


@pytest.fixture
def add(database: Database, library: Library) -> Callable[..., str]:
    def add(scheme: str = "tyneside", **changes: Any) -> str:
        with database.write() as db:
            return practitioners.add(db, library, scheme, **{**KIM, "now": A_TUESDAY, **changes})

    return add


def retire(database: Database, email: str, people_to: str | None = None) -> int:
    with database.write() as db:
        return practitioners.retire(db, "tyneside", email, A_TUESDAY, people_to)


def test_the_same_twice_changes_nothing(add: Callable[..., str], database: Database) -> None:
    assert [add(), add(email="kim@example.org")] == ["added", "unchanged"]
    with database.read() as db:
        kim = db.scalars(select(Practitioner).where(Practitioner.email == "kim@example.org")).one()
        events = db.scalar(select(func.count()).select_from(Event).where(Event.what.like("practitioner%")))
    assert kim.digest_at == datetime(2026, 11, 25, 8, 30, tzinfo=UTC)
    assert events == 3, "Sam, Jo and Kim"


def test_what_has_changed_is_put_right_and_written_down(add: Callable[..., str], database: Database) -> None:
    add()
    assert add(phone="0191 498 0009") == "changed"
    with database.read() as db:
        event = db.scalars(select(Event).where(Event.what == "practitioner_changed")).one()
    assert event.before is not None
    assert event.after is not None
    assert (event.before["phone"], event.after["phone"]) == ("0191 498 0000", "0191 498 0009")


WRONG = [
    ({"scheme": "tynside"}, "did you mean tyneside"),
    ({"email": "kim"}, "not an e-mail address"),
    ({"email": "kim@example.org, sam@example.org"}, "not an e-mail address"),
    ({"first_name": " "}, "1 to 60"),
    ({"phone": "ask"}, "not a telephone number"),
    ({"hours": "whenever"}, "hours"),
    ({"role": "boss"}, "not a role"),
]


@pytest.mark.parametrize(("changes", "words"), WRONG)
def test_what_is_wrong_is_said(add: Callable[..., str], changes: dict[str, str], words: str) -> None:
    with pytest.raises(PractitionerRefused, match=words):
        add(**changes)


def test_all_that_is_wrong_is_said_at_once(add: Callable[..., str]) -> None:
    with pytest.raises(PractitionerRefused) as refused:
        add(email="kim", first_name="", hours="never", phone="x")
    assert len(str(refused.value).splitlines()) == 4


def test_nobody_is_left_without_a_practitioner(
    database: Database, import_rows: Callable[..., Imported], faults: Callable[..., list[str]]
) -> None:
    import_rows(AMINA, LEON)
    with pytest.raises(PractitionerRefused, match="2 people are still theirs"):
        retire(database, SAM)
    with pytest.raises(PractitionerRefused, match="name another practitioner"):
        retire(database, SAM, SAM)
    assert retire(database, SAM, "jo@example.org") == 2
    assert retire(database, SAM) == 0
    with database.read() as db:
        sam, jo = (
            db.scalars(select(Practitioner).where(Practitioner.email == email)).one()
            for email in (SAM, "jo@example.org")
        )
        assert set(db.scalars(select(ServiceUser.practitioner_id))) == {jo.id}
        assert (sam.retired_at, sam.digest_at) == (A_TUESDAY, None)
        assert db.scalar(select(func.count()).select_from(Event).where(Event.what == "moved")) == 2
    [sentence] = faults(AMINA.replace("Amina", "Zara").replace("900001", "900003"))
    assert "has retired" in sentence


def test_one_who_comes_back_is_added_again(add: Callable[..., str], database: Database) -> None:
    add()
    retire(database, "kim@example.org")
    assert add() == "changed"
    with database.read() as db:
        assert practitioners.serving(db, "tyneside", "kim@example.org").digest_at


def test_an_unknown_practitioner_gets_the_near_miss(database: Database) -> None:
    with pytest.raises(PractitionerRefused, match=r"did you mean sam@example\.org\?"):
        retire(database, "sma@example.org")

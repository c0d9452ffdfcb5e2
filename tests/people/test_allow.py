"""Somebody who was taken off as a wrong number, and a practitioner who knows better: asked again, from the start."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import people
from bot.database import Database
from bot.models import ServiceUser
from bot.people import PersonRefused
from tests.people.conftest import A_TUESDAY, AMINA, NUMBER, Import, Texts

SAM = "sam@example.org"
LATER = A_TUESDAY + timedelta(days=1)
LATEST = A_TUESDAY + timedelta(days=2)

Allow = Callable[[], None]


@pytest.fixture
def allow(database: Database) -> Allow:
    def allow() -> None:
        with database.write() as db:
            people.allow(db, "tyneside", NUMBER, SAM, LATER)

    return allow


def everybody(database: Database) -> dict[str, str]:
    with database.read() as db:
        return {row.first_name: row.state for row in db.scalars(select(ServiceUser))}


@pytest.fixture(autouse=True)
def a_wrong_number(import_rows: Import, text: Texts, database: Database) -> None:
    import_rows(AMINA)
    text("wrong number mate")
    assert everybody(database) == {"Amina": "opted_out"}


def test_who_is_allowed_is_asked_again_by_the_same_row(import_rows: Import, database: Database, allow: Allow) -> None:
    assert import_rows(AMINA, now=LATER).opted_out == 1
    allow()
    done = import_rows(AMINA, now=LATEST)
    assert (len(done.enrolled), done.opted_out, done.notices) == (1, 0, [])
    with database.read() as db:
        [amina] = db.scalars(select(ServiceUser))
    assert (amina.state, amina.next_check_in_at) == ("invited", LATEST), "the welcome again, and a yes of their own"
    assert import_rows(AMINA, now=LATEST).unchanged == 1


def test_a_number_that_was_truly_wrong_goes_to_whose_it_is(
    import_rows: Import, database: Database, allow: Allow
) -> None:
    allow()
    assert len(import_rows(AMINA.replace("Amina", "Zara"), now=LATEST).enrolled) == 1
    assert everybody(database) == {"Amina": "opted_out", "Zara": "invited"}
    with database.read() as db:
        assert people.find(db, NUMBER).first_name == "Zara"


def test_their_own_stop_stands(import_rows: Import, database: Database, text: Texts, allow: Allow) -> None:
    """Whether it comes after the allowing, or after they were asked again."""
    allow()
    import_rows(AMINA, now=LATEST)
    text("STOP", now=LATEST)
    with pytest.raises(PersonRefused, match="only they can change that"):
        allow()
    done = import_rows(AMINA, now=LATEST + timedelta(days=1))
    assert (done.enrolled, done.opted_out) == ([], 1)
    assert everybody(database) == {"Amina": "opted_out"}


@pytest.mark.parametrize("allowed_first", [True, False])
def test_a_stop_after_a_wrong_number_stands(
    import_rows: Import, text: Texts, allow: Allow, *, allowed_first: bool
) -> None:
    if allowed_first:
        allow()
    text("STOP", now=LATER)
    with pytest.raises(PersonRefused):
        allow()
    assert import_rows(AMINA, now=LATEST).enrolled == []


def test_one_allowing_is_for_one_enrolment(import_rows: Import, database: Database, text: Texts, allow: Allow) -> None:
    """An old file brings nobody back who was asked again and has left."""
    allow()
    import_rows(AMINA, now=LATEST)
    with database.write() as db:
        people.close(db, people.find(db, NUMBER), SAM, LATEST)
    assert import_rows(AMINA, now=LATEST).unchanged == 1
    assert everybody(database) == {"Amina": "closed"}


def test_not_while_somebody_has_to_act_for_their_safety(import_rows: Import, text: Texts, allow: Allow) -> None:
    text("i cant go on, i want to die", now=LATER)
    with pytest.raises(PersonRefused, match="safety flag"):
        allow()


def test_a_crisis_after_the_allowing_is_for_a_person_first(import_rows: Import, text: Texts, allow: Allow) -> None:
    allow()
    text("i cant go on, i want to die", now=LATER)
    done = import_rows(AMINA, now=LATEST)
    assert done.enrolled == []
    assert "hand-back" in str(done.notices[0])

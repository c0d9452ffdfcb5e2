"""Looking after people: found, met, moved, paused, handed back, closed; and what is refused."""

import contextlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import people, suppression
from bot.database import Database
from bot.models import Event, ServiceUser
from bot.people import PersonRefused
from bot.people.importing import Imported
from tests.people.conftest import A_TUESDAY, AMINA, LEON

Import = Callable[..., Imported]
SAM = "sam@example.org"


@pytest.fixture(autouse=True)
def _enrolled(import_rows: Import) -> None:
    import_rows(AMINA, LEON)


def do(database: Database, code: str, act: Callable[..., object], *arguments: object) -> ServiceUser:
    """Do something about one person, and hand them back as they are then."""
    with database.write() as db:
        person = people.find(db, code)
        act(db, person, *arguments)
        return person


def test_a_person_is_found_by_mobile_however_written_and_by_the_beginning_of_the_id(database: Database) -> None:
    with database.read() as db:
        amina = people.find(db, "07700 900001")
        assert people.find(db, "+447700900001").id == amina.id
        assert people.find(db, amina.id.hex[:8]).id == people.find(db, str(amina.id)).id == amina.id


@pytest.mark.parametrize("code", ["07700 900009", "Amina", "12", "00000000", ""])
def test_nobody_is_found_by_anything_else(database: Database, code: str) -> None:
    with database.read() as db, pytest.raises(PersonRefused):
        people.find(db, code)


def test_closing_ends_every_alarm_and_twice_changes_nothing(database: Database) -> None:
    with database.write() as db:
        amina = people.find(db, "07700 900001")
        amina.state, amina.quiet_at, amina.resume_at = "paused", A_TUESDAY, A_TUESDAY
    amina = do(database, "07700 900001", people.close, SAM, A_TUESDAY)
    assert amina.state == "closed"
    assert (amina.next_check_in_at, amina.quiet_at, amina.resume_at) == (None, None, None)
    with database.write() as db:
        assert not people.close(db, people.find(db, "07700 900001"), SAM, A_TUESDAY)
        events = db.execute(select(Event.who, Event.before, Event.after).where(Event.what == "closed")).all()
    assert [tuple(event) for event in events] == [(SAM, {"state": "paused"}, {"state": "closed"})]


def test_a_meeting_is_written_down_with_who_and_when(database: Database) -> None:
    assert do(database, "07700 900001", people.met, SAM, A_TUESDAY).met_at == A_TUESDAY
    with database.read() as db:
        assert db.scalars(select(Event.who).where(Event.what == "met")).all() == [SAM]


def test_a_pause_and_its_end(database: Database) -> None:
    with database.write() as db:
        people.find(db, "07700 900001").state = "active"
    amina = do(database, "07700 900001", people.pause, 2, SAM, A_TUESDAY)
    assert (amina.state, amina.resume_at) == ("paused", A_TUESDAY + timedelta(weeks=2))
    assert amina.next_check_in_at is None
    amina = do(database, "07700 900001", people.resume, SAM, A_TUESDAY)
    assert (amina.state, amina.resume_at) == ("active", A_TUESDAY)


REFUSED = [
    ("invited", None, people.pause, (2, SAM, A_TUESDAY), "is invited: there are no check-ins to pause"),
    ("active", None, people.resume, (SAM, A_TUESDAY), "is active: there is no pause to end"),
    ("active", None, people.hand_back, (SAM, A_TUESDAY), "nothing to hand back"),
    ("active", "not_safe", people.hand_back, (SAM, A_TUESDAY), "only a text of theirs ends that"),
    ("active", None, people.move, ("jane@example.org", SAM, A_TUESDAY), "No practitioner of tyneside"),
]


@pytest.mark.parametrize(("state", "held_for", "act", "arguments", "words"), REFUSED)
def test_what_cannot_be_done_is_said_in_a_sentence(
    database: Database,
    state: str,
    held_for: str | None,
    act: Callable[..., object],
    arguments: tuple[object, ...],
    words: str,
) -> None:
    with database.write() as db:
        leon = people.find(db, "07700 900002")
        leon.state, leon.held_for = state, held_for
    with pytest.raises(PersonRefused, match=words):
        do(database, "07700 900002", act, *arguments)


def test_moving_to_another_practitioner_is_written_down(database: Database) -> None:
    do(database, "07700 900001", people.move, "jo@example.org", SAM, A_TUESDAY)
    do(database, "07700 900001", people.move, "jo@example.org", SAM, A_TUESDAY)
    with database.read() as db:
        [(before, after)] = db.execute(select(Event.before, Event.after).where(Event.what == "moved")).all()
        listed = [(person.first_name, at.email) for person, at in people.listed(db)]
    assert (before, after) == ({"practitioner": SAM}, {"practitioner": "jo@example.org"})
    assert listed == [("Amina", "jo@example.org"), ("Leon", SAM)]


@pytest.mark.parametrize(("why", "allowed"), [("wrong_number", True), ("forgotten", True), ("opted_out", False)])
def test_a_practitioner_takes_back_a_wrong_number_but_never_a_stop(database: Database, why: str, allowed: bool) -> None:
    with database.write() as db:
        suppression.suppress(db, "tyneside", "+447700900009", why, A_TUESDAY)
    with contextlib.suppress(PersonRefused), database.write() as db:
        people.allow(db, "tyneside", "07700 900009", SAM, A_TUESDAY)
    with database.read() as db:
        assert suppression.is_suppressed(db, "tyneside", "+447700900009") is not allowed

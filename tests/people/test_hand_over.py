"""People go from one practitioner to another: with their flags, with a word to the one who gets them, or not at all."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from bot import flags, people, practitioners
from bot.database import Database
from bot.models import Email, Event, Flag, Practitioner, ServiceUser
from bot.people import PersonRefused
from bot.people.importing import Imported
from bot.practitioners import PractitionerRefused
from tests.people.conftest import A_TUESDAY, AMINA, LEON, NUMBER, Texts

SAM, JO, LEAD = "sam@example.org", "jo@example.org", "lead@example.org"


@pytest.fixture(autouse=True)
def _enrolled(import_rows: Callable[..., Imported]) -> None:
    import_rows(AMINA, LEON)


def hand_over(database: Database, *chosen: str, to: str = JO) -> int:
    with database.write() as db:
        ids = [people.find(db, each).id for each in chosen] or None
        return practitioners.hand_over(db, "tyneside", SAM, to, LEAD, A_TUESDAY, ids)


def whose(database: Database) -> dict[str, str]:
    with database.read() as db:
        rows = select(ServiceUser.first_name, Practitioner.email).join(
            Practitioner, Practitioner.id == ServiceUser.practitioner_id
        )
        return dict(db.execute(rows).all())  # type: ignore[arg-type]


def test_all_of_them_or_those_chosen(database: Database) -> None:
    assert hand_over(database, NUMBER) == 1
    assert whose(database) == {"Amina": JO, "Leon": SAM}
    assert hand_over(database) == 1
    assert whose(database) == {"Amina": JO, "Leon": JO}
    with database.read() as db:
        moved = db.scalars(select(Event).where(Event.what == "moved")).all()
    assert {(each.who, each.before["practitioner"], each.after["practitioner"]) for each in moved} == {(LEAD, SAM, JO)}  # type: ignore[index]


def test_who_gets_them_is_told_without_names(database: Database, text: Texts) -> None:
    text("ok")
    text("can someone ring me")
    hand_over(database)
    with database.read() as db:
        mail = db.scalars(select(Email).where(Email.kind == "handover")).one()
        code = db.scalars(select(Flag)).one().id.hex[:8]
    assert mail.to == JO
    assert "2 more people" in mail.body
    assert f"{code}  asked for you" in mail.body
    assert "Amina" not in mail.body
    assert "ask them whether that is all right" in mail.body


def test_what_the_one_before_had_taken_on_is_open_again(database: Database, text: Texts) -> None:
    text("ok")
    text("can someone ring me")
    with database.write() as db:
        flags.acknowledge(db, db.scalars(select(Flag.id)).one(), SAM, None, A_TUESDAY)
    hand_over(database)
    with database.read() as db:
        flag = db.scalars(select(Flag)).one()
        assert (flag.acknowledged_by, flag.closed_at) == (None, None)
        assert db.scalars(select(Event.who).where(Event.what == "flag_handed_over")).all() == [LEAD]


def test_not_while_a_safety_flag_waits_for_somebody(database: Database, text: Texts) -> None:
    text("i want to kill myself")
    for act in (lambda: hand_over(database), lambda: _retire(database), lambda: _move(database)):
        with pytest.raises((PractitionerRefused, PersonRefused), match="nobody has taken on"):
            act()
    assert whose(database) == {"Amina": SAM, "Leon": SAM}, "all or none"
    with database.write() as db:
        flags.acknowledge(db, db.scalars(select(Flag.id)).one(), LEAD, None, A_TUESDAY)
    assert hand_over(database) == 2
    with database.read() as db:
        assert db.scalars(select(Flag.acknowledged_by)).one() == LEAD, "whoever has it keeps it"


def _retire(database: Database) -> None:
    with database.write() as db:
        practitioners.retire(db, "tyneside", SAM, A_TUESDAY, JO)


def _move(database: Database) -> None:
    with database.write() as db:
        people.move(db, people.find(db, NUMBER), JO, SAM, A_TUESDAY)


REFUSED = [(SAM, "name another practitioner"), ("nobody@example.org", "No practitioner of tyneside")]


@pytest.mark.parametrize(("to", "words"), REFUSED)
def test_only_to_another_who_is_here(database: Database, to: str, words: str) -> None:
    with pytest.raises(PractitionerRefused, match=words):
        hand_over(database, to=to)


def test_only_people_who_are_theirs(database: Database) -> None:
    hand_over(database, NUMBER)
    with pytest.raises(PractitionerRefused, match="Not everybody named"):
        hand_over(database, NUMBER)


def test_twice_moves_nobody_and_tells_nobody(database: Database) -> None:
    assert [hand_over(database), hand_over(database)] == [2, 0]
    with database.read() as db:
        assert len(db.scalars(select(Email).where(Email.kind == "handover")).all()) == 1

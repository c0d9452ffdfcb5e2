"""Whoever waits for a person to be let go sees them as they are then: their page, and the note of who has looked."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import looks, queries, seeing
from bot.models import Event, Practitioner, ServiceUser
from tests.delivery.people import NOON, World
from tests.postgresql.test_locks import meanwhile

pytestmark = pytest.mark.postgresql


def colleague(db: Session, scheme_id: str) -> UUID:
    named = {"email": "jo@example.org", "first_name": "Jo", "phone": "0191 4960000", "hours": "Mon-Fri 09:00-17:00"}
    row = Practitioner(id=uuid4(), scheme_id=scheme_id, role="practitioner", created_at=NOON, **named)
    db.add(row)
    db.flush()
    return row.id


def look(world: World, person: UUID, owner: UUID) -> bool:
    """Whether their practitioner, as it was before the wait, may look; if so it is written down."""
    with world.service.database.write() as db:
        viewer = seeing.viewer(db, db.get_one(Practitioner, owner), NOON.date())
        before = seeing.person(db, viewer, person)
        assert before is not None
        row = seeing.person(db, viewer, person, lock=True)
        if row is not None:
            looks.note(db, row, viewer.email, NOON)
        return row is not None


@pytest.mark.parametrize("handed_over", [True, False])
def test_who_was_handed_over_meanwhile_is_not_theirs_to_look_at(world: World, handed_over: bool) -> None:
    person = world.cast.person()
    with world.service.database.write() as db:
        row = db.get_one(ServiceUser, person)
        owner, jo = row.practitioner_id, colleague(db, row.scheme_id)
    with world.service.database.write() as db:
        locked = queries.locked_person(db, person)
        assert locked is not None
        with meanwhile(lambda: look(world, person, owner), world.service.database) as looking:
            assert not looking.done()
            locked.first_name, locked.practitioner_id = "Ada", jo if handed_over else owner
            db.commit()
    assert looking.result() is not handed_over


def test_two_looks_at_once_are_one(world: World) -> None:
    person = world.cast.person()
    with world.service.database.read() as db:
        owner = db.get_one(ServiceUser, person).practitioner_id
    with world.service.database.write() as db:
        viewer = seeing.viewer(db, db.get_one(Practitioner, owner), NOON.date())
        row = seeing.person(db, viewer, person, lock=True)
        assert row is not None
        looks.note(db, row, viewer.email, NOON)
        with meanwhile(lambda: look(world, person, owner), world.service.database) as looking:
            assert not looking.done()
            db.commit()
    assert looking.result()
    with world.service.database.read() as db:
        assert len(db.scalars(select(Event).where(Event.what == looks.VIEWED)).all()) == 1

"""Another SECRET_KEY: nobody who said stop is texted because of it."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from bot import rekeying, suppression
from bot.database import Database
from bot.models import ConsentEvent, FormerAddress, Suppression
from bot.suppression import INFO_KEY, address_hasher
from tests.delivery.people import NOON, World

OLD, NEW = address_hasher("the old key"), address_hasher("the new key")
LEON, ANNA, STRANGER, GLAD = (f"+4477009000{number:02}" for number in (1, 2, 9, 3))


def by(world: World, key: object) -> Database:
    return Database(world.service.settings.database_url, {INFO_KEY: key})


def test_what_is_on_record_is_carried_over(world: World) -> None:
    for state in ("opted_out", "closed", "active"):
        world.cast.person(state=state)
    old, new = by(world, OLD), by(world, NEW)
    with old.write() as db:
        for number, why in ((LEON, "opted_out"), (ANNA, "wrong_number"), (STRANGER, "opted_out")):
            suppression.suppress(db, "tyneside", number, why, NOON)
    with new.write() as db:
        assert rekeying.carry_over(db, OLD, NOON + timedelta(days=1)) == rekeying.Carried(over=2, again=0, left=1)
    with new.write() as db:
        assert rekeying.carry_over(db, OLD, NOON + timedelta(days=1)) == rekeying.Carried(over=0, again=0, left=1)
    with new.read() as db:
        found = suppression.suppressed(db, "tyneside", [LEON, ANNA, STRANGER, GLAD])
        assert {number: (row.why, row.at) for number, row in found.items()} == {
            LEON: ("opted_out", NOON),
            ANNA: ("wrong_number", NOON),
        }
        assert len(db.scalars(select(Suppression)).all()) == 3
    old.close()
    new.close()


def test_with_the_old_key_lost_people_who_said_stop_are_known_by_their_record(world: World) -> None:
    world.cast.person(state="opted_out")
    world.cast.person()
    new = by(world, NEW)
    with new.write() as db:
        assert rekeying.carry_over(db, None, NOON) == rekeying.Carried(over=0, again=1, left=0)
    with new.read() as db:
        assert suppression.is_suppressed(db, "tyneside", LEON)
        assert not suppression.is_suppressed(db, "tyneside", ANNA)
    new.close()


def said(world: World, person: UUID, *what: str) -> None:
    """What they said to being texted, a day apart; the newest a day ago."""
    with world.service.database.write() as db:
        for days, each in enumerate(reversed(what), start=1):
            at = NOON - timedelta(days=days)
            owned = {"scheme_id": "tyneside", "service_user_id": person, "channel": "sms"}
            db.add(ConsentEvent(**owned, what=each, by="service user", at=at, recorded_at=at))


# What they are now, what they said in its order, and why their number is closed to us.
LOST = [
    ("opted_out", ("given", "agreed", "opted_out"), "opted_out"),
    ("opted_out", ("given", "wrong_number"), "wrong_number"),
    ("opted_out", ("given", "declined"), "declined"),
    ("opted_out", ("agreed", "opted_out", "stopped_again"), "opted_out"),
    ("opted_out", ("given", "agreed", "blocked"), None),
    ("closed", ("agreed", "opted_out"), "opted_out"),
    ("closed", ("agreed", "wrong_number"), "wrong_number"),
    ("closed", ("agreed", "finished"), None),
    ("active", ("opted_out", "started_again"), None),
    ("invited", ("wrong_number", "given"), None),
]


@pytest.mark.parametrize(("state", "what", "why"), LOST)
def test_with_the_old_key_lost_a_number_is_closed_as_its_owner_closed_it(
    world: World, state: str, what: tuple[str, ...], why: str | None
) -> None:
    """A stranger's START must not open what was closed as wrong, nor a file what was closed by staff after a stop."""
    said(world, world.cast.person(state=state), *what)
    new = by(world, NEW)
    with new.write() as db:
        assert rekeying.carry_over(db, None, NOON).again == bool(why)
        assert rekeying.carry_over(db, None, NOON).again == 0, "twice changes nothing"
    with new.read() as db:
        found = suppression.suppressed(db, "tyneside", [LEON])
        assert [(row.why, row.at) for row in found.values()] == ([(why, found[LEON].at)] if why else [])
        assert all(row.at < NOON for row in found.values()), "since when they said so"
    new.close()


def test_with_the_old_key_a_number_that_staff_have_opened_stays_open(world: World) -> None:
    said(world, world.cast.person(state="closed"), "agreed", "wrong_number")
    new = by(world, NEW)
    with new.write() as db:
        assert rekeying.carry_over(db, OLD, NOON).again == 0
    new.close()


def test_numbers_that_people_had_before_are_carried_over_where_somebody_has_them_now(world: World) -> None:
    world.cast.person()
    ben = world.cast.person()
    old, new = by(world, OLD), by(world, NEW)
    own = {"scheme_id": "tyneside", "service_user_id": ben, "channel": "sms", "why": "number_changed", "at": NOON}
    with old.write() as db:
        db.add_all(FormerAddress(**own, address_hash=OLD(number)) for number in (LEON, STRANGER))
    with new.write() as db:
        assert rekeying.carry_over(db, OLD, NOON).former == 1, "nobody can say whose the stranger's was"
        assert set(db.scalars(select(FormerAddress.address_hash))) == {NEW(LEON), OLD(STRANGER)}
    old.close()
    new.close()

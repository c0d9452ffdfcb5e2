"""Another SECRET_KEY: nobody who said stop is texted because of it."""

from datetime import timedelta

from sqlalchemy import select

from bot import rekeying, suppression
from bot.database import Database
from bot.models import ServiceUser, Suppression
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
    leon = world.cast.person(state="opted_out")
    world.cast.person()
    new = by(world, NEW)
    with new.write() as db:
        assert db.get_one(ServiceUser, leon).state == "opted_out"
        assert rekeying.carry_over(db, None, NOON) == rekeying.Carried(over=0, again=1, left=0)
    with new.read() as db:
        assert suppression.is_suppressed(db, "tyneside", LEON)
        assert not suppression.is_suppressed(db, "tyneside", ANNA)
    new.close()

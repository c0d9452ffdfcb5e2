"""A practitioner's pause is not the person's silence."""

from datetime import timedelta

from bot import checkins, people, quiet
from bot.database import Database
from bot.library import Library
from bot.models import ServiceUser
from tests.people.conftest import A_TUESDAY, AMINA
from tests.people.test_people import Import

SAM = "sam@example.org"
WEEK = timedelta(weeks=1)


def test_the_weeks_of_a_pause_are_not_counted(database: Database, library: Library, import_rows: Import) -> None:
    """Eight days silent, four weeks of pause, and eight days silent still: nobody is called quiet for it."""
    import_rows(AMINA)
    with database.write() as db:
        amina = people.find(db, "07700 900001")
        amina.state, amina.started_at = "active", A_TUESDAY - 9 * WEEK
        amina.silent_since, amina.quiet_at = A_TUESDAY - timedelta(days=8), A_TUESDAY + timedelta(days=4)
        people.pause(db, amina, 4, SAM, A_TUESDAY)
        assert amina.quiet_at is None
    over = A_TUESDAY + 4 * WEEK + timedelta(seconds=1)
    with database.write() as db:
        checkins.resume(db, library, amina.id, over)
        again = db.get_one(ServiceUser, amina.id)
        assert again.state == "active"
        assert over - again.silent_since == timedelta(days=8)
        assert again.quiet_at == over + timedelta(days=4)
    with database.write() as db:
        again = people.find(db, "07700 900001")
        quiet.rearm(db, library, again, over + WEEK)
        assert again.silence_stopped_at is None


def test_a_pause_that_is_ended_early_leaves_no_half_of_it(database: Database, import_rows: Import) -> None:
    import_rows(AMINA)
    with database.write() as db:
        amina = people.find(db, "07700 900001")
        amina.state, amina.silent_since = "active", A_TUESDAY - timedelta(days=8)
        people.pause(db, amina, 4, SAM, A_TUESDAY)
        people.resume(db, amina, SAM, A_TUESDAY + WEEK)
        assert (amina.silent_since, amina.silence_stopped_at, amina.quiet_at) == (None, None, None)

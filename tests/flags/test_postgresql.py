"""One story on a real PostgreSQL with the real migrations: silence, its flag, a crisis, the digest, the mails."""

from collections.abc import Iterator

import pytest

from bot import digests, flags, mail
from bot.database import Database, upgrade
from bot.library import Library
from bot.models import Flag, Practitioner
from bot.settings import Settings
from tests.delivery import real_postgresql
from tests.delivery.conftest import new_database
from tests.flags.conftest import DAY, Cast


@pytest.fixture
def there(library: Library) -> Iterator[Cast]:
    with real_postgresql.server() as server, new_database(server) as url:
        upgrade(url)
        database = Database(url)
        yield Cast(database, library)
        database.close()


def test_the_same_story_on_postgresql(there: Cast, settings: Settings) -> None:
    cast = there
    cast.asked()
    cast.look(12 * DAY)
    cast.flag("confidence")
    safety = cast.flag("safety", loud=True, message_id=None)
    cast.flag("asked_for_you", loud=True)
    cast.now += DAY
    with cast.database.write() as db:
        db.get_one(Practitioner, cast.sam).digest_at = cast.now
        flags.wake(db, cast.library, safety.id, cast.now)
        assert [each.id for each in flags.find(db, safety.id.hex[:8], "tyneside")] == [safety.id]
    with cast.database.write() as db:
        assert digests.due(db, cast.library, cast.now) == [cast.sam]
        made = digests.make(db, cast.library, cast.sam, cast.now)
        assert made is not None
        assert made.subject.endswith("4 need you")
    assert mail.deliver(cast.database, settings, lambda: cast.now) == len(cast.mails()) == 7
    with cast.database.write() as db:
        flags.close(db, safety.id, "sam@example.org", "rang them", cast.now)
    cast.wrote("hi")
    assert [flag.kind for flag in cast.rows(Flag, Flag.closed_at.is_not(None), Flag.closed_by == "automatic")] == [
        "quiet"
    ]
    cast.lost("30006")
    assert cast.get().state == "unreachable"

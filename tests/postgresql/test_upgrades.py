"""Releases of several machines at once, and of one whose tables are in use."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import OperationalError

from bot import postgresql
from bot.database import UPGRADE_LOCK, upgrade
from tests.delivery.test_migrations import shape
from tests.delivery.test_upgrades import REVISIONS, upgraded

pytestmark = pytest.mark.postgresql


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "LOCK_SECONDS", 1)


def test_a_release_waits_for_another_one_as_long_as_it_takes(empty_url: str) -> None:
    """Longer than for anything else: the first one may have much to do."""
    engine = create_engine(empty_url)
    with ThreadPoolExecutor(1) as pool, engine.begin() as other:
        other.execute(text(f"SELECT pg_advisory_xact_lock({UPGRADE_LOCK})"))
        second = pool.submit(upgrade, empty_url)
        # The server itself lets pass more than it waits for a lock.
        other.execute(text("SELECT pg_sleep(1.5)"))
        assert not second.done()
        assert inspect(other).get_table_names() == []
        other.commit()
        second.result(60)
    assert "message" in inspect(engine).get_table_names()
    engine.dispose()


def test_a_table_in_use_is_not_waited_for_for_ever_and_nothing_is_changed(empty_url: str) -> None:
    """Whoever waits for a table keeps everybody else waiting behind it."""
    engine = create_engine(empty_url)
    before = upgraded(engine, REVISIONS[0])
    with engine.begin() as user:
        user.execute(text("LOCK TABLE message IN ROW EXCLUSIVE MODE"))
        with pytest.raises(OperationalError, match="lock timeout"):
            upgrade(empty_url)
    assert shape(engine) == before
    upgrade(empty_url)
    engine.dispose()

"""When a night's work is done, and what it costs those who text meanwhile: the database's files, and a missed night."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs

from bot import checkins, people, retention
from bot.database import Database
from bot.library import Library
from bot.models import Scheme as SchemeRow
from bot.people import scrub
from tests.people.conftest import A_TUESDAY, AMINA, LEON, NUMBER
from tests.people.test_retention import A_DAY, Import, Nights, Texts, nights

__all__ = ["nights"]

OVER = A_TUESDAY + 400 * A_DAY


@pytest.fixture(autouse=True)
def _history(import_rows: Import, text: Texts, database: Database, library: Library) -> None:
    import_rows(AMINA, LEON)
    with database.write() as db:
        checkins.begin(db, library, people.find(db, NUMBER).id, A_TUESDAY)
    text("ok")


@pytest.fixture
def file(database: Database, database_url: str, nights: Nights) -> Path:
    """SQLite's file with a lot of room in it that is free: written anew it is smaller."""
    with database.write() as db:
        db.execute(text("CREATE TABLE much AS SELECT hex(randomblob(500000)) AS words"))
        db.execute(text("DROP TABLE much"))
    scrub.scrub(database_url, whole=False)
    return Path(database_url.removeprefix("sqlite:///"))


def ring(nights: Nights) -> None:
    nights.clock.at = retention.next_night(nights.service.library.scheme("tyneside"), OVER)
    with nights.service.database.write() as db:
        for row in db.scalars(select(SchemeRow)):
            row.retention_at = nights.clock.at


@pytest.mark.sqlite
def test_the_file_is_written_anew_once_a_night_after_the_last_turn(nights: Nights, file: Path) -> None:
    before = file.stat().st_size
    ring(nights)
    assert retention.run(nights.service, most=1)["people whose words were erased"] == 1
    assert file.stat().st_size >= before, "there is more to do"
    assert retention.run(nights.service)["people whose words were erased"] == 1
    assert file.stat().st_size < before - 500_000


@pytest.mark.sqlite
def test_what_went_by_day_is_tidied_in_a_night_in_which_nothing_goes(nights: Nights, file: Path) -> None:
    before = file.stat().st_size
    ring(nights)
    retention.run(nights.service)
    with nights.service.database.write() as db:
        db.execute(text("CREATE TABLE much AS SELECT hex(randomblob(500000)) AS words"))
        db.execute(text("DROP TABLE much"))
    ring(nights)
    assert retention.run(nights.service) == {}
    assert file.stat().st_size < before - 500_000


@pytest.mark.sqlite
def test_a_large_file_is_not_written_anew_while_people_text(
    nights: Nights, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its log of writes is emptied all the same: that takes no time."""
    monkeypatch.setattr("bot.people.scrub.LARGEST", 100_000)
    before = file.stat().st_size
    ring(nights)
    with capture_logs() as logged:
        retention.run(nights.service)
    assert file.stat().st_size >= before
    assert file.with_name(f"{file.name}-wal").stat().st_size == 0
    assert [line["log_level"] for line in logged if "retention --run" in line["event"]] == ["info"]


def test_a_night_in_which_nobody_was_there_is_not_made_up_for_by_day(nights: Nights) -> None:
    ring(nights)
    missed = nights.clock.at
    nights.clock.at = missed + timedelta(hours=8)
    assert retention.run(nights.service) == {}
    nights.clock.at = missed + A_DAY
    assert retention.run(nights.service)["people whose words were erased"] == 2


def test_a_night_that_began_late_is_one_all_the_same(nights: Nights) -> None:
    ring(nights)
    nights.clock.at += timedelta(hours=3)
    assert retention.run(nights.service)["people whose words were erased"] == 2

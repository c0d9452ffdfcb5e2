"""What is asked again and again is answered by an index: no table is read from end to end, however long it grows."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, event

from bot import jobs, vitals
from bot.sweep import sweep
from tests.delivery.people import World

# They grow with the years; the indexes are those of the alarms and of what waits.
LONG = {"message", "check_in", "service_user", "email", "event"}
ALARMS = {
    *("ix_message_due", "ix_message_first", "ix_message_unhandled", "ix_email_due", "ix_event_at"),
    "ix_message_unconfirmed",
    *("ix_service_user_next_check_in_at", "ix_service_user_quiet_at", "ix_service_user_resume_at"),
    *("ix_check_in_wake_at", "ix_check_in_remind_at"),
}


@pytest.fixture
def asked() -> Iterator[list[tuple[str, Any]]]:
    """Every statement from here on with its values."""
    seen: list[tuple[str, Any]] = []

    def note(connection: object, cursor: object, statement: str, values: Any, *_: object) -> None:
        seen.append((statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


def plans(world: World, asked: list[tuple[str, Any]]) -> set[tuple[str, str]]:
    """SQLite's plan for each statement: which long table by which index, `none` for all of it."""
    found = set()
    with world.service.database.read() as db:
        for statement, values in [each for each in asked if not each[0].startswith("BEGIN")]:
            for row in db.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values):
                words = str(row[3]).split()
                if words[0] in ("SCAN", "SEARCH") and words[1] in LONG:
                    found.add((words[1], words[words.index("INDEX") + 1] if "INDEX" in words else "none"))
    return found


@pytest.mark.sqlite
def test_a_sweep_with_nothing_due_reads_by_its_alarms(small_world: World, asked: list[tuple[str, Any]]) -> None:
    # The very first one asks since when there is anybody to hear from.
    sweep(small_world.service)
    asked.clear()
    sweep(small_world.service)
    by = plans(small_world, asked)
    assert {table for table, _ in by} == LONG
    assert [each for each in by if each[1] not in ALARMS] == []


@pytest.mark.sqlite
def test_the_clock_and_the_vitals_read_by_their_alarms(small_world: World, asked: list[tuple[str, Any]]) -> None:
    with small_world.service.database.read() as db:
        vitals.look(db, small_world.service.library, small_world.clock.now())
        jobs._due(db, small_world.service, small_world.clock.now())
    assert [each for each in plans(small_world, asked) if each[1] not in ALARMS] == []


@pytest.mark.sqlite
def test_the_mails_of_a_flag_are_found_by_it(small_world: World, asked: list[tuple[str, Any]]) -> None:
    """Every text that cannot wait rings for them, within the webhook."""
    jobs.ring(small_world.service, uuid4())
    assert plans(small_world, asked) == {("email", "ix_email_flag")}

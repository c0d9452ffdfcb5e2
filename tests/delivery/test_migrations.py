"""The tables are made by migrations alone, they are what the models say, and history stays as it was."""

import multiprocessing
import os
import signal
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.exc import DatabaseError

from bot.database import Database, upgrade
from bot.models import Base, ConsentEvent, Erasure, Event, Practitioner, Scheme, ServiceUser

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def shape(engine: Engine) -> dict[str, object]:
    """Everything a database tells of its tables, in an order that does not depend on how they were made."""
    tells = inspect(engine)
    return {
        table: {
            "columns": {c["name"]: (str(c["type"]), c["nullable"], c["default"]) for c in tells.get_columns(table)},
            "key": tells.get_pk_constraint(table)["constrained_columns"],
            "foreign": sorted(
                (k["name"] or "", k["constrained_columns"], k["referred_table"]) for k in tells.get_foreign_keys(table)
            ),
            "unique": sorted((u["name"] or "", u["column_names"]) for u in tells.get_unique_constraints(table)),
            "checks": sorted((c["name"] or "", c["sqltext"]) for c in tells.get_check_constraints(table)),
            "indexes": sorted(
                (
                    i["name"] or "",
                    i["column_names"],
                    bool(i["unique"]),
                    {k: str(v) for k, v in i["dialect_options"].items()},
                )
                for i in tells.get_indexes(table)
            ),
        }
        for table in tells.get_table_names()
        if table != "alembic_version"
    }


def test_migrations_make_what_the_models_say(empty_url: str) -> None:
    engine = create_engine(empty_url)
    Base.metadata.create_all(engine)
    made = shape(engine)
    Base.metadata.drop_all(engine)
    upgrade(empty_url)
    assert shape(engine) == made, "change the models and add a migration, both"
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_upgrading_twice_changes_nothing(empty_url: str) -> None:
    upgrade(empty_url)
    upgrade(empty_url)


def test_two_upgrades_at_once_both_succeed(empty_url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    both = [spawn.Process(target=upgrade, args=(empty_url,)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
    assert [process.exitcode for process in both] == [0, 0]


def killed_at(url: str, statement: int) -> None:
    """Upgrade, and be killed at the n-th statement."""
    from sqlalchemy import event

    seen = []

    @event.listens_for(Engine, "before_cursor_execute")
    def _(*_: object) -> None:
        seen.append(None)
        if len(seen) == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    upgrade(url)


@pytest.mark.parametrize("statement", [3, 20, 60])
def test_an_upgrade_killed_half_way_is_done_again(empty_url: str, statement: int) -> None:
    process = multiprocessing.get_context("spawn").Process(target=killed_at, args=(empty_url, statement))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    upgrade(empty_url)


@pytest.fixture
def history(database: Database) -> Database:
    """A person with an event and a consent, and an event of nobody."""
    person = uuid4()
    scheme = {"scheme_id": "tyneside"}
    with database.write() as db:
        db.add(Scheme(id="tyneside", created_at=NOW))
        db.flush()
        sam = Practitioner(id=uuid4(), email="s@x", first_name="S", phone="1", hours="", created_at=NOW, **scheme)
        db.add(sam)
        db.flush()
        db.add(ServiceUser(id=person, practitioner_id=sam.id, first_name="Leon", enrolled_at=NOW, **scheme))
        db.flush()
        db.add(Event(service_user_id=person, at=NOW, who="sam", what="enrolled", **scheme))
        db.add(Event(at=NOW, who="sam", what="looked", **scheme))
        consent = {"channel": "sms", "what": "given", "by": "sam", "at": NOW, "recorded_at": NOW}
        db.add(ConsentEvent(service_user_id=person, **consent, **scheme))
    return database


@pytest.mark.parametrize("table", ["event", "consent_event"])
@pytest.mark.parametrize("change", ["UPDATE {} SET at = at", "DELETE FROM {}"])
def test_history_cannot_be_changed(history: Database, table: str, change: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), history.write() as db:
        db.execute(text(change.format(table)))


@pytest.mark.parametrize("table", ["event", "consent_event"])
def test_history_goes_with_a_person_whose_erasure_is_on_record(history: Database, table: str) -> None:
    with history.write() as db:
        [person] = db.query(ServiceUser)
        db.add(Erasure(service_user_id=person.id, scheme_id="tyneside", by="sam", at=NOW))
        db.flush()
        gone = db.execute(text(f"DELETE FROM {table} WHERE service_user_id IS NOT NULL"))
        assert gone.rowcount == 1  # type: ignore[attr-defined]
    with pytest.raises(DatabaseError, match="append-only"), history.write() as db:
        db.execute(text("UPDATE event SET at = at"))

"""With rows as after years, PostgreSQL answers what is asked again and again by its indexes, and so will it next year.

Also by a generic plan, to which it goes over once a statement has been asked a few times on a connection: there
the values are not known, and an index of some rows is used only if the statement itself says which.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, Table, event, text
from sqlalchemy.orm import Session

from bot import door, jobs, vitals
from bot.channels import Inbound
from bot.models import Address, Base, CheckIn, Email, Event, FlowVersion, Message, ServiceUser
from bot.sweep import sweep
from tests.delivery.people import NOON, World
from tests.delivery.test_plans import ALARMS, LONG

pytestmark = pytest.mark.postgresql

MANY = 5_000
# Where a text finds its writer, and each thing that is theirs.
OF_A_PERSON = {
    *("ix_message_person", "ix_message_unclaimed", "ix_message_reply_to", "ix_check_in_person", "ix_event_person"),
    *("uq_message_provider_id", "uq_address_scheme_id_channel_address", "ix_address_person"),
    *("pk_message", "pk_service_user", "pk_check_in", "pk_address", "uq_service_user_scheme_id_id", "uq_check_in_open"),
}
Asked = list[tuple[str, Any]]


@pytest.fixture
def years(world: World) -> World:
    """A person with one of everything, five thousand times: nothing of it is due."""
    later = NOON.replace(year=2027)
    person = world.cast.person(next_check_in_at=later, quiet_at=later)
    done = {"state": "delivered", "due_at": None}
    world.cast.text(person, provider_id="SM", **done)
    owner = {"scheme_id": "tyneside", "service_user_id": person}
    with world.service.database.write() as db:
        flow = {"flow": "weekly_check_in", "flow_version": "v", "state": {}, "started_at": NOON, "ended_at": NOON}
        mail = {"to": "sam@example.org", "kind": "digest", "subject": "x", "body": "x", "intention": "x"}
        db.add(FlowVersion(hash="v", scheme_id="tyneside", flow="weekly_check_in", files={}, first_used_at=NOON))
        db.flush()
        db.add(CheckIn(**owner, **flow))
        db.add(Email(scheme_id="tyneside", state="sent", due_at=NOON, created_at=NOON, **mail))
        db.add(Event(**owner, at=NOON, who="sam", what="looked"))
    with world.service.database.write() as db:
        for model in (ServiceUser, Address, Message, CheckIn, Email, Event):
            multiply(db, Base.metadata.tables[model.__tablename__])
    with world.service.database.write() as db:
        db.execute(text("ANALYZE"))
    return world


NTH = "md5('person ' || n)::uuid"


def multiply(db: Session, table: Table) -> None:
    """Its one row once more for each of many people; what must be its own is made so."""
    own = {"provider_id", "intention", "address"}
    fresh = {name: f"{name} || n" for name in own} | {"service_user_id": NTH, "id": "gen_random_uuid()"}
    if table.name == "service_user":
        fresh["id"] = NTH
    # Ids that are numbers come by themselves.
    names = [column.name for column in table.c if column.name != "id" or column.type.python_type is UUID]
    chosen = ", ".join(fresh.get(name, f'"{name}"') for name in names)
    named = ", ".join(f'"{name}"' for name in names)
    one = f"(SELECT * FROM {table.name} LIMIT 1) AS one"
    db.execute(text(f"INSERT INTO {table.name} ({named}) SELECT {chosen} FROM {one}, generate_series(1, {MANY}) AS n"))


@pytest.fixture
def asked(years: World) -> Iterator[Asked]:
    """Every statement from here on with its values."""
    seen: Asked = []

    def note(connection: object, cursor: object, statement: str, values: Any, *_: object) -> None:
        seen.append((statement, values))

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


def plans(world: World, asked: Asked) -> set[tuple[str, str]]:
    """By which index each long table is read, `none` for all of it: by a plan for these values, and by one for any."""
    found: set[tuple[str, str]] = set()
    with world.service.database.read() as db:
        connection = db.connection()
        for statement, values in list(asked):
            if not re.match("SELECT|INSERT|UPDATE|DELETE|WITH", statement):
                continue
            first = values[0] if isinstance(values, list) else values
            for plan in (
                connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", first),
                connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON, GENERIC_PLAN) {numbered(statement)}"),
            ):
                found |= set(reads(plan.scalar_one()[0]["Plan"]))
    return {(table, index) for table, index in found if table in LONG | {"address"}}


def numbered(statement: str) -> str:
    """As the server is sent it: parameters by their number."""
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement)))
    return re.sub(r"%\((\w+)\)s", lambda found: f"${names.index(found[1]) + 1}", statement)


def reads(node: Mapping[str, Any], of: str = "") -> Iterator[tuple[str, str]]:
    table = node.get("Relation Name", of)
    if "Index Name" in node or node["Node Type"] == "Seq Scan":
        yield table, node.get("Index Name", "none")
    for each in node.get("Plans", ()):
        yield from reads(each, table)


def test_a_sweep_with_nothing_due_reads_by_its_alarms(years: World, asked: Asked) -> None:
    sweep(years.service)
    asked.clear()
    sweep(years.service)
    by = plans(years, asked)
    assert {table for table, _ in by} == LONG
    assert [each for each in by if each[1] not in ALARMS] == []


def test_the_clock_and_the_vitals_read_by_their_alarms(years: World, asked: Asked) -> None:
    with years.service.database.read() as db:
        vitals.look(db, years.service.library, years.clock.now())
        jobs._due(db, years.service, years.clock.now())
    assert [each for each in plans(years, asked) if each[1] not in ALARMS] == []


def test_a_text_finds_what_is_its_writers(years: World, asked: Asked) -> None:
    heard = {"channel": "sms", "address": "+44770090000177", "sender": "+447400999000", "body": "can somebody ring me"}
    door.take(years.service, "tyneside", Inbound(provider_id="IN1", **heard))
    by = plans(years, asked)
    assert {"message", "check_in", "address"} <= {table for table, _ in by}
    assert [each for each in by if each[1] not in OF_A_PERSON] == []

"""Old processes go on beside new ones while a release is rolled out: a migration only adds."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine

from bot.settings import ROOT
from tests.delivery.test_migrations import shape

CONFIG = Config(toml_file=ROOT / "pyproject.toml")
REVISIONS = [each.revision for each in ScriptDirectory.from_config(CONFIG).walk_revisions()][::-1]
Table = Mapping[str, Any]


@pytest.fixture
def engine(empty_url: str) -> Iterator[Engine]:
    engine = create_engine(empty_url)
    yield engine
    engine.dispose()


def upgraded(engine: Engine, revision: str) -> Mapping[str, Table]:
    """The tables as they are once this migration is through."""
    with engine.begin() as connection:
        CONFIG.attributes["connection"] = connection
        command.upgrade(CONFIG, revision)
    return shape(engine)  # type: ignore[return-value]


def in_the_way(before: Table, after: Table) -> list[str]:
    """What a process that knows only the table ``before`` would stumble over."""
    was, now = before["columns"], after["columns"]
    found = [f"{name} is gone" for name in was.keys() - now.keys()]
    for name in was.keys() & now.keys():
        (old_type, old_null, _), (new_type, new_null, _) = was[name], now[name]
        if old_type != new_type or (old_null and not new_null):
            found.append(f"{name} was {was[name]} and is {now[name]}")
    for name in now.keys() - was.keys():
        _, null, default = now[name]
        if not null and default is None:
            found.append(f"{name} must be filled, and nobody fills it")
    for kind in ("key", "foreign", "unique", "checks"):
        if before[kind] != after[kind]:
            found.append(f"{kind}: {before[kind]} and {after[kind]}")
    old = {name for name, *_ in before["indexes"]}
    return found + [f"only one may have {columns}" for name, columns, one, _ in after["indexes"] if one > (name in old)]


def test_a_migration_takes_nothing_away_from_those_that_run(engine: Engine) -> None:
    before = upgraded(engine, REVISIONS[0])
    for revision in REVISIONS[1:]:
        after = upgraded(engine, revision)
        assert before.keys() <= after.keys(), f"{revision} drops a table"
        found = {name: wrong for name in before if (wrong := in_the_way(before[name], after[name]))}
        assert found == {}, f"{revision}: the release before this one would fail"
        before = after


COLUMNS = {"id": ("UUID", False, None), "note": ("TEXT", True, None)}
BARE = {"columns": COLUMNS, "key": ["id"], "foreign": [], "unique": [], "checks": [], "indexes": []}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"columns": {"id": COLUMNS["id"]}}, "note is gone"),
        ({"columns": COLUMNS | {"note": ("TEXT", False, None)}}, "note was"),
        ({"columns": COLUMNS | {"note": ("INTEGER", True, None)}}, "note was"),
        ({"columns": COLUMNS | {"more": ("TEXT", False, None)}}, "more must be filled"),
        ({"checks": [("ck", "id > 0")]}, "checks"),
        ({"indexes": [("uq", ["note"], True, {})]}, "only one may have"),
    ],
)
def test_what_is_in_the_way_is_seen(change: Mapping[str, Any], word: str) -> None:
    [found] = in_the_way(BARE, BARE | change)
    assert found.startswith(word)


def test_what_is_not_in_the_way_is_let_through() -> None:
    more = {"more": ("TEXT", True, None), "counted": ("INTEGER", False, "0")}
    after = BARE | {"columns": COLUMNS | more, "indexes": [("ix", ["note"], False, {})]}
    assert in_the_way(BARE, after) == []

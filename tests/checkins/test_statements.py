"""How many statements a turn makes: counted, for a count is the same on every machine and a time is not."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, event

from tests.checkins.conftest import World

# Fourteen today, and room for one: BEGIN, six to know, seven to keep.
MOST = 15


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every statement from here on, also the BEGIN; commits are none."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


Count = Callable[[str], int]


@pytest.fixture
def count(world: World, statements: list[str]) -> Count:
    """Text a few words and say how many statements that took."""
    world.start()

    def text(words: str) -> int:
        statements.clear()
        world.text(words)
        return len(statements)

    world.begin(world.person.next_check_in_at)
    return text


def test_a_plain_answer_takes_few_statements(count: Count) -> None:
    week = ("done", "loads, felt good", "write my cv on friday 10am", "7")
    assert {words: most for words in week if (most := count(words)) > MOST} == {}


def test_a_text_that_changes_little_takes_fewer(count: Count) -> None:
    for words in ("done", "loads", "write my cv on friday 10am", "7"):
        count(words)
    assert count("thanks") <= 12


def test_a_long_history_takes_no_more(world: World, count: Count) -> None:
    first = count("done")
    for _ in range(6):
        for words in ("loads", "write my cv on friday 10am", "7"):
            count(words)
        world.begin(world.person.next_check_in_at)
        assert count("done") <= first


def test_a_check_in_begins_in_few_statements(world: World, count: Count, statements: list[str]) -> None:
    due = world.person.next_check_in_at
    statements.clear()
    assert world.begin(due) is not None
    assert len(statements) <= MOST

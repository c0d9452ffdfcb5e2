"""What became of steps: done, some of it, kept, changed, let go; nothing is a failure."""

from datetime import UTC, datetime, timedelta

import pytest

from bot import ladder
from bot.models import Step

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def steps(*told: tuple[str, str | None]) -> list[Step]:
    """Written oldest first, as one lives; newest first, as one reads."""
    rows = [
        Step(words=words, outcome=outcome, set_at=MONDAY + n * timedelta(days=7))
        for n, (words, outcome) in enumerate(told)
    ]
    return rows[::-1]


@pytest.mark.parametrize(
    ("told", "became"),
    [
        ([("a", None)], ["under_way"]),
        ([("a", "not_yet")], ["not_yet"]),
        ([("a", "done"), ("b", "some")], ["done", "some"]),
        ([("Ring college", "not_yet"), ("ring college", None)], ["kept", "under_way"]),
        ([("a", "not_yet"), ("b", None)], ["changed", "under_way"]),
        ([("a", None), ("b", "done")], ["let_go", "done"]),
        # Words that are no longer kept are not the same words.
        ([("", "not_yet"), ("", None)], ["changed", "under_way"]),
        ([("a", "done"), ("a", None)], ["done", "under_way"]),
    ],
)
def test_what_became_of_each(told: list[tuple[str, str | None]], became: list[str]) -> None:
    assert [rung.became for rung in ladder.rungs(steps(*told))] == became[::-1]
    assert set(became) <= set(ladder.BECAME)


def test_wins_are_the_newest_first_by_when_they_were_told() -> None:
    first, second, third = steps(("a", "done"), ("b", "some"), ("c", "done"))
    assert ladder.wins([first, second, third]) == [first, third]
    third.outcome_at = first.set_at + timedelta(days=1)
    assert ladder.wins([first, second, third]) == [third, first]


def test_the_ledger_counts_what_got_in_the_way() -> None:
    rows = steps(*[("a", "not_yet")] * 4)
    for row, barrier in zip(rows, ("travel", None, "health", "travel"), strict=True):
        row.barrier = barrier
    assert ladder.ledger(rows) == [("travel", 2), ("health", 1)]


def test_every_barrier_that_a_reader_names_has_words() -> None:
    from bot.reading import words

    named = {entry["label"] if isinstance(entry, dict) else entry for entry in words.sheet("en", "barrier")["barriers"]}
    assert named <= set(ladder.IN_THE_WAY)

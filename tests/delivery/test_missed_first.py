"""The first time the list of what came in is read, with a text in it that can never be kept."""

from datetime import timedelta

import pytest

from bot.models import Notice
from tests.delivery.people import World
from tests.delivery.test_missed import cannot_be_kept, fetch, read_at, rows, texts, wrote


def test_after_an_hour_it_counts_as_read_and_the_operator_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until it counts as read nobody is called quiet: one text must not put that off for ever."""
    world.cast.person()
    cannot_be_kept(world, monkeypatch, wrote(world, "hello"))
    good = wrote(world, "MY STEP")
    for _ in range(14):
        fetch(world, minutes=4)
    assert (read_at(world), rows(world, Notice)) == (None, [])
    assert texts(world) == [good]
    for _ in range(3):
        fetch(world, minutes=4)
    read = read_at(world)
    assert read is not None
    assert world.clock.at - read < timedelta(minutes=10)
    assert [row.kind for row in rows(world, Notice)] == ["late_text"]


def test_kept_after_all_it_is_read_at_once_and_nobody_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.cast.person()
    bad = wrote(world, "hello")
    cannot_be_kept(world, monkeypatch, bad)
    fetch(world, minutes=4)
    monkeypatch.undo()
    fetch(world, minutes=4)
    assert (read_at(world), texts(world), rows(world, Notice)) == (world.clock.at, [bad], [])

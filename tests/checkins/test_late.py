"""A text that reached us late, and what they have told us since: what is about their safety stands all the same."""

from datetime import timedelta

import pytest

from bot.models import ConsentEvent, Flag, Message
from tests.checkins.conftest import World

GRAVE = [
    ("STOP. I want to kill myself", None),
    ("stop texting me, im going to kill myself tonight", None),
    ("i want to die", "STOP"),
    ("wrong number. i want to kill myself", None),
]


def wrote_first(world: World, body: str, kind: str | None) -> None:
    """Fetched now; written two hours ago, before anything that they have said since."""
    sent_at = world.now - timedelta(hours=2)
    world.text(body, late=True, sent_at=sent_at, opt_out_type=kind)


def told_of_stops(world: World) -> list[object]:
    return [(flag.id, flag.updated_at, flag.closed_at) for flag in world.rows(Flag, Flag.kind == "opted_out")]


@pytest.mark.parametrize(("body", "kind"), GRAVE)
def test_a_crisis_is_answered_and_held_for_and_ends_no_texts_that_they_have_started_since(
    world: World, body: str, kind: str | None
) -> None:
    world.start()
    world.text("STOP")
    world.text("START")
    before = len(world.rows(ConsentEvent)), told_of_stops(world)
    wrote_first(world, body, kind)
    [answer] = world.rows(Message, Message.kind == "safety")
    assert "116 123" in answer.body
    assert (answer.state, answer.via) == ("queued", "rest")
    assert (world.person.held_for, world.person.state) == ("safety", "active")
    assert (len(world.rows(ConsentEvent)), told_of_stops(world)) == before
    [flag] = world.rows(Flag, Flag.kind == "safety", Flag.closed_at.is_(None))
    assert "reached us late" in flag.evidence["why"]


@pytest.mark.parametrize(("body", "kind"), GRAVE)
def test_and_starts_no_texts_that_they_have_stopped_since(world: World, body: str, kind: str | None) -> None:
    world.start()
    world.text("STOP")
    wrote_first(world, body, kind)
    assert [row.body.count("116 123") for row in world.rows(Message, Message.kind == "safety")] == [1]
    assert (world.person.held_for, world.person.state) == ("safety", "opted_out")
    assert len(world.rows(ConsentEvent, ConsentEvent.what == "opted_out")) == 1


@pytest.mark.parametrize("body", ["stop texting me", "wrong number"])
def test_of_nothing_graver_only_the_text_is_shown(world: World, body: str) -> None:
    world.start()
    world.text("STOP")
    world.text("START")
    asked = world.open_check_ins[0].state if world.open_check_ins else None
    before = len(world.rows(Message, Message.direction == "out"))
    wrote_first(world, body, None)
    assert len(world.rows(Message, Message.direction == "out")) == before
    assert (world.person.held_for, world.person.state) == (None, "active")
    assert "message" in world.open_flags
    assert (world.open_check_ins[0].state if world.open_check_ins else None) == asked


def test_the_answer_to_a_crisis_leaves_though_they_stop_the_texts_right_after_it(world: World) -> None:
    """Both fetched in one go: the answer still waits for the outbox when the stop is heard."""
    world.start()
    world.begin(world.person.next_check_in_at)
    for minutes, body in ((9, "i want to kill myself"), (5, "stop texting me")):
        world.text(body, late=True, sent_at=world.now - timedelta(minutes=minutes))
    assert world.person.state == "opted_out"
    states = {row.kind: row.state for row in world.rows(Message, Message.direction == "out", Message.via == "rest")}
    assert (states["check_in"], states["safety"]) == ("cancelled", "queued")

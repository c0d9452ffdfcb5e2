"""A provider that fails in every way it can, for a whole morning: each intention is sent once, or has its reason."""

import random
import uuid
from collections import Counter
from datetime import timedelta

import pytest

from bot import outbox
from tests.delivery.people import NOON, World

TEXTS = 60
# For a moment: not taken, and to be sent later. Hidden: taken or not, and nobody says so. For good: 21614, no mobile.
FOR_A_MOMENT, HIDDEN, FOR_GOOD = ["429", "21611", "30001"], ["500", "cut", "hang", "swallow"], ["21614"]
FOR_GOOD_TEXTS = 4


def deliver(world: World, seed: int) -> outbox.Counts:
    def rest(seconds: float) -> None:
        world.clock.move(seconds=seconds)

    return outbox.deliver(world.service, jitter=random.Random(seed).random, rest=rest)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_twice_and_everything_in_the_end(world: World, seed: int) -> None:
    chance = random.Random(seed)
    rows = [text(world, number) for number in range(TEXTS)]
    world.twilio.plan += chance.sample([*FOR_A_MOMENT * 5, *HIDDEN * 3, *FOR_GOOD * FOR_GOOD_TEXTS, *["ok"] * 20], 51)
    seen: Counter[str] = Counter()
    for _ in range(90):
        seen.update(deliver(world, seed))
        world.clock.move(seconds=20)
        seen.update(outbox.recover(world.service))
    intentions = Counter(form["StatusCallback"] for form in world.twilio.ledger)
    assert max(intentions.values()) == 1
    kept = [world.cast.row(row) for row in rows]
    ended = Counter((row.state, row.not_sent_reason) for row in kept)
    # A refusal that a busy machine brings too late is an answer that never came: its text is asked after instead.
    refused = ended.pop(("failed", "refused"))
    assert 1 <= refused <= FOR_GOOD_TEXTS
    assert ended == {("accepted", None): TEXTS - refused}
    assert len(intentions) == TEXTS - refused
    assert seen["to be tried again"] >= 1
    assert seen["unknown"] >= 1
    # Each row has the provider's own id for it.
    assert {row.provider_id for row in kept if row.state == "accepted"} == {form["Sid"] for form in world.twilio.ledger}


def text(world: World, number: int) -> uuid.UUID:
    return world.cast.text(world.cast.person(), body=f"text {number}", expires_at=NOON + timedelta(days=1))

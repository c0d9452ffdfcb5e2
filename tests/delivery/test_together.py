"""Workers, receipts that ask for a rest, and people who write, all over the same rows at once: nobody waits in vain."""

import random
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import select
from structlog.testing import capture_logs

from bot import receiving
from bot.channels import Inbound
from bot.models import Address
from tests.delivery.people import SCHEME, World
from tests.delivery.sending import deliver, receipt
from tests.delivery.stand_in import NUMBER

PEOPLE, ROUNDS = 40, 6
FAULTS = {"error", "critical", "exception"}


def test_all_at_once(world: World) -> None:
    people = [world.cast.person() for _ in range(PEOPLE)]
    rows = [world.cast.text(person, kind=kind) for person in people for kind in ("staff", "nudge")]
    with capture_logs() as logs, ThreadPoolExecutor(5) as pool:
        for future in [
            *[pool.submit(send, world) for _ in range(3)],
            pool.submit(receipts, world, rows),
            pool.submit(answers, world, people),
        ]:
            future.result()
    assert [line for line in logs if line["log_level"] in FAULTS] == []
    send(world)
    taken = Counter(form["StatusCallback"] for form in world.twilio.ledger)
    assert max(taken.values()) == 1
    left = {uuid.UUID(callback.rpartition("=")[2]) for callback in taken}
    states = {row: world.cast.row(row).state for row in rows}
    assert {row for row, state in states.items() if state not in ("cancelled", "queued")} == left
    # What was held back by a rest, or is sent once more after one, is due a little later.
    world.clock.move(minutes=7)
    send(world)
    assert {world.cast.row(row).state for row in rows} <= {"accepted", "delivered", "failed", "cancelled"}


def send(world: World) -> None:
    for _ in range(ROUNDS):
        deliver(world)


def receipts(world: World, rows: list[uuid.UUID]) -> None:
    """One of ten says that the number's queue was full; most say that all is well, before the answer or after it."""
    chance = random.Random(1)
    for row in chance.choices(rows, k=PEOPLE * 6):
        known = world.cast.row(row)
        if known.state not in ("queued", "claimed", "cancelled"):
            full = chance.random() < 0.1
            receipt(world, row, "failed" if full else "delivered", "30001" if full else None, known.provider_id or "")


def answers(world: World, people: list[uuid.UUID]) -> None:
    """Each third of them says stop, each third something."""
    for number, person in enumerate(people):
        with world.service.database.write() as db:
            address = db.scalars(select(Address.address).where(Address.service_user_id == person)).one()
            text = Inbound(
                provider_id=f"IN{number}",
                channel="sms",
                address=address,
                sender=NUMBER,
                body="STOP" if number % 3 else "hello",
            )
            receiving.receive(db, world.service.library, SCHEME, text, world.clock.at + timedelta(seconds=1))

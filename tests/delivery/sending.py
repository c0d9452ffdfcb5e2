"""What the tests of sending do: deliver what is due, and hand in a receipt."""

import uuid

from bot import outbox
from tests.delivery.people import World


def deliver(world: World, **more: object) -> outbox.Counts:
    return outbox.deliver(world.service, jitter=lambda: 0.0, **more)  # type: ignore[arg-type]


def receipt(world: World, row: uuid.UUID, status: str, code: str | None = None, sid: str = "") -> bool:
    with world.service.database.write() as db:
        return outbox.status(
            db,
            world.service.library,
            message_id=row,
            provider_id=sid,
            status=status,
            error_code=code,
            now=world.clock.now(),
        )

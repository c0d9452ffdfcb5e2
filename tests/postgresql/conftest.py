"""The world of the tests of delivery, here always on PostgreSQL."""

from tests.delivery.conftest import library, twilio, world

__all__ = ["library", "twilio", "world"]

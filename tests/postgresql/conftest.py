"""The world of the tests of delivery, here always on PostgreSQL."""

from tests.delivery.conftest import library, plain_logs, twilio, world

__all__ = ["library", "plain_logs", "twilio", "world"]

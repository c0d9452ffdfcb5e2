"""Ports, and the service of the tests of delivery with its stand-in for Twilio."""

import socket

import pytest

from tests.delivery.conftest import library, twilio, world

__all__ = ["library", "twilio", "world"]


@pytest.fixture
def port() -> int:
    """A port that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

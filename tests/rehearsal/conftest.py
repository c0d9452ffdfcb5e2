"""The stand-in for Twilio, as in the tests of delivery."""

from tests.delivery.conftest import twilio

__all__ = ["twilio"]

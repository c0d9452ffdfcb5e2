"""The phone on a page: what is sent to it has arrived."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from bot.channels import Found, Inbound, Listed, Outgoing, Sent


class PhoneChannel:
    """Delivers at once. The phone reads the messages themselves, so nothing has to leave."""

    at_once = 1
    per_second: Mapping[str, int] = MappingProxyType({})

    def send(self, outgoing: Outgoing) -> Sent:
        return Sent(_provider_id(outgoing), "delivered")

    def find(self, outgoing: Outgoing, since: datetime, until: datetime, taken: frozenset[str]) -> Found:
        """What was on its way when we died has arrived: it is on the phone."""
        return Found(_provider_id(outgoing), "delivered")

    def fetch(self, provider_id: str) -> Found:
        return Found(provider_id, "delivered")

    def inbound_since(self, since: datetime) -> Sequence[Inbound]:
        return ()

    def outbound_since(self, since: datetime) -> Sequence[Listed]:
        return ()

    def erase(self, provider_id: str) -> None:
        """The phone reads the messages themselves: with the row its copy is gone."""


def _provider_id(outgoing: Outgoing) -> str:
    return f"phone-{outgoing.id}"

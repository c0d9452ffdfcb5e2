"""What every channel speaks: a text that came in, a text to send, and what became of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

# No connection was made, so nothing can have been taken.
NO_CONNECTION = "connection"
# PostgreSQL keeps no NUL in a text, and no database half of a surrogate pair.
UNKEEPABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """A text that came in. ``late`` marks one that we fetched because nobody delivered it to us.

    ``address`` is the person's, ``sender`` the number of ours they wrote to, both bare on either channel.
    ``kinds`` is what came in place of words (``media``), ``payload`` what a tapped button brought back.
    A character that no database keeps is dropped from ``body``, rather than the text with it.
    """

    provider_id: str
    channel: str
    address: str
    sender: str
    body: str
    media: int = 0
    kinds: tuple[str, ...] = ()
    payload: str | None = None
    opt_out_type: str | None = None
    late: bool = False
    sent_at: datetime | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "body", UNKEEPABLE.sub("", self.body))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A text to send. ``id`` is our row's; ``seconds`` is how long it may still be worth delivering."""

    id: UUID
    channel: str
    address: str
    sender: str | None
    body: str
    template: Mapping[str, Any] | None = None
    seconds: int | None = None


class Fault(StrEnum):
    """Why the provider refused a text, by what is to be done about it."""

    TEMPORARY = "temporary"  # never taken: again in a while
    OPTED_OUT = "opted_out"  # they told the carrier to stop
    BLOCKED = "blocked"  # they want nothing from us on this channel
    BAD_ADDRESS = "bad_address"  # nobody can be reached there
    NOT_THERE = "not_there"  # nobody can be reached there by this channel
    TRY_TOMORROW = "try_tomorrow"  # a phone that is off
    OTHER_CHANNEL = "other_channel"  # not this text by this channel
    OURS = "ours"  # a setting of ours is wrong: the operator's to mend
    AUTH = "auth"  # the account is refused: the operator's to mend
    FILTERED = "filtered"  # taken for advertising: the operator's to look into
    PERMANENT = "permanent"  # this text will not go


OPERATORS = frozenset({Fault.OURS, Fault.AUTH, Fault.FILTERED})
# What says something about the person's own phone.
THEIRS = frozenset({Fault.TRY_TOMORROW, Fault.PERMANENT, Fault.BAD_ADDRESS, Fault.NOT_THERE})


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider has it. ``state`` is one of outbox's: accepted, or further along."""

    provider_id: str
    state: str = "accepted"


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider has certainly not taken it."""

    code: str
    fault: Fault

    @property
    def temporary(self) -> bool:
        return self.fault is Fault.TEMPORARY

    @property
    def ours(self) -> bool:
        """Whether it waits for the operator."""
        return self.fault in OPERATORS


@dataclass(frozen=True, slots=True)
class Unknown:
    """The provider hid its answer: it may or may not have been taken."""

    code: str


Outcome = Sent | Refused | Unknown


@dataclass(frozen=True, slots=True)
class Found:
    """A text of ours in the provider's list."""

    provider_id: str
    state: str
    error_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A text in the provider's list of what left one of our numbers. ``at`` is when it was taken."""

    provider_id: str
    channel: str
    address: str
    sender: str
    body: str
    state: str
    at: datetime
    error_code: str | None = None


class Unreadable(Exception):
    """The provider's list, or one text of it, could not be read; nothing can be concluded."""


class Channel(Protocol):
    """How texts leave, and how the provider is asked what it knows.

    ``at_once``: sends side by side. ``per_second``: how many texts one of our numbers may send, by channel
    (sms, whatsapp); a channel that is not there has no limit.
    """

    at_once: int
    per_second: Mapping[str, int]

    def send(self, outgoing: Outgoing) -> Outcome:
        """Hand a text over, within ten seconds. Nothing is raised for what can go wrong outside."""

    def find(self, outgoing: Outgoing, since: datetime, until: datetime, taken: frozenset[str]) -> Found | None:
        """Look for a text taken between the two times, other than ``taken``. Raises Unreadable."""

    def fetch(self, provider_id: str) -> Found | None:
        """What became of a text that was taken, by its id; None where nothing has it. Raises Unreadable."""

    def inbound_since(self, since: datetime) -> Sequence[Inbound]:
        """What came in from ``since`` on, in the order it was sent. Raises Unreadable."""

    def outbound_since(self, since: datetime) -> Sequence[Listed]:
        """What left any of our numbers from ``since`` on, oldest first. Raises Unreadable."""

    def erase(self, provider_id: str) -> str | None:
        """Delete the provider's copy of a text, in or out. None once it is gone, else why it is not: a code.

        Nothing is raised. NO_CONNECTION is the code where nobody was there to ask.
        """

"""The provider's two lists of a time that we have forgotten: what came in, and what left."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import provider_copies
from bot.channels import Channel, Inbound, Listed
from bot.models import Message

# The provider's clock and ours.
SKEW = timedelta(minutes=5)
BATCH = 1000


@dataclass
class Lists:
    """Both oldest first. What has been found to be one of our rows is taken out of ``left``."""

    came_in: list[Inbound]
    left: list[Listed]
    receipts: list[Listed] = field(default_factory=list)

    @classmethod
    def read(cls, channel: Channel, since: datetime) -> "Lists":
        """Ask the provider. Raises Unreadable: then nothing can be concluded."""
        came_in = [replace(each, late=True) for each in channel.inbound_since(since)]
        return cls(came_in, list(channel.outbound_since(since)))

    def sort_out(self, db: Session) -> None:
        """Drop what came in and is here; of what left, keep apart what is here: it may have got further since."""
        ids = [each.provider_id for each in self.came_in] + [each.provider_id for each in self.left]
        here, gone = known(db, ids), erased(db, ids)
        self.came_in = [each for each in self.came_in if each.provider_id not in here | gone]
        self.receipts = [each for each in self.left if each.provider_id in here]
        self.left = [each for each in self.left if each.provider_id not in here | gone]

    def times(self) -> Iterator[datetime]:
        """When something happened that is still to be told."""
        yield from (each.sent_at for each in self.came_in if each.sent_at)
        yield from (each.at for each in (*self.left, *self.receipts))

    def heard(self, now: datetime) -> list[Inbound]:
        """Take out what has come in by now."""
        so_far = [each for each in self.came_in if each.sent_at is None or each.sent_at <= now]
        self.came_in = self.came_in[len(so_far) :]
        return so_far

    def received(self, now: datetime) -> list[Listed]:
        """Take out what the provider knows of texts that we know, as far as it had them by now."""
        so_far = [each for each in self.receipts if each.at <= now]
        self.receipts = self.receipts[len(so_far) :]
        return so_far

    def find(self, message: Message, now: datetime) -> Listed | None:
        """Take out the text that is this row: to the same address, not before it was decided, in the same words.

        A template's words are the provider's to fill in: there, address and time have to do.
        """
        for listed in self.left:
            if listed.at > now:
                return None
            if _same(message, listed):
                self.left.remove(listed)
                return listed
        return None

    def addresses(self, now: datetime) -> set[str]:
        """Whom something had left for by now that is no row of ours yet."""
        return {each.address for each in self.left if each.at <= now}


def known(db: Session, ids: Sequence[str]) -> frozenset[str]:
    """Those of the provider's ids that we have."""
    found: set[Any] = set()
    for start in range(0, len(ids), BATCH):
        found |= set(db.scalars(select(Message.provider_id).where(Message.provider_id.in_(ids[start : start + BATCH]))))
    return frozenset(each for each in found if each)


def erased(db: Session, ids: Sequence[str]) -> frozenset[str]:
    """Those of the provider's ids whose text was erased here."""
    return frozenset(
        each
        for start in range(0, len(ids), BATCH)
        for each in provider_copies.erased_of(db, ids[start : start + BATCH])
    )


def _same(message: Message, listed: Listed) -> bool:
    if (message.channel, message.address) != (listed.channel, listed.address) or listed.at < message.created_at - SKEW:
        return False
    # Spaces and line ends may be tidied on the way.
    return message.template is not None and message.channel == "whatsapp" or message.body.split() == listed.body.split()

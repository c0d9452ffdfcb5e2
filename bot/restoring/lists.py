"""The provider's two lists of a time that we have forgotten: what came in, and what left."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot import provider_copies
from bot.channels import Inbound, Listed
from bot.channels.matching import same_words
from bot.models import Message
from bot.reconcile import scheme_of
from bot.service import Service

# The provider's clock and ours.
SKEW = timedelta(minutes=5)


@dataclass
class Lists:
    """Both oldest first. What has been found to be one of our rows is taken out of ``left``."""

    service: Service
    came_in: list[Inbound]
    left: list[Listed]
    receipts: list[Listed] = field(default_factory=list)

    @classmethod
    def read(cls, service: Service, since: datetime) -> "Lists":
        """Ask the provider. Raises Unreadable: then nothing can be concluded."""
        came_in = [replace(each, late=True) for each in service.channel.inbound_since(since)]
        return cls(service, came_in, list(service.channel.outbound_since(since)))

    def sort_out(self, db: Session) -> None:
        """Drop what came in and is here; of what left, keep apart what is here: it may have got further since."""
        ids = [each.provider_id for each in self.came_in] + [each.provider_id for each in self.left]
        here, gone = provider_copies.here_of(db, ids), provider_copies.erased_of(db, ids)
        self.came_in = [each for each in self.came_in if each.provider_id not in here | gone]
        self.receipts = [each for each in self.left if each.provider_id in here]
        self.left = [each for each in self.left if each.provider_id not in here | gone]

    def take_out(self, which: Callable[[Inbound | Listed], bool]) -> list[Inbound | Listed]:
        """Take out what came in and what left of one kind, to be told no more."""
        both: list[Inbound | Listed] = [*self.came_in, *self.left]
        out = [each for each in both if which(each)]
        self.came_in = [each for each in self.came_in if not which(each)]
        self.left = [each for each in self.left if not which(each)]
        return out

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
            if self._goes_there(message, listed) and _may_be(message, listed):
                self.left.remove(listed)
                return listed
        return None

    def told(self, message: Message) -> bool:
        """Whether anything left for them after this row was decided, in whatever words."""
        return any(self._goes_there(message, each) and each.at >= message.created_at for each in self.left)

    def addresses(self, now: datetime) -> set[str]:
        """Whom something had left for by now that is no row of ours yet."""
        return {each.address for each in self.left if each.at <= now}

    def _goes_there(self, message: Message, listed: Listed) -> bool:
        """To the same address, from a number of the same scheme: one phone may be with two of them."""
        there = (message.scheme_id, message.channel, message.address)
        return there == (scheme_of(self.service, listed), listed.channel, listed.address)


def _may_be(message: Message, listed: Listed) -> bool:
    by_template = message.template is not None and message.channel == "whatsapp"
    return listed.at >= message.created_at - SKEW and (by_template or same_words(message.body, listed.body))

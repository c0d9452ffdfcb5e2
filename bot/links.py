"""The addresses of our pages as mails give them. They are built from PUBLIC_URL, and carry ids, never a word.

Mails are written deep inside transactions, far from any settings: ``Database`` puts those into each session's ``info``,
as it does with the hash of addresses.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from bot import cadence, one_tap
from bot.conversation.digest_items import Link
from bot.models import Flag, Practitioner, ServiceUser
from bot.settings import Settings

INFO_KEY = "settings"
NOT_TEXTED = ("opted_out", "unreachable", "closed")
TODAY, HOW_DECIDED, FLAG = "/today", "/how-flags-are-decided", "/flags"


@dataclass(frozen=True, slots=True)
class Links:
    """What a mail may lead to. Without settings (a tool that only opens the database) it leads nowhere."""

    settings: Settings | None

    def today(self) -> str:
        return self._page(TODAY)

    def how_often(self, practitioner: Practitioner) -> str:
        """Where they change how often their digest comes, signed in or not."""
        return cadence.url(self.settings, practitioner.id) if self.settings else ""

    def at_the_end(self, practitioner: Practitioner) -> list[Link]:
        """What every digest ends with. A slowed one says that it is, whoever slowed it."""
        if self.settings is None:
            return []
        slowed = {cadence.TWICE_A_WEEK: " (now twice a week)", cadence.WEEKLY: " (now on Mondays only)"}
        often = f"Change how often{slowed.get(practitioner.digest_cadence, '')}"
        return [Link("How flags are decided", self._page(HOW_DECIDED)), Link(often, self.how_often(practitioner))]

    def flag(self, flag_id: UUID) -> str:
        """A flag's page: whoever opens it signs in first."""
        return self._page(f"{FLAG}/{flag_id}")

    def of_flag(
        self, flag: Flag, person: ServiceUser | None, practitioner: Practitioner, digest_id: UUID | None
    ) -> list[Link]:
        """What can be done about a flag from a mail; the last one matters most.

        1. Safety, and a number that nobody knows, are read behind the sign-in and settled nowhere else.
        2. Nobody is led to write to somebody whom texts put in danger, or do not reach.
        """
        if self.settings is None:
            return []
        if flag.kind == "safety" or person is None:
            return [Link("Read it (sign in)", self.flag(flag.id))]
        unsafe = person.held_for == "not_safe" or flag.evidence.get("details", {}).get("not_safe")
        no_text = unsafe or flag.kind == "cant_reach" or person.state in NOT_TEXTED
        reply = [] if no_text else [Link("Reply (sign in)", one_tap.person_link(self.settings, person))]
        return [*reply, Link("Done or later", one_tap.link(self.settings, flag, practitioner, digest_id))]

    def _page(self, path: str) -> str:
        return f"{self.settings.public_url}{path}" if self.settings else ""


def of(db: Session) -> Links:
    """The links of whoever holds this session."""
    return Links(db.info.get(INFO_KEY))

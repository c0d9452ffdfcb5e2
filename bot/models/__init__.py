"""What is remembered: one class a table.

Rows of a scheme carry ``scheme_id`` in their foreign keys, so that no row can point at another
scheme's. Times are aware UTC. Ids are random UUIDs; a scheme's id is the name of its folder.
"""

from bot.models.base import Base, UtcTime
from bot.models.check_ins import Answer, CheckIn, Dream, FlowVersion, Step
from bot.models.flags import Digest, Event, Flag, Heartbeat
from bot.models.messages import (
    EVERYBODY,
    HANDED_OVER,
    NO_WORDS,
    ON_THE_WAY,
    WAITING,
    Email,
    Message,
    SenderPace,
    Tally,
)
from bot.models.notes import Note, Promise
from bot.models.notices import Notice
from bot.models.schemes import Cover, Practitioner, ReportNote, Scheme, SignIn, SignInToken
from bot.models.service_users import (
    Address,
    ConsentEvent,
    Erasure,
    FormerAddress,
    ProviderCopy,
    ServiceUser,
    Suppression,
    Wording,
)

__all__ = [
    "Address",
    "Answer",
    "Base",
    "CheckIn",
    "ConsentEvent",
    "Cover",
    "Digest",
    "Dream",
    "Email",
    "Erasure",
    "Event",
    "Flag",
    "FlowVersion",
    "FormerAddress",
    "Heartbeat",
    "EVERYBODY",
    "HANDED_OVER",
    "NO_WORDS",
    "ON_THE_WAY",
    "WAITING",
    "Message",
    "Note",
    "Notice",
    "Practitioner",
    "Promise",
    "ProviderCopy",
    "ReportNote",
    "Scheme",
    "SenderPace",
    "ServiceUser",
    "SignIn",
    "SignInToken",
    "Step",
    "Suppression",
    "Tally",
    "UtcTime",
    "Wording",
]

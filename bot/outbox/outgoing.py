"""A row as the channel wants it: which number it leaves from, in words or by an approved template.

WhatsApp takes our own words within 24 hours of the person's last message, and a template at any time. Which one it
is is decided at the very moment of handing over, and written on the row: what it holds is what they got.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.channels import Outgoing
from bot.conversation import templates
from bot.library import Library
from bot.models import Address, Message
from bot.outbox.numbers import leaves_from

if TYPE_CHECKING:
    from bot.service import Service

# A window that is about to close may be closed by the time that WhatsApp looks.
MARGIN = timedelta(minutes=5)
# What a row that left by template remembers of it, beside the template's name and what it may say.
SENT_AS = ("sid", "numbered", "own_words")


@dataclass(frozen=True, slots=True)
class Way:
    """How a row leaves: in these words, or by this template. ``kept`` is what its row is to remember of that."""

    body: str
    template: Mapping[str, Any] | None = None
    kept: Mapping[str, Any] = field(default_factory=dict)


def way(library: Library, message: Message, address: Address | None, now: datetime) -> Way | None:
    """How a row may leave at ``now``: in its own words, by template, or (None) not at all by WhatsApp."""
    words = own_words(message)
    if message.channel != "whatsapp" or _open(address, now):
        plain = {name: value for name, value in (message.template or {}).items() if name not in SENT_AS}
        return Way(words, kept={} if plain == (message.template or {}) else {"body": words, "template": plain})
    filled = _filled(library, message)
    if filled is None:
        return None
    content_sid, said = filled
    sent_as = {"sid": content_sid, "numbered": dict(said.variables), "own_words": words}
    kept = {"body": said.text, "template": {**(message.template or {}), **sent_as}}
    return Way(said.text, {"sid": content_sid, "variables": dict(said.variables)}, kept)


def outgoing(
    service: "Service", message: Message, address: Address | None, seconds: int | None, chosen: Way
) -> Outgoing:
    """A row as the channel wants it, to leave in this way from the number they had last."""
    return _outgoing(message, leaves_from(service, message, address), chosen, seconds)


def as_sent(message: Message) -> Outgoing:
    """A row that was handed over, as it was then; without a sender where the messaging service chose one."""
    how = message.template or {}
    template = {"sid": how["sid"], "variables": how.get("numbered") or {}} if "sid" in how else None
    return _outgoing(message, message.sender, Way(message.body, template))


def _outgoing(message: Message, sender: str | None, chosen: Way, seconds: int | None = None) -> Outgoing:
    return Outgoing(
        id=message.id,
        channel=message.channel,
        address=message.address,
        sender=sender,
        body=chosen.body,
        template=chosen.template,
        seconds=seconds,
    )


def own_words(message: Message) -> str:
    """The flow's own words, also on a row that left by template: what SMS takes, and WhatsApp while it is open."""
    return str((message.template or {}).get("own_words") or message.body)


def _open(address: Address | None, now: datetime) -> bool:
    return address is not None and address.window_until is not None and address.window_until > now + MARGIN


def _filled(library: Library, message: Message) -> tuple[str, templates.Filled] | None:
    """The approved template's id, and its words with theirs in it; None where there is none to use."""
    wanted = message.template or {}
    name, scheme = str(wanted.get("name")), library.scheme(message.scheme_id)
    template = library.flows(message.scheme_id).templates.get(name)
    first = scheme.languages[0]
    language = str(wanted.get("language") or first)
    found = template and templates.chosen(template, scheme.template_ids(name), language, first)
    if not template or not found:
        return None
    tag = templates.tag_of((message.check_in_id or message.id).hex)
    said = templates.fill(template, found[0], wanted.get("variables") or {}, tag)
    return (found[1], said) if said else None

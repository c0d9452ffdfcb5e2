"""A row as the channel wants it: which number it leaves from, in words or by an approved template.

WhatsApp takes our own words within 24 hours of the person's last message, and a template at any time. Which one it
is is decided at the very moment of handing over, and written on the row: what it holds is what they got.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.channels import Outgoing
from bot.conversation import templates
from bot.library import Library
from bot.models import Address, Message

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
    return Outgoing(
        id=message.id,
        channel=message.channel,
        address=message.address,
        sender=leaves_from(service, message, address),
        body=chosen.body,
        template=chosen.template,
        seconds=seconds,
    )


def as_sent(service: "Service", message: Message, address: Address | None) -> Outgoing:
    """A row that was handed over, as it was then."""
    how = message.template or {}
    template = {"sid": how["sid"], "variables": how.get("numbered") or {}} if "sid" in how else None
    return outgoing(service, message, address, None, Way(message.body, template))


def own_words(message: Message) -> str:
    """The flow's own words, also on a row that left by template: what SMS takes, and WhatsApp while it is open."""
    return str((message.template or {}).get("own_words") or message.body)


def leaves_from(service: "Service", message: Message, address: Address | None) -> str | None:
    """The number they had last, or theirs among the scheme's for this channel; None: the messaging service's choice.

    One that has left SENDERS is no number of the scheme's any more, unless a messaging service may have it still.
    """
    last = message.sender or (address and address.sender)
    ours = [
        each.address
        for each in service.settings.senders
        if (each.scheme, each.channel) == (message.scheme_id, message.channel)
    ]
    if last and (last in ours or not ours or service.settings.twilio_messaging_service_sid):
        return last
    return max(ours, key=partial(_draw, message.address), default=None)


def _draw(address: str, number: str) -> bytes:
    """A lot by which people are spread over a scheme's numbers, each with the same one while it is the scheme's.

    A number sends at its own pace: several send faster together, and a new one takes its share of the people alone.
    """
    return hashlib.sha256(f"{number} {address}".encode()).digest()


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

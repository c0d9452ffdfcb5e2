"""A row as the channel wants it: which number it leaves from, in words or by an approved template."""

from datetime import datetime
from typing import TYPE_CHECKING

from bot.channels import Outgoing
from bot.models import Address, Message

if TYPE_CHECKING:
    from bot.service import Service


def outgoing(
    service: "Service", message: Message, address: Address | None, seconds: int | None, now: datetime
) -> Outgoing:
    """A row as the channel wants it: from the number they had last, by template where WhatsApp's window is over."""
    sender = leaves_from(service, message, address)
    windowed = message.channel != "whatsapp" or bool(address and address.window_until and address.window_until > now)
    template = None if windowed or not message.template else _template(service, message)
    return Outgoing(
        id=message.id,
        channel=message.channel,
        address=message.address,
        sender=sender,
        body=message.body,
        template=template,
        seconds=seconds,
    )


def leaves_from(service: "Service", message: Message, address: Address | None) -> str | None:
    """The number they had last, or the scheme's first one for this channel; None: the messaging service's choice."""
    if sender := message.sender or (address and address.sender):
        return sender
    ours = (message.scheme_id, message.channel)
    return next((each.address for each in service.settings.senders if (each.scheme, each.channel) == ours), None)


def _template(service: "Service", message: Message) -> dict[str, object] | None:
    """The approved template by Twilio's id for it; None where the scheme names none, and WhatsApp will say so."""
    template = message.template or {}
    sid = service.library.scheme(message.scheme_id).whatsapp_templates.get(str(template.get("name")))
    return {"sid": sid, "variables": template.get("variables") or {}} if sid else None

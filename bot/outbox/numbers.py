"""Which of our numbers a text leaves from: told of a row in hand, and in a query, in the same way."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, case, func, literal
from sqlalchemy.orm import InstrumentedAttribute

from bot.models import Address, Message
from bot.outbox.pace import Sender

if TYPE_CHECKING:
    from bot.service import Service

# People draw their number by the end of their own: a lot that a query can draw, too.
TAIL = 3
THEIRS = and_(
    Address.scheme_id == Message.scheme_id, Address.channel == Message.channel, Address.address == Message.address
)
"""What a query that asks for ``number`` joins a text with."""

Whens = Iterator[tuple[ColumnElement[bool], ColumnElement[str]]]


def leaves_from(service: "Service", message: Message, address: Address | None) -> str | None:
    """The number they had last, or theirs among the scheme's for this channel; None: the messaging service's choice.

    One that has left SENDERS is no number of the scheme's any more, unless a messaging service may have it still.
    """
    last = message.sender or (address and address.sender)
    ours = _groups(service).get((message.scheme_id, message.channel), ())
    if last and (last in ours or not ours or service.settings.twilio_messaging_service_sid):
        return last
    return _lots(tuple(ours)).get(message.address[-TAIL:], ours[0]) if ours else None


def number(service: "Service", full: Collection[Sender]) -> ColumnElement[str]:
    """What ``leaves_from`` says, of a row in a query, joined by ``THEIRS``; "" for the messaging service's choice.

    Of numbers of which none is ``full`` it may name another: it is the full ones that are told from the rest.
    """
    last: ColumnElement[str] = func.coalesce(_said(Message.sender), _said(Address.sender), "")
    whens: list[Any] = []
    for (scheme, channel), ours in _groups(service).items():
        strange = last == "" if service.settings.twilio_messaging_service_sid else last.not_in(ours)
        theirs = and_(Message.scheme_id == scheme, Message.channel == channel, strange)
        whens += _draws(theirs, ours, any((channel, each) in full for each in ours))
    return case(*whens, else_=last) if whens else last


def _draws(theirs: ColumnElement[bool], ours: list[str], some_full: bool) -> Whens:
    """Who draws which number; the first is whoever's draw no other."""
    first, tails = ours[0], defaultdict[str, list[str]](list)
    for tail, mine in _lots(tuple(ours)).items() if some_full else ():
        tails[mine].append(tail)
    end = func.substr(Message.address, func.length(Message.address) - TAIL + 1)
    for each in ours[1:] if some_full else ():
        yield and_(theirs, end.in_(tails[each])), literal(each)
    yield theirs, literal(first)


def _said(sender: InstrumentedAttribute[str | None]) -> ColumnElement[str | None]:
    return func.nullif(sender, "")


def _groups(service: "Service") -> Mapping[tuple[str, str], list[str]]:
    """Each scheme's numbers of each channel."""
    groups = defaultdict[tuple[str, str], list[str]](list)
    for each in service.settings.senders:
        groups[each.scheme, each.channel].append(each.address)
    return groups


@lru_cache
def _lots(ours: tuple[str, ...]) -> Mapping[str, str]:
    """By lot, people are spread over a scheme's numbers, each with the same one while it is the scheme's.

    A number sends at its own pace: several send faster together, and a new one takes its share of the people alone.
    """
    tails = [f"{tail:0{TAIL}}" for tail in range(10**TAIL)]
    return {tail: max(ours, key=lambda each: _lot(each, tail)) for tail in tails}


def _lot(number: str, tail: str) -> bytes:
    return hashlib.sha256(f"{number} {tail}".encode()).digest()

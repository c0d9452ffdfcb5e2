"""What Twilio's console has to say: the account, the time, where each number sends what comes in."""

from collections.abc import Iterator
from datetime import timedelta

from bot.channels import Unreadable
from bot.channels.twilio_account import Account, Unanswered, Webhook
from bot.go_live.found import Found, Weight, unless
from bot.service import Service
from bot.settings import Sender

MOST_APART = timedelta(seconds=30)
A_MOMENT = timedelta(minutes=1)
INBOUND = "/twilio/inbound"


def account(service: Service) -> Iterator[Found]:
    """Our token is taken, the account is alive, and our clocks agree."""
    before = service.clock.now()
    try:
        status, there = Account(service.settings).status()
    except Unanswered as error:
        sentence = f"The account cannot be read: {error}. Look at TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN."
        yield Found("the account at Twilio", Weight.MISSING, sentence)
        return
    yield unless(status == "active", "the account at Twilio", f"Twilio says that the account is {status}.")
    # Their time was told somewhere between our two readings.
    apart = max(before - there, there - service.clock.now(), timedelta(0))
    late = f"This machine's clock is {int(apart.total_seconds())} seconds away from Twilio's: let it be set by NTP."
    yield unless(apart <= MOST_APART, "the time", late)


def inbound_list(service: Service) -> Iterator[Found]:
    """What comes in is fetched from here when nobody could deliver it."""
    try:
        service.channel.inbound_since(service.clock.now() - A_MOMENT)
    except Unreadable as error:
        yield Found("the list of what came in", Weight.MISSING, f"It cannot be read ({error}).")
    else:
        yield Found("the list of what came in")


def webhooks(service: Service) -> Iterator[tuple[str, Found]]:
    """For each number for texts, by its scheme: does Twilio send what comes in to us?"""
    ours, there = service.settings, Account(service.settings)
    whole, held = there.service() if ours.twilio_messaging_service_sid else (None, frozenset())
    for sender in ours.senders:
        if sender.channel == "sms":
            found = whole if whole and sender.address in held else there.number(sender.address)
            for each in _webhook(sender, found, f"{ours.public_url}{INBOUND}"):
                yield sender.scheme, each
        else:
            look = f"Twilio tells it in its console alone: see that it is {ours.public_url}{INBOUND}, by POST."
            yield sender.scheme, Found("WhatsApp's webhook", Weight.ADVICE, look)


def _webhook(sender: Sender, found: Webhook | None, wanted: str) -> Iterator[Found]:
    what = f"webhook of the number ...{sender.address[-3:]}"
    if found is None:
        yield Found(what, Weight.MISSING, "The account at Twilio has no such number: look at SENDERS.")
        return
    # What follows a # is for Twilio alone: how often it tries, and how long.
    right = found.url.partition("#")[0] == wanted and found.method.upper() in ("POST", "")
    yield unless(right, what, f'Set "A message comes in" at Twilio to {wanted}, by HTTP POST.')
    again = f"No fallback is set: give {wanted} there, too, and a second try costs nothing when the first one fails."
    yield unless(found.fallback_url, f"fallback of the number ...{sender.address[-3:]}", again, Weight.ADVICE)

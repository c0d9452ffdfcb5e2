"""Twilio's words in ours: what a status means, what an error code means, and what is to be done about it.

From Twilio's reference of error codes, as far as a text can meet them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.channels import Fault

STATES: Mapping[str, str] = {
    "accepted": "accepted",
    "scheduled": "accepted",
    "queued": "accepted",
    "sending": "accepted",
    "sent": "sent",
    "delivered": "delivered",
    "partially_delivered": "delivered",
    "read": "read",
    "undelivered": "undelivered",
    "failed": "failed",
    "canceled": "failed",
}
"""MessageStatus to the state of our row. A word that is not here says nothing."""

FAILED = frozenset({"failed", "undelivered"})
ARRIVED = frozenset({"delivered", "read"})
"""The states of our row that say that a text did not reach the phone, and that it did."""


@dataclass(frozen=True, slots=True)
class Code:
    """What a code means. ``words`` say why a text was not delivered, to a practitioner as to the operator."""

    fault: Fault
    words: str


# WhatsApp's 24 hours are over, and no approved template was used.
NEEDS_TEMPLATE = "63016"

OF_FAULT: Mapping[Fault, Mapping[str, str]] = {
    Fault.TEMPORARY: {
        "429": "too many requests at once",
        "20429": "too many requests at once",
        "21611": "the queue of our number was full",
        "30001": "the queue of our number was full",
        "30022": "our number sent more than its rate",
        "63017": "WhatsApp's rate was reached",
        "63018": "WhatsApp's rate was reached",
        "63010": "WhatsApp's side had a fault",
        "63012": "WhatsApp's side had a fault",
    },
    Fault.OPTED_OUT: {
        "21610": "they texted STOP to their carrier",
    },
    Fault.BLOCKED: {
        "63014": "they blocked us on WhatsApp, or said stop there",
    },
    Fault.BAD_ADDRESS: {
        "21211": "this is not a number that can be texted",
        "21217": "this is not a number that can be texted",
        "21265": "this is not a number that can be texted",
        "21614": "this is not a mobile number",
        "21635": "this is a landline",
        "30004": "the phone or its network blocks our texts",
        "30005": "nobody has this number any more",
        "30006": "this is a landline, or its network takes no texts",
    },
    Fault.TRY_TOMORROW: {
        "30003": "the phone was off or out of reach",
        "30008": "the network did not say why",
        "30017": "the network was busy",
        "30036": "the phone was not reached in time",
        "30410": "the network did not answer",
    },
    Fault.NOT_THERE: {
        "63003": "this number is not on WhatsApp",
        "63024": "this number is not on WhatsApp",
    },
    Fault.OTHER_CHANNEL: {
        NEEDS_TEMPLATE: "WhatsApp wants an approved template once they have not written for a day",
        "63049": "WhatsApp chose not to deliver it",
        "63032": "WhatsApp chose not to deliver it",
    },
    Fault.AUTH: {
        "401": "our credentials were not accepted",
        "403": "our account may not do this",
        "404": "our account was not found",
        "20003": "our credentials were not accepted",
        "20005": "our account is not active",
        "20006": "our account may not do this",
        "20008": "these are credentials for tests",
        "20404": "our account was not found",
        "30002": "our account is suspended",
        "90010": "our account is not active",
    },
    Fault.OURS: {
        "11200": "our webhook could not be fetched",
        "11205": "our webhook could not be reached",
        "11206": "our webhook answered wrongly",
        "12100": "our answer to a webhook could not be read",
        "12200": "our answer to a webhook could not be read",
        "12300": "our answer to a webhook had the wrong type",
        "21212": "the number we send from is not valid",
        "21408": "texts to this country are not switched on",
        "21602": "the text was empty",
        "21603": "no number to send from was given",
        "21604": "no number to send to was given",
        "21606": "the number we send from is not ours, or cannot send such texts",
        "21608": "a trial account texts only numbers that it has verified",
        "21612": "there is no route from our number to this one",
        "21617": "the text was longer than 1,600 characters",
        "21620": "an attachment's address was not valid",
        "21654": "the template's id is not known",
        "21655": "the template's id is not known",
        "21656": "what the template wants filled in was not given rightly",
        "21659": "the number we send from is not ours",
        "21660": "the number we send from is another account's",
        "21701": "the messaging service is not there",
        "21703": "the messaging service has no number",
        "21705": "the messaging service is not valid",
        "21712": "the number we send from is not in the messaging service",
        "30010": "the text costs more than our limit",
        "30018": "our number needs a registration",
        "30019": "the text or its attachment was too big",
        "30024": "our number is not registered with their network",
        "30032": "our number is not verified",
        "30033": "our registration is suspended",
        "30034": "our number is not registered",
        "30035": "our number is still being set up",
        "63001": "WhatsApp does not accept our sender's credentials",
        "63002": "WhatsApp does not know our sender",
        "63005": "WhatsApp refused what the text contains",
        "63007": "WhatsApp does not know our sender",
        "63008": "our WhatsApp sender is not set up rightly",
        "63013": "WhatsApp says that the text breaks its rules",
        "63015": "a sandbox texts only those who have joined it",
        "63019": "the attachment could not be fetched",
        "63020": "our WhatsApp sender has not accepted an invitation",
        "63021": "WhatsApp says that the text is not valid",
        "63022": "our WhatsApp sender's certificate is not valid",
        "63025": "the template's media is not valid",
        "63027": "there is no such template in this language",
        "63028": "the template wants another number of things filled in",
        "63038": "our account has sent as much as it may in a day",
        "63040": "WhatsApp has refused the template",
        "63041": "WhatsApp has paused the template",
        "63042": "WhatsApp has switched the template off",
        "63051": "WhatsApp has locked our account",
    },
    Fault.FILTERED: {
        "30007": "the network took it for unwanted advertising",
    },
}
"""Every code that we know, by what is to be done. What follows from each is in ``bot.outbox.consequences``."""

CODES: Mapping[str, Code] = {
    code: Code(fault, words) for fault, known in OF_FAULT.items() for code, words in known.items()
}


def fault(code: str) -> Fault:
    """What to do about an error code; one we do not know is about this text and stays."""
    return CODES[code].fault if code in CODES else Fault.PERMANENT


def words(code: str | None) -> str:
    """A code in plain words; "" for one we do not know."""
    return CODES[code].words if code and code in CODES else ""

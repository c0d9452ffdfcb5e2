"""Twilio's words in ours: what a status means, and what is to be done about an error."""

from collections.abc import Mapping

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

FAULTS: Mapping[Fault, frozenset[str]] = {
    # Queue full, too many requests, WhatsApp's rate.
    Fault.TEMPORARY: frozenset({"429", "20429", "21611", "30001", "63017", "63018"}),
    Fault.OPTED_OUT: frozenset({"21610", "63014"}),
    # No such number or no mobile; blocked, unknown, a landline; not on WhatsApp.
    Fault.BAD_ADDRESS: frozenset({"21211", "21614", "30004", "30005", "30006", "63003", "63024"}),
    Fault.TRY_TOMORROW: frozenset({"30003", "30008"}),
    # Outside WhatsApp's window without a template, or Meta would not.
    Fault.OTHER_CHANNEL: frozenset({"63016", "63049"}),
    # Credentials, region, sender, route, length, filter, registration.
    Fault.OURS: frozenset(
        {"401", "403", "404", "20003", "20404", "21408", "21603", "21606", "21612", "21617", "21659"}
        | {"21703", "21712", "30002", "30007", "30018", "30034"}
    ),
}

_BY_CODE = {code: fault for fault, codes in FAULTS.items() for code in codes}


def fault(code: str) -> Fault:
    """What to do about an error code; one we do not know is about this text and stays."""
    return _BY_CODE.get(code, Fault.PERMANENT)

"""What Twilio's console is set to, read by REST: the account, its numbers, the messaging service. Nothing is changed.

Without Twilio's library: five requests, each with a short time-out, and the date of an answer is wanted, too.
"""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from bot.settings import TWILIO_API, Settings

SECONDS = 5
# The messaging service has a host of its own at Twilio; a stand-in has one address for all.
MESSAGING = "https://messaging.twilio.com"


class Unanswered(Exception):
    """Twilio did not answer, or with an error: the message is a phrase."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Twilio sends what comes in, and where when that fails."""

    url: str
    method: str
    fallback_url: str


class Account:
    """Read-only. Each method raises Unanswered."""

    def __init__(self, settings: Settings, seconds: float = SECONDS) -> None:
        self._settings, self._seconds = settings, seconds
        self._rest = f"{settings.twilio_api_url}/2010-04-01/Accounts/{settings.twilio_account_sid}"
        base = MESSAGING if settings.twilio_api_url == TWILIO_API else settings.twilio_api_url
        self._service = f"{base}/v1/Services/{settings.twilio_messaging_service_sid}"

    def status(self) -> tuple[str, datetime]:
        """``active``, ``suspended`` or ``closed``; and what time it is at Twilio."""
        found, at = self._get(f"{self._rest}.json")
        return str(found.get("status")), at

    def number(self, address: str) -> Webhook | None:
        """How a number is set up; None where the account has no such number."""
        found, _ = self._get(f"{self._rest}/IncomingPhoneNumbers.json?PhoneNumber={quote(address)}")
        mine = [each for each in found.get("incoming_phone_numbers", ()) if each.get("phone_number") == address]
        return _webhook(mine[0], "sms_url", "sms_method", "sms_fallback_url") if mine else None

    def service(self) -> tuple[Webhook | None, frozenset[str]]:
        """The messaging service's own webhook, None where it leaves it to each number; and its numbers."""
        found, _ = self._get(self._service)
        numbers, _ = self._get(f"{self._service}/PhoneNumbers?PageSize=1000")
        held = frozenset(str(each.get("phone_number")) for each in numbers.get("phone_numbers", ()))
        if found.get("use_inbound_webhook_on_number"):
            return None, held
        return _webhook(found, "inbound_request_url", "inbound_method", "fallback_url"), held

    def _get(self, url: str) -> tuple[Mapping[str, Any], datetime]:
        code = 0
        for token in self._settings.twilio_auth_tokens:
            signed = base64.b64encode(f"{self._settings.twilio_account_sid}:{token}".encode()).decode()
            try:
                request = urllib.request.Request(url, headers={"Authorization": f"Basic {signed}"})
                with urllib.request.urlopen(request, timeout=self._seconds) as answer:
                    return json.load(answer), parsedate_to_datetime(answer.headers["Date"])
            except urllib.error.HTTPError as error:
                code = error.code
                if code != 401:
                    break
            except (OSError, ValueError, TypeError) as error:
                raise Unanswered(f"no answer from Twilio ({type(error).__name__})") from error
        raise Unanswered(f"Twilio answered {code}")


def _webhook(found: Mapping[str, Any], url: str, method: str, fallback: str) -> Webhook:
    return Webhook(*(str(found.get(each) or "") for each in (url, method, fallback)))

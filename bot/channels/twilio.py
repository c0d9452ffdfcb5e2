"""Texts by Twilio: SMS and WhatsApp are one channel with two spellings of an address."""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from bot.channels import NO_CONNECTION, Found, Inbound, Listed, Outcome, Outgoing, Refused, Sent, Unknown, Unreadable
from bot.channels.codes import STATES, fault
from bot.channels.matching import same
from bot.settings import Sender, Settings

SECONDS = 10
# Sends side by side: enough for the numbers' own speed when each takes half a second, which is long.
FEWEST_AT_ONCE, MOST_AT_ONCE, LONG = 16, 64, 0.5
# Of one person's texts the newest do; of everybody's, Twilio gives at most a thousand at once.
PAGE, WHOLE_PAGE = 50, 1000

WHATSAPP = "whatsapp:"

# Refused before it was looked at: too many at once.
TOO_MANY = "429"


class TwilioChannel:
    """Sends by Twilio's REST API over connections that are kept alive. Safe to share between threads."""

    def __init__(self, settings: Settings, seconds: float = SECONDS) -> None:
        self.per_second: Mapping[str, int] = {"sms": settings.sms_per_second, "whatsapp": settings.whatsapp_per_second}
        together = sum(self.per_second[sender.channel] for sender in settings.senders)
        self.at_once = max(FEWEST_AT_ONCE, min(MOST_AT_ONCE, int(together * LONG)))
        self._settings = settings
        self._seconds = seconds
        self._making = threading.Lock()

    def send(self, outgoing: Outgoing) -> Outcome:
        """Hand a text over; the callback names our row.

        What was certainly not taken is Refused; after a 5xx, a time-out or a connection that broke off,
        nobody can say, and it is Unknown.
        """
        try:
            made = self._messages.create(**self._parameters(outgoing))
            return Sent(made.sid, STATES.get(str(made.status), "accepted"))
        except Exception as error:
            return _outcome(error)

    def find(self, outgoing: Outgoing, since: datetime, until: datetime, taken: frozenset[str]) -> Found | None:
        """The earliest text like this one that Twilio took for this address between the two times, from its sender."""
        to = _spelled(outgoing.channel, outgoing.address)
        ours = outgoing.sender and _spelled(outgoing.channel, outgoing.sender)
        of_ours = (made for made in self._newest_first(since, to=to) if not ours or made.from_ == ours)
        in_time = [made for made in of_ours if made.date_created <= until]
        for made in reversed(in_time):
            if made.sid not in taken and same(outgoing, made.body or "", str(made.direction)):
                return Found(made.sid, STATES.get(str(made.status), "accepted"), _code(made.error_code))
        return None

    def fetch(self, provider_id: str) -> Found | None:
        """What Twilio says of one text, in one request."""
        try:
            made = self._messages(provider_id).fetch()
        except Exception as error:
            if _not_there(error):
                return None
            raise Unreadable(_outcome(error).code) from None
        return Found(provider_id, STATES.get(str(made.status), "accepted"), _code(made.error_code))

    def inbound_since(self, since: datetime) -> Sequence[Inbound]:
        """What came in to any of our numbers from ``since`` on, oldest first."""
        received = [
            (made.date_sent or made.date_created, _inbound(sender, made))
            for sender in self._settings.senders
            for made in reversed([*self._received(sender, since)])
        ]
        # Twilio tells whole seconds; within one, its own order stands.
        return [inbound for _, inbound in sorted(received, key=lambda pair: pair[0])]

    def outbound_since(self, since: datetime) -> Sequence[Listed]:
        """What left any of our numbers from ``since`` on, answers to webhooks too, oldest first."""
        left = [
            _listed(sender, made)
            for sender in self._settings.senders
            for made in reversed([*self._sent(sender, since)])
        ]
        return sorted(left, key=lambda each: each.at)

    def erase(self, provider_id: str) -> str | None:
        """Delete a message at Twilio, its pictures and voice notes with it. One that is not there is gone."""
        try:
            self._messages(provider_id).delete()
        except Exception as error:
            return None if _not_there(error) else _outcome(error).code
        return None

    def _received(self, sender: Sender, since: datetime) -> Iterator[Any]:
        ours = _spelled(sender.channel, sender.address)
        return (made for made in self._newest_first(since, WHOLE_PAGE, to=ours) if made.direction == "inbound")

    def _sent(self, sender: Sender, since: datetime) -> Iterator[Any]:
        ours = _spelled(sender.channel, sender.address)
        return (made for made in self._newest_first(since, WHOLE_PAGE, from_=ours) if made.direction != "inbound")

    def _newest_first(self, since: datetime, page: int = PAGE, **whose: str) -> Iterator[Any]:
        """Twilio's list is read page by page until it gets older than asked for."""
        try:
            for made in self._messages.stream(**whose, page_size=page):
                if made.date_created < since.replace(microsecond=0):
                    return
                yield made
        except Exception as error:
            raise Unreadable(_why(error)) from None

    def _parameters(self, outgoing: Outgoing) -> dict[str, Any]:
        """What Twilio is asked.

        With a messaging service, From says which of its numbers is meant, and the service's rules hold (its opt-out
        words). Twilio refuses a number that is not in it (21712), and a WhatsApp number may be left out of a service
        of SMS numbers: its own name is enough. What people wrote is in plain letters before it gets here;
        SmartEncoded makes plain a curly quote that an editor has pasted into a flow, and leaves Welsh letters alone.
        """
        sms = outgoing.channel == "sms"
        service = self._settings.twilio_messaging_service_sid
        wanted: dict[str, Any] = {
            "to": _spelled(outgoing.channel, outgoing.address),
            "from_": outgoing.sender and _spelled(outgoing.channel, outgoing.sender),
            "messaging_service_sid": service if sms or not outgoing.sender else None,
            "status_callback": f"{self._settings.public_url}/twilio/status?message={outgoing.id}",
            "validity_period": outgoing.seconds if sms else None,
            "smart_encoded": True if sms else None,
            **_words_or_template(outgoing),
        }
        return {name: value for name, value in wanted.items() if value}

    @property
    def _messages(self) -> Any:
        with self._making:
            return self._client.messages

    @cached_property
    def _client(self) -> Any:
        # 0.2 seconds that only a process which sends should pay.
        from twilio.rest import Client

        from bot.channels.twilio_http import HttpClient

        settings = self._settings
        http = HttpClient(settings.twilio_api_url, settings.twilio_auth_tokens, self._seconds, self.at_once)
        return Client(settings.twilio_account_sid, settings.twilio_auth_tokens[0], http_client=http)


def _words_or_template(outgoing: Outgoing) -> dict[str, Any]:
    if outgoing.template is None:
        return {"body": outgoing.body}
    variables = _one_line_each(outgoing.template.get("variables") or {})
    # Templates have no Body; their variables are one JSON string.
    return {"content_sid": outgoing.template["sid"], "content_variables": variables and json.dumps(variables)}


def _one_line_each(variables: Mapping[str, Any]) -> dict[str, str]:
    """As WhatsApp wants them, or it refuses the text (Twilio's error 21656).

    Strings without line ends, tabs or rows of spaces. An empty one is left out: the template has its own words.
    """
    told = {str(name): " ".join(str(value).split()) for name, value in sorted(variables.items()) if value is not None}
    return {name: value for name, value in told.items() if value}


def _not_there(error: Exception) -> bool:
    return int(getattr(error, "status", 0) or 0) == 404


def _outcome(error: Exception) -> Refused | Unknown:
    from bot.channels.twilio_http import never_connected

    if never_connected(error):
        return Refused(NO_CONNECTION, fault(TOO_MANY))
    status = int(getattr(error, "status", 0) or 0)
    code = _code(getattr(error, "code", None)) or str(status)
    if not 400 <= status < 500 or status == 408:
        return Unknown(str(status or type(error).__name__)[:12])
    return Refused(TOO_MANY, fault(TOO_MANY)) if status == 429 else Refused(code, fault(code))


def _inbound(sender: Sender, made: Any) -> Inbound:
    return Inbound(
        provider_id=made.sid,
        channel=sender.channel,
        address=str(made.from_ or "").removeprefix(WHATSAPP),
        sender=sender.address,
        body=made.body or "",
        media=int(made.num_media or 0),
        late=True,
        sent_at=(made.date_sent or made.date_created).astimezone(UTC),
    )


def _listed(sender: Sender, made: Any) -> Listed:
    return Listed(
        provider_id=made.sid,
        channel=sender.channel,
        address=str(made.to or "").removeprefix(WHATSAPP),
        sender=sender.address,
        body=made.body or "",
        state=STATES.get(str(made.status), "accepted"),
        at=made.date_created.astimezone(UTC),
        error_code=_code(made.error_code),
    )


def _why(error: Exception) -> str:
    """Why a list could not be read: Twilio's code, else the status, else what went wrong on the way."""
    answer = next((each for each in error.args if hasattr(each, "status_code")), None)
    if answer is None:
        return type(error).__name__
    try:
        said = json.loads(answer.text)
    except ValueError:
        said = None
    return _code(said.get("code") if isinstance(said, dict) else None) or str(answer.status_code)


def _spelled(channel: str, address: str) -> str:
    return f"{WHATSAPP}{address}" if channel == "whatsapp" else address


def _code(code: object) -> str | None:
    return str(code) if code else None

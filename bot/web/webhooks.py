"""What Twilio posts: a text that came in, and what became of one that went out.

A 2xx for a text means that its row and everything that follows from it are committed. The worker and
Redis have no part in it: with both dead, people still get their answer.
"""

import re
import uuid
from typing import NoReturn
from urllib.parse import quote

import structlog
from flask import Blueprint, Response, abort, request
from twilio.request_validator import (
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)
from twilio.twiml.messaging_response import MessagingResponse
from werkzeug.datastructures import MultiDict

from bot import door, outbox
from bot.channels import Inbound, media
from bot.models import Message
from bot.outbox.states import TWIML_PATIENCE
from bot.settings import Settings
from bot.web import metrics, rings
from bot.web.the_service import the_service

blueprint = Blueprint("webhooks", __name__, url_prefix="/twilio")
log = structlog.get_logger()

Params = MultiDict[str, str]

WHATSAPP = "whatsapp:"
# XML 1.0 has no way to write these, not even escaped; a parser refuses the whole answer.
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What fits its column: PostgreSQL refuses a longer one, and a NUL in any.
SID = re.compile(r"[0-9A-Za-z_-]{1,64}")
MOST_MEDIA = 10
ADDRESS = re.compile(r"[!-~]{1,120}")
# The parameters that are read here: of each there is one. Any other is passed over, however often it comes.
READ = frozenset(
    ("AccountSid", "MessagingServiceSid", "MessageSid", "SmsSid", "From", "To", "Body", "NumMedia", "OptOutType")
    + ("ButtonText", "ButtonPayload", "MessageStatus", "SmsStatus", "ErrorCode")
)


@blueprint.post("/inbound")
def inbound() -> Response:
    """Take a text and answer it.

    1. Refuse what Twilio did not sign for us, with 403 and nothing else.
    2. In one transaction: the text, its consequences, the reply's row. A text we have seen changes
       nothing and is given the reply it got.
    3. The reply as TwiML, and the doorbell for what cannot wait.
    """
    params = _signed_params()
    scheme_id, text = _inbound(params)
    received = door.take(the_service(), scheme_id, text)
    rings.ring(received.urgent)
    return _twiml(_ours_to_give(received.reply))


@blueprint.post("/status")
def status() -> Response:
    """Take a receipt: 204, also for a message we do not know, or Twilio would only ask again."""
    params = _signed_params()
    if params.get("AccountSid") != the_service().settings.twilio_account_sid:
        _refuse("account")
    provider_id = params.get("MessageSid") or params.get("SmsSid") or ""
    error_code = params.get("ErrorCode", "")
    metrics.receipt(params.get("MessageStatus") or params.get("SmsStatus") or "", error_code)
    with the_service().database.write() as db:
        outbox.status(
            db,
            the_service().library,
            message_id=_row_id(request.args.get("message", "")),
            provider_id=provider_id if SID.fullmatch(provider_id) else "",
            status=params.get("MessageStatus") or params.get("SmsStatus") or "",
            error_code=error_code if SID.fullmatch(error_code) else None,
            now=the_service().clock.now(),
        )
    return Response(status=204)


def _signed_params() -> Params:
    """Every parameter of the form, as received, once a signature by one of our tokens covers them all.

    New parameters come without notice, so none is expected and none is left out.
    """
    # Only forms: of a JSON body the signature covers a hash alone, and `validate` raises on one without it.
    if request.mimetype != "application/x-www-form-urlencoded":
        _refuse("not a form")
    signature = request.headers.get("X-Twilio-Signature", "")
    if not signature or not _is_signed(signature, request.form):
        _refuse("signature")
    # The signature covers the values of a name in sorted order, so it does not say which of two comes first.
    if any(len(set(request.form.getlist(name))) > 1 for name in READ):
        _refuse("said twice")
    return request.form


def _is_signed(signature: str, params: Params) -> bool:
    settings = the_service().settings
    # A SharedKey's secret stands among the tokens: whichever secret it is, the header names the hash and no more.
    algorithm = get_signature_algorithm(request.headers.get(SIGNATURE_SETTINGS_HEADER))
    url = _signed_url(settings)
    # Several tokens while one is being exchanged for the next.
    return any(
        bool(RequestValidator(token).validate(url, params, signature, algorithm))
        for token in settings.twilio_auth_tokens
    )


def _signed_url(settings: Settings) -> str:
    """The address Twilio signed: the configured one, never what Host or a proxy's header claims.

    The query stays as it was sent: in another order or encoding it would be another address.
    """
    query = request.query_string.decode("latin-1")
    return settings.public_url + request.path + (f"?{query}" if query else "")


def _inbound(params: Params) -> tuple[str, Inbound]:
    """Whose text it is, and the text in our words."""
    settings = the_service().settings
    if params.get("AccountSid") != settings.twilio_account_sid:
        _refuse("account")
    channel, to = _channel_and_address(params.get("To", ""))
    _, address = _channel_and_address(params.get("From", ""))
    scheme_id = _scheme_of(settings, channel, to, params.get("MessagingServiceSid", ""))
    provider_id = params.get("MessageSid") or params.get("SmsSid") or ""
    if scheme_id is None:
        # Signed for our account, but sent to a number nobody has named in SENDERS. A 403 shows up in
        # Twilio's console as an error; an empty 200 would lose the text in silence.
        _refuse("recipient")
    if not ADDRESS.fullmatch(address) or not SID.fullmatch(provider_id):
        _refuse("incomplete")
    return scheme_id, Inbound(
        provider_id=provider_id,
        channel=channel,
        address=address,
        sender=to,
        # A tapped button says what it says; a template's body may come with it.
        body=params.get("ButtonText") or params.get("Body", ""),
        media=_count(params.get("NumMedia", "")),
        kinds=_kinds(params),
        payload=params.get("ButtonPayload") or None,
        opt_out_type=params.get("OptOutType", "").upper() or None,
    )


def _kinds(params: Params) -> tuple[str, ...]:
    """What came in place of words: told by its type, and not fetched."""
    types = (params.get(f"MediaContentType{n}", "") for n in range(min(MOST_MEDIA, _count(params.get("NumMedia", "")))))
    return media.kinds(types, location="Latitude" in params)


def _scheme_of(settings: Settings, channel: str, to: str, service_sid: str) -> str | None:
    for sender in settings.senders:
        if (sender.channel, sender.address) == (channel, to):
            return sender.scheme
    # A number that was added to our Messaging Service and not yet to SENDERS: clear only for one scheme.
    ours = settings.twilio_messaging_service_sid
    schemes = {sender.scheme for sender in settings.senders}
    return schemes.pop() if ours and service_sid == ours and len(schemes) == 1 else None


def _channel_and_address(written: str) -> tuple[str, str]:
    """`whatsapp:` names the channel. What follows is kept as it is: WhatsApp ids need not be numbers."""
    return ("whatsapp" if written.startswith(WHATSAPP) else "sms"), written.removeprefix(WHATSAPP)


def _ours_to_give(reply: Message | None) -> Message | None:
    """The reply, unless it leaves by another way, or has left.

    The provider's list may show us a text before its webhook comes: who fetched it from there has answered it.
    """
    if reply is None or (reply.via, reply.state) != ("twiml", "submitting"):
        return None
    # Once it has been missed for so long, the outbox looks for it and sends it by the other way.
    young = the_service().clock.now() - (reply.submitted_at or reply.created_at) < TWIML_PATIENCE
    return reply if young else None


def _twiml(reply: Message | None) -> Response:
    """One `<Message>` a turn, its callback naming our row; nothing to say is an empty `<Response/>`."""
    response = MessagingResponse()
    if reply is not None:
        callback = f"{the_service().settings.public_url}/twilio/status?message={quote(str(reply.id))}"
        response.message(NOT_XML.sub("", reply.body), status_callback=callback)
    return Response(response.to_xml(), content_type="application/xml; charset=utf-8")


def _refuse(why: str) -> NoReturn:
    metrics.REFUSED.labels(why).inc()
    log.warning("webhook refused", why=why, endpoint=request.endpoint)
    abort(Response(status=403))


def _row_id(written: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(written)
    except ValueError:
        return None


def _count(written: str) -> int:
    return int(written) if re.fullmatch("[0-9]{1,3}", written) else 0

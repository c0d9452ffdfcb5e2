"""Only what Twilio signed for us is taken; all else is refused with nothing, and changes nothing."""

import base64
import hashlib
import json
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from tests.web.conftest import ACCOUNT, NEW_TOKEN, OLD_TOKEN, PUBLIC_URL, SENDER, Counted, Twilio, text_params

INBOUND, STATUS = "/twilio/inbound", "/twilio/status?message=0b7e5a52-0000-4000-8000-000000000000"
RECEIPT = {"MessageSid": "SM1", "MessageStatus": "delivered", "AccountSid": ACCOUNT, "To": "+447700900001"}

pytestmark = pytest.mark.usefixtures("amina")


def signed(path: str, params: dict[str, str], token: str = NEW_TOKEN) -> str:
    return RequestValidator(token).compute_signature(PUBLIC_URL + path, params)


@pytest.mark.parametrize("token", [NEW_TOKEN, OLD_TOKEN])
def test_every_token_of_ours_is_good_while_one_is_exchanged(twilio: Twilio, token: str) -> None:
    assert twilio.post(INBOUND, text_params(), token).status_code == 200
    assert twilio.post(STATUS, RECEIPT, token).status_code == 204


@pytest.mark.parametrize(
    "signature",
    [None, "", "nonsense", "\u00e9", base64.b64encode(b"\0" * 20).decode(), signed(INBOUND, {}, "a stranger's token")],
)
@pytest.mark.parametrize("path", [INBOUND, STATUS])
def test_without_a_good_signature_nothing_is_taken(
    twilio: Twilio, rows: Counted, path: str, signature: str | None
) -> None:
    answer = twilio.raw(path, urlencode(text_params()), signature)
    assert (answer.status_code, answer.data) == (403, b"")
    assert rows() == 0


@pytest.mark.parametrize("changed", [{"Body": "hallo"}, {"From": "+447700900009"}, {"Extra": "1"}])
def test_a_changed_form_is_refused(twilio: Twilio, changed: dict[str, str]) -> None:
    params = text_params()
    answer = twilio.raw(INBOUND, urlencode(params | changed), signed(INBOUND, params))
    assert (answer.status_code, answer.data) == (403, b"")


def test_a_doubled_parameter_is_no_way_around(twilio: Twilio) -> None:
    params = text_params()
    body = "Body=STOP&" + urlencode(params)
    assert twilio.raw(INBOUND, body, signed(INBOUND, params)).status_code == 403


def test_a_signature_for_another_address_is_refused(twilio: Twilio) -> None:
    params = text_params()
    for other in ("/twilio/status", "/twilio/inbound?x=1", "/"):
        assert twilio.raw(INBOUND, urlencode(params), signed(other, params)).status_code == 403
    assert twilio.raw(STATUS, urlencode(RECEIPT), signed("/twilio/status?message=x", RECEIPT)).status_code == 403


def test_the_address_is_the_configured_one_whatever_the_proxy_says(client: FlaskClient) -> None:
    params = text_params()
    headers = {
        "X-Twilio-Signature": signed(INBOUND, params),
        "Host": "10.0.0.7:8000",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
    }
    assert client.post(INBOUND, data=params, headers=headers).status_code == 200


@pytest.mark.parametrize("query", ["b=2&a=1", "a=%7E+%20&b=", "a=1&a=2"])
def test_the_query_counts_as_it_was_sent(twilio: Twilio, query: str) -> None:
    assert twilio.post(f"{INBOUND}?{query}", text_params()).status_code == 200


def test_new_parameters_and_odd_values_do_no_harm(twilio: Twilio) -> None:
    params = text_params("  spaces kept \u00e9\U0001f642 + & = % \r\n", Brand_New="", ChannelMetadata='{"a": 1}')
    assert twilio.post(INBOUND, params).status_code == 200


def test_a_parameter_may_come_several_times(twilio: Twilio) -> None:
    params = MultiDict([*text_params().items(), ("Url", "b"), ("Url", "a"), ("Url", "a")])
    signature = RequestValidator(NEW_TOKEN).compute_signature(PUBLIC_URL + INBOUND, params)
    assert twilio.raw(INBOUND, urlencode(list(params.items(multi=True))), signature).status_code == 200


def test_a_shared_key_signs_by_another_hash(client: FlaskClient) -> None:
    params = text_params()
    signature = RequestValidator(NEW_TOKEN).compute_signature(PUBLIC_URL + INBOUND, params, "HMAC_SHA256")
    headers = {"X-Twilio-Signature": signature}
    assert client.post(INBOUND, data=params, headers=headers).status_code == 403
    headers["X-Twilio-Webhooks-Signature-Settings"] = "key=k,algorithm=HMAC_SHA256"
    assert client.post(INBOUND, data=params, headers=headers).status_code == 200
    headers["X-Twilio-Webhooks-Signature-Settings"] = "key=k,algorithm=HMAC_MD5"
    assert client.post(INBOUND, data=params, headers=headers).status_code == 403


@pytest.mark.parametrize("query", ["", "?bodySHA256=", "?bodySHA256={hash}"])
def test_json_is_refused_even_when_it_is_signed(client: FlaskClient, query: str) -> None:
    body = json.dumps(text_params())
    path = INBOUND + query.format(hash=hashlib.sha256(body.encode()).hexdigest())
    headers = {"X-Twilio-Signature": signed(path, {})}
    answer = client.post(path, data=body, headers=headers, content_type="application/json")
    assert (answer.status_code, answer.data) == (403, b"")


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/xml", ""])
def test_other_kinds_of_body_are_refused(client: FlaskClient, kind: str) -> None:
    headers = {"X-Twilio-Signature": signed(INBOUND, {})}
    answer = client.post(INBOUND, data=b"\xff\xfe", headers=headers, content_type=kind)
    assert (answer.status_code, answer.data) == (403, b"")


@pytest.mark.parametrize("body", [b"\xff\xfe=\xff", b"a=%ff%00&%zz", b"&&&===", b""])
def test_a_body_that_is_no_text_is_refused_and_never_a_fault(client: FlaskClient, body: bytes) -> None:
    headers = {"X-Twilio-Signature": "x"}
    kind = "application/x-www-form-urlencoded"
    assert client.post(INBOUND, data=body, headers=headers, content_type=kind).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"AccountSid": "AC00000000000000000000000000000002"},
        {"AccountSid": ""},
        {"To": "+447400999111", "MessagingServiceSid": "MG2"},
        {"To": "", "MessagingServiceSid": ""},
        {"From": ""},
        {"MessageSid": "", "SmsSid": ""},
        {"MessageSid": "SM' OR 1=1"},
    ],
)
def test_a_signed_text_that_is_not_for_us_is_refused(twilio: Twilio, rows: Counted, wrong: dict[str, str]) -> None:
    answer = twilio.text(**wrong)
    assert (answer.status_code, answer.data) == (403, b"")
    assert rows() == 0


def test_a_receipt_of_another_account_is_refused(twilio: Twilio) -> None:
    assert twilio.post(STATUS, RECEIPT | {"AccountSid": "AC2"}).status_code == 403


def test_a_new_number_of_our_messaging_service_is_ours(twilio: Twilio) -> None:
    assert twilio.text(To="+447400999111").status_code == 200


def test_get_is_not_the_way_in(client: FlaskClient) -> None:
    answer = client.get(INBOUND)
    assert (answer.status_code, answer.data) == (405, b"")


def test_whatsapp_says_so_in_the_address(twilio: Twilio, rows: Counted) -> None:
    twilio.text(From="whatsapp:+447700900001", To=f"whatsapp:{SENDER}", MessagingServiceSid="")
    assert rows(channel="whatsapp", direction="in") == 1

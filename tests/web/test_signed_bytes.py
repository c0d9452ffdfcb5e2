"""Every byte that Twilio signs counts: change one, and nothing is taken. No stranger's request is a fault of ours."""

import hashlib
import json
from dataclasses import replace
from urllib.parse import quote, urlencode

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from bot.service import Service
from bot.settings import Settings
from bot.web import create_app
from tests.web.conftest import ACCOUNT, NEW_TOKEN, PUBLIC_URL, SENDER, Counted, Twilio, text_params

INBOUND = "/twilio/inbound"
FORM = "application/x-www-form-urlencoded"
SHARED_KEY = "the secret of a shared key"

pytestmark = pytest.mark.usefixtures("amina")
# The client is made once for all examples: a request leaves nothing behind in it but rows.
many = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def signature(params: dict[str, str], url: str = PUBLIC_URL + INBOUND, token: str = NEW_TOKEN) -> str:
    return RequestValidator(token).compute_signature(url, params)


def string_to_sign(params: dict[str, str]) -> str:
    """Names and values as Twilio joins them: nothing says where one ends and the next begins."""
    return "".join(f"{name}{params[name]}" for name in sorted(params))


odd_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@many
@given(data=st.data())
def test_any_change_to_what_is_signed_is_refused(twilio: Twilio, rows: Counted, data: st.DataObject) -> None:
    params = text_params("ring the college thurs 2pm", Odd="é & = % +")
    signed = signature(params)
    name = data.draw(st.sampled_from(sorted(params)), label="the parameter")
    changed = dict(params)
    how = data.draw(st.sampled_from(("value", "name", "left out", "one more")), label="what is done to it")
    if how == "value":
        changed[name] = data.draw(odd_text, label="its new value")
    elif how == "name":
        changed[data.draw(odd_text.filter(bool), label="its new name")] = changed.pop(name)
    elif how == "left out":
        del changed[name]
    else:
        changed[data.draw(odd_text.filter(bool), label="another")] = data.draw(odd_text, label="and its value")
    assume(string_to_sign(changed) != string_to_sign(params))
    before = rows()
    answer = twilio.raw(INBOUND, urlencode(changed), signed)
    assert (answer.status_code, answer.data) == (403, b"")
    assert rows() == before


@many
@given(position=st.integers(0, 27), other=st.integers(1, 63))
def test_any_other_signature_is_refused(twilio: Twilio, position: int, other: int) -> None:
    params = text_params()
    good = signature(params)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
    bad = letters[(letters.index(good[position]) + other) % len(letters)]
    assert twilio.raw(INBOUND, urlencode(params), good[:position] + bad + good[position + 1 :]).status_code == 403


@many
@given(name=odd_text.filter(bool), value=odd_text)
def test_whatever_else_twilio_sends_and_signs_is_taken(twilio: Twilio, name: str, value: str) -> None:
    """New parameters come without notice: odd names, empty values, any letters."""
    params = text_params()
    assume(name not in params and not name.startswith(("OptOut", "Button", "Media")))
    # A browser's form and Twilio's write a line end as they like; what arrives is what counts.
    assert twilio.post(INBOUND, {**params, name: value}).status_code == 200


@many
@given(body=st.binary(max_size=200), kind=st.sampled_from((FORM, f"{FORM}; charset=utf-16", "text/plain", "", "a/b/c")))
def test_no_body_of_a_stranger_is_a_fault_of_ours(client: FlaskClient, body: bytes, kind: str) -> None:
    for headers in ({}, {"X-Twilio-Signature": "x"}, {"X-Twilio-Signature": signature({})}):
        assert client.post(INBOUND, data=body, headers=headers, content_type=kind).status_code == 403


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("path", [INBOUND, "/twilio/status"])
def test_no_method_but_post_takes_anything(client: FlaskClient, rows: Counted, method: str, path: str) -> None:
    answer = client.open(path, method=method, data=urlencode(text_params()), content_type=FORM)
    assert answer.status_code in (200, 405)
    assert answer.data == b""
    assert rows() == 0


@pytest.mark.parametrize("path", [INBOUND, "/twilio/status"])
@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "application/vnd.api+json"])
@pytest.mark.parametrize("body", ["", "{}", "null", '{"Body": "STOP"}', "no json at all", '"\\ud800"'])
@pytest.mark.parametrize("sha", ["", "right", "wrong", "twice"])
def test_json_is_refused_with_and_without_its_hash(
    client: FlaskClient, path: str, kind: str, body: str, sha: str
) -> None:
    right = hashlib.sha256(body.encode()).hexdigest()
    query = {
        "": "",
        "right": f"?bodySHA256={right}",
        "wrong": "?bodySHA256=0",
        "twice": f"?bodySHA256=&bodySHA256={right}",
    }
    url = path + query[sha]
    headers = {"X-Twilio-Signature": signature({}, PUBLIC_URL + url)}
    answer = client.post(url, data=body, headers=headers, content_type=kind)
    assert (answer.status_code, answer.data) == (403, b"")


def test_a_form_with_a_hash_of_its_body_is_signed_like_any_form(twilio: Twilio) -> None:
    """What Twilio says of a body that is not a form is no way around a form's signature."""
    params = text_params()
    body = urlencode(params)
    path = f"{INBOUND}?bodySHA256={hashlib.sha256(body.encode()).hexdigest()}"
    assert twilio.raw(path, body, signature({}, PUBLIC_URL + path)).status_code == 403
    assert twilio.post(path, params).status_code == 200


@pytest.mark.parametrize("name", ["Body", "From", "To", "AccountSid", "MessageSid", "OptOutType"])
def test_what_is_read_is_there_once(twilio: Twilio, rows: Counted, name: str) -> None:
    """Two values are signed in sorted order: whoever turned them round would have as good a signature."""
    params = MultiDict([*text_params(OptOutType="START").items(), (name, "STOP")])
    signed = RequestValidator(NEW_TOKEN).compute_signature(PUBLIC_URL + INBOUND, params)
    answer = twilio.raw(INBOUND, urlencode(list(params.items(multi=True))), signed)
    assert (answer.status_code, answer.data) == (403, b"")
    assert rows() == 0


def test_the_same_value_twice_is_one_value(twilio: Twilio, rows: Counted) -> None:
    params = text_params()
    again = urlencode(params) + "&Body=" + quote(params["Body"])
    assert twilio.raw(INBOUND, again, signature(params)).status_code == 200
    assert rows(direction="in") == 1


@pytest.fixture
def with_url(twilio_settings: Settings, service: Service, request: pytest.FixtureRequest) -> tuple[str, FlaskClient]:
    url = str(request.param)
    settings = replace(twilio_settings, public_url=url)
    return url, create_app(settings, replace(service, settings=settings)).test_client()


@pytest.mark.parametrize(
    "with_url",
    [
        "https://check-ins.example.org:8443",
        "https://example.org/bot",
        "https://example.org:443/a/b",
        "http://localhost:8000",
    ],
    indirect=True,
)
def test_the_public_address_may_have_a_port_and_a_prefix(with_url: tuple[str, FlaskClient]) -> None:
    url, client = with_url
    params = text_params()
    headers = {"X-Twilio-Signature": signature(params, f"{url}{INBOUND}?a=%7E&b")}
    answer = client.post(f"{INBOUND}?a=%7E&b", data=params, headers=headers)
    assert answer.status_code == 200
    assert f"{url}/twilio/status?message=".encode() in answer.data
    headers = {"X-Twilio-Signature": signature(params, f"https://elsewhere.example.org{INBOUND}")}
    assert client.post(INBOUND, data=params, headers=headers).status_code == 403


class TestSharedKey:
    """The newer header names a SharedKey: its secret stands among the tokens, and its hash is another."""

    @pytest.fixture
    def keyed(self, twilio_settings: Settings, service: Service) -> FlaskClient:
        secrets = (*twilio_settings.twilio_auth_tokens, SHARED_KEY)
        settings = replace(twilio_settings, twilio_auth_tokens=secrets)
        return create_app(settings, replace(service, settings=settings)).test_client()

    @pytest.mark.parametrize("secret", [SHARED_KEY, NEW_TOKEN])
    @pytest.mark.parametrize("header", ["key=webhooks_sharedkey_1,algorithm=HMAC_SHA256", "algorithm=hmac_sha256"])
    def test_its_signature_is_taken(self, keyed: FlaskClient, secret: str, header: str) -> None:
        params = text_params()
        signed = RequestValidator(secret).compute_signature(PUBLIC_URL + INBOUND, params, "HMAC_SHA256")
        headers = {"X-Twilio-Signature": signed, "X-Twilio-Webhooks-Signature-Settings": header}
        assert keyed.post(INBOUND, data=params, headers=headers).status_code == 200

    @pytest.mark.parametrize(
        "header", ["", "key=1", "key=1,algorithm=HMAC_SHA1", "algorithm=NONE", "algorithm=", ",,,", "é", "=" * 5000]
    )
    def test_under_another_name_it_is_not(self, keyed: FlaskClient, header: str) -> None:
        params = text_params()
        signed = RequestValidator(SHARED_KEY).compute_signature(PUBLIC_URL + INBOUND, params, "HMAC_SHA256")
        headers = {"X-Twilio-Signature": signed, "X-Twilio-Webhooks-Signature-Settings": header}
        assert keyed.post(INBOUND, data=params, headers=headers).status_code == 403


class TestReceipts:
    """A receipt is ours when it is signed and of our account; its row says the rest."""

    def test_of_another_account_is_refused(self, twilio: Twilio) -> None:
        receipt = {"MessageSid": "SM1", "MessageStatus": "sent"}
        for account in ("", "AC2", ACCOUNT.lower()):
            assert twilio.post("/twilio/status", receipt | {"AccountSid": account}).status_code == 403

    def test_of_a_number_that_is_no_sender_any_more_is_taken(self, twilio: Twilio) -> None:
        """A text may have left before SENDERS was changed: what became of it still counts."""
        receipt = {"MessageSid": "SM1", "MessageStatus": "sent", "AccountSid": ACCOUNT, "From": "+447400999222"}
        assert twilio.post("/twilio/status", receipt).status_code == 204


@pytest.mark.parametrize("many_params", [500, 900])
def test_many_parameters_are_taken_and_too_many_bytes_are_not(twilio: Twilio, many_params: int) -> None:
    params = text_params() | {f"P{n}": "x" * 10 for n in range(many_params)}
    assert twilio.post(INBOUND, params).status_code == 200
    assert twilio.post(INBOUND, params | {"Last": "x" * 40_000}).status_code == 413


def test_a_signed_form_says_nothing_of_itself_when_it_is_refused(
    twilio: Twilio, capfd: pytest.CaptureFixture[str]
) -> None:
    twilio.raw(INBOUND, urlencode(text_params("my secret words", From="+447700900123")), "bad")
    said = "".join(capfd.readouterr())
    assert "webhook refused" in said
    for private in ("secret", "7700900123", SENDER, json.dumps(ACCOUNT)):
        assert private not in said

"""Every page and every error: well-made, guarded, and with nothing given away."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot import logs
from bot.settings import Settings
from bot.web import showing
from tests.web import pages


@pytest.mark.parametrize("path", ["/", "/nowhere", "/phone"])
def test_pages_in_earnest(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == (200 if path == "/" else 404)
    pages.check(answer.text)


def test_the_front_page_in_earnest_tells_nobody_what_this_is(client: FlaskClient) -> None:
    html = client.get("/").text
    assert "/phone" not in html
    for word in ("career", "guidance", "practitioner", "Sam"):
        assert word not in html


@pytest.mark.parametrize("path", ["/", "/nowhere", "/twilio/inbound", "/healthz", "/static/style.css"])
def test_every_answer_is_guarded(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:
        headers = answer.headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Strict-Transport-Security"]
    assert re.fullmatch("[0-9a-f]{32}", headers["X-Request-Id"])


def test_pages_are_not_kept_and_files_are_kept_for_a_year_by_their_content(client: FlaskClient) -> None:
    page = client.get("/")
    assert page.headers["Cache-Control"] == "no-store"
    [address] = re.findall(r'href="(/static/style[^"]*)"', page.text)
    for asked, kept in ((address, True), ("/static/style.css", False), ("/static/nothing.css?v=1", False)):
        with client.get(asked) as answer:
            assert ("immutable" in answer.headers.get("Cache-Control", "")) is kept


@pytest.mark.parametrize(
    "path", ["/<script>alert(1)</script>", "/" + "secret" * 100, "/?token=secret", "/..%2f..%2fetc"]
)
def test_an_error_page_repeats_nothing_that_was_asked_for(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    for given in ("secret", "alert", "etc"):
        assert given not in answer.text


@pytest.mark.usefixtures("own_logs")
def test_a_fault_gives_a_page_without_its_message(
    app: Flask, twilio_settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.configure(twilio_settings)

    def fail() -> None:
        raise RuntimeError("a secret value")

    app.add_url_rule("/fail", view_func=fail)
    answer = app.test_client().get("/fail")
    assert answer.status_code == 500
    pages.check(answer.text)
    assert "secret" not in answer.text
    logged = "".join(capfd.readouterr())
    assert "secret" not in logged
    assert "RuntimeError" in logged
    assert answer.headers["X-Request-Id"] in answer.text


def test_the_session_cookie_is_for_this_host_alone(app: Flask) -> None:
    assert app.config["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert app.config["SESSION_COOKIE_SECURE"]
    assert app.config["SESSION_COOKIE_HTTPONLY"]
    assert app.config["SESSION_COOKIE_SAMESITE"] == "Lax"


def test_no_template_opens_a_way_for_peoples_words(app: Flask) -> None:
    for template in (showing.STATIC.parent / "templates").glob("*.html"):
        assert not re.search(r"\|\s*safe|autoescape|Markup", template.read_text()), template.name
    for module in showing.STATIC.parent.glob("*.py"):
        assert "Markup" not in module.read_text(), module.name


@pytest.mark.parametrize("name", ["style.css"])
def test_the_stylesheet_stays_small(name: str) -> None:
    assert (showing.STATIC / name).stat().st_size < 12_000

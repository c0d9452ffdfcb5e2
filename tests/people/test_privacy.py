"""The privacy page: plain, true to the scheme and to the code, and about nobody."""

import re
from dataclasses import replace
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.channels.phone import PhoneChannel
from bot.clock import Clock
from bot.conversation.scheme import Privacy
from bot.conversation.wording import reading_age
from bot.database import Database
from bot.library import Library
from bot.retention.times import LOGS
from bot.service import Service
from bot.settings import Settings
from bot.web import create_app, privacy
from tests.web import pages

PATH = "/privacy/tyneside"


@pytest.fixture
def app(settings: Settings, database: Database, library: Library) -> Flask:
    return create_app(settings, Service(settings, database, library, Clock(), PhoneChannel()))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_it_is_a_sound_page_that_needs_nothing(client: FlaskClient) -> None:
    answer = client.get(PATH)
    assert answer.status_code == 200
    pages.check(answer.text)
    assert len(answer.data) < 30_000
    assert "<script" not in answer.text
    assert "Set-Cookie" not in answer.headers
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "Stepalong" not in answer.text, "people never see the product's name"


def test_it_is_kept_for_an_hour_and_asked_for_again_cheaply(client: FlaskClient) -> None:
    answer = client.get(PATH)
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    again = client.get(PATH, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


LEADS = [
    ("https://steps.example.org/", True),
    ("https://STEPS.example.org", True),
    ("https://steps.example.org:8443/", True),
    ("https://steps.example.org/elsewhere", False),
    ("https://check-ins.example.org/", False),
]


@pytest.mark.parametrize(("link", "leads"), LEADS)
def test_the_short_link_of_the_texts_leads_to_the_page(client: FlaskClient, link: str, leads: bool) -> None:
    answer = client.get(link)
    assert (answer.headers.get("Location") == PATH) is leads
    assert client.post(link).status_code in (404, 405), "a form is not led anywhere"


def test_a_link_to_our_own_front_page_leaves_that_alone(app: Flask) -> None:
    service = app.extensions["stepalong"]
    ours = replace(service.settings, public_url="https://steps.example.org")
    app.extensions["stepalong"] = replace(service, settings=ours)
    assert app.test_client().get("https://steps.example.org/").status_code == 200


@pytest.mark.parametrize("path", ["/privacy/nowhere", "/privacy/", "/privacy/tyneside/more", "/privacy/..%2ftyneside"])
def test_what_is_not_there_is_not_there(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"


def test_it_says_who_how_long_whom_to_ask_and_where_to_ring(client: FlaskClient, library: Library) -> None:
    scheme = library.scheme("tyneside")
    assert scheme.privacy is not None
    words = unescape(client.get(PATH).text)
    for fact in (
        *(scheme.privacy.run_by, scheme.privacy.contact, scheme.privacy.complaints, scheme.privacy.basis),
        *(scheme.name, *scheme.helplines.values(), scheme.consent_wording["en"]),
        *(f"{scheme.retention_months} months after", f"{LOGS.days} days", "Text STOP", "within one month", "999"),
        *("Information Commissioner", "No one reads your texts as they come in", "The texts are automatic"),
    ):
        assert fact in words, fact


def test_a_child_of_ten_could_read_it(library: Library) -> None:
    shown = privacy.shown(library.scheme("tyneside"), "en")
    sentences = [line for part in shown["parts"] for line in (*part.lines, *part.listed, *part.after)]
    whole = " ".join(line if line.endswith(".") else f"{line}." for line in sentences)
    assert reading_age(whole) <= 11
    longest = max((sentence for sentence in re.split(r"(?<=[.!?])\s", whole)), key=lambda each: len(each.split()))
    assert len(longest.split()) <= 25, longest


def test_what_a_scheme_has_not_said_leaves_no_gap(library: Library) -> None:
    scheme = replace(library.scheme("tyneside"), privacy=None, whatsapp_templates=None)
    lines = " ".join(line for part in privacy.shown(scheme, "en")["parts"] for line in part.lines)
    assert "Why we may do this" not in lines
    assert "Meta" not in lines
    assert not re.search(r"\{|\}|: \.|None", lines)
    shared = replace(
        scheme, privacy=Privacy(run_by="Us", contact="a@b.example", shared_with=("the council", "a college"))
    )
    lines = " ".join(line for part in privacy.shown(shared, "en")["parts"] for line in part.lines)
    assert "We also share some of it with: the council, a college." in lines


def test_what_a_scheme_writes_is_words_and_nothing_else(library: Library, client: FlaskClient, app: Flask) -> None:
    evil = Privacy(run_by="<script>alert(1)</script>{contact}", contact="a@b.example")
    scheme = replace(library.scheme("tyneside"), privacy=evil)
    assert any("{contact}" in line for part in privacy.shown(scheme, "en")["parts"] for line in part.lines)
    library_too = replace(library, schemes={"tyneside": scheme})
    service = app.extensions["stepalong"]
    app.extensions["stepalong"] = replace(service, library=library_too)
    assert "<script>alert" not in client.get(PATH).text


@pytest.mark.parametrize("asked", ["cy", "xx", "../en", ""])
def test_a_language_that_nobody_has_translated_gives_the_first(client: FlaskClient, asked: str) -> None:
    assert '<html lang="en">' in client.get(PATH, query_string={"lang": asked}).text


def test_every_translation_says_the_same_things() -> None:
    standard = privacy.packs()["en"]
    for language, words in privacy.packs().items():
        assert words.keys() == standard.keys(), language
        assert len(words["parts"]) == len(standard["parts"]), language
        for theirs, ours in zip(words["parts"], standard["parts"], strict=True):
            assert theirs.keys() == ours.keys(), language
            assert sorted(privacy.PLACEHOLDER.findall(str(theirs))) == sorted(privacy.PLACEHOLDER.findall(str(ours)))

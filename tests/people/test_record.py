"""A person's record, handed over whole and erased whole."""

import json
from collections.abc import Callable
from pathlib import Path

import html5lib
import pytest
from sqlalchemy import make_url, select

from bot import checkins, flags, people, suppression
from bot.channels import Inbound
from bot.database import Database
from bot.library import Library
from bot.models import Erasure, Flag, ServiceUser, Suppression
from bot.people import PersonRefused, record
from bot.people.importing import Imported
from tests.people.conftest import A_TUESDAY, AMINA, LEON

Import = Callable[..., Imported]
CANARY = "Zebulonia"
NUMBER = "+447700900001"
WORDS = "a cormorant & <b>me</b>"


@pytest.fixture
def text(database: Database, library: Library) -> Callable[[str], None]:
    """They text the bot."""
    sent = 0

    def text(words: str) -> None:
        nonlocal sent
        sent += 1
        inbound = Inbound(provider_id=f"SM{sent}", channel="sms", address=NUMBER, sender="phone:tyneside", body=words)
        with database.write() as db:
            checkins.receive(db, library, "tyneside", inbound, A_TUESDAY)

    return text


@pytest.fixture(autouse=True)
def _history(import_rows: Import, text: Callable[[str], None], database: Database, library: Library) -> None:
    text(f"{WORDS} before anybody knew")
    import_rows(AMINA.replace("Amina", CANARY), LEON)
    with database.write() as db:
        checkins.begin(db, library, people.find(db, NUMBER).id, A_TUESDAY)
    for words in ("ok", f"{WORDS} thurs", "7", "can someone ring me"):
        text(words)


def test_an_export_holds_everything_and_says_what_they_agreed_to(database: Database, library: Library) -> None:
    with database.read() as db:
        found = json.loads(record.as_json(record.record(db, people.find(db, NUMBER))))
    assert found["person"]["first_name"] == CANARY
    assert [address["address"] for address in found["addresses"]] == [NUMBER]
    assert found["consents"][0]["words_shown"] == library.scheme("tyneside").consent_wording["en"]
    assert any(WORDS in message["body"] for message in found["messages"])
    assert found["steps"]
    assert found["flags"]
    assert found["history"]


def test_an_export_is_a_page_in_which_their_words_are_only_words(database: Database) -> None:
    with database.read() as db:
        page = record.as_html(record.record(db, people.find(db, NUMBER)), A_TUESDAY)
    html5lib.HTMLParser(strict=True).parse(page)
    assert "a cormorant &amp; &lt;b&gt;me&lt;/b&gt;" in page
    assert "<b>" not in page


def test_forgetting_leaves_nothing_but_the_hash(database: Database) -> None:
    with database.write() as db:
        record.forget(db, people.find(db, NUMBER), "sam@example.org", A_TUESDAY)
    with database.read() as db:
        assert db.scalars(select(ServiceUser.first_name)).all() == ["Leon"]
        assert db.scalars(select(Erasure.by)).all() == ["sam@example.org"]
        assert db.scalars(select(Suppression.why)).all() == ["forgotten"]
        assert suppression.is_suppressed(db, "tyneside", NUMBER)


@pytest.mark.sqlite
def test_forgetting_leaves_nothing_in_the_file(database: Database, database_url: str) -> None:
    with database.write() as db:
        record.forget(db, people.find(db, NUMBER), "sam@example.org", A_TUESDAY)
    record.scrub(database_url)
    folder = Path(str(make_url(database_url).database)).parent
    for file in folder.glob("stepalong.db*"):
        kept = file.read_bytes()
        for trace in (CANARY, NUMBER, "cormorant"):
            assert trace.encode() not in kept, f"{trace} is still in {file.name}"


def test_somebody_forgotten_is_not_enrolled_again(database: Database, import_rows: Import) -> None:
    with database.write() as db:
        record.forget(db, people.find(db, NUMBER), "sam@example.org", A_TUESDAY)
    assert import_rows(AMINA).opted_out == 1


def test_nobody_is_forgotten_while_somebody_has_to_act_for_their_safety(
    database: Database, text: Callable[[str], None]
) -> None:
    text("i want to kill myself")
    for act in (record.forget, people.close):
        with pytest.raises(PersonRefused, match="open safety flag"), database.write() as db:
            act(db, people.find(db, NUMBER), "sam@example.org", A_TUESDAY)
    with database.write() as db:
        for flag_id in db.scalars(select(Flag.id).where(Flag.kind == "safety")).all():
            flags.close(db, flag_id, "sam@example.org", "rang, they are safe", A_TUESDAY)
        record.forget(db, people.find(db, NUMBER), "sam@example.org", A_TUESDAY)

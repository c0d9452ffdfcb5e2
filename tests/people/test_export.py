"""A person's record, handed over whole: nothing that is kept is left out, and a stranger could read it."""

import json
import re
from collections.abc import Callable

import html5lib
import pytest
from sqlalchemy import select

from bot import checkins, flags, people
from bot.database import Database
from bot.library import Library
from bot.models import Base, Email, Flag, Message
from bot.people import page, record
from bot.people.importing import Imported
from tests.people.conftest import A_TUESDAY, AMINA, LEON, NUMBER, Texts

Import = Callable[..., Imported]
SAM = "sam@example.org"
DIGEST = """Good news first.

1 of 2  ASKED FOR YOU - Amina (T-01)
  since Tue

2 of 2  QUIET - Leon
  a secret of Leon
"""


@pytest.fixture
def found(import_rows: Import, text: Texts, database: Database, library: Library) -> dict[str, object]:
    """The record of Amina, who has texted, chosen a step, said how sure, and asked for a person."""
    text("who is this?")
    import_rows(AMINA, LEON)
    with database.write() as db:
        checkins.begin(db, library, people.find(db, NUMBER).id, A_TUESDAY)
    for words in ("ok", "ring my sister Zara\u202e thurs", "7", "can someone ring me <b>please</b>"):
        text(words)
    with database.write() as db:
        sent = {"kind": "digest", "to": SAM, "state": "sent", "intention": "d1", "due_at": A_TUESDAY}
        db.add(Email(scheme_id="tyneside", subject="2 need you", body=DIGEST, created_at=A_TUESDAY, **sent))
        flag_id = db.scalars(select(Flag.id).where(Flag.closed_at.is_(None))).one()
        flags.close(db, flag_id, SAM, "rang her, all well", A_TUESDAY)
    with database.write() as db:
        return record.handed_over(db, people.find(db, NUMBER), SAM, A_TUESDAY)


def test_every_part_is_there_and_explained(found: dict[str, object], library: Library) -> None:
    plain = json.loads(record.as_json(found))
    assert plain["person"]["first_name"] == "Amina"
    assert [each["address"] for each in plain["addresses"]] == [NUMBER]
    assert plain["consents"][0]["words_shown"] == library.scheme("tyneside").consent_wording["en"]
    assert [(each["value"], each["words"]) for each in plain["scores"]] == [("7", "7")]
    assert "ring my sister" in plain["steps"][0]["words"]
    [flag] = plain["flags"]
    assert (flag["closed_by"], flag["note"]) == (SAM, "rang her, all well")
    assert plain["looked_at"][-1]["what"] == "exported"
    assert plain["texts_before"][0]["body"] == "who is this?"
    assert {key for key, words in plain["about"]["parts"].items() if not words} <= {
        each.__tablename__ for each in record.others()
    }


def test_mails_are_there_without_what_they_say_of_others(found: dict[str, object]) -> None:
    kinds = {mail["kind"]: mail for mail in json.loads(record.as_json(found))["mails"]}
    assert set(kinds) == {"alert", "digest"}
    assert "Amina" in kinds["digest"]["about_you"]
    assert "Leon" not in record.as_json(found)


def test_every_column_about_a_person_is_handed_over_or_left_out_on_purpose() -> None:
    """A column that somebody adds shows up by itself; a table that knows people, too."""
    known = {"service_user", "erasure", *(each.__tablename__ for each in (*record.SECTIONS.values(), *record.others()))}
    assert {table.name for table in Base.metadata.sorted_tables if "service_user_id" in table.c} <= known
    assert not [column for column in record.LEFT_OUT if re.search("words|note|body|raw|evidence|name$", column)]


def test_the_page_can_be_read_and_hides_nothing(found: dict[str, object]) -> None:
    html = page.as_html(found, A_TUESDAY)
    html5lib.HTMLParser(strict=True).parse(html)
    assert "can someone ring me &lt;b&gt;please&lt;/b&gt;" in html
    for hidden in ("<b>", "<script", "\u202e", "http:", "https:", "src=", "@import", "url("):
        assert hidden not in html
    assert "[U+202E]" in html
    assert "<h3>Tuesday 24 November 2026</h3>" in html
    assert "<strong>You</strong>" in html
    assert "<strong>Automatic text</strong>" in html
    assert "somebody reads it whole" in html
    assert html.count("<h1>") == 1


def test_times_are_those_of_the_person(found: dict[str, object]) -> None:
    found["person"]["zone"] = "Asia/Karachi"  # type: ignore[index]
    html = page.as_html(found, A_TUESDAY)
    assert "Tuesday 24 November 2026, 16:00" in html
    assert "T11:00:00" not in html


def test_a_text_by_hand_says_who_wrote_it(import_rows: Import, database: Database) -> None:
    import_rows(AMINA)
    with database.write() as db:
        person = people.find(db, NUMBER)
        theirs = {"scheme_id": "tyneside", "service_user_id": person.id, "channel": "sms", "address": NUMBER}
        said = {"direction": "out", "kind": "by_hand", "author": SAM, "body": "Hello from me", "state": "delivered"}
        db.add(Message(**theirs, **said, created_at=A_TUESDAY))
        db.flush()
        html = page.as_html(record.record(db, person), A_TUESDAY)
    assert f"<strong>{SAM}</strong>" in html
    assert "by SMS, arrived" in html

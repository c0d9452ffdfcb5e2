"""Notes and promises are a person's record like all else: handed over, erased, and gone when their time is over."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot import people
from bot.database import Database
from bot.library import Library
from bot.models import Note, Promise
from bot.people import forgetting, page, record
from bot.people.importing import Imported
from bot.retention import people as retained
from bot.retention.times import CEILING_MONTHS, months_before
from tests.people.conftest import A_TUESDAY, AMINA, LEON, NUMBER

SAM = "sam@example.org"
SEEN, PROMISED = "her albatross is ill", "bring the albatross form"


@pytest.fixture(autouse=True)
def _noted(import_rows: Callable[..., Imported], database: Database) -> None:
    import_rows(AMINA, LEON)
    note(database, SEEN, A_TUESDAY)
    with database.write() as db:
        person = people.find(db, NUMBER)
        owns = {"scheme_id": person.scheme_id, "service_user_id": person.id, "by": SAM, "at": A_TUESDAY}
        kept = {"ended": "kept", "ended_at": A_TUESDAY, "ended_by": SAM}
        db.add(Promise(**owns, what="ring", words=PROMISED, day=A_TUESDAY.date(), **kept))


def note(database: Database, words: str, at: datetime, corrects: Note | None = None) -> Note:
    with database.write() as db:
        person = people.find(db, NUMBER)
        owns = {"scheme_id": person.scheme_id, "service_user_id": person.id, "by": SAM, "at": at}
        row = Note(**owns, words=words, corrects_id=corrects.id if corrects else None)
        db.add(row)
    return row


def test_they_are_handed_over_in_plain_words(database: Database) -> None:
    with database.write() as db:
        found = record.record(db, people.find(db, NUMBER))
    assert [(each["by"], each["words"]) for each in found["notes"]] == [(SAM, SEEN)]
    assert [(each["words"], each["ended"]) for each in found["promises"]] == [(PROMISED, "kept")]
    html = page.as_html(found, A_TUESDAY)
    for shown in ("Notes about you", SEEN, "What was promised to you", PROMISED):
        assert shown in html


def test_they_are_erased_with_the_person(database: Database) -> None:
    note(database, "corrected", A_TUESDAY, corrects=note(database, "wrong", A_TUESDAY))
    with database.write() as db:
        forgetting.forget(db, people.find(db, NUMBER), SAM, A_TUESDAY)
    with database.read() as db:
        assert db.scalars(select(Note)).all() == db.scalars(select(Promise)).all() == []


def test_when_the_words_go_what_stays_is_that_a_promise_was_kept(database: Database, library: Library) -> None:
    with database.write() as db:
        retained.erase_words(db, people.find(db, NUMBER), library.scheme("tyneside"), A_TUESDAY + timedelta(days=400))
    with database.read() as db:
        assert db.scalars(select(Note)).all() == []
        assert [(each.words, each.ended) for each in db.scalars(select(Promise))] == [("", "kept")]


def test_of_whoever_stays_old_ones_go_and_newer_ones_do_not(database: Database, library: Library) -> None:
    later = A_TUESDAY + timedelta(days=365)
    with database.read() as db:
        old = db.scalars(select(Note)).one()
    note(database, "she said: a heron, not an albatross", later, corrects=old)
    for now, left in ((later + timedelta(days=364), 2), (later + timedelta(days=368), 1)):
        assert (months_before(now, CEILING_MONTHS) >= A_TUESDAY) is (left == 1)
        with database.write() as db:
            retained.tidy(db, people.find(db, NUMBER), library.scheme("tyneside"), now)
        with database.read() as db:
            notes = db.scalars(select(Note)).all()
            assert len(notes) == left
            assert [each.words for each in db.scalars(select(Promise))] == [PROMISED if left == 2 else ""]
    assert notes[0].corrects_id is None

"""A WhatsApp id need not be a number: who has one is found, exported, erased and never texted again all the same."""

from collections.abc import Callable

import pytest

from bot import people, suppression
from bot.database import Database
from bot.models import Address
from bot.people import PersonRefused, forgetting, page, record
from bot.people.importing import Imported
from tests.people.conftest import A_TUESDAY, AMINA, NUMBER

OPAQUE = "GB.1A2b3C4d5E6f7G8h9"
SAM = "sam@example.org"


@pytest.fixture(autouse=True)
def _amina_on_whatsapp(import_rows: Callable[..., Imported], database: Database) -> None:
    import_rows(AMINA)
    with database.write() as db:
        owned = {"scheme_id": "tyneside", "service_user_id": people.find(db, NUMBER).id}
        db.add(Address(**owned, channel="whatsapp", address=OPAQUE, consented=True, last_inbound_at=A_TUESDAY))


@pytest.mark.parametrize("code", [OPAQUE, f" {OPAQUE} ", NUMBER])
def test_they_are_found_by_it(database: Database, code: str) -> None:
    with database.write() as db:
        assert people.find(db, code).first_name == "Amina"


def test_another_ones_is_nobodys(database: Database) -> None:
    with database.write() as db, pytest.raises(PersonRefused, match="first letters of an id"):
        people.find(db, OPAQUE.lower())


def test_it_is_in_their_record(database: Database) -> None:
    with database.write() as db:
        found = record.handed_over(db, people.find(db, OPAQUE), SAM, A_TUESDAY)
    assert OPAQUE in record.as_json(found)
    assert OPAQUE in page.as_html(found, A_TUESDAY)


def test_who_is_erased_is_not_texted_on_it_again(database: Database) -> None:
    with database.write() as db:
        forgetting.forget(db, people.find(db, OPAQUE), SAM, A_TUESDAY)
    with database.write() as db:
        assert suppression.why(db, "tyneside", OPAQUE) == "forgotten"
        assert suppression.is_suppressed(db, "tyneside", NUMBER)
        with pytest.raises(PersonRefused):
            people.find(db, OPAQUE)

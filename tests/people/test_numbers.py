"""A new number: the old one knows them no more, and the new one is asked first."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import checkins, flags, people, suppression
from bot.database import Database
from bot.library import Library
from bot.models import Address, ConsentEvent, Event, Flag, FormerAddress, Message, ServiceUser
from bot.people import PersonRefused, numbers
from bot.people.importing import Imported
from tests.people.conftest import A_TUESDAY, AMINA, LEON, NUMBER, Texts

SAM, NEW = "sam@example.org", "+447700900321"
LATER = A_TUESDAY + timedelta(days=1)
CANARY = "feed a cormorant"


@pytest.fixture(autouse=True)
def _under_way(import_rows: Callable[..., Imported], text: Texts, database: Database, library: Library) -> None:
    import_rows(AMINA, LEON)
    with database.write() as db:
        checkins.begin(db, library, people.find(db, NUMBER).id, A_TUESDAY)
    for words in ("ok", f"{CANARY} thurs", "7"):
        text(words)


@pytest.fixture
def change(database: Database, library: Library) -> Callable[..., None]:
    def change(to: str = "07700 900321", channel: str | None = None) -> None:
        with database.write() as db:
            numbers.change(db, library, people.find(db, "07700 900001"), to, channel, SAM, LATER)

    return change


def said_to(database: Database, number: str) -> list[str]:
    with database.read() as db:
        sent = select(Message.body).where(Message.address == number, Message.direction == "out")
        return list(db.scalars(sent.order_by(Message.created_at, Message.id)))


def test_the_old_number_reaches_nobodys_record(database: Database, text: Texts, change: Callable[..., None]) -> None:
    change()
    text("who is this? WINS", now=LATER)
    with database.read() as db:
        stray = db.scalars(select(Message).where(Message.body == "who is this? WINS")).one()
        assert stray.service_user_id is None
        assert db.scalars(select(Address.address)).all().count(NUMBER) == 0
        [mark] = db.scalars(select(FormerAddress))
        assert mark.address_hash == suppression.address_hash(db, NUMBER)
    assert CANARY not in "".join(said_to(database, NUMBER)[-1:])


@pytest.mark.parametrize("asked", ["WINS", "MY STEP", "ME", "hello", "STEP", "7", "DREAM", "REMIND", "HELP"])
def test_the_new_number_hears_nothing_of_theirs_before_its_yes(
    database: Database, library: Library, text: Texts, change: Callable[..., None], asked: str
) -> None:
    change()
    with database.write() as db:
        person = people.find(db, NEW)
        welcome = checkins.begin(db, library, person.id, LATER)
        assert welcome is not None
        assert "Reply OK or NO" in welcome.body
    text(asked, number=NEW, now=LATER)
    assert "cormorant" not in " ".join(said_to(database, NEW))
    text("ok", number=NEW, now=LATER)
    with database.read() as db:
        person = people.find(db, NEW)
        assert person.state == "active"
        assert set(db.scalars(select(ConsentEvent.what).where(ConsentEvent.at == LATER))) == {"given", "agreed"}


def test_a_no_from_the_new_number_is_a_stop_for_it(
    database: Database, library: Library, text: Texts, change: Callable[..., None]
) -> None:
    change()
    with database.write() as db:
        checkins.begin(db, library, people.find(db, NEW).id, LATER)
    text("no", number=NEW, now=LATER)
    with database.read() as db:
        assert people.find(db, NEW).state == "opted_out"
        assert suppression.is_suppressed(db, "tyneside", NEW)


def test_what_waited_for_the_old_number_is_not_sent(database: Database, change: Callable[..., None]) -> None:
    with database.write() as db:
        person = people.find(db, NUMBER)
        own = {"scheme_id": "tyneside", "service_user_id": person.id, "channel": "sms", "address": NUMBER}
        db.add(Message(**own, direction="out", kind="nudge", body="x", state="queued", created_at=A_TUESDAY))
    change()
    with database.read() as db:
        nudge = db.scalars(select(Message).where(Message.kind == "nudge")).one()
        assert (nudge.state, nudge.not_sent_reason) == ("cancelled", "number_changed")


def test_who_could_not_be_reached_can_be(database: Database, library: Library, change: Callable[..., None]) -> None:
    with database.write() as db:
        person = people.find(db, NUMBER)
        person.state, person.undelivered = "unreachable", 3
        flags.raise_flag(db, library, person, "cant_reach", A_TUESDAY, why="texts are not delivered")
    change()
    with database.read() as db:
        person = people.find(db, NEW)
        assert (person.state, person.undelivered) == ("invited", 0)
        assert db.scalars(select(Flag.closed_why).where(Flag.kind == "cant_reach")).all() == ["number_changed"]


def test_who_did_it_and_with_which_words_is_written_down_without_a_number(
    database: Database, library: Library, change: Callable[..., None]
) -> None:
    change(channel="whatsapp")
    with database.read() as db:
        event = db.scalars(select(Event).where(Event.what == "number_changed")).one()
        given = db.scalars(select(ConsentEvent).where(ConsentEvent.at == LATER)).one()
        addresses = db.scalars(select(Address).where(Address.address == NEW)).all()
    assert [(each.channel, each.consented) for each in addresses] == [("whatsapp", True)]
    assert (given.what, given.by, given.channel) == ("given", SAM, "whatsapp")
    assert given.wording_hash
    assert event.who == SAM
    assert "7700" not in f"{event.before}{event.after}"


REFUSED = [
    ("07700 900001", {}, "their number already"),
    ("07700 900002", {}, "Somebody else in this scheme"),
    ("0191 498 0000", {}, "landline"),
    ("07700 900321", {"state": "opted_out"}, "only they can change that"),
    ("07700 900321", {"state": "closed"}, "agrees anew"),
    ("07700 900321", {"held_for": "safety"}, "hand it back first"),
]


@pytest.mark.parametrize(("to", "how", "words"), REFUSED)
def test_what_cannot_be_is_said(
    database: Database, change: Callable[..., None], to: str, how: dict[str, str], words: str
) -> None:
    with database.write() as db:
        for name, value in how.items():
            setattr(people.find(db, NUMBER), name, value)
    with pytest.raises(PersonRefused, match=words):
        change(to)
    with database.read() as db:
        assert people.find(db, NUMBER).first_name == "Amina"


def test_a_number_that_must_not_be_texted_is_refused(database: Database, change: Callable[..., None]) -> None:
    with database.write() as db:
        suppression.suppress(db, "tyneside", NEW, "opted_out", A_TUESDAY)
    with pytest.raises(PersonRefused, match="must not be texted"):
        change()


def test_a_number_of_somebody_who_has_left_goes_to_who_has_it_now(
    database: Database, change: Callable[..., None]
) -> None:
    with database.write() as db:
        people.close(db, people.find(db, "07700 900002"), SAM, A_TUESDAY)
    change("07700 900002")
    with database.read() as db:
        assert people.find(db, "07700 900002").first_name == "Amina"
        assert set(db.scalars(select(ServiceUser.first_name))) == {"Amina", "Leon"}
        leon = db.scalars(select(ServiceUser.id).where(ServiceUser.first_name == "Leon")).one()
        [was] = db.scalars(select(FormerAddress).where(FormerAddress.service_user_id == leon))
        assert was.address_hash == suppression.address_hash(db, "+447700900002"), "it proves what Leon agreed to"


@pytest.mark.postgresql
def test_nobody_waits_for_whoever_has_the_former_holder(database: Database, change: Callable[..., None]) -> None:
    """One person is held already: to wait for a second one is how two wait for each other."""
    with database.write() as db:
        people.close(db, people.find(db, "07700 900002"), SAM, A_TUESDAY)
    with database.write() as db:
        people.find(db, "07700 900002")
        with pytest.raises(PersonRefused, match="try again"):
            change("07700 900002")
    change("07700 900002")

"""A restore, text by text: whose it was, what was in it, and what cannot be handled. The copy is the database."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from bot import door, outbox, restoring
from bot.channels.twilio import TwilioChannel
from bot.library import Library, read_folder
from bot.models import Address, Event, Flag, Message, Practitioner, ProviderCopy, Scheme, ServiceUser
from bot.outbox import Counts
from bot.reconcile import reconcile
from bot.service import Service
from bot.settings import ROOT, Sender
from tests.delivery.people import NOON, World

AMINA, BEN = "+447700900001", "+447700900002"
TYNE, WEAR = "+447400999000", "+447400999111"


@pytest.fixture(scope="module")
def both() -> Library:
    """Two schemes with the same flows."""
    texts, _ = read_folder(ROOT / "flows")
    library = Library.of(texts | {file.replace("tyneside/", "wearside/"): text for file, text in texts.items()})
    library.require_sound()
    return library


@pytest.fixture
def service(world: World, both: Library) -> Service:
    """Amina's phone is with both schemes, each with a number of its own. The copy was made at noon."""
    amina = world.cast.person()
    other, jo = uuid4(), uuid4()
    named = {"email": "jo@example.org", "first_name": "Jo", "phone": "+441914960101", "hours": "Mon-Fri 09:00-17:00"}
    own: dict[str, Any] = {"scheme_id": "wearside"}
    with world.service.database.write() as db:
        db.add(Scheme(id="wearside", created_at=NOON))
        db.flush()
        db.add(Practitioner(id=jo, created_at=NOON, **own, **named))
        db.flush()
        given = {"state": "active", "enrolled_at": NOON - timedelta(days=60), "first_name": "Amina"}
        db.add(ServiceUser(id=other, practitioner_id=jo, **own, **given))
        db.flush()
        db.add(Address(service_user_id=other, channel="sms", address=AMINA, consented=True, **own))
        db.add(Event(scheme_id="tyneside", at=NOON, who="test", what="begun"))
    world.cast.change(ServiceUser, amina, first_name="Amina")
    settings = replace(
        world.service.settings, senders=(Sender("tyneside", "sms", TYNE), Sender("wearside", "sms", WEAR))
    )
    return replace(world.service, settings=settings, library=both, channel=TwilioChannel(settings))


def wrote(world: World, number: str, to: str, body: str) -> str:
    sid = f"SM{uuid4().hex}"
    world.twilio.add(sid, to, number, body, "inbound", "received")
    return sid


def left(world: World, number: str, sender: str, body: str) -> str:
    return str(world.twilio.take({"To": number, "From": sender, "Body": body})["sid"])


def made_good(world: World, service: Service, forgotten: dict[UUID, datetime] | None = None) -> Counts:
    world.clock.move(hours=1)
    return restoring.make_good(service, forgotten)


def find(service: Service, model: Any, *where: Any) -> list[Any]:
    with service.database.read() as db:
        return list(db.scalars(select(model).where(*where)))


def person_of(service: Service, scheme: str) -> UUID:
    [found] = find(service, ServiceUser, ServiceUser.scheme_id == scheme)
    return UUID(str(found.id))


def test_who_is_forgotten_by_one_scheme_is_heard_by_the_other(world: World, service: Service) -> None:
    world.clock.move(minutes=10)
    wrote(world, AMINA, TYNE, "hello")
    help_ = wrote(world, AMINA, WEAR, "i want to kill myself")
    world.clock.move(minutes=10)
    made_good(world, service, {person_of(service, "tyneside"): world.clock.now()})
    assert [row.provider_id for row in find(service, Message, Message.direction == "in")] == [help_]
    assert [flag.kind for flag in find(service, Flag, Flag.scheme_id == "wearside")] == ["safety"]


def test_what_was_said_with_the_forgotten_is_deleted_at_the_provider(world: World, service: Service) -> None:
    """None of it is in the copy: their ids are all that is ever known of it here."""
    world.clock.move(minutes=10)
    gone = {wrote(world, AMINA, TYNE, "my secret"), left(world, AMINA, TYNE, "Thanks for your secret.")}
    kept = {wrote(world, AMINA, WEAR, "hello"), left(world, AMINA, WEAR, "Hello to you.")}
    forgotten = {person_of(service, "tyneside"): world.clock.now()}
    world.clock.move(minutes=10)
    later = wrote(world, AMINA, TYNE, "who are you")
    made_good(world, service, forgotten)
    asked = {row.provider_id for row in find(service, ProviderCopy) if row.due_at}
    assert asked == gone
    held = {row.provider_id for row in find(service, Message)}
    assert held & (gone | kept | {later}) == kept | {later}
    assert not +made_good(world, service, forgotten)


def test_a_text_that_cannot_be_handled_stops_no_other(
    world: World, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is kept, what cannot wait about it is done, and it is handled when it can be."""
    ben = world.cast.person()
    world.clock.move(minutes=10)
    wrote(world, BEN, TYNE, "i want to kill myself")
    world.clock.move(minutes=10)
    wrote(world, AMINA, TYNE, "STOP")
    handle = door.receiving.handle

    def breaks(db: Any, library: Any, heard: Message, *rest: Any) -> Any:
        if heard.address == BEN:
            raise LookupError("a canary")
        return handle(db, library, heard, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(door.receiving, "handle", breaks)
        made_good(world, service)
        assert [row.state for row in find(service, Message, Message.address == BEN)] == ["unhandled", "queued"]
    assert [flag.kind for flag in find(service, Flag, Flag.service_user_id == ben)] == ["safety"]
    assert find(service, ServiceUser, ServiceUser.id == person_of_number(service, AMINA))[0].state == "opted_out"
    assert outbox.deliver(service)["sent"] == 1, "the database is no copy any more, and the safety text leaves"
    assert door.try_again(service)["kept texts handled"] == 1


def person_of_number(service: Service, number: str) -> UUID:
    [found] = find(service, Address, Address.address == number, Address.scheme_id == "tyneside")
    return UUID(str(found.service_user_id))


def test_a_text_that_cannot_even_be_kept_is_asked_for_again(
    world: World, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.clock.move(minutes=10)
    bad = wrote(world, AMINA, TYNE, "hello")
    world.clock.move(hours=5)
    good = wrote(world, AMINA, WEAR, "hello")
    take = door.take

    def refuses(service: Service, scheme_id: str, inbound: Any) -> Any:
        if inbound.provider_id == bad:
            raise LookupError("a canary")
        return take(service, scheme_id, inbound)

    with monkeypatch.context() as patched:
        patched.setattr(door, "take", refuses)
        assert made_good(world, service)["texts that could not be kept"] == 1
    assert [row.provider_id for row in find(service, Message, Message.direction == "in")] == [good]
    world.clock.move(minutes=4)
    assert reconcile(service)["late texts"] == 1
    assert {row.provider_id for row in find(service, Message, Message.direction == "in")} == {bad, good}


WORDS = [
    ("It’s “your” step – no rush.", 'It\'s "your" step - no rush.'),
    ("Two lines\n\nof   words", "Two lines of words"),
    ("Redacted at the provider", ""),
]


@pytest.mark.parametrize(("ours", "shown"), WORDS)
def test_our_words_are_known_though_they_come_back_a_little_changed(
    world: World, service: Service, ours: str, shown: str
) -> None:
    """Not known again, a question would be cancelled, and nobody ever called quiet for it."""
    row = world.cast.text(person_of(service, "tyneside"), kind="check_in", body=ours)
    world.clock.move(minutes=1)
    sid = left(world, AMINA, TYNE, shown)
    counts = made_good(world, service)
    assert (counts["texts that had left"], counts["not sent"]) == (1, 0)
    assert (world.cast.row(row).provider_id, world.cast.row(row).state) == (sid, "accepted")


@pytest.mark.parametrize("body", ["Good one!", "Something else."], ids=["the same words", "other words"])
def test_what_another_scheme_sent_to_the_same_phone_is_not_ours(world: World, service: Service, body: str) -> None:
    """Nor does it answer what they asked us."""
    row = world.cast.text(person_of(service, "tyneside"), kind="reply", body="Good one!", state="unknown")
    world.clock.move(minutes=1)
    sid = left(world, AMINA, WEAR, body)
    counts = made_good(world, service)
    assert counts["answers still to be sent"] == 1
    assert world.cast.row(row).provider_id is None
    [found] = find(service, Message, Message.provider_id == sid)
    assert (found.scheme_id, found.kind) == ("wearside", "found")

"""A practitioner writes to a person: once, by a way that is open, at an hour that is theirs, and never in silence."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from bot import people, staff_texts
from bot.conversation import signature
from bot.models import Address, Event, Flag, Message, ServiceUser
from bot.staff_texts import Draft, TextRefused, Written
from tests.delivery.people import NOON, World
from tests.delivery.sending import deliver

SAM = "sam@example.org"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def write(world: World, person: UUID, words: str = "How was it?", once: str = "a", **more: Any) -> Written:
    with world.service.database.write() as db:
        row = people.find(db, str(person))
        draft = Draft(words, once, **more)
        return staff_texts.write(db, world.service.library, row, SAM, "Sam", draft, world.clock.now())


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(TextRefused) as error:
        call()
    return error.value.why


def person_of(world: World, person: UUID) -> ServiceUser:
    with world.service.database.read() as db:
        return db.get_one(ServiceUser, person)


def rows(world: World, table: Any, *where: Any) -> list[Any]:
    with world.service.database.read() as db:
        return list(db.scalars(select(table).where(*where)))


def also_on_whatsapp(world: World, person: UUID, window_until: datetime | None = None) -> None:
    given = {"channel": "whatsapp", "address": "+447700900700", "consented": True, "window_until": window_until}
    with world.service.database.write() as db:
        db.add(Address(scheme_id="tyneside", service_user_id=person, **given))


# ---------------------------------------------------------------- the words


@pytest.mark.parametrize(
    ("typed", "leaves"),
    [
        ("See you at 2", "See you at 2 From Sam"),
        ("  See you at 2\r\n\r\nRing if not  ", "See you at 2\n\nRing if not\nFrom Sam"),
        ("See you at 2. Sam", "See you at 2. Sam"),
        ("see you, sam x", "see you, sam x"),
        ("You know Samira", "You know Samira From Sam"),
        ("it\u2019s on \u201cThursday\u201d \u2013 2pm", 'it\'s on "Thursday" - 2pm From Sam'),
        ("it\u2019s great \U0001f600", "it\u2019s great \U0001f600 From Sam"),
        ("a\u202eb\x00c\u2066", "abc From Sam"),
        ("a\tb\ufeff ", "a b From Sam"),
        (" \n ", ""),
    ],
)
def test_what_leaves_is_signed_and_plain(typed: str, leaves: str) -> None:
    assert signature.signed(typed, "Sam") == leaves
    assert signature.signed(leaves, "Sam") == leaves


# ---------------------------------------------------------------- at once


def test_a_text_leaves_by_the_outbox_with_its_author_and_holds_the_bot(world: World) -> None:
    leon = world.cast.person(silent_since=NOON - 3 * DAY, quiet_at=NOON + 9 * DAY)
    nudge = world.cast.text(leon)
    message = write(world, leon).message
    assert deliver(world)
    row = world.cast.row(message.id)
    assert (row.state, row.author, row.body, row.segments) == ("accepted", SAM, "How was it? From Sam", 1)
    assert world.cast.row(nudge).not_sent_reason == "held"
    person = person_of(world, leon)
    # Noon on a Tuesday, and three working days: Friday at noon.
    assert (person.held_for, person.held_until) == ("in_touch", NOON + 3 * DAY)
    assert person.resume_at == person.held_until
    assert (person.last_person_sent_at, person.last_automatic_sent_at) == (NOON, None)
    assert (person.quiet_at, person.silence_stopped_at) == (None, NOON)
    assert {event.what: event.who for event in rows(world, Event)} == {"wrote": SAM, "held": SAM}


def test_the_same_form_twice_is_one_text_and_other_words_in_it_are_refused(world: World) -> None:
    leon = world.cast.person()
    first = write(world, leon)
    again = write(world, leon)
    assert (again.message.id, again.new) == (first.message.id, False)
    assert refused(lambda: write(world, leon, "Something else")) == "used"
    deliver(world)
    assert write(world, leon).message.id == first.message.id
    assert len(rows(world, Message)) == 1


@pytest.mark.parametrize(
    ("words", "why"),
    [("", "empty"), (" \u200b\n", "empty"), ("x" * 1592, "too_long"), ("\U0001f600" * 1601, "too_long")],
)
def test_words_that_cannot_leave_are_refused(world: World, words: str, why: str) -> None:
    leon = world.cast.person()
    assert refused(lambda: write(world, leon, words)) == why
    assert not rows(world, Message)


def test_as_much_as_the_network_takes_is_taken(world: World) -> None:
    leon = world.cast.person()
    message = write(world, leon, "\U0001f600" * 1591).message
    assert (len(message.body), message.segments) == (1600, 48)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"state": "opted_out"}, "opted_out"),
        ({"state": "closed"}, "closed"),
        ({"state": "unreachable"}, "unreachable"),
        ({"held_for": "not_safe"}, "not_safe"),
    ],
)
def test_who_may_not_be_texted_is_not(world: World, facts: dict[str, Any], why: str) -> None:
    leon = world.cast.person(**facts)
    assert refused(lambda: write(world, leon)) == why


@pytest.mark.parametrize(
    "facts",
    [{"state": "paused"}, {"state": "resting"}, {"state": "invited"}, {"held_for": "safety"}],
)
def test_a_break_a_rest_and_a_worry_keep_nobody_from_writing(world: World, facts: dict[str, Any]) -> None:
    leon = world.cast.person(**facts)
    message = write(world, leon).message
    deliver(world)
    assert world.cast.row(message.id).state == "accepted"


def test_a_hold_for_safety_stays_one_and_who_is_invited_is_still_asked_for_a_yes(world: World) -> None:
    worried, invited = world.cast.person(held_for="safety"), world.cast.person(state="invited")
    for person in (worried, invited):
        write(world, person, once=str(person))
    assert (person_of(world, worried).held_for, person_of(world, worried).held_until) == ("safety", None)
    assert person_of(world, invited).held_for is None


def test_what_they_asked_for_is_answered_by_the_reply(world: World) -> None:
    leon = world.cast.person(held_for="asked_for_you", held_until=NOON + HOUR, resume_at=NOON + HOUR)
    write(world, leon)
    person = person_of(world, leon)
    assert (person.held_for, person.held_until) == ("in_touch", NOON + 3 * DAY)


def test_at_night_it_waits_for_the_morning_and_leaves_once(world: World) -> None:
    leon = world.cast.person()
    world.clock.move(hours=10)  # 22:00 in Newcastle
    written = write(world, leon)
    assert written.leaves == datetime(2026, 6, 3, 8, 0, tzinfo=UTC)
    deliver(world)
    assert world.cast.states() == {"queued": 1}
    world.clock.move(hours=11)
    deliver(world)
    assert world.cast.row(written.message.id).state == "accepted"


# ---------------------------------------------------------------- the ways


def test_it_goes_where_they_wrote_last_while_that_is_open(world: World) -> None:
    leon = world.cast.person()
    also_on_whatsapp(world, leon, NOON + 20 * HOUR)
    with world.service.database.write() as db:
        for address in db.scalars(select(Address)):
            address.last_inbound_at = NOON - (4 * HOUR if address.channel == "whatsapp" else 40 * HOUR)
    assert write(world, leon).message.channel == "whatsapp"
    world.clock.move(hours=20)
    assert write(world, leon, once="b").message.channel == "sms"
    assert refused(lambda: write(world, leon, once="c", channel="whatsapp")) == "whatsapp_closed"


def test_what_is_closed_by_the_morning_goes_by_sms(world: World) -> None:
    leon = world.cast.person(channel="whatsapp")
    also_on_whatsapp(world, leon, NOON + 12 * HOUR)
    world.clock.move(hours=10)
    assert write(world, leon).message.channel == "sms"


def test_nobody_is_texted_where_they_did_not_agree_to_it(world: World) -> None:
    leon = world.cast.person(channel="whatsapp")
    also_on_whatsapp(world, leon)
    with world.service.database.write() as db:
        for address in db.scalars(select(Address).where(Address.channel == "sms")):
            address.consented = False
    assert refused(lambda: write(world, leon)) == "whatsapp_closed"
    with world.service.database.write() as db:
        for address in db.scalars(select(Address)):
            address.consented = False
    assert refused(lambda: write(world, leon, once="b")) == "no_consent"


# ---------------------------------------------------------------- later

FRIDAY_10 = datetime(2026, 6, 5, 9, 0, tzinfo=UTC)


def test_a_planned_text_leaves_at_its_time_and_holds_from_then(world: World) -> None:
    leon = world.cast.person()
    message = write(world, leon, at=FRIDAY_10).message
    assert person_of(world, leon).held_for is None
    deliver(world)
    assert world.cast.row(message.id).state == "queued"
    world.clock.at = FRIDAY_10
    deliver(world)
    row = world.cast.row(message.id)
    # It stands in the conversation where it left, not where it was thought of.
    assert (row.state, row.created_at) == ("accepted", FRIDAY_10)
    # Three working days from Friday: over a weekend.
    assert person_of(world, leon).held_until == FRIDAY_10 + 5 * DAY


@pytest.mark.parametrize(
    ("at", "why"),
    [
        (NOON, "past"),
        (NOON - DAY, "past"),
        (NOON + 29 * DAY, "too_far"),
        (datetime(2026, 6, 4, 19, 0, tzinfo=UTC), "quiet_hours"),  # 20:00 in Newcastle
        (datetime(2026, 6, 4, 7, 59, tzinfo=UTC), "quiet_hours"),
    ],
)
def test_a_time_at_which_nothing_leaves_is_refused(world: World, at: datetime, why: str) -> None:
    leon = world.cast.person()
    assert refused(lambda: write(world, leon, at=at)) == why


def test_the_edges_of_the_day_are_theirs_and_not_ours(world: World) -> None:
    leon = world.cast.person(zone="America/New_York")
    morning = datetime(2026, 6, 4, 13, 0, tzinfo=UTC)
    assert write(world, leon, at=morning).leaves == morning
    assert refused(lambda: write(world, leon, once="b", at=morning - timedelta(minutes=1))) == "quiet_hours"


def test_they_write_meanwhile_and_whoever_planned_it_looks_first(world: World) -> None:
    leon = world.cast.person()
    message = write(world, leon, at=FRIDAY_10).message
    world.cast.change(ServiceUser, leon, last_inbound_at=NOON + DAY)
    world.clock.at = FRIDAY_10
    deliver(world)
    assert world.cast.row(message.id).not_sent_reason == "replied"
    [flag] = rows(world, Flag)
    assert (flag.kind, flag.evidence["details"]["reason"]) == ("not_sent", "replied")
    assert flag.evidence["why"] == "your text was not sent: they had written in the meantime"
    with world.service.database.write() as db:
        staff_texts.take_back(db, people.find(db, str(leon)), message.id, SAM, world.clock.now())
    [flag] = rows(world, Flag)
    assert flag.closed_why == "looked_at"
    assert not rows(world, Message, Message.state.not_in(("cancelled",)))


def test_kept_after_a_look_it_goes_all_the_same(world: World) -> None:
    leon = world.cast.person()
    message = write(world, leon, at=FRIDAY_10).message
    world.cast.change(ServiceUser, leon, last_inbound_at=NOON + DAY)
    world.clock.at = NOON + 2 * DAY
    with world.service.database.write() as db:
        staff_texts.keep(db, people.find(db, str(leon)), message.id, SAM, world.clock.now())
    world.clock.at = FRIDAY_10
    deliver(world)
    assert world.cast.row(message.id).state == "accepted"


def test_taken_back_it_never_leaves_and_what_has_left_cannot_be(world: World) -> None:
    leon = world.cast.person()
    back, gone = write(world, leon, at=FRIDAY_10).message, write(world, leon, once="b").message
    deliver(world)
    with world.service.database.write() as db:
        row = people.find(db, str(leon))
        taken = staff_texts.take_back(db, row, back.id, SAM, NOON)
        assert (taken.state, taken.not_sent_reason, taken.body) == ("cancelled", "withdrawn", "How was it? From Sam")
        for message in (back, gone):
            assert refused(lambda message=message: staff_texts.take_back(db, row, message.id, SAM, NOON)) == "gone"
            assert refused(lambda message=message: staff_texts.keep(db, row, message.id, SAM, NOON)) == "gone"
    world.clock.at = FRIDAY_10
    deliver(world)
    assert world.cast.states() == {"cancelled": 1, "accepted": 1}
    assert "text_taken_back" in {event.what for event in rows(world, Event)}


def test_another_persons_text_is_nobodys_here(world: World) -> None:
    leon, priya = world.cast.person(), world.cast.person()
    message = write(world, leon, at=FRIDAY_10).message
    with world.service.database.write() as db:
        assert refused(lambda: staff_texts.take_back(db, people.find(db, str(priya)), message.id, SAM, NOON)) == "gone"


def test_an_outage_of_a_day_makes_it_stale_and_says_so(world: World) -> None:
    leon = world.cast.person()
    message = write(world, leon, at=FRIDAY_10).message
    world.clock.at = FRIDAY_10 + DAY
    deliver(world)
    assert world.cast.row(message.id).not_sent_reason == "stale"
    [flag] = rows(world, Flag)
    assert flag.evidence["details"]["reason"] == "stale"


def test_a_pause_cancels_what_comes_by_itself_and_a_stop_everything(world: World) -> None:
    leon = world.cast.person()
    mine, automatic = write(world, leon, at=FRIDAY_10).message, world.cast.text(leon, now=FRIDAY_10)
    with world.service.database.write() as db:
        people.pause(db, people.find(db, str(leon)), 2, SAM, NOON)
    assert (world.cast.row(mine.id).state, world.cast.row(automatic).not_sent_reason) == ("queued", "paused")
    with world.service.database.write() as db:
        people.close(db, people.find(db, str(leon)), SAM, NOON)
    assert world.cast.row(mine.id).not_sent_reason == "closed"

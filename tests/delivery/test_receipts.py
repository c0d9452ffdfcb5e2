"""Receipts in any order, doubled, late, or of nobody: the row and the person end where the last word puts them."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.models import Address, CheckIn, ConsentEvent, Event, Flag, FlowVersion, Message, ServiceUser
from tests.delivery.people import NOON, SCHEME, World
from tests.delivery.sending import receipt

WORDS = ("queued", "sent", "delivered", "undelivered", "read")
DAY = timedelta(days=1)


@pytest.fixture
def world(small_world: World) -> World:
    with small_world.service.database.write() as db:
        version = {"hash": "v", "scheme_id": SCHEME, "flow": "weekly_check_in", "files": {}}
        db.add(FlowVersion(**version, first_used_at=NOON))
    return small_world


def asked(world: World, person: uuid.UUID, kind: str = "check_in", **facts: Any) -> uuid.UUID:
    """A check-in that is on its way."""
    check_in = uuid.uuid4()
    with world.service.database.write() as db:
        owned = {"scheme_id": SCHEME, "service_user_id": person}
        begun = {"flow": "weekly_check_in", "flow_version": "v", "state": {}, "started_at": world.clock.now()}
        db.add(CheckIn(id=check_in, **owned, **begun, ended_at=world.clock.now()))
    now = world.clock.now()
    return world.cast.text(person, now, kind=kind, check_in_id=check_in, state="submitting", submitted_at=now, **facts)


def whole(world: World, person: uuid.UUID) -> dict[str, Any]:
    """All that a receipt may change about a person."""
    with world.service.database.read() as db:
        row = db.get_one(ServiceUser, person)
        kept = (
            "state",
            "channel",
            "next_check_in_at",
            "silent_since",
            "quiet_at",
            "silence",
            "undelivered",
            "resume_at",
        )
        addresses = db.scalars(select(Address).where(Address.service_user_id == person).order_by(Address.channel))
        flags = db.scalars(select(Flag).where(Flag.service_user_id == person, Flag.closed_at.is_(None)))
        consent = db.scalars(select(ConsentEvent.what).where(ConsentEvent.service_user_id == person))
        waiting = db.scalars(
            select(Message.intention).where(Message.service_user_id == person, Message.state == "queued")
        )
        return {
            **{name: getattr(row, name) for name in kept},
            "addresses": [(each.channel, each.consented, each.unreachable_since) for each in addresses],
            "flags": sorted(flag.kind for flag in flags),
            "consent": sorted(consent),
            "waiting": sorted(str(each) for each in waiting),
        }


def told(world: World, row: uuid.UUID, words: Sequence[str], code: str, sid: str = "SM1") -> None:
    for word in words:
        receipt(world, row, word, code if word in ("undelivered", "failed") else None, sid)


# What a text may fail of, and where its person stands when it is sent.
MET = [
    *(("as usual", code) for code in ("30003", "30005", "30007", "30001", "21606", "99999")),
    *(("two days lost", code) for code in ("30003", "30005")),
    *(("on whatsapp", code) for code in ("30003", "30005", "63024", "63049", "63016")),
    *(("gone quiet", code) for code in ("30003", "30005", "21606")),
    *(("invited", code) for code in ("30003", "30005", "21606")),
]


def somebody(world: World, before: str) -> tuple[uuid.UUID, uuid.UUID]:
    """A person, and a text to them that is on its way."""
    person = world.cast.person(next_check_in_at=NOON + 7 * DAY, slot_weekday=1, slot_minute=720)
    kind, facts = "check_in", {}
    if before == "two days lost":
        world.clock.at = NOON - 2 * DAY
        for _ in range(2):
            told(world, asked(world, person), ("undelivered",), "30003", f"SM{uuid.uuid4().hex}")
            world.clock.move(days=1)
        world.cast.change(ServiceUser, person, next_check_in_at=NOON + 7 * DAY)
    if before == "on whatsapp":
        with world.service.database.write() as db:
            db.get_one(ServiceUser, person).channel = "whatsapp"
            number = f"+4477009008{world.cast.numbers:02}"
            place = {"channel": "whatsapp", "address": number, "consented": True}
            db.add(Address(scheme_id=SCHEME, service_user_id=person, **place))
        facts = {"channel": "whatsapp", "address": number}
    if before == "gone quiet":
        gone = {
            "silence": "asked",
            "silent_since": NOON - 12 * DAY,
            "quiet_at": NOON + 9 * DAY,
            "next_check_in_at": None,
        }
        world.cast.change(ServiceUser, person, **gone)
        with world.service.database.write() as db:
            from bot import flags

            flags.raise_flag(db, world.service.library, db.get_one(ServiceUser, person), "quiet", NOON, why="a test")
        kind = "quiet"
    if before == "invited":
        world.cast.change(ServiceUser, person, state="invited", started_at=None, next_check_in_at=None)
        kind = "welcome"
    world.clock.at = NOON
    return person, asked(world, person, kind, **facts)


@pytest.mark.parametrize(("before", "code"), MET)
def test_every_order_of_receipts_leaves_the_person_alike(world: World, before: str, code: str) -> None:
    """Orders in which the bad news comes before, between or after the good: as if it had never come."""
    ends = []
    for words in (("delivered",), *ORDERS):
        person, row = somebody(world, before)
        told(world, row, (*words, *words), code, f"SM{uuid.uuid4().hex}")
        assert world.cast.row(row).state in ("delivered", "read")
        ends.append(whole(world, person))
    assert all(end == ends[0] for end in ends), next(end for end in ends if end != ends[0])


ORDERS = (
    ("undelivered", "delivered"),
    ("delivered", "undelivered"),
    ("sent", "undelivered", "delivered", "read"),
    ("read", "undelivered", "sent", "delivered"),
    ("failed", "undelivered", "read"),
    ("undelivered", "sent", "queued", "read", "failed"),
)


def test_all_orders_of_the_five_words(world: World) -> None:
    """Each order twice over, for the row and for the person."""
    ends = set()
    for order in permutations(WORDS):
        person, row = somebody(world, "as usual")
        told(world, row, (*order, *order), "30003", f"SM{uuid.uuid4().hex}")
        kept = world.cast.row(row)
        ends.add((kept.state, kept.error_code, kept.not_sent_reason, kept.delivered_at, str(whole(world, person))))
    assert len(ends) == 1
    assert next(iter(ends))[:4] == ("read", None, None, NOON)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(words=st.lists(st.sampled_from(("sent", "undelivered", "failed", "delivered", "read")), min_size=1, max_size=9))
def test_any_run_of_words_ends_where_its_highest_puts_it(world: World, words: list[str]) -> None:
    person, row = somebody(world, "as usual")
    told(world, row, words, "30005", f"SM{uuid.uuid4().hex}")
    highest = max(words, key=("sent", "failed", "undelivered", "delivered", "read").index)
    kept = world.cast.row(row)
    assert kept.state == highest
    now = whole(world, person)
    failed = highest in ("failed", "undelivered")
    assert (now["state"], now["flags"]) == (("unreachable", ["cant_reach"]) if failed else ("active", []))
    assert now["silent_since"] == (NOON if highest in ("delivered", "read") else None)


# ---------------------------------------------------------------- ids


def test_a_text_that_left_twice_arrives_by_either_copy_and_fails_by_its_own(world: World) -> None:
    """Sent once more after two searches in vain, the first copy turns up all the same."""
    person = world.cast.person()
    row = asked(world, person)
    told(world, row, ("sent",), "", "SMsecond")
    told(world, row, ("undelivered",), "30005", "SMfirst")
    assert (world.cast.row(row).state, whole(world, person)["flags"]) == ("sent", [])
    told(world, row, ("delivered",), "", "SMfirst")
    kept = world.cast.row(row)
    assert (kept.state, kept.provider_id) == ("delivered", "SMsecond")
    told(world, row, ("undelivered",), "30005", "SMsecond")
    assert world.cast.row(row).state == "delivered"


def test_an_id_that_is_another_rows_stays_there(world: World) -> None:
    person = world.cast.person()
    one, other = asked(world, person), asked(world, person)
    told(world, one, ("sent",), "", "SM1")
    told(world, other, ("delivered",), "", "SM1")
    assert [world.cast.row(row).provider_id for row in (one, other)] == ["SM1", None]
    assert [world.cast.row(row).state for row in (one, other)] == ["sent", "delivered"]


@pytest.mark.parametrize("word", ["delivered", "undelivered"])
def test_a_receipt_of_a_scheme_that_has_gone_moves_its_row_alone(world: World, word: str) -> None:
    from dataclasses import replace

    person = world.cast.person()
    row = asked(world, person)
    before = whole(world, person)
    gone = replace(world.service, library=replace(world.service.library, schemes={}))
    assert receipt(replace(world, service=gone), row, word, "30005" if word == "undelivered" else None, "SM1")
    assert world.cast.row(row).state == word
    assert whole(world, person) == before


def test_a_receipt_of_a_row_that_was_forgotten_is_harmless(world: World) -> None:
    assert not receipt(world, uuid.uuid4(), "delivered", sid="SMgone")
    assert not receipt(world, uuid.uuid4(), "undelivered", "30005", sid="SMgone")


def test_a_receipt_for_a_text_that_came_in_changes_nothing(world: World) -> None:
    person = world.cast.person()
    with world.service.database.write() as db:
        row = uuid.uuid4()
        facts = {"channel": "sms", "address": "+447700900001", "kind": "text", "body": "hi", "state": "handled"}
        owned = {"scheme_id": SCHEME, "service_user_id": person, "created_at": NOON}
        db.add(Message(id=row, direction="in", provider_id="SMin", **facts, **owned))
    assert not receipt(world, row, "undelivered", "30005", "SMin")
    assert world.cast.row(row).state == "handled"


# ---------------------------------------------------------------- what is undone, and what is not


def test_what_was_done_since_stays(world: World) -> None:
    """They chose another time after we had planned to ask again: that is not taken back."""
    person, row = somebody(world, "as usual")
    told(world, row, ("undelivered",), "30003")
    world.cast.change(ServiceUser, person, next_check_in_at=NOON + 3 * DAY)
    told(world, row, ("delivered",), "")
    assert whole(world, person)["next_check_in_at"] == NOON + 3 * DAY


def test_the_copy_by_sms_is_not_sent_when_whatsapp_delivers_after_all(world: World) -> None:
    person, row = somebody(world, "on whatsapp")
    told(world, row, ("undelivered",), "63049")
    assert len(whole(world, person)["waiting"]) == 1
    told(world, row, ("delivered",), "")
    assert whole(world, person)["waiting"] == []
    with world.service.database.read() as db:
        assert db.scalars(select(Message.not_sent_reason).where(Message.state == "cancelled")).all() == ["arrived"]


def test_one_of_three_that_arrives_late_puts_them_back_in_reach(world: World) -> None:
    person = world.cast.person(slot_weekday=1, slot_minute=720)
    rows = []
    for _ in range(3):
        rows.append(asked(world, person))
        told(world, rows[-1], ("undelivered",), "30003", f"SM{uuid.uuid4().hex}")
        world.clock.move(days=1)
    assert (whole(world, person)["state"], whole(world, person)["flags"]) == ("unreachable", ["cant_reach"])
    receipt(world, rows[1], "delivered")
    now = whole(world, person)
    assert (now["state"], now["flags"], now["undelivered"]) == ("active", [], 1)
    # The next sweep sets their alarms.
    assert now["resume_at"] == world.clock.now()


def test_a_later_text_that_failed_for_good_is_not_cleared_by_an_older_one(world: World) -> None:
    person = world.cast.person()
    older = asked(world, person)
    world.clock.move(hours=1)
    told(world, asked(world, person), ("undelivered",), "30005", "SMlater")
    receipt(world, older, "delivered")
    assert (whole(world, person)["state"], whole(world, person)["flags"]) == ("unreachable", ["cant_reach"])


def test_it_is_all_written_down(world: World) -> None:
    person, row = somebody(world, "as usual")
    told(world, row, ("undelivered", "delivered"), "30005")
    with world.service.database.read() as db:
        said = db.scalars(
            select(Event.what).where(Event.service_user_id == person).order_by(Event.at, Event.what)
        ).all()
    assert {"not_delivered", "arrived_after_all", "flag_raised", "flag_closed"} <= set(said)


def test_our_answer_to_a_crisis_that_arrives_after_all_is_told_apart(world: World) -> None:
    person = world.cast.person()
    row = world.cast.text(person, kind="safety", state="submitting")
    told(world, row, ("undelivered",), "30003")
    with world.service.database.read() as db:
        assert db.scalars(select(Flag)).one().evidence["details"]["answer_undelivered"]
    told(world, row, ("delivered",), "")
    with world.service.database.read() as db:
        flag = db.scalars(select(Flag)).one()
    assert (flag.closed_at, flag.evidence["details"]["answer_undelivered"]) == (None, False)
    assert flag.evidence["done"][-1]["what"] == "our answer arrived after all"

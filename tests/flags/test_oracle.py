"""Everybody who is really quiet is flagged, once, on the day; nobody else is.

Months of many people, with texts that do not arrive and replies at any hour, against a rule of ten lines.
"""

import os
import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import select

from bot import quiet, silence
from bot.models import Flag, Heartbeat, Message, ServiceUser
from tests.flags.conftest import NOW, Cast

# A thousand take over a minute: ORACLE_PEOPLE=1000.
PEOPLE = int(os.environ.get("ORACLE_PEOPLE", "60"))
DAYS, EVERY = 60, timedelta(hours=8)
TICKS = DAYS * 3
SEED = 20261124


@dataclass(frozen=True)
class Life:
    """At which ticks a check-in would leave, which of them arrive, and when they text."""

    person_id: UUID
    check_ins: Collection[int]
    arriving: Collection[int]
    texts: Collection[int]


def oracle(life: Life) -> list[int]:
    """The rule: flagged 12 days (36 ticks) after the first delivered check-in that no text has followed."""
    since, flagged, found = None, False, []
    for tick in range(TICKS):
        if tick in life.texts:
            since, flagged = None, False
        if since is not None and not flagged and tick - since >= 36:
            found.append(tick)
            flagged = True
        if tick in life.check_ins and tick in life.arriving and not flagged and since is None:
            since = tick
    return found


def life(dice: random.Random, person_id: UUID) -> Life:
    first = dice.randrange(21)
    check_ins = range(first, TICKS, 21)
    arriving = {tick for tick in check_ins if dice.random() < 0.8}
    chatty = dice.choice([0, 0.005, 0.02, 0.06])
    return Life(person_id, check_ins, arriving, {tick for tick in range(TICKS) if dice.random() < chatty})


def test_the_quiet_are_exactly_those_of_a_ten_line_rule(cast: Cast) -> None:
    dice = random.Random(SEED)
    lives = [life(dice, cast_id) for cast_id in _people(cast)]
    for tick in range(TICKS):
        cast.now = NOW + tick * EVERY
        _tick(cast, lives, tick)
    flagged: dict[UUID, list[int]] = {each.person_id: [] for each in lives}
    for flag in sorted(cast.rows(Flag), key=lambda flag: flag.raised_at):
        flagged[flag.service_user_id].append((flag.raised_at - NOW) // EVERY)
    expected = {each.person_id: oracle(each) for each in lives}
    assert flagged == expected, f"seed {SEED}"
    assert sum(map(len, expected.values())) > PEOPLE // 4


def _people(cast: Cast) -> list[UUID]:
    people = [
        ServiceUser(
            id=uuid4(), scheme_id="tyneside", practitioner_id=cast.sam, first_name=f"P{n}", state="active",
            enrolled_at=NOW, started_at=NOW,
        )
        for n in range(PEOPLE)
    ]  # fmt: skip
    cast.add(*people)
    return [person.id for person in people]


def _tick(cast: Cast, lives: list[Life], tick: int) -> None:
    """One sweep's worth for everybody, in one transaction: texts first, then silences, then check-ins."""
    with cast.database.write() as db:
        db.merge(Heartbeat(name=silence.INBOUND_LIST, at=cast.now))
        people = {person.id: person for person in db.scalars(select(ServiceUser))}
        for each in lives:
            person = people[each.person_id]
            if tick in each.texts:
                db.add(_message(cast, each, "in", "handled"))
                person.last_inbound_at = cast.now
                quiet.answered(db, person, cast.now)
            if person.quiet_at is not None and person.quiet_at <= cast.now:
                silence.look(db, cast.library, each.person_id, cast.now)
            if tick in each.check_ins and not person.silence and person.state == "active":
                _check_in(db, cast, each, arrives=tick in each.arriving)


def _check_in(db, cast: Cast, each: Life, *, arrives: bool) -> None:  # type: ignore[no-untyped-def]
    message = _message(cast, each, "out", "delivered" if arrives else "unknown")
    message.delivered_at = cast.now if arrives else None
    # A moment after a text of the same tick, so that it is not answered by it.
    message.created_at = cast.now + timedelta(seconds=1)
    db.add(message)
    db.flush()
    if arrives:
        quiet.delivered(db, cast.library, message, cast.now + timedelta(seconds=1))


def _message(cast: Cast, each: Life, direction: str, state: str) -> Message:
    return Message(
        id=uuid4(), scheme_id="tyneside", service_user_id=each.person_id, channel="sms", address="+447700900100",
        direction=direction, kind="check_in" if direction == "out" else "text", body="x", state=state,
        created_at=cast.now,
    )  # fmt: skip

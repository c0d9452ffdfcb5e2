"""Three people from a file, and weeks played through the real sweep: who answers, who has gone quiet, and whose phone
is off are told apart; and two days without a provider are nobody's silence.
"""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot import door, notices
from bot.channels import Inbound
from bot.models import Email, Flag, Message, Notice, Practitioner, ServiceUser
from bot.people.importing import import_file
from bot.sweep import sweep
from tests.delivery.people import NOON, SCHEME, World
from tests.delivery.sending import receipt

HEADER = "scheme,practitioner_email,first_name,mobile,channel,language,consent_by,consent_at,reference"
NUMBERS = {"Amina": "+447700900001", "Leon": "+447700900002", "Dev": "+447700900003"}
FILE = "\n".join(
    [HEADER, *(f"tyneside,sam@example.org,{name},{number},sms,en,Sam,2026-06-01," for name, number in NUMBERS.items())]
)
HOURS = timedelta(hours=6)
# Dev's phone is off from here on, and Leon writes no more.
SILENT_FROM = NOON + timedelta(days=5)


@dataclass
class Town:
    """What becomes of each text outside, and who answers it."""

    world: World
    told: int = 0
    to_say: list[tuple[str, str]] = field(default_factory=list)

    def turn(self) -> None:
        """Six hours pass: what was to be said is said, a sweep, and receipts for what has left."""
        self.world.clock.at += HOURS
        for name, body in self.to_say:
            self.says(name, body)
        self.to_say = []
        sweep(self.world.service)
        for form in self.world.twilio.ledger[self.told :]:
            self.arrives(form)
        self.told = len(self.world.twilio.ledger)

    def says(self, name: str, body: str) -> None:
        """By the webhook, whose answer is delivered at once."""
        sid, place = f"SM{uuid.uuid4().hex}", {"address": NUMBERS[name], "sender": "+447400999000"}
        self.world.twilio.add(sid, "+447400999000", NUMBERS[name], body, "inbound", "received")
        inbound = Inbound(provider_id=sid, channel="sms", body=body, **place)
        reply = door.take(self.world.service, SCHEME, inbound).reply
        if reply is not None:
            receipt(self.world, reply.id, "delivered", sid=f"SM{uuid.uuid4().hex}")

    def arrives(self, form: dict[str, str]) -> None:
        name = next(name for name, number in NUMBERS.items() if number == form["To"])
        row = uuid.UUID(form["StatusCallback"].rpartition("=")[2])
        off = name == "Dev" and self.world.clock.at >= SILENT_FROM
        for status in ("sent", "undelivered" if off else "delivered"):
            receipt(self.world, row, status, "30003" if status == "undelivered" else None, form["Sid"])
        silent = name != "Amina" and self.world.clock.at >= SILENT_FROM
        if not off and not silent:
            self.to_say.append((name, "ok" if "Reply OK" in form["Body"] else "done"))

    def days(self, days: int) -> Iterator[None]:
        for _ in range(days * 4):
            self.turn()
            yield


@pytest.fixture
def town(small_world: World) -> Town:
    settings = replace(small_world.service.settings, operator_email="operator@example.org")
    world = replace(small_world, service=replace(small_world.service, settings=settings))
    with world.service.database.write() as db:
        import_file(db, world.service.library, FILE.encode(), NOON)
        db.get_one(Practitioner, world.cast.sam).digest_at = NOON
    return Town(world)


def rows(town: Town, query: object) -> list[object]:
    with town.world.service.database.read() as db:
        return list(db.scalars(query))  # type: ignore[call-overload]


def states(town: Town) -> dict[str, str]:
    return {each.first_name: each.state for each in rows(town, select(ServiceUser))}  # type: ignore[attr-defined]


def leons_alarm(town: Town) -> datetime | None:
    return next(each.quiet_at for each in rows(town, select(ServiceUser)) if each.first_name == "Leon")  # type: ignore[attr-defined,no-any-return]


def test_answered_quiet_and_out_of_reach_are_told_apart(town: Town) -> None:
    for _ in town.days(26):
        pass
    assert states(town) == {"Amina": "active", "Leon": "active", "Dev": "unreachable"}
    flags = rows(town, select(Flag).where(Flag.kind.in_(("quiet", "cant_reach", "not_started"))))
    about = {person.id: person.first_name for person in rows(town, select(ServiceUser))}  # type: ignore[attr-defined]
    assert {(about[flag.service_user_id], flag.kind) for flag in flags} == {  # type: ignore[attr-defined]
        ("Leon", "quiet"),
        ("Dev", "cant_reach"),
    }
    digests = rows(town, select(Email.body).where(Email.kind == "digest").order_by(Email.created_at))
    last = str(digests[-1])
    assert re.search(r"WE CAN'T REACH - Dev", last)
    assert re.search(r"QUIET - Leon, \d+ days", last)
    assert not re.search(r"(QUIET|REACH) - Amina", last)
    assert "QUIET - Dev" not in "".join(map(str, digests))
    # Nothing of it was ours.
    assert rows(town, select(Notice)) == []


def test_two_days_without_a_provider_are_nobodys_silence_and_one_notice_a_day(town: Town) -> None:
    """Everything times out or breaks, both ways, on the days on which somebody would have been called quiet."""
    for _ in town.days(5):
        pass
    for _ in town.days(20):
        quiet_at = leons_alarm(town)
        if quiet_at and town.world.clock.at > quiet_at - timedelta(hours=20):
            break
    assert quiet_at is not None
    before = {flag.id for flag in rows(town, select(Flag))}  # type: ignore[attr-defined]
    undelivered = {each.first_name: each.undelivered for each in rows(town, select(ServiceUser))}  # type: ignore[attr-defined]
    town.world.twilio.readable = False
    town.world.twilio.plan = ["500"] * 500
    for _ in town.days(2):
        pass
    assert town.world.clock.at > quiet_at
    raised = [flag.kind for flag in rows(town, select(Flag)) if flag.id not in before]  # type: ignore[attr-defined]
    assert raised == []
    after = {each.first_name: each.undelivered for each in rows(town, select(ServiceUser))}  # type: ignore[attr-defined]
    assert after == undelivered
    told = rows(town, select(Email).where(Email.kind == notices.MAIL).order_by(Email.created_at))
    days = [each.created_at.date() for each in told]  # type: ignore[attr-defined]
    assert len(days) == len(set(days)) in (2, 3)
    assert {each.subject for each in told} == {  # type: ignore[attr-defined]
        "Stepalong: the list of what people wrote cannot be read"
    }
    # It is over: the silence is told now, within the quarter of an hour, and once.
    town.world.twilio.readable, town.world.twilio.plan = True, []
    sweep(town.world.service)
    town.world.clock.move(minutes=15)
    sweep(town.world.service)
    assert [flag.kind for flag in rows(town, select(Flag)) if flag.id not in before].count("quiet") == 1  # type: ignore[attr-defined]
    assert rows(town, select(Message).where(Message.state.in_(("claimed", "submitting")))) == []

"""The operator hears of it: whatever goes wrong for a reason of ours ends in one mail, and in no person's flag."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import jobs, mail, notices, vitals
from bot.models import Email, Event, Flag, Notice
from bot.notices import Kind
from bot.sweep import sweep
from tests.delivery.people import NOON, World

OPERATOR = "operator@example.org"


@pytest.fixture
def world(small_world: World) -> World:
    settings = replace(small_world.service.settings, operator_email=OPERATOR)
    return replace(small_world, service=replace(small_world.service, settings=settings))


def mails(world: World) -> list[Email]:
    with world.service.database.read() as db:
        return list(db.scalars(select(Email).where(Email.kind == notices.MAIL).order_by(Email.created_at)))


def noted(world: World) -> dict[tuple[str, str, str], int]:
    with world.service.database.read() as db:
        return {(row.kind, row.scope, row.detail): row.count for row in db.scalars(select(Notice))}


def flags(world: World) -> list[str]:
    with world.service.database.read() as db:
        return list(db.scalars(select(Flag.kind)))


def halted(world: World) -> None:
    with world.service.database.write() as db:
        db.add(Event(scheme_id="tyneside", at=NOON + timedelta(minutes=6), who="sam", what="looked"))


def test_a_clock_moved_back_is_told_at_once_and_once_and_nothing_else_leaves(world: World) -> None:
    world.cast.text(world.cast.person())
    queued = Email(
        to="sam@example.org", kind="digest", subject="x", body="", intention="d", due_at=NOON, created_at=NOON
    )
    with world.service.database.write() as db:
        db.add(queued)
    halted(world)
    for _ in range(3):
        sweep(world.service)
        jobs.tick(world.service)
    [told] = mails(world)
    assert (told.state, told.to) == ("sent", OPERATOR)
    assert "the clock was moved back" in told.subject
    assert "tick --accept-clock" in told.body
    with world.service.database.read() as db:
        assert db.get_one(Email, queued.id).state == "queued"
    assert world.twilio.asked == []


def test_a_sweep_writes_the_mail_and_sends_it(world: World) -> None:
    with world.service.database.write() as db:
        notices.note(db, Kind.GIVEN_UP, NOON - timedelta(hours=2), "tyneside", "unknown")
    counts = sweep(world.service)
    assert (counts["operator told"], counts["mails"]) == (1, 1)
    assert [each.state for each in mails(world)] == ["sent"]


def test_a_worker_writes_it_too(world: World) -> None:
    with world.service.database.write() as db:
        notices.note(db, Kind.GIVEN_UP, NOON - timedelta(hours=2), "tyneside", "unknown")
    jobs.serve(world.service)
    jobs.work(jobs.BEAT, [])
    assert len(mails(world)) == 1


def test_a_mail_address_that_refuses_is_told_but_never_by_itself(world: World) -> None:
    """An address that is none is refused for good; the operator's own is not told of at all."""
    with world.service.database.write() as db:
        for kind, to in (("digest", "no address"), (notices.MAIL, "none either")):
            row = Email(
                scheme_id="tyneside", to=to, kind=kind, subject="x", body="", intention=to, due_at=NOON, created_at=NOON
            )
            db.add(row)
    mail.deliver(world.service.database, world.service.settings, world.clock.now)
    assert noted(world) == {("mail", "tyneside", "not an address"): 1}
    world.clock.move(minutes=6)
    sweep(world.service)
    told = mails(world)[-1]
    assert "a mail was refused (tyneside)" in told.subject
    assert "no address" not in told.body.replace("not an address", "")


def test_metrics_count_it(world: World) -> None:
    with world.service.database.write() as db:
        for kind in (Kind.SETTING, Kind.SETTING, Kind.AUTH):
            notices.note(db, kind, NOON)
    with world.service.database.read() as db:
        seen = vitals.look(db, world.service.library, NOON)
    assert seen.troubles == {("setting", ""): 2, ("auth", ""): 1}

"""A scheme whose folder is gone: a release is refused, and what runs all the same neither falls over nor texts."""

from dataclasses import replace

import pytest

from bot import jobs, outbox, schemes
from bot.go_live import Weight, of_machine
from bot.library import FlowsRefused, Library, read_folder
from bot.models import ServiceUser
from bot.settings import ROOT
from bot.sweep import sweep
from tests.delivery.people import NOON, World


@pytest.fixture(scope="module")
def elsewhere() -> Library:
    """The flows with a scheme that is not ours."""
    texts, _ = read_folder(ROOT / "flows")
    library = Library.of({file.replace("tyneside/", "wearside/"): text for file, text in texts.items()})
    library.require_sound()
    return library


def test_its_texts_wait_and_nothing_falls_over(world: World, elsewhere: Library) -> None:
    person = world.cast.person(next_check_in_at=NOON, quiet_at=NOON)
    waiting = world.cast.text(person, kind="reply")
    left = world.cast.text(person, kind="reply", state="submitting", submitted_at=NOON)
    unknown = world.cast.text(person, kind="check_in", state="unknown", submitted_at=NOON, via="rest")
    without = replace(world.service, library=elsewhere)
    counts = sweep(without)
    assert (counts["sent"], counts["put off"]) == (0, 2)
    jobs.tick(without)
    assert outbox.deliver(without, [waiting]) == {}
    assert [world.cast.row(row).state for row in (waiting, left, unknown)] == ["queued", "submitting", "unknown"]
    assert world.twilio.asked == []
    # The folder is back.
    world.clock.move(minutes=1)
    assert sweep(world.service)["sent"] >= 1
    assert world.cast.row(waiting).state == "accepted"


def test_a_release_is_refused_until_its_people_are_closed(world: World, elsewhere: Library) -> None:
    person = world.cast.person()
    world.cast.person(state="opted_out")
    database = world.service.database
    with database.read() as db, pytest.raises(FlowsRefused, match="tyneside has no folder .* and 1 of its people"):
        schemes.require_flows(db, elsewhere)
    with database.write() as db:
        schemes.require_flows(db, world.service.library)
    world.cast.change(ServiceUser, person, state="closed")
    with database.read() as db:
        schemes.require_flows(db, elsewhere)


def test_what_is_kept_of_a_scheme_without_a_folder_is_told(world: World, elsewhere: Library) -> None:
    """Its retention is written in the folder: nothing of it would ever go."""
    world.cast.person(state="closed")
    world.cast.person(state="opted_out")
    with world.service.database.read() as db:
        [told] = schemes.kept_without_flows(db, elsewhere)
        assert schemes.kept_without_flows(db, world.service.library) == []
    assert "The scheme tyneside has no folder in the flows" in told
    assert "2 records" in told
    found = of_machine.database(replace(world.service, library=elsewhere))
    assert told in [each.sentence for each in found if each.weight is Weight.ADVICE]

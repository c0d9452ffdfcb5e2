"""The unclaimed tray is seen by staff without its words, read with a trace, and emptied for good."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from bot import tray
from bot.commands import commands
from bot.models import Event, Flag, Message, ProviderCopy
from tests.checkins.conftest import World

ONE, TWO = "+447700900801", "+447700900802"
SAM = "sam@example.org"
AGES = timedelta(days=30)

Run = Callable[..., Result]


@pytest.fixture
def run(world: World, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command in this process, on the world's own database."""
    for name in ("REDIS_URL", "MAIL_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    def run(*words: str, code: int = 0) -> Result:
        done = CliRunner().invoke(commands, ["unclaimed", *words])
        assert done.exit_code == code, done.output
        return done

    return run


@pytest.fixture
def wrote(world: World) -> World:
    world.text("is this the job thing", address=ONE)
    world.text("hello?? \x1b[31m", address=ONE)
    world.text("which house was it", address=TWO)
    return world


def events(world: World) -> list[tuple[str, str]]:
    return [(each.what, each.who) for each in world.rows(Event, Event.what.like("unclaimed%"))]


def test_it_shows_who_wrote_when_and_how_often_and_no_words(run: Run, wrote: World) -> None:
    said = run("list", "--scheme", "tyneside").output
    lines = {line.split()[1]: line.split() for line in said.splitlines()[1:]}
    assert lines[ONE][2:4] == ["2", "1"]
    assert lines[TWO][2:4] == ["1", "1"]
    assert "job thing" not in said
    assert events(wrote) == []


def test_reading_the_words_is_written_down(run: Run, wrote: World) -> None:
    said = run("list", "--scheme", "tyneside", "--words", "--by", SAM).output
    assert '"is this the job thing"' in said
    assert "\x1b" not in said, "nothing that a terminal would obey"
    assert events(wrote) == [("unclaimed_read", SAM)]


@pytest.mark.parametrize("words", [["--words"], ["--words", "--scheme", "tyneside"], ["--words", "--by", SAM]])
def test_nobody_reads_them_unnamed(run: Run, wrote: World, words: list[str]) -> None:
    assert "written down" in run("list", *words, code=2).output


def test_an_empty_tray_says_so(run: Run, world: World) -> None:
    world.start()
    assert run("list").output == "The tray is empty.\n"


def test_emptied_nothing_of_them_is_left_and_nothing_comes_twice(run: Run, wrote: World) -> None:
    assert "0 texts emptied" in run("empty", "--scheme", "tyneside", "--by", SAM, "--older-than", "3").output
    with wrote.database.write() as db:
        # The answers have left by then.
        for row in db.scalars(select(Message).where(Message.direction == "out")):
            row.state = "delivered"
        assert tray.empty(db, "tyneside", SAM, wrote.now + AGES + AGES, AGES) == 5
    with wrote.database.read() as db:
        assert tray.senders(db) == []
        assert {(row.address, row.body) for row in db.scalars(select(Message))} == {("-", "")}
        held = set(db.scalars(select(Message.provider_id).where(Message.provider_id.is_not(None))))
        assert held, "what has an id at the provider has a copy there"
        assert set(db.scalars(select(ProviderCopy.provider_id))) == held
    again = wrote.text("is this the job thing", address=ONE, provider_id=f"SM{1:032}")
    assert (again.seen_before, again.reply and again.reply.state) == (True, "emptied")
    assert ("unclaimed_emptied", SAM) in events(wrote)


def test_what_an_open_flag_is_about_stays(wrote: World) -> None:
    wrote.text("i want to die", address=ONE)
    with wrote.database.write() as db:
        tray.empty(db, "tyneside", SAM, wrote.now + AGES + AGES, AGES)
        assert [each.address for each in tray.senders(db)][:1] == [ONE]
    [flag] = wrote.rows(Flag)
    [about] = wrote.rows(Message, Message.id == flag.message_id)
    assert about.body == "i want to die"


def test_texts_of_people_we_know_are_none_of_its_business(wrote: World) -> None:
    wrote.start()
    wrote.text("who is this")
    with wrote.database.write() as db:
        tray.empty(db, "tyneside", SAM, wrote.now + AGES + AGES, AGES)
    assert wrote.rows(Message, Message.body == "who is this")

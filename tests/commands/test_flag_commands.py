"""What practitioners do about flags from a terminal: put off, pass on, take back, close with what got in the way."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import Result
from sqlalchemy import select

from bot import flags
from bot.models import Email, Event, Flag, ServiceUser
from bot.service import Service
from bot.settings import Settings
from tests.commands.entered import BY

Run = Callable[..., Result]
JO = (
    *("practitioners", "add", "--scheme", "tyneside", "--email", "jo@example.org"),
    *("--first-name", "Jo", "--phone", "0191 498 0001", "--hours", "Mon-Fri 09:00-17:00"),
)


@pytest.fixture
def raise_one(enrolled: Run, settings: Settings) -> Callable[[str], str]:
    """Raises a flag about Amina, and tells by which id commands know it."""

    def about_amina(kind: str) -> str:
        service = Service.from_settings(settings)
        with service.database.write() as db:
            amina = db.scalars(select(ServiceUser)).one()
            flag = flags.raise_flag(db, service.library, amina, kind, service.clock.now(), why="a test")
        service.database.close()
        return flag.id.hex[:8]

    return about_amina


@pytest.fixture
def row(settings: Settings) -> Callable[[], Flag]:
    def read() -> Flag:
        service = Service.from_settings(settings)
        with service.database.read() as db:
            flag = db.scalars(select(Flag)).one()
        service.database.close()
        return flag

    return read


def a_day(ahead: int) -> str:
    return (datetime.now(UTC) + timedelta(days=ahead)).date().isoformat()


def test_put_off_listed_and_taken_back(enrolled: Run, raise_one: Callable[[str], str], row: Callable[[], Flag]) -> None:
    code = raise_one("quiet")
    assert "No flag is open" in enrolled("flags", "list", "--put-off").stdout
    until = ("--until", a_day(5))
    said = enrolled("flags", "snooze", code, *until, *BY).stdout
    assert said.startswith("put off until ")
    assert enrolled("flags", "snooze", code, *until, *BY).stdout == said.replace("\n", " already\n")
    assert "put off until " in enrolled("flags", "list", "--put-off").stdout
    assert "at the latest" in enrolled("flags", "snooze", code, "--until-reply", *BY).stdout
    assert "put off until they reply" in enrolled("flags", "show", code, *BY).stdout
    assert enrolled("flags", "undo", code, *BY).stdout == "Taken back. It stands as it did before.\n"
    assert row().snooze_ends == "date"
    assert "nothing to take back" in enrolled("flags", "undo", code, *BY, code=1).stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--until", "tomorrow"), 2, "write a day like 2026-12-01"),
        (("--until", "2020-01-01"), 1, "Choose a day that is still to come."),
        (("--until", a_day(99)), 1, "within the next two months"),
        (("--until", a_day(3), "--until-reply"), 2, "not both"),
    ],
)
def test_a_day_that_will_not_do(
    enrolled: Run, raise_one: Callable[[str], str], words: tuple[str, ...], code: int, said: str
) -> None:
    assert said in enrolled("flags", "snooze", raise_one("quiet"), *words, *BY, code=code).stderr


def test_the_third_time_asks_what_would_help(
    enrolled: Run, raise_one: Callable[[str], str], settings: Settings, row: Callable[[], Flag]
) -> None:
    code = raise_one("quiet")
    service = Service.from_settings(settings)
    with service.database.write() as db:
        db.scalars(select(Flag)).one().snoozes = 2
    service.database.close()
    assert "--help-wanted" in enrolled("flags", "snooze", code, *BY, code=1).stderr
    enrolled("flags", "snooze", code, "--help-wanted", "other_way", *BY)
    assert row().help_wanted == "other_way"
    assert "Another way to reach them" in enrolled("flags", "show", code, *BY).stdout


def test_closed_with_what_got_in_the_way(
    enrolled: Run, raise_one: Callable[[str], str], settings: Settings, row: Callable[[], Flag]
) -> None:
    code = raise_one("quiet")
    enrolled("flags", "close", code, "--as", "in-touch", "--barrier", "travel", "--reason", "working", *BY)
    assert (row().closed_why, row().barrier, row().reason) == ("in_touch", "travel", "working")
    shown = enrolled("flags", "show", code, *BY).stdout
    assert "quiet, closed by sam@example.org (in touch)" in shown
    assert "The cost of travel" in shown
    assert "They are working" in shown
    service = Service.from_settings(settings)
    with service.database.read() as db:
        [event] = db.scalars(select(Event).where(Event.what == "flag_closed")).all()
    service.database.close()
    assert (event.after or {})["via"] == "command"
    assert "is closed" in enrolled("flags", "snooze", code, *BY, code=1).stderr
    assert "Invalid value for '--barrier'" in enrolled("flags", "close", code, "--barrier", "x", *BY, code=2).stderr


def test_a_reason_of_another_kind_is_refused(enrolled: Run, raise_one: Callable[[str], str]) -> None:
    said = enrolled("flags", "close", raise_one("misread"), "--reason", "robot", *BY, code=1).stderr
    assert "sorted, known, usual, misread" in said


def test_safety_is_closed_with_what_was_done_alone(enrolled: Run, raise_one: Callable[[str], str]) -> None:
    code = raise_one("safety")
    assert "--note" in enrolled("flags", "close", code, *BY, code=1).stderr
    for words in (("snooze",), ("close", "--as", "not-a-concern", "--note", "x"), ("pass", "--to", "jo@example.org")):
        assert "A safety flag is not put off" in enrolled("flags", words[0], code, *words[1:], *BY, code=1).stderr
    assert enrolled("flags", "close", code, "--note", "rang, all well", *BY).stdout == "closed\n"


def test_passed_on(enrolled: Run, raise_one: Callable[[str], str], settings: Settings) -> None:
    code = raise_one("quiet")
    assert "Nobody of this scheme" in enrolled("flags", "pass", code, "--to", "jo@example.org", *BY, code=1).stderr
    enrolled(*JO)
    assert enrolled("flags", "pass", code, "--to", "jo@example.org", *BY).stdout == "passed on to jo@example.org\n"
    assert "passed on to jo@example.org" in enrolled("flags", "list").stdout
    service = Service.from_settings(settings)
    with service.database.read() as db:
        [mail] = db.scalars(select(Email).where(Email.kind == "handover")).all()
    service.database.close()
    assert (mail.to, f"({code})" in mail.subject) == ("jo@example.org", True)
    assert re.search(r"^http://localhost:\d+/flags/[0-9a-f-]{36}$", mail.body, re.MULTILINE)


def test_what_came_of_the_rules(enrolled: Run, raise_one: Callable[[str], str]) -> None:
    assert enrolled("flags", "rules").stdout == "No flag was raised or closed in that time.\n"
    enrolled("flags", "close", raise_one("quiet"), "--as", "not-a-concern", *BY)
    assert re.search(r"quiet +1 +0 +1 +0", enrolled("flags", "rules").stdout)


def test_a_rule_is_replayed(enrolled: Run) -> None:
    assert enrolled("flags", "replay", "--rule", "quiet").stdout == "quiet: it would have raised nothing.\n"
    assert "write days, like 90d" in enrolled("flags", "replay", "--rule", "quiet", "--since", "soon", code=2).stderr
    assert "these can: quiet" in enrolled("flags", "replay", "--rule", "cant_reach", code=1).stderr
    assert "There is no scheme" in enrolled("flags", "replay", "--rule", "quiet", "--scheme", "x", code=1).stderr

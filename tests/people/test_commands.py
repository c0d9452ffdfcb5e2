"""What a person may ask for, by the words that staff type for it."""

import json
from collections.abc import Callable, Iterable, Mapping
from email.message import EmailMessage
from pathlib import Path

import html5lib
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from bot.commands import commands
from bot.database import Database
from bot.models import Email, ServiceUser
from bot.people import forgetting
from bot.people.importing import Imported
from bot.settings import Settings
from tests.people.conftest import AMINA, LEON, NUMBER, Texts

BY = ("--by", "lead@example.org")


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, environ: Mapping[str, str], import_rows: Callable[..., Imported]
) -> Callable[..., Result]:
    """A command of a machine on which Amina and Leon are enrolled."""
    import_rows(AMINA, LEON)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("bot.logs.configure", lambda _: None)

    def run(*words: str, fails: bool = False) -> Result:
        done = CliRunner().invoke(commands, words)
        assert done.exit_code == fails, done.output
        return done

    return run


def test_a_record_is_printed_written_and_readable_by_nobody_else(
    run: Callable[..., Result], text: Texts, tmp_path: Path
) -> None:
    text("hello")
    assert json.loads(run("people", "export", "07700 900001").stdout)["person"]["first_name"] == "Amina"
    assert run("people", "export", "07700 900001", "--html").stdout.startswith("<!doctype html>")
    run("people", "export", "07700 900001", "--html", str(tmp_path / "one.html"))
    both = tmp_path / "both"
    assert not run("people", "export", "07700 900001", "--to", str(both)).stdout
    for file in (tmp_path / "one.html", both / "record.html"):
        html5lib.HTMLParser(strict=True).parse(file.read_text("utf-8"))
    assert {file.stat().st_mode & 0o777 for file in (*both.iterdir(), tmp_path / "one.html")} == {0o600}
    looked = json.loads((both / "record.json").read_text("utf-8"))["looked_at"]
    assert [each["what"] for each in looked] == ["exported"] * 4, "taking it out is written down, this time too"


def test_forgetting_says_what_is_left_to_do(
    run: Callable[..., Result], text: Texts, database: Database, settings: object
) -> None:
    text("hello")
    said = run("people", "forget", "07700 900001", *BY).output
    assert "nothing about them is left in the database" in said
    assert "python -m bot people erasures" in said
    assert "tyneside: " in run("people", "erasures").output
    run("people", "forget", "07700 900001", *BY, fails=True)
    with database.read() as db:
        assert db.scalars(select(ServiceUser.first_name)).all() == ["Leon"]


def test_nothing_erased_is_nothing_left(run: Callable[..., Result]) -> None:
    assert run("people", "erasures").output == "nothing is left to be deleted at the provider\n"


def test_a_new_number(run: Callable[..., Result]) -> None:
    assert "asked first" in run("people", "number", "07700 900001", "--mobile", "07700 900321", *BY).output
    assert "Somebody else" in run("people", "number", "07700 900321", "--mobile", "07700900002", *BY, fails=True).output
    assert "Nobody here" in run("people", "close", "07700 900001", fails=True).output
    run("people", "close", "07700 900321")


def test_handing_over(run: Callable[..., Result], database: Database) -> None:
    words = (
        "practitioners",
        "hand-over",
        "--scheme",
        "tyneside",
        "--from",
        "sam@example.org",
        "--to",
        "jo@example.org",
    )
    assert run(*words, "--person", "07700 900001", *BY).output == "handed over to jo@example.org: 1\n"
    assert "Not everybody" in run(*words, "--person", "07700 900001", *BY, fails=True).output
    assert run(*words, *BY).output == "handed over to jo@example.org: 1\n"
    with database.read() as db:
        assert db.scalars(select(Email.to).where(Email.kind == "handover")).all() == ["jo@example.org"] * 2


def test_what_would_go_tonight_is_shown_and_nothing_goes(run: Callable[..., Result], database: Database) -> None:
    long_ago = "enrolled_at"
    with database.write() as db:
        for person in db.scalars(select(ServiceUser)):
            setattr(person, long_ago, person.enrolled_at.replace(year=2022))
    for words in (("retention",), ("retention", "--dry-run")):
        shown = run(*words).output
        assert "2 people whose words were erased" in shown
        assert "tyneside, at " in shown
    with database.read() as db:
        assert set(db.scalars(select(ServiceUser.first_name))) == {"Amina", "Leon"}
    assert "2 people whose words were erased" in run("retention", "--run").output
    assert "nothing is over" in run("retention").output
    with database.read() as db:
        assert set(db.scalars(select(ServiceUser.first_name))) == {"(left)"}


@pytest.mark.parametrize("nth", [1, 2])
def test_killed_while_somebody_is_forgotten_no_mail_is_left_that_nobody_could_find(
    run: Callable[..., Result], settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    """As long as a mail names them, their record is here, and they can be forgotten again."""
    folder = Path(settings.mail_url.removeprefix("file:"))
    folder.mkdir(parents=True, exist_ok=True)
    mail = EmailMessage()
    mail["Subject"] = "Amina would like to hear from you"
    mail.set_content("Amina: cormorants")
    (folder / "one.eml").write_bytes(mail.as_bytes())
    clear, asked = forgetting.clear_folder, []

    def dies(mail_url: str, names: Iterable[str]) -> int:
        asked.append(mail_url)
        if len(asked) == nth:
            raise RuntimeError("killed")
        return clear(mail_url, names)

    with monkeypatch.context() as patched:
        patched.setattr(forgetting, "clear_folder", dies)
        run("people", "forget", NUMBER, fails=True)
    with database.read() as db:
        here = "Amina" in set(db.scalars(select(ServiceUser.first_name)))
    assert here or not list(folder.iterdir())
    if here:
        run("people", "forget", NUMBER)
    assert list(folder.iterdir()) == []

"""Copies of SQLite's file, by the commands: whole, private, never written over, never put under a running bot."""

import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot import backup
from bot.database import Database
from bot.models import Heartbeat
from bot.settings import ROOT, Settings
from tests.delivery import stand_in
from tests.delivery.people import NOON, Cast
from tests.delivery.stand_in import StandIn

pytestmark = pytest.mark.sqlite


@pytest.fixture
def ours(database_url: str, environ: dict[str, str], twilio: StandIn) -> dict[str, str]:
    """The surroundings of the commands, and somebody in the database."""
    database = Database(database_url)
    Cast(database).person()
    with database.write() as db:
        db.add(Heartbeat(name="sweep", at=NOON))
    database.close()
    return environ | {
        "CHANNEL": "twilio",
        "TWILIO_ACCOUNT_SID": stand_in.ACCOUNT,
        "TWILIO_AUTH_TOKEN": "token",
        "TWILIO_API_URL": twilio.url,
        "SENDERS": f"tyneside={stand_in.NUMBER}",
    }


def bot(environ: dict[str, str], *words: str, given: bytes | None = None) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-m", "bot", *words]
    return subprocess.run(command, cwd=ROOT, env=environ, input=given, capture_output=True, timeout=60, check=False)


def place(environ: dict[str, str]) -> Path:
    return backup.file_of(Settings.from_env(environ).database_url)


def people(file: Path) -> int:
    with closing(sqlite3.connect(file)) as db:
        return int(db.execute("SELECT count(*) FROM service_user").fetchone()[0])


def test_a_copy_is_whole_private_and_never_written_over(ours: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "copy.db"
    made = bot(ours, "backup", str(file))
    assert (made.returncode, made.stderr) == (0, b"")
    assert f"{file.stat().st_size:,} bytes, checked" in made.stdout.decode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert people(file) == 1
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith((".", "copy"))] == ["copy.db"]
    again = bot(ours, "backup", str(file))
    assert again.returncode == 1
    assert b"never written over" in again.stderr


def test_a_copy_is_of_one_moment_though_somebody_writes(ours: dict[str, str], tmp_path: Path) -> None:
    """What a running process has committed is in it, what it has not is not, and it waits for nobody."""
    with closing(sqlite3.connect(place(ours), isolation_level=None)) as writer:
        writer.execute("UPDATE service_user SET first_name = 'Committed'")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE service_user SET first_name = 'Under way'")
        backup.copy(Settings.from_env(ours).database_url, tmp_path / "copy.db")
        writer.execute("ROLLBACK")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copied:
        assert copied.execute("SELECT first_name FROM service_user").fetchall() == [("Committed",)]


def test_through_a_pipe_there_and_back(ours: dict[str, str]) -> None:
    """As it goes through a program that encrypts."""
    copied = bot(ours, "backup", "-")
    assert copied.stdout.startswith(b"SQLite format 3")
    with closing(sqlite3.connect(place(ours))) as db:
        db.execute("DELETE FROM address")
        db.execute("DELETE FROM service_user")
        db.commit()
    restored = bot(ours, "restore", "-", given=copied.stdout)
    assert (restored.returncode, restored.stderr) == (0, b""), restored.stderr
    assert people(place(ours)) == 1
    [lost] = place(ours).parent.glob("*.before-restore-*Z")
    assert people(lost) == 0
    assert lost.name.encode() in restored.stdout
    assert stat.S_IMODE(place(ours).stat().st_mode) == 0o600
    with closing(sqlite3.connect(place(ours))) as db:
        assert db.execute("SELECT count(*) FROM heartbeat WHERE name = 'a_copy'").fetchone() == (0,)
    assert sorted(each.name for each in place(ours).parent.glob(".*")) == []


def test_nothing_is_put_under_a_running_bot(ours: dict[str, str], tmp_path: Path) -> None:
    bot(ours, "backup", str(tmp_path / "copy.db"))
    before = place(ours).read_bytes()
    database = Database(Settings.from_env(ours).database_url)
    with database.read() as db:
        db.get(Heartbeat, "sweep")
        refused = bot(ours, "restore", str(tmp_path / "copy.db"))
    database.close()
    assert refused.returncode == 1
    assert b"stop web, worker and clock first" in refused.stderr
    assert place(ours).read_bytes() == before


def test_an_idle_connection_is_a_running_bot_too(ours: dict[str, str]) -> None:
    """A web process that waits for its next request has the file open, and no lock on it."""
    with closing(sqlite3.connect(place(ours))) as idle:
        idle.execute("SELECT count(*) FROM heartbeat").fetchone()
        with pytest.raises(backup.BackupRefused, match="in use"):
            backup.require_stopped(place(ours))
    backup.require_stopped(place(ours))


@pytest.mark.parametrize("harm", ["cut", "other", "text", "missing"])
def test_what_is_no_whole_copy_of_ours_is_refused(ours: dict[str, str], tmp_path: Path, harm: str) -> None:
    file = tmp_path / "copy.db"
    bot(ours, "backup", str(file))
    match harm:
        case "cut":
            file.write_bytes(file.read_bytes()[:-20_000])
        case "other":
            file.unlink()
            with closing(sqlite3.connect(file)) as other:
                other.execute("CREATE TABLE something (else_ TEXT)")
        case "text":
            file.write_text("not a database at all")
        case "missing":
            file.unlink()
    refused = bot(ours, "restore", str(file))
    assert refused.returncode == 1
    assert b"Traceback" not in refused.stderr
    assert people(place(ours)) == 1


def test_where_the_phone_is_the_channel_too(ours: dict[str, str], tmp_path: Path) -> None:
    """There the clock is read from the database that is being replaced."""
    trying = ours | {"CHANNEL": "phone"}
    bot(trying, "backup", str(tmp_path / "copy.db"))
    restored = bot(trying, "restore", str(tmp_path / "copy.db"))
    assert (restored.returncode, restored.stderr) == (0, b"")


def test_another_key_is_given_by_a_pipe(ours: dict[str, str]) -> None:
    done = bot(ours | {"SECRET_KEY": "another key, long enough for anything"}, "rekey", given=b"the old key\n")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"carried over: 0")


def test_the_list_of_the_forgotten_names_nobody(ours: dict[str, str]) -> None:
    shown = bot(ours, "people", "list").stdout.decode()
    code = next(word for line in shown.splitlines()[1:] for word in line.split()[:1])
    assert bot(ours, "people", "forget", code).returncode == 0
    listed = bot(ours, "forgotten").stdout.decode()
    assert len(listed.split()) == 2
    assert "Leon" not in listed
    assert "7700" not in listed


@pytest.mark.parametrize("started", [False, True], ids=["nothing there", "an empty file there"])
def test_after_a_restore_that_was_broken_off_no_empty_database_is_made(ours: dict[str, str], started: bool) -> None:
    """To it everybody would be a stranger. It says what to do, and that helps."""
    file = place(ours)
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA journal_mode=DELETE")
    lost = file.rename(file.with_name(f"{file.name}.before-restore-20261123T100000Z"))
    if started:
        file.touch()
    refused = bot(ours, "release")
    assert refused.returncode == 1
    assert f"rename {lost.name} to {file.name}".encode() in refused.stderr
    assert file.exists() is started
    lost.replace(file)
    backup.require_whole(Settings.from_env(ours).database_url)
    assert people(file) == 1


def test_what_a_restore_has_moved_away_stops_no_release(ours: dict[str, str]) -> None:
    place(ours).with_name(f"{place(ours).name}.before-restore-20261123T100000Z").touch()
    backup.require_whole(Settings.from_env(ours).database_url)


def test_a_folder_that_is_not_there_is_said_in_a_sentence(ours: dict[str, str], tmp_path: Path) -> None:
    refused = bot(ours, "backup", str(tmp_path / "nowhere" / "copy.db"))
    assert refused.returncode == 1
    assert refused.stderr.decode().startswith(f"Error: {tmp_path / 'nowhere'} is not there")
    assert not (tmp_path / "nowhere").exists()


def test_a_file_in_place_of_the_folder_is_said_too(ours: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "backups").touch()
    refused = bot(ours, "backup", str(tmp_path / "backups" / "copy.db"))
    assert refused.returncode == 1
    assert b"Traceback" not in refused.stderr
    assert b"cannot be written to" in refused.stderr

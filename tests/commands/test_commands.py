"""The contract of the command line, from an empty machine to a closed flag; and what is said of what goes wrong."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from bot import flags
from bot.channels import Inbound
from bot.commands import WORDS
from bot.receiving import receive
from bot.service import Service
from bot.settings import ROOT, Settings
from tests.commands.entered import AMINA, BY, HEADER, SAM


def test_help_names_every_command_and_each_has_its_own(run: Callable[..., Result]) -> None:
    listed = run("--help").stdout
    for word in WORDS:
        assert word in listed
        assert "Usage" in run(word, "--help").stdout


def test_an_unknown_command_gets_the_near_miss(run: Callable[..., Result]) -> None:
    assert 'did you mean "digest"?' in run("digset", code=2).stderr


def test_the_same_practitioner_and_the_same_file_twice_change_nothing(
    released: Callable[..., Result], tmp_path: Path
) -> None:
    assert "unchanged" in released(*SAM).stdout
    file = tmp_path / "people.csv"
    file.write_text(f"{HEADER}\n{AMINA}\n")
    assert "1 enrolled" in released("people", "import", str(file)).stdout
    assert "0 enrolled, 1 here already" in released("people", "import", str(file)).stdout


def test_a_bad_file_enrols_nobody_and_names_file_line_and_column(
    released: Callable[..., Result], tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    wrong = AMINA.replace("07700 900001", "0191 498 0000")
    file.write_text(f"{HEADER}\n{AMINA}\n{wrong}\n{AMINA.replace('sam@', 'nobody@')}\n")
    said = released("people", "import", str(file), code=1).stderr.splitlines()
    assert said[0] == "Error: Nobody was enrolled: 2 lines to put right."
    assert said[1].startswith(f"{file}, line 3, mobile: this is a landline.")
    assert said[2].startswith(f"{file}, line 4, practitioner_email: ")
    assert "nobody yet" in released("people", "list").stdout


def test_a_person_from_list_to_close(enrolled: Callable[..., Result]) -> None:
    listed = enrolled("people", "list").stdout
    [found] = re.findall(r"^([0-9a-f]{8})  tyneside  Amina .* invited .*sam@example.org", listed, re.MULTILINE)
    assert enrolled("people", "contact", found, *BY).stdout == "written down\n"
    assert "there are no check-ins to pause" in enrolled("people", "pause", found, "--weeks", "2", *BY, code=1).stderr
    assert "1 person is still theirs" in enrolled(*retire(), code=1).stderr
    assert enrolled("people", "close", "07700 900001").stdout == "closed\n"
    assert enrolled("people", "close", found).stdout == "closed already\n"
    assert enrolled(*retire()).stdout == "retired: sam@example.org\n"


def retire() -> tuple[str, ...]:
    return "practitioners", "retire", "--scheme", "tyneside", "--email", "sam@example.org"


def test_a_flag_from_list_to_close(enrolled: Callable[..., Result], settings: Settings) -> None:
    ask_for_a_person(settings)
    listed = enrolled("flags", "list").stdout
    assert "money" not in listed, "what they wrote is for the pages"
    [found] = re.findall(r"^([0-9a-f]{8})  asked_for_you +Amina", listed, re.MULTILINE)
    shown = enrolled("flags", "show", found, *BY).stdout
    assert '"can someone ring me about the travel money"' in shown
    assert "Sam" in shown
    assert "Missing option '--by'" in enrolled("flags", "ack", found, code=2).stderr
    assert enrolled("flags", "ack", found, *BY, "--note", "ringing").stdout == "acknowledged\n"
    assert "acknowledged by sam@example.org" in enrolled("flags", "list").stdout
    assert enrolled("flags", "close", found, *BY).stdout == "closed\n"
    assert enrolled("flags", "close", found, *BY).stdout == "closed already: nothing was changed\n"
    assert enrolled("flags", "list").stdout == "No flag is open.\n"
    assert "no flag with this id" in enrolled("flags", "close", "ffffffff", *BY, code=1).stderr


def ask_for_a_person(settings: Settings) -> None:
    service = Service.from_settings(settings)
    text = Inbound(
        provider_id="SM1",
        channel="sms",
        address="+447700900001",
        sender="phone:tyneside",
        body="can someone ring me about the travel money",
    )
    with service.database.write() as db:
        receive(db, service.library, "tyneside", text, service.clock.now())
    with service.database.read() as db:
        assert flags.find(db, "0") is not None
    service.database.close()


def test_tick_prints_counts_and_a_digest_by_hand_is_one_mail_file(
    enrolled: Callable[..., Result], environ: dict[str, str]
) -> None:
    assert enrolled("tick").stdout.strip()
    assert "digests made: 1, mails sent: 1" in enrolled("digest", "--email", "sam@example.org").stdout
    [mail] = Path(environ["VAR_DIR"], "mail").glob("*.eml")
    assert b"To: sam@example.org" in mail.read_bytes()
    assert enrolled("digest").stdout == "no digest is due\n"
    again = enrolled("digest", "--email", "sam@example.org")
    assert again.stdout == "no digest: they have had one today, and nothing has changed since\n"
    assert len(list(Path(environ["VAR_DIR"], "mail").glob("*.eml"))) == 1
    assert "No practitioner" in enrolled("digest", "--email", "sma@example.org", code=1).stderr


def test_a_database_without_tables_says_what_to_run(run: Callable[..., Result]) -> None:
    assert "run python -m bot release" in run("people", "list", code=1).stderr
    run("release")
    run("release")


@pytest.mark.sqlite
def test_a_file_that_is_no_database_is_said_in_a_sentence(run: Callable[..., Result], settings: Settings) -> None:
    (settings.var_dir / "stepalong.db").write_text("not a database " * 100)
    done = run("tick", code=1)
    assert done.output.startswith("Error: The database cannot be used just now")


def test_every_fault_of_the_settings_is_printed_at_once(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "x")
    monkeypatch.setenv("CHANNEL", "pigeon")
    said = run("tick", code=1).stderr
    assert "PORT is x" in said
    assert "CHANNEL is pigeon" in said


def test_flows_with_errors_are_refused_with_their_sentences(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "flows").mkdir()
    monkeypatch.setenv("FLOWS_DIR", str(tmp_path / "flows"))
    assert "there is no scheme" in run("release", code=1).stderr


def test_seed_has_no_place_in_production(run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Settings, "production", property(lambda _: True))
    assert "no place in production" in run("seed", code=1).stderr


def test_the_real_process_speaks_the_same(environ: dict[str, str], empty_url: str) -> None:
    def bot(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bot", *words]
        surroundings = {**environ, "PATH": os.environ["PATH"]}
        return subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=60)

    released = bot("release")
    assert (released.returncode, released.stdout, released.stderr) == (0, "up to date; schemes: tyneside\n", "")
    assert bot("people", "list").returncode == 0
    refused = bot("people", "close", "07700 900001")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "Error: Nobody here has this id or mobile: see python -m bot people list.\n"


def test_a_record_is_taken_out_and_then_erased(enrolled: Callable[..., Result], tmp_path: Path) -> None:
    record = json.loads(enrolled("people", "export", "07700 900001").stdout)
    assert record["person"]["first_name"] == "Amina"
    assert "<h1>What is kept about Amina</h1>" in enrolled("people", "export", "07700 900001", "--html").stdout
    enrolled("people", "export", "07700 900001", "--to", str(tmp_path / "record"))
    assert {file.name for file in (tmp_path / "record").iterdir()} == {"record.json", "record.html"}
    assert enrolled("people", "forget", "07700 900001").stdout.startswith("forgotten")
    assert "Nobody here" in enrolled("people", "export", "07700 900001", code=1).stderr
    again = enrolled("people", "import", str(tmp_path / "people.csv")).stdout
    assert "line 2: they were erased on " in again
    assert "1 not enrolled" in again
    enrolled("people", "allow", "07700 900001", "--scheme", "tyneside", *BY)
    assert "1 enrolled" in enrolled("people", "import", str(tmp_path / "people.csv")).stdout

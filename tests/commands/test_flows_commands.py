"""``check`` and ``talk``: what an editor of flows sees."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.commands import commands
from bot.settings import ROOT


def run(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(commands, words, input=typed)


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "flows", tmp_path / "flows"))


def broken(file: Path, old: str, new: str) -> Path:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    return file


def test_our_own_flows_have_no_errors() -> None:
    done = run("check")
    assert done.exit_code == 0, done.stdout
    assert "no errors" in done.stdout


def test_an_error_has_its_file_and_line_and_the_near_miss(flows: Path) -> None:
    file = broken(flows / "dream.yaml", "skip: no_bother", "skip: no_bothr")
    done = run("check", str(flows))
    assert done.exit_code == 1
    assert "dream.yaml, line" in done.stdout
    assert "no_bother" in done.stdout
    assert run("check", str(file)).exit_code == 1
    assert run("check", str(flows / "welcome.yaml")).exit_code == 0
    assert run("check", str(flows / "tyneside")).exit_code == 1


def test_a_file_from_elsewhere_is_checked_among_ours(tmp_path: Path) -> None:
    file = Path(shutil.copy(ROOT / "flows" / "dream.yaml", tmp_path / "dream.yaml"))
    assert run("check", str(file)).exit_code == 0
    broken(file, "goto: {any: towards_it", "goto: {any: nowhere")
    done = run("check", str(file))
    assert done.exit_code == 1
    assert "dream.yaml, line" in done.stdout


def test_a_path_that_is_not_there_is_a_usage_error() -> None:
    assert run("check", "nowhere").exit_code == 2


def test_talk_plays_a_flow_from_what_is_typed() -> None:
    given = ("--given", "step=ring the college")
    done = run("talk", "weekly_check_in", *given, typed="done\n/wait 3d\n/why\n/quit\n")
    assert done.exit_code == 0, done.output
    assert "ring the college" in done.stdout
    assert "How did you manage it?" in done.stdout
    assert "answer: yes" in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("talk", "weekly_chek_in"), 1, 'did you mean "weekly_check_in"?'),
        (("talk", "welcome", "--scheme", "tynside"), 1, 'did you mean "tyneside"?'),
        (("talk", "welcome", "--given", "step"), 2, "has no ="),
        (("talk", "welcome", "--given", "stpe=x"), 2, 'did you mean "step"?'),
    ],
)
def test_what_cannot_be_played_is_said(words: tuple[str, ...], code: int, sentence: str) -> None:
    done = run(*words)
    assert done.exit_code == code, done.output
    assert sentence in done.stderr

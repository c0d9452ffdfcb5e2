from pathlib import Path

import pytest

from bot.children import Children

PATH = {"PATH": "/usr/bin:/bin"}


def test_one_that_will_not_stop_is_killed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    children = Children(tmp_path, PATH, patience=0.2)
    stubborn = "trap '' TERM; echo up > up; while :; do sleep 0.05; done"
    over = "until [ -e up ]; do sleep 0.02; done; exit 3"
    assert children.run({"stubborn": stubborn, "over": over}) == 3
    assert not children.told_to_stop


def test_what_a_command_started_is_waited_for(tmp_path: Path) -> None:
    children = Children(tmp_path, PATH)
    assert children.run({"parent": "(sleep 0.3; echo done > done) & exit 0"}) == 0
    assert (tmp_path / "done").exists()


def test_told_before_the_start_it_starts_nothing_that_stays(tmp_path: Path) -> None:
    children = Children(tmp_path, PATH)
    children.stop()
    children.run({"one": "exec sleep 60", "two": "exec sleep 60"})
    assert children.told_to_stop
    assert children.run({"three": "touch three"}) == 0
    assert not (tmp_path / "three").exists()


def test_lines_stand_under_their_names(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    children = Children(tmp_path, PATH)
    children.say("plainly")
    children.run({"web": "echo hello; echo oh no >&2"})
    said = capfd.readouterr().out
    assert "plainly\n" in said
    assert "web     | hello\n" in said
    assert "web     | oh no\n" in said

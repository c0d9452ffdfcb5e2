"""``understand`` as an editor and a script use it: the real process for the door, click's runner for the rest."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.commands import commands
from bot.settings import ROOT

NOW = "2026-11-24T11:00"


def understand(kind: str, texts: str, *more: str) -> list[dict[str, object]]:
    done = CliRunner().invoke(commands, ["understand", kind, "--now", NOW, *more], input=texts)
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


VALUES = [
    ("scale", "bout a 6", 6, False),
    ("scale", "good", None, True),
    ("progress", "aye", "yes", False),
    ("keyword", "stop", "stop", False),
    ("keyword", "had a nice day", None, False),
    ("concern", "had a nice day", None, False),
    ("when", "fri", "2026-11-27", False),
    ("when", "thurs 2pm", "2026-11-26T14:00", False),
    ("when", "soon", None, True),
    ("plan", "ring college friday", {"step": "ring college", "when": "2026-11-27"}, False),
    ("plan", "find my cv", {"step": "find my cv", "when": None}, False),
    ("plan", "dunno", None, True),
]


@pytest.mark.parametrize(("kind", "text", "value", "unclear"), VALUES)
def test_each_kind_has_its_shape(kind: str, text: str, value: object, unclear: bool) -> None:
    [read] = understand(kind, f"{text}\n")
    assert {"text": text, "value": value, "unclear": unclear} == {key: read[key] for key in read if key != "reason"}
    assert read["reason"]


def test_every_line_has_its_object_whatever_is_in_it() -> None:
    texts = ["7", "", "  8  ", "caf\u00e9 \U0001f44d", '{"json": 1}', "7\r"]
    assert [read["text"] for read in understand("scale", "\n".join(texts))] == [*texts[:-1], "7"]


def test_it_is_a_process_that_takes_any_bytes() -> None:
    command = [sys.executable, "-m", "bot", "understand", "scale"]
    done = subprocess.run(command, input=b"6\n\xff\xfe7\n", cwd=ROOT, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["understand"], "Say which kind"),
        (["understand", "mood"], "is not one of"),
        (["understand", "scale", "--now", "tomorrow"], "is not a time"),
        (["understand", "--report", "nowhere.jsonl"], "does not exist"),
    ],
)
def test_wrong_words_are_a_usage_error(words: list[str], sentence: str) -> None:
    done = CliRunner().invoke(commands, words)
    assert done.exit_code == 2
    assert sentence in done.stderr


def test_labelled_texts_are_compared(tmp_path: Path) -> None:
    labels = [{"kind": "scale", "text": "7", "expect": 7}, {"kind": "scale", "text": "six", "expect": 5}]
    file = tmp_path / "labels.jsonl"
    file.write_text("\n".join(map(json.dumps, labels)))
    done = CliRunner().invoke(commands, ["understand", "--report", str(file)])
    assert done.exit_code == 0
    assert "scale: 1 of 2" in done.stdout
    file.write_text("not json")
    done = CliRunner().invoke(commands, ["understand", "--report", str(file)])
    assert done.exit_code == 1
    assert "write each like" in done.stderr

"""A new language is a folder of words: ten of Welsh are read with no change to the code."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.reading import read
from bot.reading import words as word_files
from bot.reading.choice import read_choice
from bot.reading.types import When

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/London"))
# No language of the product has this code, so that nothing read for it before is remembered.
CODE = "xcy"
SHEETS = {
    "scale": 'numbers: {3: "tri", 7: "saith", 8: "wyth"}\nout_of: "allan o|/"\nslots: "out_of month weekday"\n',
    "progress": """
whole:
  "yes": [do, ydw]
  "no": [naddo, heb]
cues:
  finished: [wedi ei wneud]
  missed: [anghofiais]
""",
    "when": 'days: {0: "llun", 4: "gwener"}\ntomorrow: "yfory|fory"\n',
    "keyword": "whole:\n  stop: [paid]\n  call_me: [ffoniwch fi]\n",
    "choice": '"yes": [iawn]\n"no": ["dim diolch"]\nagreeing: "iawn"\nrefusing: "dim"\n',
}


@pytest.fixture(autouse=True, scope="module")
def welsh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("words")
    for path in word_files._FOLDER.iterdir():
        (folder / path.name).symlink_to(path)
    (folder / CODE).mkdir()
    for name, written in SHEETS.items():
        (folder / CODE / f"{name}.yaml").write_text(written, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(word_files, "_FOLDER", Path(folder))
        yield


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("scale", "saith", 7),
        ("scale", "wyth allan o 10", 8),
        ("scale", "tri!", 3),
        ("progress", "ydw", "yes"),
        ("progress", "naddo", "no"),
        ("progress", "mae wedi ei wneud", "yes"),
        ("progress", "anghofiais", "no"),
    ],
)
def test_answers(kind: str, text: str, expected: int | str) -> None:
    assert read(kind, text, NOW, CODE).value == expected


@pytest.mark.parametrize(("text", "day"), [("dydd gwener", "2026-11-27"), ("fory", "2026-11-24")])
def test_days(text: str, day: str) -> None:
    when = read("when", text, NOW, CODE).value
    assert isinstance(when, When)
    assert when.iso() == day


def test_a_choice() -> None:
    options = {"ok": ("iawn",), "no": ("dim",)}
    assert read_choice("iawn", options, CODE).value == "ok"
    assert read_choice("dim diolch", options, CODE).value == "no"


def test_english_words_of_a_list_it_has_are_not_read() -> None:
    assert read("when", "friday", NOW, CODE).unclear
    assert read("scale", "seven", NOW, CODE).unclear


@pytest.mark.parametrize(
    ("text", "wish"), [("paid", "stop"), ("ffoniwch fi", "call_me"), ("please stop texting me", "stop")]
)
def test_wishes_in_it_and_in_english(text: str, wish: str) -> None:
    assert read("keyword", text, NOW, CODE).value == wish

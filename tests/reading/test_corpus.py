"""Floors under what is found in texts that other people wrote: none of them falls unseen.

Each line of corpus/*.jsonl is one text with what it says. Where a change lowers a number below its floor, the
test prints the texts that are read otherwise now; docs/concern.md says what to do then. Raise a floor when the
readers have got better, and never lower one to make a change pass.
"""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.reading.concern import concern
from bot.reading.keyword import read_keyword

CORPUS = Path(__file__).parent / "corpus"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/London"))

Row = dict[str, Any]
Right = Callable[[Row], bool]


def rows(kind: str, which: Callable[[Row], bool] = bool) -> list[Row]:
    lines = (CORPUS / f"{kind}.jsonl").read_text("utf-8").splitlines()
    return [row for line in lines if which(row := json.loads(line))]


def told(row: Row) -> str | None:
    return concern(row["text"]).level


FLOORS: list[tuple[str, list[Row], Right, float]] = [
    ("crisis found", rows("concern", lambda r: r["expect"] == "crisis"), lambda r: told(r) == "crisis", 0.98),
    ("crisis not silent", rows("concern", lambda r: r["expect"] == "crisis"), lambda r: told(r) is not None, 0.98),
    ("distress or more", rows("concern", lambda r: r["expect"] is not None), lambda r: told(r) is not None, 0.98),
    ("no false alarm", rows("concern", lambda r: r["expect"] is None), lambda r: told(r) is None, 0.97),
    ("distress kept apart", rows("concern", lambda r: r["expect"] == "distress"), lambda r: told(r) != "crisis", 0.97),
    ("keyword", rows("keyword"), lambda r: read_keyword(r["text"], NOW).value == r["expect"], 0.97),
]


@pytest.mark.parametrize(("promise", "asked", "right", "floor"), FLOORS, ids=[floor[0] for floor in FLOORS])
def test_no_number_falls_below_its_floor(promise: str, asked: list[Row], right: Right, floor: float) -> None:
    missed = [f"{row['expect']}: {row['text']}" for row in asked if not right(row)]
    assert len(asked) > 50
    share = 1 - len(missed) / len(asked)
    assert share >= floor, f"{promise}: {share:.3f} of {len(asked)}\n" + "\n".join(missed)


ABOUT = [
    ("i want to end my life", "self"),
    ("took all my mams tablets", "self"),
    ("he checks my phone every night and keeps my bank card", "abuse"),
    ("7 but he found my phone", "abuse"),
    ("they took my passport and i cant leave", "abuse"),
    ("dad says i must marry my cousin", "abuse"),
    ("i owe a lad two grand and he said hes gonna break my legs", "abuse"),
    ("my daughter says her uncle touches her", "child"),
    ("bairns 4 and 6 are home on their own while im at the interview", "child"),
    ("i shook the baby i dont trust myself with him", "child"),
    ("nowhere to sleep tonight", "housing"),
    ("slept in the van again its minus 4", "housing"),
    ("hostel say i go out today then street", "housing"),
]


@pytest.mark.parametrize(("text", "about"), ABOUT)
def test_a_crisis_is_about_what_it_is_about(text: str, about: str) -> None:
    found = concern(text)
    assert (found.level, found.about) == ("crisis", about), found.reason

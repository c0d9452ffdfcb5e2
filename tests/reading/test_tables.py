"""Every reader against tables that a coordinator could correct, and against the labelled examples."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from bot.reading import Question, hear, read, read_barrier
from bot.understand import outcomes, report, understand

HERE = Path(__file__).parent
# A Monday, ten in the morning, in Newcastle.
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/London"))
FLOORS = {"scale": 0.97, "progress": 0.97, "keyword": 0.97, "when": 0.97, "concern": 0.95}


def rows(name: str) -> list[tuple[str, str]]:
    table: dict[str, str] = yaml.safe_load((HERE / "tables" / f"{name}.yaml").read_text("utf-8"))
    return list(table.items())


CASES = [(kind, text, value) for kind in ("scale", "progress", "keyword", "concern") for text, value in rows(kind)]


@pytest.mark.parametrize(("kind", "text", "expected"), CASES)
def test_a_text_is_read_as_the_table_says(kind: str, text: str, expected: str) -> None:
    reading = read(kind, text, NOW)
    assert ("?" if reading.unclear else str(reading.value)) == expected, reading.reason


def test_labelled_examples_are_read_as_well_as_promised() -> None:
    found = list(outcomes(HERE / "dev.jsonl"))
    asked, right = Counter(o.kind for o in found), Counter(o.kind for o in found if o.expected == o.got)
    assert set(asked) == set(FLOORS)
    assert {kind for kind in asked if right[kind] / asked[kind] < FLOORS[kind]} == set()


def test_a_labelled_crisis_is_found_and_few_ordinary_texts_alarm() -> None:
    concerns = [o for o in outcomes(HERE / "dev.jsonl") if o.kind == "concern"]
    crises = [o for o in concerns if o.expected == '"crisis"']
    ordinary = [o for o in concerns if o.expected == "null"]
    assert [o.text for o in crises if o.got != '"crisis"'] == []
    assert sum(o.got != "null" for o in ordinary) / len(ordinary) <= 0.03


HEARD = yaml.safe_load((HERE / "tables" / "hear.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", HEARD, ids=lambda case: case["text"])
def test_all_that_one_text_says(case: dict[str, Any]) -> None:
    options = {name: tuple(words) for name, words in case.get("options", {}).items()}
    question = Question(case["kind"], options) if "kind" in case else None
    previous = Question(case["previous"]) if "previous" in case else None
    heard = hear(case["text"], question, NOW, previous=previous, opted_out=case.get("opted_out", False))
    assert [w.name for w in heard.wishes] == case.get("wishes", [])
    assert heard.concern.level == case.get("concern")
    assert (heard.option.value if heard.option else None) == case.get("option")
    assert (heard.correction.value if heard.correction else None) == case.get("correction")
    if "answer" in case:
        assert heard.answer is not None
        assert heard.answer.value == case["answer"]
    if "acknowledgement" in case:
        assert heard.acknowledgement


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("pause til january", "2027-01-01"),
        ("stop for 2 weeks", "2026-12-07"),
        ("going away 2 weeks", "2026-12-07"),
        ("im on holiday til the 5th can you pause", "2026-12-05"),
        ("no texts til after xmas", "2026-12-27"),
        ("pause", "None"),
    ],
)
def test_a_break_ends_when_they_said(text: str, until: str) -> None:
    [wish] = hear(text, None, NOW).wishes
    assert (wish.name, str(wish.until)) == ("pause", until)


def test_a_language_without_words_of_its_own_is_read_as_english() -> None:
    assert read("progress", "aye done it", NOW, "cy").value == "yes"
    assert read("concern", "i want to die", NOW, "pl").value == "crisis"
    assert read("scale", "7", NOW, "../../etc").value == 7
    assert read_barrier("no bus fare", "ur").value == "travel"


def test_understanding_gives_what_the_contract_says() -> None:
    [when] = understand("when", ["thurs 2pm\n"], NOW)
    [plan] = understand("plan", ["ring college thurs"], NOW)
    [keyword] = understand("keyword", ["went to town"], NOW)
    [scale] = understand("scale", ["dunno"], NOW)
    assert (when["text"], when["value"]) == ("thurs 2pm", "2026-11-26T14:00")
    assert plan["value"] == {"step": "ring college", "when": "2026-11-26"}
    assert (keyword["value"], keyword["unclear"]) == (None, False)
    assert (scale["value"], scale["unclear"]) == (None, True)


def test_the_report_names_what_was_misread(tmp_path: Path) -> None:
    path = tmp_path / "examples.jsonl"
    path.write_text('{"kind": "scale", "text": "7", "expect": 7}\n{"kind": "scale", "text": "8", "expect": 3}\n')
    said = report(path)
    assert "scale: 1 of 2" in said
    assert "'8' is 3, read as 8" in said

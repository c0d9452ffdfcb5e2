"""When, plan, choice and barrier: tables of what people write, that a coordinator could correct.

It is Monday 23 November 2026, ten in the morning, in Newcastle.
"""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.reading.barrier import read_barrier
from bot.reading.choice import pick_option, read_choice
from bot.reading.plan import read_plan
from bot.reading.types import Plan, When
from bot.reading.when import read_when

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/London"))
TABLES = yaml.load((Path(__file__).parent / "when_plan_choice.yaml").read_text("utf-8"), Loader=yaml.BaseLoader)


@pytest.mark.parametrize(("text", "expected"), TABLES["when"].items())
def test_when(text: str, expected: str) -> None:
    reading = read_when(text, NOW)
    assert isinstance(reading.value, When)
    assert ("?" if reading.unclear else reading.value.iso()) == expected, reading.reason


@pytest.mark.parametrize(("text", "expected"), TABLES["plan"].items())
def test_plan(text: str, expected: str) -> None:
    reading = read_plan(text, NOW)
    plan = reading.value
    if expected == "?":
        assert reading.unclear, reading
        return
    assert isinstance(plan, Plan)
    day = plan.when.iso() or "some time" if plan.when else None
    said = " | ".join(part for part in (plan.step, day, "too big" if plan.too_big else None) if part)
    assert said == expected


OPTIONS = {
    "welcome": {"ok": ("ok", "aye"), "no": ("no",)},
    "smaller": {"small": ("small", "smaller", "smaller step", "1"), "call": ("call", "ring", "ring me", "2")},
}


@pytest.mark.parametrize("menu", OPTIONS)
def test_choice(menu: str) -> None:
    wrong = {
        text: (reading.value, expected)
        for text, expected in TABLES["choice"][menu].items()
        if ((reading := read_choice(text, OPTIONS[menu])).value or "?") != expected
    }
    assert not wrong


def test_an_option_beside_a_plan_is_the_whole_text_or_nothing() -> None:
    options = {"same": ("same",), "small": ("small", "smaller")}
    picked = {
        text: option.value if (option := pick_option(text, options)) else None for text in TABLES["beside_a_plan"]
    }
    assert picked == {text: None if name == "-" else name for text, name in TABLES["beside_a_plan"].items()}


@pytest.mark.parametrize(("text", "expected"), TABLES["barrier"].items())
def test_barrier(text: str, expected: str) -> None:
    assert (read_barrier(text).value or "-") == expected


@given(st.text(max_size=400))
def test_any_text_is_read_and_never_raises(text: str) -> None:
    read_when(text, NOW)
    read_plan(text, NOW)
    read_choice(text, OPTIONS["smaller"])
    read_barrier(text)


@pytest.mark.parametrize("text", ["thurs 2pm", "tomorrow first thing", "3rd dec", "half 2 on fri"])
@given(before=st.sampled_from(["", " ", "ok ", "erm, "]), after=st.sampled_from(["", " ", "!", ".", " x", " 👍"]))
def test_what_stands_round_a_clear_time_does_not_change_it(text: str, before: str, after: str) -> None:
    plain, dressed = read_when(text, NOW).value, read_when(f"{before}{text.upper()}{after}", NOW).value
    assert isinstance(plain, When)
    assert isinstance(dressed, When)
    assert plain.iso() == dressed.iso()

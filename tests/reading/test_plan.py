"""A step in their own words: what of a text is the step, what is the time, and what is neither."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reading.plan import read_plan
from bot.reading.types import Plan

# A Monday, ten in the morning.
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/London"))
STEPS = ("ring the college", "find my cv", "hand my notice in", "print the form", "ask mags about the course")
WORDS = [
    "ring",
    "the",
    "college",
    "on",
    "friday",
    "at",
    "2",
    "in",
    "wed",
    ",",
    ".",
    "maybe",
    "x",
    "and",
    "😂",
    "3rd",
    "dec",
]
TIMES = {
    "tomorrow": "2026-11-24",
    "on thursday": "2026-11-26",
    "fri 2pm": "2026-11-27T14:00",
    "by friday": "2026-11-27",
    "on the 3rd of december": "2026-12-03",
}


def plan_of(text: str) -> Plan:
    plan = read_plan(text, NOW).value
    assert isinstance(plan, Plan), text
    return plan


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(("when", "day"), TIMES.items())
@pytest.mark.parametrize("order", ["{step} {when}", "{when} {step}", "{step}, {when}.", "I'll {step} {when} x"])
def test_a_time_is_taken_out_of_the_step_wherever_it_stands(step: str, when: str, day: str, order: str) -> None:
    plan = plan_of(order.format(step=step, when=when))
    assert plan.when is not None
    assert (plan.step, plan.when.iso()) == (step, day)


@pytest.mark.parametrize(
    "text",
    [
        "get the friday paper",
        "look at the sunday market stall",
        "sign up for night classes",
        "sort the morning shift rota",
        "ask about the weekend shift",
        "ring them back and say yes",
    ],
)
def test_what_only_looks_like_a_time_or_an_answer_stays_in_the_step(text: str) -> None:
    plan = plan_of(text)
    assert (plan.step, plan.when) == (text, None)


@pytest.mark.parametrize(
    ("text", "step", "day"),
    [
        ("ring the college in the morning", "ring the college", "2026-11-24T09:00"),
        ("ring them on the friday", "ring them", "2026-11-27"),
        ("fill the form in wed", "fill the form in", "2026-11-25"),
        ("tomorrow try my suit on", "try my suit on", "2026-11-24"),
        ("thurs i'll try my suit on", "try my suit on", "2026-11-26"),
    ],
)
def test_a_time_that_is_led_to_is_one(text: str, step: str, day: str) -> None:
    plan = plan_of(text)
    assert plan.when is not None
    assert (plan.step, plan.when.iso()) == (step, day)


@pytest.mark.parametrize(
    "text",
    [
        "idk u pick",
        "havent a scooby",
        "no plans at the minute",
        "lol good one",
        "do i have to",
        "up to you",
        "is it this week",
        "not yet",
        "thurs",
        "👍",
        "...",
    ],
)
def test_what_names_no_step_is_asked_again(text: str) -> None:
    assert read_plan(text, NOW).unclear


@given(words=st.lists(st.sampled_from(WORDS)))
def test_a_step_is_made_of_their_own_words_in_their_order(words: list[str]) -> None:
    text = " ".join(words)
    plan = read_plan(text, NOW).value
    if isinstance(plan, Plan):
        left = iter(text.split())
        assert all(any(word in theirs for theirs in left) for word in plan.step.split()), plan.step
        assert plan.step.strip(" ,.") == plan.step != ""


@given(emoji=st.sampled_from("😂👍🏾🎉🙂"), many=st.integers(1, 1600))
def test_a_time_after_a_row_of_emoji_is_found_or_left_alone(emoji: str, many: int) -> None:
    reading = read_plan(f"ring the college thurs 2pm {emoji * many}", NOW)
    assert isinstance(reading.value, Plan)
    assert reading.value.step.startswith("ring the college")
    assert reading.value.when is not None
    assert reading.value.when.iso() == "2026-11-26T14:00"

"""What a week costs: counted from the turns the engine makes, each with the longest fills there can be."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from bot.conversation import fills, segments
from bot.conversation.decision import Say
from bot.conversation.flow import Flows
from bot.conversation.given import given_facts, given_now
from bot.conversation.scheme import Scheme
from bot.conversation.stage import Stage


@dataclass(frozen=True)
class Bill:
    texts: int
    segments: int
    last: str  # the node it ended on


def longest(flows: Flows, said: Say) -> str:
    """The turn as it would be with the longest fills, in full wording."""
    nodes = [flows.node(place) for place in said.nodes]
    texts = [text for node in nodes if (text := node.ask or node.say)]
    return " ".join(fills.longest(text.in_language("en")) for text in texts)


def bill(flows: Flows, scheme: Scheme, flow: str, given: Mapping[str, object], replies: list[str]) -> Bill:
    stage = Stage(flows, given_facts(given, scheme), given_now(given, scheme))
    stage.start(flow)
    said = list(stage.said)
    for reply in replies:
        stage.hear(reply)
        said += stage.said
    assert stage.ended, f"still open at {said[-1].nodes[-1]}"
    return Bill(len(said), sum(segments.count(longest(flows, text)) for text in said), said[-1].nodes[-1])


EARLY = {"step": "ring the college", "when": "thurs 2pm", "check_ins": "1"}
LATE = {**EARLY, "check_ins": "5", "strength_asked_weeks_ago": "2", "why_asked_weeks_ago": "2"}
PLAN = "fill form thurs 2pm"

# name, given, what they text, segments out. A normal week is five, at most six.
WEEKS = [
    ("done, and sure", {**EARLY, "confidence": "8"}, ["done", "me mam came", PLAN, "8"], 5),
    ("done, not so sure", {**LATE, "confidence": "6"}, ["yh did it", "just did", PLAN, "6", "a lift"], 6),
    ("done, and a strength", {**EARLY, "check_ins": "6", "confidence": "7"}, ["done", "ok", PLAN, "8", "kids"], 6),
    ("done, the number up", {**LATE, "confidence": "4"}, ["done", "just did", PLAN, "7", "practice"], 6),
    ("done, no time named", {**LATE, "confidence": "6"}, ["done", "just did", "fill the form in", "thurs", "4"], 6),
    ("some", {**LATE, "confidence": "8"}, ["some", "half the form", PLAN, "8"], 5),
    ("some, and the rest", {**LATE, "confidence": "8"}, ["some", "half the form", "same", "thurs", "5"], 6),
    ("not yet", {**LATE, "confidence": "8"}, ["not yet", "just forgot", PLAN, "8"], 5),
    ("not yet, and the same", {**LATE, "confidence": "8"}, ["not yet", "just forgot", "same", "thurs", "4"], 6),
    ("not yet, and smaller", {**LATE, "confidence": "8"}, ["not yet", "just forgot", "small", "find number thurs"], 5),
    ("no step", {"check_ins": "1"}, [PLAN, "8"], 3),
    ("not this week", {"check_ins": "1"}, ["skip"], 2),
]


@pytest.mark.parametrize(("name", "given", "replies", "expected"), WEEKS, ids=[week[0] for week in WEEKS])
def test_a_week(
    flows: Flows, scheme: Scheme, name: str, given: Mapping[str, object], replies: list[str], expected: int
) -> None:
    found = bill(flows, scheme, "weekly_check_in", given, replies)
    assert found.segments == expected
    assert found.texts == found.segments, "each turn of a week is one segment"


WELCOMES = [
    ("sure", ["ok", "find my cv thurs 2pm", "8"], 5),
    ("not so sure", ["ok", "find my cv thurs 2pm", "5", "a lift"], 6),
    ("no time named", ["aye", "find my cv", "thurs", "5"], 6),
    ("no", ["no thanks"], 2),
]


@pytest.mark.parametrize(("name", "replies", "expected"), WELCOMES, ids=[welcome[0] for welcome in WELCOMES])
def test_a_welcome(flows: Flows, scheme: Scheme, name: str, replies: list[str], expected: int) -> None:
    assert bill(flows, scheme, "welcome", {"state": "invited"}, replies).segments == expected


def test_the_rules_and_the_first_step_are_two_segments(flows: Flows) -> None:
    together = Say("", ("welcome/good_to_know", "welcome/first_step"))
    assert segments.count(longest(flows, together)) == 2


def test_the_bigger_question_is_joined_to_the_win_in_one_segment(flows: Flows) -> None:
    assert segments.count(longest(flows, Say("", ("weekly_check_in/saved", "dream/may_i")))) == 1
    assert segments.count(longest(flows, Say("", ("dream/no_bother", "dream/small_step")))) == 1


@pytest.mark.parametrize("then", ["safe_to_ring", "no_one_reads_now"])
def test_the_signpost_and_who_is_told_are_two_segments(flows: Flows, then: str) -> None:
    assert segments.count(longest(flows, Say("", ("phrases/signpost", f"phrases/{then}")))) == 2

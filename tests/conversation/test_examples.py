"""Examples are played through the real engine, and the first line that does not hold is named."""

import pytest

from bot.conversation.examples import play_all
from bot.conversation.faults import Fault
from bot.library import Library
from tests.conversation.small_flows import files, library

FLOW = """\
title: Weekly check-in
nodes:
  how_sure:
    ask: "How sure are you, 0 to 10?"
    reply: scale
    keep: step.confidence
    nudges: [{after: 48h, say: "No rush."}]
    goto: {0-4: why, 5-10: thanks}
  why:
    ask: "What would help?"
    reply: text
    keep: note
    goto: thanks
  thanks:
    do: less
    say: "Thanks, {name}."
examples:
  - name: it shows
    given: {confidence: 6}
    talk:
"""
FIRST_LINE = 21  # of the talk


def play(*lines: str, given: str = "{confidence: 6}") -> list[Fault]:
    text = FLOW.replace("{confidence: 6}", given) + "".join(f"      - {line}\n" for line in lines)
    made = library(text)
    assert [str(fault) for fault in made.faults] == []
    flows = made.flows("t")
    return play_all(flows, flows.by_key["weekly_check_in"], made.schemes["t"])


HOLDING = [
    ["us: how_sure"],
    ["us: weekly_check_in.yaml/how_sure"],
    ["us: how_sure", 'them: "7"', "us: thanks", "then: less", "then: kept step.confidence = 7", "then: ended"],
    ["us: how_sure", 'them: "3"', "us: why", "them: a lift there", "then: kept note = a lift there", "us: thanks"],
    ["us: how_sure", 'them: "1"', "then: flag confidence"],
    ["us: how_sure", "after: 47h", "us: nothing", "after: 1h", "us: nudge", "after: 5 days", "us: nothing"],
    ["us: how_sure", "after: 3 days", "us: nudge", 'them: "9"', "us: thanks"],
    ["them: (picture)", "us: cannot_open"],
    ["them: (voice note)", "us: cannot_open", "them: (voice note)", "us: nothing"],
    ["them: (voice note)", "us: cannot_open", "after: 2 minutes", 'them: ""', "us: cannot_open"],
]


@pytest.mark.parametrize("lines", HOLDING)
def test_what_happens_holds(lines: list[str]) -> None:
    assert [str(fault) for fault in play(*lines)] == []


# Lines of a talk, which of them fails (from 0), a part of the sentence.
FAILING = [
    (["us: thanks"], 0, 'us: thanks was to come, and this came: how_sure ("How sure are you, 0 to 10?")'),
    (["us: nothing"], 0, "nothing was to be said, and this came: how_sure"),
    (["us: how_sure", "us: thanks"], 1, "us: thanks was to come, and nothing was said"),
    (["us: how_sure", "after: 1 day", "us: nudge"], 2, "us: nudge was to come, and nothing was said"),
    (
        ["us: how_sure", "after: 2 days", "us: how_sure"],
        2,
        'us: how_sure was to come, and this came: nudge ("No rush.")',
    ),
    (["us: how_sure", "after: a while"], 1, "is not a length of time"),
    (
        ["us: how_sure", 'them: "7"', "then: kept step.confidence = 8"],
        2,
        "what happened: kept step.confidence = 7, less, ended",
    ),
    (["us: how_sure", "then: ended"], 1, "then: ended was to happen; what happened: nothing"),
]


@pytest.mark.parametrize(("lines", "failing", "sentence"), FAILING)
def test_the_first_line_that_does_not_hold_is_named(lines: list[str], failing: int, sentence: str) -> None:
    [fault] = play(*lines)
    assert (fault.file, fault.line) == ("weekly_check_in.yaml", FIRST_LINE + failing)
    assert 'example "it shows": ' in fault.sentence
    assert sentence in fault.sentence


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("{confidence: six}", 'confidence: "six" is not a whole number'),
        ("{now: noon}", 'now: "noon" is not a time'),
        ("{day: thurs}", 'day: "thurs" is not a date'),
        ("{state: happy}", 'state: "happy" is not one of invited, active'),
        ("{met: perhaps}", 'met: "perhaps" is not one of yes, no'),
        ("{channel: pigeon}", "is not one of sms, whatsapp"),
    ],
)
def test_what_is_given_and_cannot_be_is_named(given: str, sentence: str) -> None:
    if "day" in given:
        given = "{step: ring the college, day: thurs}"
    [fault] = play("us: how_sure", given=given)
    assert sentence in fault.sentence


def test_an_example_may_begin_elsewhere() -> None:
    assert play("us: why", given="{at: why}") == []
    assert play("us: fine", given="{at: phrases.yaml/fine}") == []


def test_a_flow_that_goes_round_is_a_fault_and_no_crash() -> None:
    nodes = "nodes:\n  a: {do: less, goto: b}\n  b: {do: more, goto: a}\n"
    made = library(f"title: x\n{nodes}examples: [{{name: c, talk: [{{us: a}}]}}]\n")
    flows = made.flows("t")
    [fault] = play_all(flows, flows.by_key["weekly_check_in"], made.schemes["t"])
    assert "goes round in a circle" in fault.sentence


def test_an_example_that_begins_nowhere_is_a_fault_and_no_crash() -> None:
    [fault] = play("us: why", given="{at: nowhere.yaml}")
    assert "the flow stumbles here" in fault.sentence


def test_an_example_that_fails_keeps_a_flow_from_being_published() -> None:
    text = FLOW + "      - us: thanks\n"
    assert library(text).faults == ()
    [fault] = Library.of(files(text), examples=True).faults
    assert fault.line == FIRST_LINE

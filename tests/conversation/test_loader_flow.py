"""What an editor is told of a flow that is YAML and no flow: the line, the sentence, what was probably meant."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation.flow import Branch, Condition, Flow, Text
from bot.conversation.loader import Loaded, load
from bot.library import Library

FLOWS_DIR = Path(__file__).parents[2] / "flows"


def with_node(*lines: str) -> str:
    """A flow of one node; its first line is line 4."""
    return "\n".join(["title: x", "nodes:", "  a:", *(f"    {line}" for line in lines)])


def asking(*lines: str) -> str:
    """A flow of one question; the first of ``lines`` is line 5."""
    return with_node("ask: Hi?", *lines)


# Lines under a node (the first is line 4), the line that is wrong, the sentence.
FAULTY_NODES = [
    (["ask_: Hi"], 4, 'unknown key "ask_": did you mean "ask"?'),
    (["say: Hi", "colour: red"], 5, 'unknown key "colour": use one of ask, brief, choose'),
    (["goto: end"], 3, '"a" neither asks, says, chooses nor does anything'),
    (["ask: Hi", "say: Ho", "reply: text", "goto: end"], 5, '"a" has both ask and say: make it two nodes'),
    (["say: Hi", "reply: text"], 5, '"reply" belongs to a question (ask)'),
    (["do: pause", "brief: Hi"], 5, '"brief" belongs to a node that speaks'),
    (["ask: Hi?", "goto: end"], 3, "a question needs reply: how the answer is read"),
    (["ask: Hi?", "reply: text"], 3, "there is no way out of this question: give it goto:"),
    (["ask: Hi?", "reply: scales", "goto: end"], 5, 'unknown reader "scales": did you mean "scale"?'),
    (["ask: Hi?", "reply: text", "keep: step.barier", "goto: end"], 6, 'did you mean "step.barrier"?'),
    (["ask: Hi?", "reply: text", "keep: step", "goto: end"], 6, '"step" is kept from reply: plan, not from text'),
    (["do: paws"], 4, 'unknown action "paws"'),
    (["do: [pause, opt-out]"], 4, 'unknown action "opt-out": did you mean "opt_out"?'),
    (["say: Hi {nam}"], 4, "unknown placeholder {nam}: did you mean {name}?"),
    (["say: Hi {zzz}"], 4, "unknown placeholder {zzz}: use one of abuse_line"),
    (["say: {name}"], 4, "a text that begins with { needs double quotes round it"),
    (["say: Hi name}"], 4, "a curly bracket is left over"),
    (['say: ""'], 4, '"a text" needs one word or text after it'),
    (["say: [Hi]"], 4, "a text is one line in quotes"),
    (["say: {english: Hi}"], 4, '"english" is not a language'),
    ([f"say: {'x' * 481}"], 4, "the text is 481 characters long and 480 is the most"),
    (["say: Hi", "segments: 3"], 5, "segments is 1 to 2"),
    (["ask: Hi?", "reply: choice", "goto: {skip: end}"], 5, "a choice needs options"),
    (["ask: Hi?", "reply: text", "options: [a, b]", "goto: end"], 6, "options are written by name"),
    (
        ["ask: Hi?", "reply: choice", "options: {a: [one], b: [two, One]}", "goto: end"],
        6,
        '"one" picks two options, a and b: leave it with one',
    ),
    (["ask: Hi?", "reply: progress", "goto: {yes: end, no: end}"], 6, "no way on for partly: give it a target"),
    (["ask: Hi?", "reply: scale", "goto: {0: end, 2-9: end}"], 6, "no way on for 1, 10: give each a target"),
    (["ask: Hi?", "reply: scale", "goto: {0-6: end, 6-10: end}"], 6, '"6" is in two lines of goto'),
    (["ask: Hi?", "reply: scale", "goto: {0-11: end}"], 6, 'unknown case "0-11" in goto: this question has 0 to 10'),
    (["ask: Hi?", "reply: scale", "goto: {10-0: end}"], 6, 'unknown case "10-0" in goto'),
    (["ask: Hi?", "reply: progress", "goto: {yess: end}"], 6, 'unknown case "yess" in goto: did you mean "yes"?'),
    (["say: Hi", "goto: {yes: end}"], 5, "only a question can lead to several places"),
    (["say: Hi", "goto:"], 5, '"goto" needs one word or text after it'),
    (["choose: []"], 4, '"choose" is written as a list'),
    (["choose:", "  - {if: has_step, goto: end}"], 4, "choose ends with one line {else: ...}"),
    (["choose:", "  - {else: end}", "  - {if: has_step, goto: end}"], 4, "choose ends with one line"),
    (["choose:", "  - {if: hasstep, goto: end}", "  - {else: end}"], 5, 'did you mean "has_step"?'),
    (["choose:", "  - {if: wins, goto: end}", "  - {else: end}"], 5, '"wins" is a number: compare it'),
    (["choose:", "  - {if: wins > x, goto: end}", "  - {else: end}"], 5, "compared with a whole number"),
    (["choose:", "  - {if: has_step > 2, goto: end}", "  - {else: end}"], 5, '"has_step" is yes or no'),
    (["choose:", "  - {if: wins == 1, goto: end}", "  - {else: end}"], 5, "write = for"),
    (["choose:", "  - {if: has_step or resting, goto: end}", "  - {else: end}"], 5, 'there is no "or"'),
    (["choose:", "  - {if: has_step}", "  - {else: end}"], 5, "a line of choose is written"),
    (["choose:", "  - {else: end}", "goto: end"], 6, "take this goto out"),
    (["ask: Hi?", "reply: text", "goto: end", "nudges: 48h"], 7, '"nudges" is written as a list'),
    (["ask: Hi?", "reply: text", "goto: end", "nudges:", "  - {after: soon, say: Hi}"], 8, "is not a length of time"),
    (["ask: Hi?", "reply: text", "goto: end", "nudges:", "  - {say: Hi}"], 8, "a nudge is written {after: 48h"),
    (["choose:", "  - {else: end}", "do: pause"], 6, "do stands on a node that speaks, or alone"),
    (
        [
            "ask: Hi?",
            "reply: text",
            "goto: end",
            "nudges: [{after: 1d, say: a}, {after: 2d, say: b}, {after: 3d}]",
        ],
        7,
        "3 nudges are too many: 2 is the most",
    ),
    (
        ["ask: Hi?", "reply: text", "goto: end", "nudges: [{after: 2d, say: a}, {after: 48h, say: b}]"],
        7,
        "the second comes after the first",
    ),
]


@pytest.mark.parametrize(("lines", "line", "sentence"), FAULTY_NODES)
def test_a_fault_in_a_node(lines: list[str], line: int, sentence: str) -> None:
    faults = load(with_node(*lines), "x.yaml").faults
    assert any(fault.line == line and sentence in fault.sentence for fault in faults), [*map(str, faults)]


SMALL = "title: x\nnodes:\n  a: {say: Hi}\n"

# A whole file, the line, the sentence.
FAULTY_FILES = [
    (f"{SMALL}examples:\n  - name: b\n    given: c\n    talk: [{{us: a}}]", 6, "given is written as keys"),
    (f"{SMALL}examples:\n  - {{name: b, talk: [us]}}", 5, "a line of talk is one of us:, them:"),
    (f"{SMALL}examples: [{{name: b, talk: [{'{us: a}, ' * 81}]}}]", 4, "the talk has 81 lines and 80 is the most"),
    (f"{SMALL}examples: [{'{name: b, talk: [{us: a}]}, ' * 61}]", 4, "61 examples are too many: 60 is the most"),
    ("hello", 1, "a flow is written as keys"),
    ("- a", 1, "a flow is written as keys"),
    ("title: x", 1, "a flow needs nodes"),
    ("nodes:\n  a: {say: Hi}", 1, "a flow needs a title"),
    ("title: x\nnodes: {}", 2, "a flow needs nodes"),
    ("title: x\nstart: b\nnodes:\n  a: {say: Hi}", 2, 'unknown node "b"'),
    ("title: x\nnodes:\n  a: Hi", 3, '"a" needs ask:, say:, choose: or do: under it'),
    ("title: x\nnodes:\n  How did it go: {say: Hi}", 3, "cannot name a node"),
    ("title: x\nnodes:\n  end: {say: Hi}", 3, "cannot name a node"),
    ("title: x\nnodes:\n  a: {say: Hi}\n  a: {say: Ho}", 4, '"a" is written twice (first on line 3)'),
    ("title: x\nwishes: {stop: a}\nnodes:\n  a: {say: Hi}", 2, "wishes stand only in phrases.yaml"),
    ("title: x\nnodes:\n  a: {say: Hi}\nexamples: hello", 4, '"examples" is written as a list'),
    ("title: x\nnodes:\n  a: {say: Hi}\nexamples:\n  - name: b", 5, "an example needs name: and talk:"),
    (
        "title: x\nnodes:\n  a: {say: Hi}\nexamples:\n  - name: b\n    given: {stepp: c}\n    talk: [{us: a}]",
        6,
        'unknown key "stepp": did you mean "step"?',
    ),
    ("title: x\nnodes:\n  a: {say: Hi}\nexamples:\n  - name: b\n    talk: [{we: a}]", 6, 'unknown key "we"'),
    ("title: x\nnodes:\n" + "\n".join(f"  a{n}: {{say: Hi}}" for n in range(81)), 2, "there are 81 nodes and 80"),
]


@pytest.mark.parametrize(("text", "line", "sentence"), FAULTY_FILES)
def test_a_fault_in_a_file(text: str, line: int, sentence: str) -> None:
    faults = load(text, "x.yaml").faults
    assert any(fault.line == line and sentence in fault.sentence for fault in faults), [*map(str, faults)]


def test_an_unknown_wish_is_named() -> None:
    faults = load("title: x\nwishes: {call: a}\nnodes:\n  a: {say: Hi}", "phrases.yaml").faults
    assert [str(fault) for fault in faults] == ['phrases.yaml, line 2: unknown wish "call": did you mean "call_me"?']


def test_wishes_have_a_shape() -> None:
    [fault] = load("title: x\nwishes: [stop]\nnodes:\n  a: {say: Hi}", "phrases.yaml").faults
    assert (fault.line, fault.sentence) == (2, "wishes are written as lines, such as call_me: call_now")


def test_examples_may_be_left_empty_and_wins_may_be_many() -> None:
    assert read(SMALL + "examples:\n").examples == ()
    [example] = read(SMALL + "examples:\n  - {name: b, given: {wins: [a, b]}, talk: [{them: ''}]}\n").examples
    assert (example.given, example.talk[0].value) == ({"wins": ("a", "b")}, "")


def test_everything_wrong_is_said_at_once_in_the_order_of_lines() -> None:
    faults = load(with_node("ask_: Hi", "do: paws", "say: Hi {nam}"), "x.yaml").faults
    assert [fault.line for fault in faults] == [4, 5, 6]


def read(text: str) -> Flow:
    loaded = load(text, "x.yaml")
    assert loaded == Loaded(loaded.flow, ())
    assert loaded.flow is not None
    return loaded.flow


def test_yes_and_no_are_words_in_any_case() -> None:
    node = read(asking("reply: progress", "goto: {YES: end, partly: end, No: end}")).nodes["a"]
    assert node.goto == {"yes": "end", "partly": "end", "no": "end"}


def test_ranges_are_spread_out() -> None:
    node = read(asking("reply: scale", "goto: {0: a, 1-6: b.yaml, 7 - 10: end}")).nodes["a"]
    assert [node.goto[str(number)] for number in (0, 1, 6, 7, 10)] == ["a", "b.yaml", "b.yaml", "end", "end"]


def test_one_target_or_any_words_are_a_star() -> None:
    assert read(asking("reply: text", "goto: end")).nodes["a"].goto == {"*": "end"}
    assert read(asking("reply: text", "goto: {any: end, skip: a}")).nodes["a"].goto == {"*": "end", "skip": "a"}


def test_a_text_keeps_its_languages_and_its_line() -> None:
    node = read(with_node("say:", "  en: Hi", "  cy: >-", "    Helo", "    pawb")).nodes["a"]
    assert node.say == Text({"en": "Hi", "cy": "Helo pawb"}, 4)


def test_conditions_are_read_as_facts() -> None:
    node = read(
        with_node("choose:", "  - {if: confidence <= -2 and not has_when and resting = no, goto: a}", "  - {else: end}")
    )
    assert node.nodes["a"].choose[0] == Branch(
        (
            Condition("confidence", "<=", -2),
            Condition("has_when", "is", False),
            Condition("resting", "is", False),
        ),
        "a",
        5,
    )


def test_nudges_come_after_a_length_of_time() -> None:
    [nudge] = read(asking("reply: text", "goto: end", "nudges: [{after: 2 days, say: Still there?}]")).nodes["a"].nudges
    assert nudge.after == timedelta(hours=48)


def test_the_keys_of_a_node_know_their_lines() -> None:
    node = read(asking("reply: progress", "goto:", "  yes: end", "  partly: end", "  no: end")).nodes["a"]
    assert [node.line_of(key) for key in ("ask", "goto.partly", "goto.*", "keep")] == [4, 8, 6, 3]


@given(st.text(max_size=300))
def test_no_text_at_all_makes_it_stumble(text: str) -> None:
    load(text, "x.yaml")


SIGNS = st.text(alphabet="{}[]:,-#&*!|>'\"%@`\t\n ab\\?=~", max_size=4)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_slip_of_the_keyboard_makes_it_stumble(data: st.DataObject) -> None:
    """Any few signs put into, or lines taken out of, a real flow: faults, and never an exception."""
    texts = {path.name: path.read_text("utf-8") for path in FLOWS_DIR.glob("*.yaml")}
    texts["t/scheme.yaml"] = (FLOWS_DIR / "tyneside" / "scheme.yaml").read_text("utf-8")
    file = data.draw(st.sampled_from(sorted(texts)))
    at = data.draw(st.integers(0, len(texts[file])))
    out = data.draw(st.integers(0, 40))
    texts[file] = texts[file][:at] + data.draw(SIGNS) + texts[file][at + out :]
    Library.of(texts)

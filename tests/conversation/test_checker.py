"""What ``check`` finds: errors with their line, advice apart from them, and a table of costs."""

from pathlib import Path

import pytest

from bot.conversation import checker
from bot.conversation.checker import Report
from bot.conversation.faults import Fault
from bot.library import check_folder
from tests.conversation.small_flows import SCHEME, WEEKLY, files, library

FLOWS_DIR = Path(__file__).parents[2] / "flows"


def found(weekly: str = WEEKLY, **more: str) -> list[Fault]:
    made = library(weekly, **more)
    return [*made.faults, *checker.check(made.flows("t"), made.schemes.get("t"))]


def flow(nodes: str) -> str:
    """A flow from its nodes; their first line is line 3."""
    return f"title: x\nnodes:\n{nodes}"


def test_the_small_scheme_has_no_faults() -> None:
    assert found() == []


LONG = "word " * 30  # 150 characters

# Nodes from line 3 on, the line that is wrong, a part of the sentence.
ERRORS = [
    ("  a: {say: Hi., goto: bb}\n  b: {say: Ho.}\n", 3, 'unknown node "bb" in goto: did you mean "b"?'),
    ("  a: {say: Hi., goto: steps.yaml}\n", 3, 'unknown flow "steps.yaml" in goto'),
    ("  a: {say: Hi., goto: phrases.yaml/stopp}\n", 3, 'unknown node "stopp" of phrases.yaml'),
    ("  a:\n    choose:\n      - {if: has_step, goto: x}\n      - {else: end}\n", 5, 'unknown node "x"'),
    (
        "  a:\n    ask: Hi?\n    reply: progress\n    goto:\n      yes: end\n      partly: x\n      no: end\n",
        8,
        'unknown node "x"',
    ),
    ("  a: {say: Hi., goto: b}\n  b: {say: Ho., goto: a}\n", 3, "goes round in a circle and never asks"),
    ("  a: {ask: 'Hi?', reply: text, goto: b}\n  b: {ask: 'Ho?', reply: text, goto: a}\n", 3, "there is no way out"),
    ('  a: {say: "Your step: {step}"}\n', 3, "{step} can be empty here"),
    ('  a: {say: "{confidence} it was {previous_confidence}"}\n', 3, "{previous_confidence} can be empty here"),
    ('  a: {say: "Saved: {win}"}\n', 3, "{win} can be empty here"),
    ('  a: {say: "No texts until {until}"}\n', 3, "{until} can be empty here"),
    (f'  a: {{say: "{LONG}{{name}}"}}\n', 3, "161 characters long, and 1 segment holds 160: take out 1"),
    (
        f"  a: {{say: '{LONG}', goto: b}}\n  b: {{say: And on we go again.}}\n",
        4,
        "joined with a, with the longest fills",
    ),
    ("  a: {say: 'Weiß ich Ğ " + "x" * 60 + "'}\n", 3, "1 segment holds 70"),
]


@pytest.mark.parametrize(("nodes", "line", "sentence"), ERRORS)
def test_an_error(nodes: str, line: int, sentence: str) -> None:
    faults = found(flow(nodes))
    assert any(f.is_error and f.line == line and sentence in f.sentence for f in faults), [*map(str, faults)]


# Ways that make sure of a placeholder, so that there is nothing to say.
CERTAIN = [
    """\
  a:
    choose:
      - {if: has_step and has_when, goto: b}
      - {else: end}
  b: {say: "{step}, {when}."}
""",
    """\
  a:
    choose:
      - {if: not has_step, goto: end}
      - {else: b}
  b: {say: "{step}."}
""",
    """\
  a:
    choose:
      - {if: wins >= 1, goto: b}
      - {else: end}
  b: {say: "{win}."}
""",
    """\
  a: {ask: "What, and when?", reply: plan, keep: step, whatsapp_template: t, goto: {plan: b, unclear: end}}
  b: {ask: "{step}. When?", reply: when, keep: step.when, goto: {when: c, unclear: c}}
  c: {say: "{step}, {when}."}
""",
    """\
  a: {ask: "How sure?", reply: scale, keep: step.confidence, whatsapp_template: t, goto: {0-10: b}}
  b:
    choose:
      - {if: confidence_change <= -2, goto: c}
      - {else: end}
  c: {say: "It was {previous_confidence} and now {confidence}."}
""",
    """\
  a: {do: pause, say: "No texts until {until}."}
""",
]


@pytest.mark.parametrize("nodes", CERTAIN)
def test_what_every_way_makes_sure_of_is_no_error(nodes: str) -> None:
    assert [fault for fault in found(flow(nodes)) if fault.is_error] == []


# Ways that lose it again.
UNCERTAIN = [
    (
        """\
  a:
    choose:
      - {if: has_step, goto: b}
      - {else: b}
  b: {say: "{step}."}
""",
        7,
    ),
    (
        """\
  a: {ask: "What, and when?", reply: plan, keep: step, whatsapp_template: t, goto: {plan: b, skip: b}}
  b: {say: "{step}."}
""",
        4,
    ),
    (
        """\
  a:
    choose:
      - {if: has_when and has_step, goto: b}
      - {else: end}
  b: {ask: "What, and when?", reply: plan, keep: step, goto: {plan: c}}
  c: {say: "{step}, {when}."}
""",
        8,
    ),
    (
        """\
  a:
    choose:
      - {if: not has_step and resting, goto: end}
      - {else: b}
  b: {say: "{step}."}
""",
        7,
    ),
]


@pytest.mark.parametrize(("nodes", "line"), UNCERTAIN)
def test_one_way_without_it_is_enough_for_an_error(nodes: str, line: int) -> None:
    assert any(f.line == line and "can be empty here" in f.sentence for f in found(flow(nodes)))


def test_two_segments_are_allowed_where_a_node_says_so() -> None:
    long = "a few words. " * 11
    nodes = f"""\
  a: {{say: "{long}", goto: b, segments: 2, whatsapp_template: t}}
  b: {{say: "And on we go again.", whatsapp_template: t}}
"""
    assert found(flow(nodes)) == []
    assert found(flow(nodes.replace("segments: 2, ", ""))) != []


# Nodes from line 3 on, the line, a part of the sentence.
ADVICE = [
    ("  a: {say: Hi.}\n  b: {say: Ho.}\n", 4, 'nothing leads to "b"'),
    ("  a: {say: 'It’s on.'}\n", 3, '"’" (right single quotation mark) is not a plain character'),
    ("  a: {say: 'It’s on.'}\n", 3, 'use "\'"'),
    ("  a: {say: Well done 😀}\n", 3, "(grinning face) is not a plain character"),
    ("  a: {say: You missed it.}\n", 3, '"missed" can sound like blame'),
    ("  a: {say: You still haven't.}\n", 3, '"still haven\'t" can sound like blame'),
    ("  a: {say: Reply YES or NO.}\n", 3, '"YES" belongs to the network'),
    ("  a: {say: 'How are you? And your mam?'}\n", 3, "there are two questions in one text"),
    (
        "  a: {say: 'How are you?', goto: b}\n  b: {say: 'And your mam?'}\n",
        4,
        'joined with "a", this makes two questions',
    ),
    (
        "  a: {say: Notwithstanding considerable organisational difficulties we continuously endeavour"
        " to facilitate individual opportunities and progression}\n",
        3,
        "the words read like a text for",
    ),
]


@pytest.mark.parametrize(("nodes", "line", "sentence"), ADVICE)
def test_advice(nodes: str, line: int, sentence: str) -> None:
    faults = found(flow(nodes))
    assert any(not f.is_error and f.line == line and sentence in f.sentence for f in faults), [*map(str, faults)]


@pytest.mark.parametrize(
    "say",
    [
        "Sorry, I missed that.",
        "Text STOP to end.",
        "Text START if you change your mind.",
        "Good to hear from you, {name}. Nothing to catch up on. Want a small step or a chat? Reply STEP or CALL.",
    ],
)
def test_words_that_need_no_advice(say: str) -> None:
    assert found(flow(f'  a: {{say: "{say}", whatsapp_template: t}}\n')) == []


def test_a_language_half_done() -> None:
    two = SCHEME + "languages: [en, cy]\n"
    half = WEEKLY.replace('"Thanks, {name}."', '{en: "Thanks, {name}.", cy: "Diolch, {name}."}')
    faults = found(half, t__scheme=two)
    assert [fault.line for fault in faults if fault.file == "weekly_check_in.yaml"] == [4]
    assert [str(fault) for fault in found(t__scheme=two)] == [
        'phrases.yaml: nothing here is written in "cy": "en" is sent in its place',
        'weekly_check_in.yaml: nothing here is written in "cy": "en" is sent in its place',
    ]


def test_a_language_of_its_own_is_counted_too() -> None:
    text = f'{{en: Hi., cy: "{"gair " * 40}"}}'
    faults = found(flow(f"  a: {{say: {text}, whatsapp_template: t}}\n"), t__scheme=SCHEME + "languages: [en, cy]\n")
    assert any("1 segment holds 160" in fault.sentence for fault in faults)


def test_the_table_counts_texts_and_segments_of_every_way() -> None:
    made = library()
    [row] = checker.costs(made.flows("t"), made.schemes["t"])
    assert (row.flow, row.texts, row.segments, row.more) == ("weekly_check_in", (2, 2), (2, 2), False)


def test_the_table_follows_what_is_known() -> None:
    """A fork on a number that an answer has fixed goes one way only."""
    nodes = """\
  a: {ask: "How sure?", reply: scale, keep: step.confidence, goto: {0-10: b}}
  b:
    choose:
      - {if: confidence >= 0, goto: end}
      - {else: c}
  c: {ask: "And why?", reply: text, goto: end}
"""
    made = library(flow(nodes))
    [row] = checker.costs(made.flows("t"), made.schemes["t"])
    assert row.texts == (1, 1)


def test_the_table_has_no_row_for_a_way_to_a_flow_that_is_not_there() -> None:
    made = library(flow("  a: {say: Hi., goto: nowhere.yaml}\n"))
    [row] = checker.costs(made.flows("t"), None)
    assert (row.paths, row.texts) == (1, (1, 1))


def test_a_fork_that_no_line_of_holds_ends_there() -> None:
    nodes = "  a: {do: less, goto: b}\n  b:\n    choose:\n      - {if: has_step, goto: c}\n  c: {say: Hi.}\n"
    made = library(flow(nodes))
    [row] = checker.costs(made.flows("t"), made.schemes["t"])
    assert (row.paths, row.texts) == (1, (1, 1))


def test_a_folder_whose_scheme_is_wrong_is_judged_all_the_same() -> None:
    faults = found(flow("  a: {say: You missed it.}\n"), t__scheme="name: x\n")
    assert any("cannot start" in fault.sentence for fault in faults)
    assert any("can sound like blame" in fault.sentence for fault in faults)


def test_a_report_without_faults_says_so_and_two_segments_hold_306() -> None:
    assert Report(()).text() == "no errors, no pieces of advice."
    faults = found(flow(f"  a: {{say: '{'a b. ' * 62}', segments: 2, whatsapp_template: t}}\n"))
    assert any("309 characters long, and 2 segments hold 306: take out 3" in fault.sentence for fault in faults)


def test_a_report_reads_errors_then_advice_then_the_table() -> None:
    faults = (Fault("a.yaml", 3, "wrong"), Fault("a.yaml", 5, "think", is_error=False))
    made = library()
    text = Report(faults, checker.costs(made.flows("t"), made.schemes["t"])).text()
    assert text.splitlines()[:5] == ["Errors", "  a.yaml, line 3: wrong", "", "Advice", "  a.yaml, line 5: think"]
    assert "weekly_check_in" in text
    assert text.endswith("1 error, 1 piece of advice.")


def test_examples_of_a_broken_flow_are_not_played(tmp_path: Path) -> None:
    """Each would fail, and bury the fault that makes it."""
    broken = "title: x\nnodes:\n  a: {say: Hi., goto: b}\nexamples: [{name: c, talk: [{us: z}]}]\n"
    for name, text in files(broken, other__scheme="name: x\n").items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    report = check_folder(tmp_path, "t")
    assert [fault.sentence[:17] for fault in report.errors] == ['unknown node "b" ']
    assert report.text().endswith("The examples are played once these errors are put right.")
    assert any(fault.file == "other/scheme.yaml" for fault in check_folder(tmp_path).errors)


def test_the_standard_flows_have_no_fault_and_no_advice() -> None:
    report = check_folder(FLOWS_DIR)
    assert [str(fault) for fault in report.faults] == []
    assert {row.flow for row in report.costs} >= {"weekly_check_in", "welcome"}

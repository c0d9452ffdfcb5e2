"""What an editor is told of a file that is not plain YAML, and what YAML would have made of plain words."""

import pytest

from bot.conversation.loader import load
from bot.conversation.written import MAX_FILE, read

# A file, the line that is wrong, a part of the sentence.
FAULTY = [
    ("a: b: c", 1, "a colon inside a text: put double quotes round the whole text"),
    ("title: x\nask: 'not closed\nmore: 1\n", 2, "opened here and never closed"),
    ("\ttitle: x", 1, "tab"),
    ("nodes:\n  a: 1\n\tb: 2", 3, "tab"),
    ("ask: {name}, hello", 1, "set in differently from the lines it belongs with, or a text needs quotes"),
    ("goto: {yes: a", 1, "a bracket { is opened here and not closed"),
    ("do: [a, b\nsay: c", 1, "a bracket [ is opened here and not closed"),
    ("a: &one 1\nb: *one", 1, "a text that begins with & or * needs quotes"),
    ("a: *nobody", 1, "a text that begins with & or * needs quotes"),
    ("a: !!python/object/apply:os.system [ls]", 1, "a text that begins with ! needs quotes"),
    ("a: !wow", 1, "a text that begins with ! needs quotes"),
    ("title: x\nnodes: 1\ntitle: y", 3, '"title" is written twice (first on line 1)'),
    ("---\na: 1\n---\nb: 2", 4, "a second document begins"),
    ("", 0, "the file is empty"),
    ("# only a comment\n", 0, "the file is empty"),
    ("a:\n  b: 1\n c: 2", 3, "set in differently"),
    ("- a\nb: 1", 2, "set in differently"),
    ("a: \x07", 1, "a character here cannot stand in YAML"),
    ("a: \ud800", 0, "save it as UTF-8"),
    ('a: "x\\q"', 1, "a backslash inside double quotes"),
    ("a: @home", 1, "quotes round the text"),
    ("{a: 1}: 2", 1, "a text that begins with { or [ needs quotes"),
    ("[" * 5000, 1, "too much nesting"),
    ("a: " + "[1, " * 5 + "{b: " * 20, 1, "too much nesting"),
    ("x" * (MAX_FILE + 1), 0, "split it"),
    ("- x\n" * 30_000, 20000, "too many entries"),
]


@pytest.mark.parametrize(("text", "line", "sentence"), FAULTY)
def test_a_fault_has_its_line_and_a_sentence(text: str, line: int, sentence: str) -> None:
    _, [fault, *_] = read(text, "flow.yaml")
    assert (fault.file, fault.line) == ("flow.yaml", line)
    assert sentence in fault.sentence


def test_faults_of_yaml_reach_the_editor_through_the_loader() -> None:
    loaded = load("title: x: y", "step.yaml")
    assert loaded.flow is None
    assert str(loaded.faults[0]) == ("step.yaml, line 1: a colon inside a text: put double quotes round the whole text")


@pytest.mark.parametrize(
    "words", ["no", "NO", "yes", "on", "off", "y", "null", "~", "11:00", "1.0", "007", "1e3", "2026-11-24", "0x10"]
)
def test_words_stay_as_they_were_written(words: str) -> None:
    tree, faults = read(f"a: {words}\n{words}: b\n", "x.yaml")
    assert faults == []
    assert tree is not None
    assert tree.named is not None
    assert tree.named["a"].text == words
    assert tree.named[words].text == "b"


def test_a_byte_order_mark_is_passed_over() -> None:
    tree, faults = read("\ufefftitle: x", "x.yaml")
    assert faults == []
    assert tree is not None
    assert list(tree.named or ()) == ["title"]


def test_a_document_may_be_marked_at_both_ends() -> None:
    assert read("---\na: 1\n...\n", "x.yaml")[1] == []


def test_windows_line_ends_do_not_move_the_lines() -> None:
    _, faults = read("a: 1\r\nb: 2\r\na: 3\r\n", "x.yaml")
    assert [fault.line for fault in faults] == [3]

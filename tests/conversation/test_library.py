"""Flows by scheme, their own wordings, and the versions that live check-ins end on."""

import json
from pathlib import Path

import pytest

from bot.library import FlowsRefused, Library
from tests.conversation.small_flows import SCHEME, WEEKLY, files, library

OTHER = 'title: x\nnodes:\n  a: {say: "Hello, {name}."}\n'
OWN_PHRASES = 'title: Ours\nwishes: {wins: ours}\nnodes:\n  passed_on: {say: "Ta."}\n  ours: {say: "Your wins."}\n'


def spoken(made: Library, scheme: str, place: str) -> str:
    node = made.flows(scheme).node(place)
    text = node.ask or node.say
    assert text is not None
    return text.in_language("en")


def test_a_folder_is_read(tmp_path: Path) -> None:
    for name, text in files().items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    made = Library.load(tmp_path)
    made.require_sound()
    assert list(made.schemes) == ["t"]
    assert made.scheme("t").name == "Tyneside Steps"


def test_a_flow_of_the_same_name_takes_its_place_in_that_scheme_alone() -> None:
    made = library(t__weekly_check_in=OTHER, other__scheme=SCHEME)
    assert list(made.flows("t").by_key["weekly_check_in"].nodes) == ["a"]
    assert spoken(made, "other", "weekly_check_in/how_sure") == "How sure are you, 0 to 10?"


def test_own_phrases_replace_only_what_they_name() -> None:
    made = library(t__phrases=OWN_PHRASES)
    assert made.faults == ()
    assert spoken(made, "t", "phrases/passed_on") == "Ta."
    assert spoken(made, "t", "phrases/crisis") == "OK."
    assert made.flows("t").phrases.wishes["wins"] == "ours"
    assert made.flows("t").phrases.wishes["less"] == "fine"


def test_a_fault_in_own_phrases_names_the_file_it_stands_in() -> None:
    broken = OWN_PHRASES.replace("{wins: ours}", "{wins: hours}").replace('"Ta."', '"Ta.", goto: x')
    faults = library(t__phrases=broken).faults
    assert [(fault.file, fault.line) for fault in faults] == [("t/phrases.yaml", 2), ("t/phrases.yaml", 4)]


def test_flows_with_errors_are_refused_with_every_sentence() -> None:
    made = library("title: x\nnodes:\n  a: {say: Hi, goto: b}\n  c: {say: Hi, got: end}\n")
    with pytest.raises(FlowsRefused) as refused:
        made.require_sound()
    assert str(refused.value).splitlines() == [
        'weekly_check_in.yaml, line 3: unknown node "b" in goto: name a node of this file, end,'
        " or another flow such as step.yaml",
        'weekly_check_in.yaml, line 4: unknown key "got": did you mean "goto"?',
    ]


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ({}, "there is no scheme: make a folder with a scheme.yaml in it"),
        ({"t/step.yaml": OTHER}, "t/scheme.yaml: this folder has no scheme.yaml"),
        ({"t/scheme.yaml": SCHEME}, "phrases.yaml: there is no phrases.yaml"),
        ({**files(), "phrases.yaml": OTHER}, 'phrases.yaml: the node "crisis" is missing'),
        ({**files(), "phrases.yaml": OTHER}, 'phrases.yaml: the wish "stop" has no answer'),
    ],
)
def test_what_is_missing_is_said(texts: dict[str, str], sentence: str) -> None:
    assert any(sentence in str(fault) for fault in Library.of(texts).faults)


def test_a_folder_that_is_not_there_and_a_file_that_is_no_text(tmp_path: Path) -> None:
    assert any("there is no such folder" in fault.sentence for fault in Library.load(tmp_path / "nowhere").faults)
    (tmp_path / "step.yaml").write_bytes(b"title: \xff\xfe")
    assert any("UTF-8" in fault.sentence for fault in Library.load(tmp_path).faults)


# ---------------------------------------------------------------- versions


LEADING = 'title: x\nnodes:\n  a: {say: "Hello.", goto: step.yaml}\n'
STEP = 'title: x\nnodes:\n  old: {say: "Old words."}\n'
UNREACHED = 'title: x\nnodes:\n  u: {say: "Elsewhere."}\n'


def test_a_pin_holds_every_file_the_flow_can_lead_to() -> None:
    made = library(LEADING, step=STEP, unreached=UNREACHED)
    pin = made.pin("t", "weekly_check_in")
    assert sorted(pin.files) == ["phrases.yaml", "step.yaml", "weekly_check_in.yaml"]
    assert json.loads(json.dumps(pin.files)) == pin.files


def test_a_pin_changes_with_its_text_and_with_nothing_else() -> None:
    first = library(LEADING, step=STEP, unreached=UNREACHED).pin("t", "weekly_check_in").hash
    assert library(LEADING, step=STEP).pin("t", "weekly_check_in").hash == first
    assert library(LEADING, step=STEP + "# a word\n").pin("t", "weekly_check_in").hash != first
    assert library(LEADING, step=STEP, other__scheme=SCHEME).pin("other", "weekly_check_in").hash != first
    assert len(first) == 64


def test_the_current_version_is_the_current_flows() -> None:
    made = library()
    pin = made.pin("t", "weekly_check_in")
    assert made.pinned("t", pin.hash, pin.files) is made.flows("t")


def test_a_check_in_ends_on_the_wording_it_began_with() -> None:
    pin = library(LEADING, step=STEP).pin("t", "weekly_check_in")
    now = library(LEADING.replace("Hello", "Hiya"), step=STEP.replace("Old", "New"))
    flows = now.pinned("t", pin.hash, pin.files)
    assert flows.node("weekly_check_in/a").say == library(LEADING, step=STEP).flows("t").node("weekly_check_in/a").say
    assert flows.node("step/old").say.in_language("en") == "Old words."  # type: ignore[union-attr]
    assert now.pinned("t", pin.hash, pin.files) is flows


def test_phrases_are_always_the_current_ones() -> None:
    pin = library(t__phrases=OWN_PHRASES).pin("t", "weekly_check_in")
    now = library(WEEKLY + "# edited\n")
    flows = now.pinned("t", pin.hash, pin.files)
    assert flows.phrases.nodes["passed_on"].say == now.flows("t").phrases.nodes["passed_on"].say
    assert flows.phrases.wishes == now.flows("t").phrases.wishes | {"wins": "fine"}
    assert "ours" in flows.phrases.nodes  # an aside may stand open on it


def test_a_flow_or_node_that_goes_away_breaks_no_live_check_in() -> None:
    pin = library(LEADING, step=STEP).pin("t", "weekly_check_in")
    now = library('title: x\nnodes:\n  b: {say: "All new."}\n')
    flows = now.pinned("t", pin.hash, pin.files)
    assert flows.node("weekly_check_in/a").say is not None
    assert flows.target("weekly_check_in/a", "step.yaml") == "step/old"
    assert flows.node("step/old").say is not None


def test_what_was_written_since_can_be_led_to_from_the_current_phrases() -> None:
    pin = library(LEADING, step=STEP).pin("t", "weekly_check_in")
    now = library(
        LEADING,
        step=STEP + '  small: {say: "Half of it."}\n',
        t__phrases="title: x\nwishes: {small: step.yaml/small}\nnodes:\n  z: {say: Hm.}\n",
    )
    flows = now.pinned("t", pin.hash, pin.files)
    assert flows.node(str(flows.target("phrases/", flows.phrases.wishes["small"]))).say is not None


def test_a_version_outlives_its_scheme() -> None:
    pin = library(t__weekly_check_in=OTHER).pin("t", "weekly_check_in")
    made = library(other__scheme=SCHEME)
    flows = made.pinned("gone", pin.hash, pin.files)
    assert flows.node("weekly_check_in/a").say is not None


def test_versions_are_kept_read_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.library.MAX_PINNED", 1)
    pin = library(LEADING, step=STEP).pin("t", "weekly_check_in")
    now = library()
    first = now.pinned("t", pin.hash, pin.files)
    now.pinned("t", "another", pin.files)
    again = now.pinned("t", pin.hash, pin.files)
    assert again is not first
    assert again == first

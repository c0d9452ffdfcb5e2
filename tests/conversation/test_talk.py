"""The simulator: a line in, lines out; and a conversation kept as an example of the flow."""

from pathlib import Path

import pytest

from bot.conversation.example_writer import with_example
from bot.conversation.flow import Example, ExampleLine
from bot.conversation.loader import load
from bot.conversation.talk import Talk
from bot.library import FlowsRefused, check_folder, open_talk
from tests.conversation.small_flows import files
from tests.conversation.test_examples import FLOW

WEEKLY = FLOW.partition("examples:")[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in files(WEEKLY).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


@pytest.fixture
def talk(folder: Path) -> Talk:
    talk = open_talk(folder, "weekly_check_in", given={"confidence": "6"})
    talk.opening()
    return talk


def said(lines: list[str]) -> str:
    return "\n".join(lines)


def test_a_text_is_shown_with_what_it_costs(folder: Path) -> None:
    lines = said(open_talk(folder, "flows/weekly_check_in.yaml").opening())
    assert "How sure are you, 0 to 10?" in lines
    assert "[weekly_check_in/how_sure, 26 characters, 1 segment]" in lines


def test_a_reply_shows_what_is_kept_done_and_said(talk: Talk) -> None:
    lines = said(talk.line("2"))
    assert "(kept step.confidence = 2, sure)" in lines
    assert "(flag confidence" in lines
    assert "What would help?" in lines


def test_waiting_brings_the_nudge(talk: Talk) -> None:
    assert talk.line("/wait 1d") == ["It is Wed 25 Nov, 11:00 now."]
    assert "No rush." in said(talk.line("/wait 1d"))


def test_why_tells_how_the_last_reply_was_read(talk: Talk) -> None:
    assert talk.line("/why") == ["nothing has been read yet: type a reply first"]
    talk.line("7")
    assert "answer: 7, sure" in said(talk.line("/why"))


def test_facts_are_shown(talk: Talk) -> None:
    lines = said(talk.line("/facts"))
    assert "The open question: weekly_check_in/how_sure" in lines
    assert "previous_confidence = 6" in lines
    assert "{name} = Kim" in lines


def test_somebody_else_is_given(talk: Talk) -> None:
    assert "How sure" in said(talk.line('/given name="Jo Ann" confidence=3'))
    assert "{name} = Jo Ann" in said(talk.line("/facts"))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("/wat 2d", 'unknown command "/wat": did you mean "/wait"?'),
        ("/wait", "is not a length of time"),
        ("/wait soon", "is not a length of time"),
        ("/given step", '"step" has no ='),
        ("/given stepp=1", 'did you mean "step"?'),
        ("/given confidence=lots", "is not a whole number"),
        ('/given name="Jo', "No closing quotation"),
        ("/save", "a name is a few words"),
        ("/save ../../etc/passwd", "a name is a few words"),
        ("/save a: b", "a name is a few words"),
    ],
)
def test_a_slip_is_answered_with_a_sentence(talk: Talk, line: str, sentence: str) -> None:
    assert sentence in said(talk.line(line))
    assert not talk.done


def test_nothing_typed_is_nothing_shown(talk: Talk) -> None:
    assert talk.line("   ") == []


def test_between_check_ins_a_done_belongs_to_the_last_step(folder: Path) -> None:
    talk = open_talk(folder, "weekly_check_in", given={"step": "ring the college"})
    talk.opening()
    talk.line("9")
    assert "(the check-in has ended)" in said(talk.line("/wait 1h")) or talk.line("/facts")
    assert "the last step: done" in said(talk.line("done"))


def test_silence_says_why(folder: Path) -> None:
    talk = open_talk(folder, "weekly_check_in", given={"state": "opted_out"})
    assert "(nothing is said:" in said([*talk.opening(), *talk.line("hello there")])


def test_a_flow_that_stumbles_is_told_and_goes_on(folder: Path) -> None:
    talk = open_talk(folder, "weekly_check_in")
    assert "the flow stumbles here" in said(talk.line("/given at=nowhere.yaml"))
    assert not talk.done


def test_help_and_quit(talk: Talk) -> None:
    assert "/wait 2d" in said(talk.line("/help"))
    assert talk.line("/quit") == []
    assert talk.done


def test_a_talk_is_saved_as_an_example_that_holds(talk: Talk, folder: Path) -> None:
    talk.line("/wait 2 days")
    talk.line("2")
    talk.line("a lift: there & back")
    assert talk.line("/save a low number, and what would help") == [
        'saved as "a low number, and what would help" in weekly_check_in.yaml'
    ]
    written = (folder / "weekly_check_in.yaml").read_text("utf-8")
    assert written.startswith(WEEKLY.rstrip())
    assert [str(fault) for fault in check_folder(folder).errors] == []
    flow = load(written, "weekly_check_in.yaml").flow
    assert flow is not None
    [example] = flow.examples
    assert example.given == {"confidence": "6"}
    assert [(line.kind, line.value) for line in example.talk] == [
        ("us", "how_sure"),
        ("after", "2 days"),
        ("us", "nudge"),
        ("them", "2"),
        ("us", "why"),
        ("then", "flag confidence"),
        ("them", "a lift: there & back"),
        ("us", "thanks"),
        ("then", "less"),
    ]
    assert "there is an example" in said(talk.line("/save a low number, and what would help"))


def test_flows_with_errors_are_not_talked_with(folder: Path) -> None:
    (folder / "weekly_check_in.yaml").write_text("title: x", "utf-8")
    with pytest.raises(FlowsRefused, match="a flow needs nodes"):
        open_talk(folder, "weekly_check_in")


@pytest.mark.parametrize(
    ("flow", "scheme", "sentence"),
    [("weekly_checkin", None, 'did you mean "weekly_check_in"?'), ("weekly_check_in", "tt", 'unknown scheme "tt"')],
)
def test_a_flow_or_scheme_that_is_not_there(folder: Path, flow: str, scheme: str | None, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence.replace("?", r"\?")):
        open_talk(folder, flow, scheme)


# ---------------------------------------------------------------- where an example is written

NEW = Example("it is new", {"wins": ("rang them", "no: yes")}, (ExampleLine("us", "a"), ExampleLine("them", "no 😀")))
HEAD = "# A comment.\ntitle: x   # and another\nnodes:\n  a: {say: Hi.}  # and one more\n"
OLD = "examples:   # these\n- name: old\n  talk:\n  - us: a   # kept\n"

LAYOUTS = [
    HEAD,
    HEAD.rstrip("\n"),
    HEAD + "\n\n\n",
    HEAD + OLD,
    HEAD + OLD.replace("\n", "\n\n"),
    "title: x\n" + OLD + "# between\nnodes:\n  a: {say: Hi.}\n",
    (HEAD + OLD).replace("\n", "\r\n"),
]


@pytest.mark.parametrize("text", LAYOUTS)
def test_an_example_is_added_and_all_else_stays(text: str) -> None:
    written = with_example(text, "x.yaml", NEW)
    loaded = load(written, "x.yaml")
    assert loaded.faults == ()
    assert loaded.flow is not None
    saved = loaded.flow.examples[-1]
    assert (saved.name, saved.given) == (NEW.name, NEW.given)
    assert [(line.kind, line.value) for line in saved.talk] == [("us", "a"), ("them", "no 😀")]
    rest = iter(written.splitlines())
    assert all(line in rest for line in text.splitlines() if line.strip())  # every line, in its order
    assert written.count("\r\n") in (0, written.count("\n"))


@pytest.mark.parametrize("text", [HEAD + "examples: [{name: old, talk: [{us: a}]}]\n", "title: x\n"])
def test_a_file_that_cannot_be_added_to_is_left_alone(text: str) -> None:
    with pytest.raises(ValueError, match="x.yaml"):
        with_example(text, "x.yaml", NEW)

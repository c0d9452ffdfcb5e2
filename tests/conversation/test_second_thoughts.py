"""What they put right, say in two texts, or say late goes to the question that it answers, and nothing else does."""

from datetime import timedelta

import pytest

from bot.conversation.decision import Keep, OutcomeOfLastStep
from tests.conversation.people import Talk, leon

TO_THE_SCALE = ("done", "my mam helped", "ring asda fri 2pm")


def kept(talk: Talk) -> list[tuple[object, bool]]:
    return [(effect.value, effect.corrects) for effect in talk.decision.effects if isinstance(effect, Keep)]


def after(*texts: str) -> Talk:
    talk = Talk(leon(), "weekly_check_in")
    for text in texts:
        talk.them(text)
    return talk


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sorry meant 4", 4),
        ("i meant six", 6),
        ("*4", 4),
        ("4*", 4),
        ("no wait, 6", 6),
        ("Actually a 3", 3),
        ("make that 5", 5),
        ("oops 2", 2),
        ("it was 4", 4),
        ("its 4", 4),
        ("change it to 9", 9),
        ("sorry 5", 5),
        ("no 5", 5),
        ("should of been 3", 3),
        ("typo, 7 out of 10", 7),
    ],
)
def test_a_score_put_right_is_changed_and_they_are_told(text: str, value: int) -> None:
    talk = after(*TO_THE_SCALE, "8")
    open_question = talk.asks
    talk.them(text)
    assert kept(talk) == [(value, True)]
    assert "changed that" in talk.said
    assert talk.asks == open_question


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sorry meant not yet", "not_yet"),
        ("actually no i havent", "not_yet"),
        ("no wait i didnt", "not_yet"),
        ("*not yet", "not_yet"),
        ("i meant some", "some"),
        ("oops i meant half of it", "some"),
    ],
)
def test_how_it_went_put_right_is_changed_and_they_are_told(text: str, value: str) -> None:
    talk = after("done")
    talk.them(text)
    assert kept(talk) == [(value, True)]
    assert "changed that" in talk.said
    assert talk.asks == "weekly_check_in/what_helped"


@pytest.mark.parametrize(
    "text",
    [
        "thanks",
        "sorry for the late reply",
        "actually its fine",
        "no wait",
        "meant to say thanks",
        "sorry i meant the library",
        "oops",
        "its 3pm",
        "no 38 bus",
        "sorry 2 kids off",
    ],
)
def test_what_begins_like_a_correction_and_names_no_score_changes_none(text: str) -> None:
    talk = after(*TO_THE_SCALE, "8")
    talk.them(text)
    assert not any(corrects for _, corrects in kept(talk))
    assert "changed that" not in talk.said


@pytest.mark.parametrize(
    "text", ["it was in the loft", "sorry my mam helped", "its a good place", "hang on my sister helped"]
)
def test_what_helped_is_no_correction_of_how_it_went(text: str) -> None:
    talk = after("done")
    talk.them(text)
    assert kept(talk) == [(text, False)]
    assert talk.asks == "weekly_check_in/next_step"


@pytest.mark.parametrize(
    ("said", "first", "second", "value"),
    [
        ((), "well", "half of it", "some"),
        ((), "erm", "aye done it", "done"),
        ((), "hmm", "not yet tbh", "not_yet"),
        (TO_THE_SCALE, "erm", "7", 7),
        (TO_THE_SCALE, "dunno", "bout a 6", 6),
        (TO_THE_SCALE, "good question", "5 or 6", 5),
    ],
)
@pytest.mark.parametrize("seconds", [1, 20, 59, 300])
def test_what_was_unclear_alone_is_answered_by_the_text_after_it(
    said: tuple[str, ...], first: str, second: str, value: object, seconds: int
) -> None:
    talk = after(*said)
    talk.them(first)
    talk.them(second, after=timedelta(seconds=seconds))
    assert (value, False) in kept(talk)
    assert talk.flags == []


@pytest.mark.parametrize(
    ("text", "weeks"),
    [
        ("1", "1"),
        ("2", "2"),
        ("4", "4"),
        ("2 weeks", "2"),
        ("number 2", "2"),
        ("2 please x", "2"),
        ("a fortnight", "2"),
        ("a month", "4"),
    ],
)
def test_a_number_on_a_menu_is_the_menus(text: str, weeks: str) -> None:
    talk = after("PAUSE")
    assert talk.asks == "phrases/how_many_weeks"
    talk.them(text)
    assert kept(talk) == [(weeks, False)]
    assert talk.actions == ["pause"]


def test_a_number_on_a_menu_is_no_score_of_the_question_before_it() -> None:
    talk = after(*TO_THE_SCALE, "PAUSE", "2")
    assert kept(talk) == [("2", False)]
    assert talk.decision.effects[0].kept_as == "pause.weeks"  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["done it!", "DONE", "aye did it", "done it sunday", "did it in the end", "yes"])
def test_a_late_done_belongs_to_the_last_step(text: str) -> None:
    talk = Talk(leon())
    talk.them(text)
    assert [e.outcome for e in talk.decision.effects if isinstance(e, OutcomeOfLastStep)] == ["done"]
    assert "Saved in your wins" in talk.said


@pytest.mark.parametrize(
    "text",
    [
        "is it done online",
        "the job was done by someone else",
        "done with this weather",
        "my mam did it",
        "half of it",
        "not yet",
        "thanks",
        "what was my step",
    ],
)
def test_nothing_else_said_late_is_a_step_done(text: str) -> None:
    talk = Talk(leon())
    talk.them(text)
    assert not any(isinstance(effect, OutcomeOfLastStep) for effect in talk.decision.effects)

"""While a practitioner and a person write to each other, the bot keeps out of it, but for what cannot wait."""

import pytest

from bot.conversation.decision import Act, Keep, RaiseFlag
from bot.conversation.rules import IN_TOUCH
from tests.conversation.people import Talk, leon


def talk() -> Talk:
    """The weekly question is open; then Sam writes to Leon."""
    begun = Talk(leon(), "weekly_check_in")
    begun.facts = leon(held_for=IN_TOUCH)
    return begun


def flags(of: Talk) -> list[str]:
    return [effect.kind for effect in of.decision.effects if isinstance(effect, RaiseFlag)]


@pytest.mark.parametrize("words", ["yes", "done", "7", "not yet", "thurs 2pm", "later", "skip", "hi", "are you a bot"])
def test_what_may_be_meant_for_sam_is_no_answer_to_the_bot(words: str) -> None:
    begun = talk()
    before = begun.state
    begun.them(words)
    assert begun.said == ""
    assert not [effect for effect in begun.decision.effects if isinstance(effect, Keep | Act)]
    assert flags(begun) == ["message"]
    assert begun.asks == (before and before.at)


@pytest.mark.parametrize("words", ["thanks", "👍", "ok cheers"])
def test_thanks_is_read_and_calls_for_nobody(words: str) -> None:
    begun = talk()
    begun.them(words)
    assert (begun.said, flags(begun)) == ("", [])


@pytest.mark.parametrize(
    ("words", "flag"),
    [
        ("i want to die", "safety"),
        ("call me please", "asked_for_you"),
        ("STOP", "opted_out"),
        ("i feel really low and cant cope", "distress"),
    ],
)
def test_what_cannot_wait_is_answered_as_ever(words: str, flag: str) -> None:
    begun = talk()
    begun.them(words)
    assert flag in flags(begun)
    assert begun.said


def test_a_break_is_theirs_to_take_and_a_voice_note_cannot_be_opened_by_sam_either() -> None:
    begun = talk()
    begun.them("BREAK")
    assert begun.said
    begun = talk()
    begun.facts = leon(held_for=IN_TOUCH, media=1, kinds=("voice note",))
    begun.them("")
    assert "voice" in begun.said.lower()
    assert flags(begun) == ["message"]


def test_other_holds_stay_what_they_were() -> None:
    begun = Talk(leon(), "weekly_check_in")
    begun.facts = leon(held_for="asked_for_you")
    begun.them("done it")
    assert any(isinstance(effect, Keep) for effect in begun.decision.effects)

"""What holds of every text: it is read, it never raises, and dress does not change a clear answer."""

import re
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.reading import KINDS, Question, displayable, hear, read, read_barrier
from bot.reading.concepts import concepts
from bot.reading.concern import concern
from bot.reading.normalise import canonical
from bot.reading.phrases import compile_phrase
from bot.reading.rules import compile_rule
from bot.reading.words import sheet, spelling

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/London"))
TABLES = Path(__file__).parent / "tables"
CONCERN = sheet("en", "concern")
CLEAR = [
    ("scale", "7"),
    ("scale", "seven"),
    ("scale", "6-7"),
    ("scale", "8 out of 10"),
    ("progress", "yes"),
    ("progress", "not yet"),
    ("progress", "half of it"),
    ("progress", "tried but they were shut"),
    ("progress", "what do you mean"),
    ("progress", "they offered me a trial"),
    ("scale", "its 7 now"),
    ("scale", "was 3 now 5"),
    ("scale", "better than last week"),
    ("keyword", "stop"),
    ("keyword", "please stop texting me"),
    ("keyword", "can someone ring us"),
    ("concern", "i want to die"),
    ("concern", "my husband beats me"),
    ("concern", "nowhere to sleep tonight"),
]


@given(st.text(max_size=300))
def test_anything_at_all_is_read(text: str) -> None:
    for kind in KINDS:
        read(kind, text, NOW)
    hear(text, Question("choice", {"yes": ("OK", "1"), "no": ("NO", "2")}), NOW, previous=Question("scale"))
    read_barrier(text)
    displayable(text)


@pytest.mark.parametrize(("kind", "text"), CLEAR)
@given(
    dress=st.sampled_from([str, str.upper, str.title]),
    before=st.sampled_from(["", "  ", "\n", "🙂 ", "\u200b"]),
    after=st.sampled_from(["", " ", "!", "!!!", ".", " 🙂", " x", "\u00a0"]),
)
def test_dress_does_not_change_a_clear_answer(kind: str, text: str, dress: type[str], before: str, after: str) -> None:
    assert read(kind, f"{before}{dress(text)}{after}", NOW).value == read(kind, text, NOW).value


@pytest.mark.parametrize(
    "text", ["w" * 1600, "1 " * 800, "no " * 533, "(" * 1600, "i want to " * 160, "7-" * 800, "😂" * 1600]
)
def test_the_longest_text_takes_no_time(text: str) -> None:
    read("scale", "7", NOW)
    # What the lists of a language cost once is not what a text costs.
    hear(f"{text[:20]} ring college thurs", Question("plan"), NOW)
    began = time.process_time()
    hear(text, Question("plan"), NOW)
    # Of this process alone, and generous: what it guards against takes minutes.
    assert time.process_time() - began < 2


@pytest.mark.parametrize("kind", ["when", "plan"])
@pytest.mark.parametrize(
    "text", ["sorry i not understand 0 to 10 what is", "75 past 3", "0 past 3 tomorrow", "99 to 4 fri"]
)
def test_figures_that_are_no_time_of_day_are_none(kind: str, text: str) -> None:
    assert "15:" not in str(read(kind, text, NOW).value)


def crisis_words() -> set[str]:
    """Every word that a rule of crisis looks for, in its own words."""
    listed = re.findall(
        r"(?<![<\w*])[a-z]{2,}(?![\w>*])", " ".join(r for rules in CONCERN["crisis"].values() for r in rules)
    )
    return {w for w in listed if w.isalpha()}


def test_no_word_of_a_worry_is_mended_into_another() -> None:
    known = spelling("en")
    joined = {run for runs in known.joins.values() for run, _ in runs}
    words = crisis_words()
    changed = {w for w in words if w not in known.spellings and (w,) not in joined and canonical(w).line != w}
    assert changed == set()


@pytest.mark.parametrize(
    "text",
    [text for text, level in yaml.safe_load((TABLES / "concern.yaml").read_text("utf-8")).items() if level == "crisis"],
)
def test_a_laugh_or_an_idiom_beside_it_never_clears_a_crisis(text: str) -> None:
    assert concern(f"{text} lol").level is not None
    assert concern(f"this job hunt is killing me. {text}").level == "crisis"


def test_a_slip_in_a_rule_is_named() -> None:
    known = concepts("en")
    with pytest.raises(ValueError, match="means nothing"):
        compile_rule("want (to (die", "self", known)
    with pytest.raises(ValueError, match="no concept"):
        compile_rule("<nobody> + die", "self", known)
    with pytest.raises(ValueError, match="no word that must be there"):
        compile_rule("die + the? ...", "self", known)


def test_a_slip_in_a_phrase_file_is_named() -> None:
    with pytest.raises(ValueError, match="means nothing"):
        compile_phrase("want (to (die", "self", {})
    with pytest.raises(ValueError, match="no group"):
        compile_phrase("<nobody> wants", "self", {})


def test_hidden_marks_are_shown_to_staff_and_nothing_is_lost() -> None:
    assert displayable("a\u202eb\x00c") == "a[U+202E]b[U+0000]c"
    assert displayable("plain ☺ text") == "plain ☺ text"

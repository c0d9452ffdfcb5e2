"""What a text sounds like: heard where no rule names a worry, in a long text too, and never against a rule."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.learn_undertone import LESSONS, Lesson, learned, lessons
from bot.reading import words as word_files
from bot.reading.concern import concern, named
from bot.reading.normalise import canonical
from bot.reading.undertone import ears

ORDINARY = (
    "went to the college on monday and asked the lady at the desk about the course and she gave me a form to fill in "
)
# Said in words that no rule has; none of them was learned from.
UNNAMED = [
    ("he keeps a tally of my mistakes and i pay for each one at night", "crisis", "abuse"),
    ("my wife wants me to hand over every payslip and hits out if i dont", "crisis", "abuse"),
    ("me mams fella puts his hands where he shouldnt on our kid", "crisis", "abuse"),
    ("swallowed everything in the bathroom cabinet", "crisis", "self"),
    ("left my watch to our nephew and tidied the flat, nothing else to do here", "crisis", "self"),
    ("think i want to be with my baby in the ground", "crisis", "self"),
    ("theyve put me and the bairns out and the council wont see us til monday", "crisis", "housing"),
]


@pytest.mark.parametrize(("text", "level", "about"), UNNAMED)
def test_what_no_rule_names_may_still_be_heard(text: str, level: str, about: str) -> None:
    assert named(text).level is None
    found = concern(text)
    assert (found.level, found.about) == (level, about), found.reason


@pytest.mark.parametrize("text", [text for text, _, _ in UNNAMED])
def test_these_were_not_learned_from(text: str) -> None:
    assert text not in LESSONS.read_text("utf-8")


@pytest.mark.parametrize("text", [text for text, _, _ in UNNAMED])
def test_the_reason_names_words_of_the_text(text: str) -> None:
    told = concern(text).reason.partition("by the words: ")[2].split(", ")
    assert 2 <= len(told) <= 4
    said = iter(canonical(text).each)
    assert all(word in said for word in told), "in the order of the text"


@pytest.mark.parametrize("text", [text for text, _, _ in UNNAMED])
@pytest.mark.parametrize(("before", "after"), [(12, 0), (0, 12), (6, 6)])
def test_one_sentence_in_a_long_text_is_heard(text: str, before: int, after: int) -> None:
    assert concern(ORDINARY * (before + after)).level is None
    assert concern(f"{ORDINARY * before}. {text}. {ORDINARY * after}").level == "crisis"


@pytest.mark.parametrize(
    ("text", "level"), [("kms lol", "distress"), ("im not suicidal", "distress"), ("used to want to die", "distress")]
)
def test_what_a_laugh_a_not_or_the_past_lowers_stays_low(text: str, level: str) -> None:
    assert concern(text).level == level


@pytest.fixture(scope="module")
def taught() -> list[str]:
    return [lesson.text for lesson in lessons()]


def test_a_rule_stands_whatever_the_text_sounds_like(taught: list[str]) -> None:
    found = {text: named(text).level for text in taught[::3]}
    assert sum(level == "crisis" for level in found.values()) > 300
    assert [text for text, level in found.items() if level and concern(text).level not in (level, "crisis")] == []


def test_nothing_is_heard_where_nothing_is_said() -> None:
    assert concern("").level is None
    assert concern("...").level is None


FLAT = 'kinds: {grief: "galar hiraeth"}\nlimits: {worry: 0.5, crisis: 0.5, plain: 2}\n'
WEIGHTS = "# clue, worry, crisis\n(1)\t-1\t-1\n<grief>\t3\t0\n"


@pytest.fixture
def welsh(tmp_path: Path) -> Iterator[str]:
    for path in word_files._FOLDER.iterdir():
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "xgl").mkdir()
    (tmp_path / "xgl" / "undertone.yaml").write_text(FLAT, "utf-8")
    (tmp_path / "xgl" / "undertone.txt").write_text(WEIGHTS, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(word_files, "_FOLDER", tmp_path)
        yield "xgl"


def test_a_language_is_listened_to_with_its_own_weights_and_with_the_english(welsh: str) -> None:
    assert len(ears(welsh)) == 2
    assert concern("hiraeth", welsh).level == "distress"
    assert concern("hiraeth").level is None
    assert concern("swallowed everything in the bathroom cabinet", welsh).level == "crisis"


def test_a_language_that_nobody_has_taught_is_listened_to_as_english() -> None:
    assert [ear.limits for ear in ears("pl")] == [ear.limits for ear in ears("en")]


TAUGHT = [
    *[Lesson(f"he hit me {when}", "crisis") for when in ("today", "again", "yesterday", "at home")],
    *[Lesson(f"so low {when}", "distress") for when in ("today", "again", "yesterday", "at home")],
    *[Lesson(f"rang them {when}", None) for when in ("today", "again", "yesterday", "at home")],
]


def test_the_same_lessons_give_the_same_weights() -> None:
    assert learned(TAUGHT) == learned(TAUGHT)


def test_a_clue_speaks_for_the_label_that_it_came_with() -> None:
    weights = learned(TAUGHT)
    assert weights["so low"][0] > max(0.2, weights["so low"][1] + 0.2)
    assert min(weights["hit me"][:2]) > 0.2
    assert max(weights["rang them"][:2]) < -0.1


def test_nothing_is_learned_from_what_measures(taught: list[str]) -> None:
    unseen = Path(__file__).parent / "unseen"
    measured = {
        json.loads(line)["text"]
        for path in unseen.glob("concern.jsonl")
        for line in path.read_text("utf-8").splitlines()
    }
    # A few short texts ("suicidal") are what anybody would write.
    assert sum(len(text) > 40 for text in measured & set(taught)) == 0

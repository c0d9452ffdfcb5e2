"""What people ask of the service, as it was learned from lessons anybody can add to."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bench.learn_keyword import LABELS, Lesson, lessons, weigh, written
from bot.reading.clues import NOTHING, Clues, clues, families, learned
from bot.reading.keyword import read_keyword
from bot.reading.normalise import canonical

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/London"))
TAUGHT = list(lessons())


def test_what_was_taught_was_learned() -> None:
    missed = [lesson for lesson in TAUGHT if (read_keyword(lesson.text, NOW).value or NOTHING) != lesson.label]
    assert len(TAUGHT) > 5000
    shown = "\n".join(f"{lesson.label}: {lesson.text}" for lesson in missed)
    assert len(missed) / len(TAUGHT) <= 0.02, shown


def test_no_text_is_taught_as_two_things() -> None:
    said: dict[str, set[str]] = {}
    for lesson in TAUGHT:
        said.setdefault(canonical(lesson.text).line, set()).add(lesson.label)
    assert [text for text, labels in said.items() if len(labels) > 1] == []


def test_what_is_learned_from_the_same_lessons_is_the_same() -> None:
    kin = families("en", "keyword")
    few = [*TAUGHT[:200], *(lesson for lesson in TAUGHT[-200:])]
    assert written(weigh(few, kin)) == written(weigh(few, kin))


def test_a_word_that_was_never_taught_is_read_by_its_family() -> None:
    kin = families("en", "keyword")
    taught = [Lesson(text, "call_me") for text in ("ring me", "please ring me", "can you ring me")]
    taught += [Lesson(text, NOTHING) for text in ("made a cake", "a nice cake", "can you cook")]
    weights = {clue: tuple(each) for clue, each in weigh(taught, kin).items()}
    [leaning] = Clues(LABELS, weights, kin).lean(canonical("telephone me").each)
    assert leaning.label == "call_me"


def test_what_tells_is_named_in_their_own_words() -> None:
    reading = read_keyword("hiya could one of yous gis a bell when youse are free", NOW)
    assert reading.value == "call_me"
    assert "bell" in reading.reason


@pytest.mark.parametrize("text", ["stop. ring me! " * 100, "🛑👍" * 800, "a " * 800, "please stop texting me " * 70])
def test_a_long_text_is_weighed_in_a_few_stretches(text: str) -> None:
    words = canonical(text)
    book = learned("en", "keyword_weights")
    assert book is not None
    assert len(book.lean(words.each, words.borders)) <= 9


def test_a_language_that_nobody_has_taught_is_read_by_what_english_was() -> None:
    assert read_keyword("could somebody please telephone me", NOW, "pl").value == "call_me"


def test_each_clue_stands_for_words_that_were_said() -> None:
    kin = families("en", "keyword")
    assert set(clues(["stop", "texting", "me"], kin)) >= {"stop", "STOP", "STOP TEXT", "STOP TEXT ME", "STOP .. ME"}

"""What may stand in a text that goes to somebody's phone."""

import re
from collections.abc import Iterator

import pytest

from bot.conversation import fills, segments
from bot.conversation.flow import Flows, Node
from bot.library import Library
from bot.settings import ROOT

OWNED = ["HELP", "INFO", "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"]
OWNED += ["START", "YES", "UNSTOP"]
BLAME = re.compile(
    r"\b(fail\w*|missed|must|should|non-?complian\w*|disengaged|still haven't|you didn't|why didn't|overdue|"
    r"unfortunately|remember to|don't forget)\b",
    re.IGNORECASE,
)
ASKED_FOR = re.compile(r"\b(?:[Rr]eply|[Tt]ext|[Ss]ay) ((?:[A-Z]{2,}(?: [A-Z]{2,})?(?:, | or )?)+)")
# X1 and the welcome name the network's own words for stopping and starting; so do the texts of branch 10.
MAY_NAME = {"START": {"phrases/stop"}, "STOP": {"weekly_check_in/what_small_step_or_stop", "phrases/who"}}

ALL = Library.load(ROOT / "flows").flows("tyneside")


def _texts(flows: Flows) -> Iterator[tuple[str, str]]:
    for key, flow in flows.by_key.items():
        for name, node in flow.nodes.items():
            for part, text in _parts(node):
                yield f"{key}/{name}{part}", text


def _parts(node: Node) -> Iterator[tuple[str, str]]:
    for part in ("ask", "say", "brief", "unclear"):
        text = getattr(node, part)
        if text:
            yield ("" if part in ("ask", "say") else f" {part}"), text.in_language("en")
    for nudge in node.nudges:
        yield " nudge", nudge.say.in_language("en")


TEXTS = list(_texts(ALL))
each_text = pytest.mark.parametrize(("place", "text"), TEXTS, ids=[place for place, _ in TEXTS])


@each_text
def test_is_plain_characters(place: str, text: str) -> None:
    assert segments.is_gsm(fills.longest(text))
    assert not set(text) & set("^{}[]~|€") - set("{}"), "an extension character costs two"


@each_text
def test_is_one_segment_with_the_longest_fills(place: str, text: str) -> None:
    allowed = 2 if place in ("phrases/your_wins", "welcome/good_to_know") else 1
    assert segments.count(fills.longest(text)) <= allowed


@each_text
def test_asks_one_thing(place: str, text: str) -> None:
    assert text.count("?") <= 1


@each_text
def test_blames_nobody(place: str, text: str) -> None:
    assert BLAME.search(text) is None


@each_text
def test_carries_no_link_but_the_scheme_s_page(place: str, text: str) -> None:
    assert not re.search(r"https?:|www\.|\.(?:com|org|uk)\b", text)
    assert "{link}" not in text or place == "welcome/good_to_know"


@each_text
def test_asks_for_no_word_that_the_network_owns(place: str, text: str) -> None:
    asked = {word for run in ASKED_FOR.findall(text) for word in re.split(r", | or ", run.strip())}
    owned = {word for word in asked if word.strip() in OWNED}
    assert owned <= {word for word, places in MAY_NAME.items() if place in places}


@each_text
def test_says_nothing_twice_or_ragged(place: str, text: str) -> None:
    assert text == " ".join(text.split())
    assert not re.search(r"\b(\w+) \1\b", text)


def test_no_option_is_a_word_that_the_network_owns_alone() -> None:
    """A question may take YES where it is said; it may not depend on one of those words."""
    owned = {word.lower() for word in OWNED}
    for key, flow in ALL.by_key.items():
        for name, node in flow.nodes.items():
            for option, words in node.options.items():
                assert set(words) - owned, f"{key}/{name}: {option}"


def _syllables(word: str) -> int:
    vowels = re.findall(r"[aeiouy]+", word.lower())
    return max(1, len(vowels) - (word.lower().endswith("e") and len(vowels) > 1))


def _grade(text: str) -> float:
    """Flesch-Kincaid: the school year at which a text is read with ease; the age is about five more."""
    sentences = [part for part in re.split(r"[.!?:]+", text) if re.search(r"[A-Za-z]", part)]
    words = re.findall(r"[A-Za-z']+", re.sub(r"\{(\w+)\}", "Sam", text))
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(_syllables, words)) / len(words) - 15.59


@each_text
def test_is_read_at_nine(place: str, text: str) -> None:
    assert _grade(text) <= 4


def test_danger_at_home_is_never_named() -> None:
    """Someone else may read the phone: no danger, no safety, no abuse, and nothing to answer."""
    for name in ("plain_in_hours", "plain_out_of_hours"):
        text = dict(TEXTS)[f"phrases/{name}"]
        assert not re.search(r"danger|safe|hurt|hit|abuse|violen|SHOUT|Samaritans|_line|home|\?", text, re.IGNORECASE)
        assert "999" in text


def test_an_unknown_number_hears_nothing_of_anybody() -> None:
    assert fills.names_in(dict(TEXTS)["phrases/unknown_number"]) == ()
    assert fills.names_in(dict(TEXTS)["phrases/wrong_number"]) == ()

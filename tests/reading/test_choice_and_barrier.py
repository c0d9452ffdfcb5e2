"""What holds of every menu and of every reason that something got in the way."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reading.barrier import read_barrier
from bot.reading.choice import pick_option, read_choice
from bot.reading.phrases import expansions
from bot.reading.types import Certainty
from bot.reading.words import sheet

BARRIERS: dict[str, list[str]] = sheet("en", "barrier")["barriers"]
MENUS = {
    "welcome": {"ok": ("ok", "yes"), "no": ("no",)},
    "three": {"small": ("small", "1"), "same": ("same", "2"), "call": ("call", "3")},
    "asked": {"done": ("done", "1"), "some": ("some", "2"), "not_yet": ("not yet", "3")},
}
ANY_MENU = st.sampled_from(sorted(MENUS))
NUMBERED = [(menu, name, number) for menu in ("three", "asked") for name, (_, number) in MENUS[menu].items()]
DRESS = ["{}", " {} ", "{}.", "{}!", "({})", "number {}", "{} please", "{} x", "option {}", "the {}", "{}\n"]


@pytest.mark.parametrize(("menu", "name", "number"), NUMBERED)
@pytest.mark.parametrize("dress", DRESS)
def test_a_number_of_a_menu_picks_its_option_however_it_is_dressed(
    menu: str, name: str, number: str, dress: str
) -> None:
    reading = read_choice(dress.format(number), MENUS[menu])
    assert (reading.value, reading.certainty) == (name, Certainty.SURE)


@pytest.mark.parametrize(("menu", "name", "number"), NUMBERED)
def test_beside_a_scale_a_figure_is_a_score_and_picks_nothing(menu: str, name: str, number: str) -> None:
    assert pick_option(number, MENUS[menu], kind="scale") is None


@given(menu=ANY_MENU, number=st.integers(min_value=4, max_value=10**6))
def test_a_number_that_the_menu_lacks_picks_nothing(menu: str, number: int) -> None:
    assert read_choice(str(number), MENUS[menu]).unclear


@given(
    menu=ANY_MENU,
    pick=st.integers(0, 2),
    dress=st.sampled_from([str, str.upper, str.title]),
    before=st.sampled_from(["", " ", "\n", "\u200b"]),
    after=st.sampled_from(["", " ", "!", ".", " x", " please"]),
)
def test_the_word_of_an_option_picks_it_in_any_dress(
    menu: str, pick: int, dress: type[str], before: str, after: str
) -> None:
    name, words = list(MENUS[menu].items())[pick % len(MENUS[menu])]
    assert read_choice(f"{before}{dress(words[0])}{after}", MENUS[menu]).value == name


@given(menu=ANY_MENU, text=st.text(max_size=60))
def test_only_what_is_offered_is_ever_picked(menu: str, text: str) -> None:
    reading = read_choice(text, MENUS[menu])
    assert reading.unclear if reading.value is None else reading.value in MENUS[menu]
    picked = pick_option(text, MENUS[menu])
    assert picked is None or picked.value == reading.value


@given(menu=ANY_MENU, signs=st.lists(st.sampled_from("👍👎✅❌💯😂"), min_size=1, max_size=4))
def test_signs_alone_are_no_consent(menu: str, signs: list[str]) -> None:
    assert read_choice("".join(signs), {"ok": ("ok",), "no": ("no",)}).value in (None, "no")


@given(text=st.text(max_size=80))
def test_nothing_is_offered_and_nothing_is_picked(text: str) -> None:
    assert pick_option(text, {}) is None
    assert read_choice(text, {}).unclear


@given(text=st.text(max_size=200))
def test_a_barrier_is_one_of_the_list_with_the_words_that_say_it(text: str) -> None:
    reading = read_barrier(text)
    assert reading.value is None or reading.value in BARRIERS
    assert reading.reason


@pytest.mark.parametrize("barrier", BARRIERS)
def test_every_phrase_of_a_barrier_names_a_barrier(barrier: str) -> None:
    chance = random.Random(barrier)
    texts = [text for phrase in BARRIERS[barrier] for text in expansions(str(phrase), {}, chance, 10)]
    assert [text for text in texts if read_barrier(text).value is None] == []


@pytest.mark.parametrize(
    ("text", "barrier"),
    [("no bus fare", "travel"), ("bairn was poorly", "childcare"), ("my back went", "health"), ("no credit", "credit")],
)
@given(
    dress=st.sampled_from([str, str.upper, str.title]),
    before=st.sampled_from(["", "sorry, ", "it was cos ", "😔 "]),
    after=st.sampled_from(["", ".", "!!", " x", " and that"]),
)
def test_what_stands_round_a_barrier_does_not_change_it(
    text: str, barrier: str, dress: type[str], before: str, after: str
) -> None:
    assert read_barrier(f"{before}{dress(text)}{after}").value == barrier


@pytest.mark.parametrize("text", ["", "dunno", "nothing", "it went well", "all good", "👍", "idk just didnt", "1"])
def test_where_nothing_is_named_no_barrier_is(text: str) -> None:
    assert read_barrier(text).value is None

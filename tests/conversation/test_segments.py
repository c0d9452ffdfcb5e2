"""Segments are the money: counted as the provider bills them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation import segments

COUNTED = [
    # text, segments, why
    ("", 0, "nothing is nothing"),
    ("a" * 160, 1, "a full segment"),
    ("a" * 161, 2, "one over"),
    ("a" * 306, 2, "two joined segments of 153"),
    ("a" * 307, 3, "one over two"),
    ("€" * 80, 1, "the euro sign costs two septets"),
    ("€" * 81, 2, "and one more is too many"),
    ("ŵ" + "a" * 69, 1, "w-circumflex makes it UCS-2: 70 units"),
    ("ŵ" + "a" * 70, 2, "one over in UCS-2"),
    ("😀" * 35, 1, "most emoji are two units"),
    ("😀" * 36, 2, "so 36 of them are 72"),
    ("`", 1, "the backtick is not in GSM-7"),
    ("ç" * 70, 1, "small c-cedilla is not either"),
    ("Ç" * 160, 1, "but the capital is"),
]


@pytest.mark.parametrize(("text", "expected", "why"), COUNTED, ids=[why for *_, why in COUNTED])
def test_counts_as_billed(text: str, expected: int, why: str) -> None:
    assert segments.count(text) == expected


FOLDED = [
    ("“It’s fine” – ok…", '"It\'s fine" - ok...'),
    ("caf\u00e9", "café"),
    ("Siân", "Sian"),
    ("Zoë", "Zoe"),
    ("naïve", "naive"),
    ("a\u00a0b\u200bc", "a bc"),
    ("ring\u202e the college", "ring the college"),
    ("\x07bell", "bell"),
    ("łódź", "łodz"),
    ("你好", "你好"),
]


@pytest.mark.parametrize(("text", "expected"), FOLDED)
def test_folds_what_has_a_plain_twin(text: str, expected: str) -> None:
    assert segments.fold(text) == expected


@given(st.text(max_size=300), st.integers(min_value=1, max_value=60))
def test_a_cut_text_is_never_longer_than_asked(text: str, longest: int) -> None:
    assert segments.length(segments.cut(text, longest)) <= longest


@given(st.text(max_size=300))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    once = segments.fold(text)
    assert segments.fold(once) == once


@given(st.text(alphabet=sorted(segments.GSM_BASIC), max_size=400))
def test_what_is_gsm_stays_gsm(text: str) -> None:
    assert segments.is_gsm(segments.fold(text))


CUT = [
    ("ring the college about the course on Monday", 20, "ring the college"),
    ("ring the college", 16, "ring the college"),
    ("ring the college", 15, "ring the"),
    ("supercalifragilistic", 5, "super"),
    ("ring Dave, then Sue", 11, "ring Dave"),
]


@pytest.mark.parametrize(("text", "longest", "expected"), CUT)
def test_cuts_at_a_words_edge(text: str, longest: int, expected: str) -> None:
    assert segments.cut(text, longest) == expected

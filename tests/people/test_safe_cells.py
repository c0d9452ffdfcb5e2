"""No cell of a file we make is read as a formula, by whichever spreadsheet, however it cuts the lines."""

import csv
import io
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.safe_cells import as_csv, cell

CASES = [
    (None, ""),
    (7, "7"),
    ("rang the college", "rang the college"),
    ("half-time - maybe", "half-time - maybe"),
    ("I'm 50+", "I'm 50+"),
    ("+447700900123", "'+447700900123"),
    ("=1+1", "'=1+1"),
    ("-5", "'-5"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("  =1+1", "'  =1+1"),
    ("\t=1+1", "' =1+1"),
    ("\r\n=1+1", "'  =1+1"),
    ("\u200b\ufeff=1+1", "[U+200B][U+FEFF]=1+1"),
    ("ring \u202emaria", "ring [U+202E]maria"),
    ("\N{FULLWIDTH EQUALS SIGN}1+1", "'\N{FULLWIDTH EQUALS SIGN}1+1"),
    ("\N{FULLWIDTH PLUS SIGN}1", "'\N{FULLWIDTH PLUS SIGN}1"),
    ("\N{FULLWIDTH HYPHEN-MINUS}1", "'\N{FULLWIDTH HYPHEN-MINUS}1"),
    ("\N{FULLWIDTH COMMERCIAL AT}A1", "'\N{FULLWIDTH COMMERCIAL AT}A1"),
    ("\N{SMALL EQUALS SIGN}1", "'\N{SMALL EQUALS SIGN}1"),
    ('"=1+1', "'\"=1+1"),
    ("done; =1+1", "done;' =1+1"),
    ("two\nlines", "two lines"),
    ("\ud83d", ""),
]


@pytest.mark.parametrize(("value", "shown"), CASES)
def test_a_value_as_a_cell(value: object, shown: str) -> None:
    assert cell(value) == shown


def looks_like_a_formula(shown: str) -> bool:
    """What a spreadsheet may run: judged here by itself, not by the code under test."""
    for each in shown:
        if each.isspace() or unicodedata.category(each) in ("Cc", "Cf", "Co", "Cn", "Cs"):
            continue
        return unicodedata.normalize("NFKC", each)[0] in "=+-@"
    return False


# Texts made of what is dangerous, between what is not.
DANGEROUS = st.text(
    st.sampled_from("=+-@＝＋－＠﹦﹢\t\r\n\v\f \"',;|\\\x00\x1c\x85\xa0\u2028\u200b\u202e\ufeffa1(é"), max_size=12
)
VALUES = st.one_of(DANGEROUS, st.text(max_size=12), st.integers(), st.none())
TABLES = st.lists(st.lists(VALUES, min_size=2, max_size=2), max_size=4)


@settings(max_examples=600, derandomize=True, deadline=None)
@given(TABLES)
def test_no_exported_cell_is_read_as_a_formula(rows: list[list[object]]) -> None:
    data = as_csv(("first", "second"), rows)
    assert data.startswith(b"\xef\xbb\xbf")
    text = data.decode("utf-8-sig")
    for delimiter in (",", ";", "\t", "|"):
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            assert not [each for each in line if looks_like_a_formula(each)]


@settings(max_examples=300, derandomize=True, deadline=None)
@given(TABLES)
def test_every_row_is_one_line_and_every_cell_comes_back(rows: list[list[object]]) -> None:
    text = as_csv(("first", "second"), rows).decode("utf-8-sig")
    read = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert read == [["first", "second"], *([cell(value) for value in row] for row in rows)]
    assert len(text.splitlines()) == len(rows) + 1


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.text(st.characters(categories=("L", "N", "Po", "Zs"), exclude_characters="@;"), max_size=30))
def test_what_is_no_danger_stays_as_it_is(words: str) -> None:
    assert cell(words) == words

"""A table as CSV that no spreadsheet takes for formulas, whichever way it cuts the lines. Pure.

People text what they like, and a cell that begins with = + - or @ is run by a spreadsheet. Such a cell gets an
apostrophe in front, which makes it text; a mobile number, which begins with +, is the common case.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from bot.reading import displayable

BEGINS_A_FORMULA = "=+-@"
# Where a spreadsheet of another country cuts a line of ours: what follows begins a cell there.
CUTS_ELSEWHERE = ";|"
APOSTROPHE = "'"
BYTE_ORDER_MARK = "\ufeff"


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """UTF-8 with a byte order mark, which Excel needs to read it as such; all quoted; a line a row."""
    lines = [_line(each) for each in (columns, *rows)]
    return f"{BYTE_ORDER_MARK}{''.join(lines)}".encode()


def cell(value: object) -> str:
    """One value, on one line, with an apostrophe wherever a formula could begin. None is empty."""
    # What turns the direction of the text is shown, not obeyed: as on the pages.
    text = displayable("".join(map(_plain, "" if value is None else str(value))))
    parts = re.split(f"([{CUTS_ELSEWHERE}])", text)
    return "".join(f"{APOSTROPHE}{part}" if begins_a_formula(part) else part for part in parts)


def begins_a_formula(text: str) -> bool:
    """Whether what shows first begins a formula, in whatever width it is written. Quotation marks do not count."""
    first = next((each for each in text if not _is_skipped(each)), "")
    # Full-width, small and raised forms are the same sign to some spreadsheets.
    return unicodedata.normalize("NFKC", first)[:1] in tuple(BEGINS_A_FORMULA)


def _line(values: Sequence[object]) -> str:
    return ",".join('"{}"'.format(cell(value).replace('"', '""')) for value in values) + "\r\n"


def _plain(each: str) -> str:
    """Line breaks and controls would end a line or hide what follows; half of a surrogate pair cannot be written."""
    category = unicodedata.category(each)
    return " " if category in ("Cc", "Zl", "Zp") else "" if category == "Cs" else each


def _is_skipped(each: str) -> bool:
    return each == '"' or unicodedata.category(each)[0] in "ZC"

"""A people file: bytes from a spreadsheet in, rows with their line numbers out. Pure.

It takes what spreadsheets write: UTF-8 with or without a BOM, UTF-16, Windows-1252; commas, semicolons or
tabs; blank lines; quoted values with line breaks in them. What cannot be read is a fault with its line.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.people.faults import Fault, fault, hint

COLUMNS = (
    "scheme",
    "practitioner_email",
    "first_name",
    "mobile",
    "channel",
    "language",
    "consent_by",
    "consent_at",
)
OPTIONAL = ("reference",)
# What people call the columns: for the hint, never guessed at.
ALSO_CALLED = {
    "name": "first_name",
    "phone": "mobile",
    "telephone": "mobile",
    "number": "mobile",
    "email": "practitioner_email",
    "e_mail": "practitioner_email",
    "practitioner": "practitioner_email",
    "consent": "consent_by",
    "consent_date": "consent_at",
    "date": "consent_at",
}
DELIMITERS = (",", ";", "\t")
MOST_ROWS = 100_000

Line = tuple[int, list[str] | Fault]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line it begins on, and its values by column, trimmed."""

    line: int
    values: Mapping[str, str]


def read(data: bytes) -> tuple[list[Row], list[Fault]]:
    """The rows that have the right shape, and a fault for each that has not."""
    text = decoded(data)
    if isinstance(text, Fault):
        return [], [text]
    lines = _lines(text)
    line, header = next(lines, (1, fault(1, "", "no header", columns=",".join(COLUMNS))))
    if isinstance(header, Fault):
        return [], [header]
    faults = _column_faults(line, header)
    if faults:
        return [], faults
    rows, faults = _rows([named(cell) for cell in header], lines)
    return rows, faults or _size_faults(rows)


def decoded(data: bytes) -> str | Fault:
    """The text of a file, whichever way a spreadsheet has written it."""
    if data[:2] == b"PK" or data[:4] == b"\xd0\xcf\x11\xe0":
        return fault(1, "", "workbook")
    utf_16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    # Excel's plain "CSV" on Windows is the last; names such as Siân tell it from UTF-8.
    for encoding in ("utf-16",) if utf_16 else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text if "\0" not in text else fault(1, "", "unreadable")
    return fault(1, "", "unreadable")


def named(cell: str) -> str:
    """``First Name`` and ``first-name`` are ``first_name``."""
    return "_".join(cell.lower().replace("-", " ").replace("_", " ").split())


def _lines(text: str) -> Iterator[Line]:
    """Every line that is not blank: the number of the line it begins on, and its values, trimmed."""
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep="):
        # Some spreadsheets say so before the header. An empty line in its place keeps the numbers right.
        text = f"\n{rest}"
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = [" ".join(cell.split()) for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error:
            yield line, fault(line, "", "quotes")
            continue
        # Spreadsheets keep the empty columns on the right.
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield line, cells


def _delimiter(text: str) -> str:
    """The one that splits the first line into most of our columns."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    known = {*COLUMNS, *OPTIONAL}
    return max(DELIMITERS, key=lambda each: len(known & {named(cell.strip('" ')) for cell in first.split(each)}))


def _rows(names: Sequence[str], lines: Iterator[Line]) -> tuple[list[Row], list[Fault]]:
    rows: list[Row] = []
    faults: list[Fault] = []
    for line, cells in lines:
        if isinstance(cells, Fault):
            faults.append(cells)
        elif len(cells) > len(names):
            faults.append(fault(line, "", "cells", found=len(cells), wanted=len(names)))
        else:
            # Values left out on the right are empty; each then has its own fault.
            padded = [*cells, *[""] * (len(names) - len(cells))]
            rows.append(Row(line, dict(zip(names, padded, strict=True))))
    return rows, faults


def _column_faults(line: int, header: Sequence[str]) -> list[Fault]:
    names = [named(cell) for cell in header]
    left = [name for name in (*COLUMNS, *OPTIONAL) if name not in names]
    unknown = [cell for cell in header if named(cell) not in (*COLUMNS, *OPTIONAL)]
    twice = {name for name in names if name and names.count(name) > 1}
    return [
        *(_unknown_column(line, cell, left) for cell in unknown),
        *(fault(line, name, "column twice") for name in sorted(twice)),
        *(fault(line, name, "column missing") for name in left if name in COLUMNS),
    ]


def _unknown_column(line: int, cell: str, left: Sequence[str]) -> Fault:
    if not cell:
        return fault(line, "", "column empty")
    meant = ALSO_CALLED.get(named(cell), named(cell))
    return fault(line, cell, "column unknown", hint=hint(meant, left))


def _size_faults(rows: Sequence[Row]) -> list[Fault]:
    if not rows:
        return [fault(1, "", "no rows")]
    return [fault(1, "", "too many", most=MOST_ROWS)] if len(rows) > MOST_ROWS else []

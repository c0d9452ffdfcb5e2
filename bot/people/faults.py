"""What can be wrong with a people file: a code for the program, a sentence for the person who mends it.

No sentence repeats a name or a number: what stands on the line is found by the line and the column.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.conversation.faults import near

SENTENCES = {
    # The file.
    "workbook": "this is a workbook, not a CSV file. In the spreadsheet choose Save as, CSV UTF-8",
    "unreadable": "this is not a text file we can read. In the spreadsheet choose Save as, CSV UTF-8",
    "no header": "the file is empty. Its first line names the columns: {columns}",
    "no rows": "there is nobody in this file, only the names of the columns",
    "too many": "the file has more than {most} rows. Cut it into several files",
    "quotes": 'a quotation mark is in the wrong place, or never closed. Write it twice ("") inside a value',
    "cells": "this line has {found} values and the first line names {wanted} columns. "
    "A value with a comma in it needs quotation marks around it",
    # Its columns.
    "column unknown": "no such column{hint}. Give it the right name, or take it out",
    "column empty": "a column has no name. Name it, or take it out",
    "column twice": "this column is there twice. Take one out",
    "column missing": "this column is missing. Add it to the first line, and its value to every other",
    # Its values.
    "empty": "nothing is written here. {what}",
    "scheme": "there is no scheme of this name{hint}. Schemes here: {known}",
    "practitioner": "no practitioner of this scheme has this address{hint}. "
    "Correct it, or add them first: python -m bot practitioners add",
    "retired": "this practitioner has retired. Name the one who looks after this person now",
    "name": "this is not a first name: it may have letters, spaces, hyphens and apostrophes",
    "long": "this is longer than {most} characters. Write it shorter",
    "mobile": "{why}",
    "channel": "the channel is {written}{hint}. Write sms or whatsapp",
    "language": "this scheme has no texts in {written}. Write one of: {known}",
    "date": "{written} is not a date. Write it like 2026-11-20, or 20/11/2026 14:30",
    "future": "{written} has not come yet. Write the day on which they agreed",
    "long ago": "{written} is very long ago. Is the year right?",
    "no wording": "this scheme has no consent_wording in its scheme.yaml, so nobody can have agreed to it. "
    "Add it there",
    # Two rows, or a row and what is known already.
    "same number": "this is the number of line {other} too, with another name. "
    "Two people cannot share a number: the texts could be read by either",
    "said twice": "this person is on line {other} too, with another {what}. Make the two lines agree",
    "taken": "this number belongs to someone else in this scheme (since {since}). "
    "Look at its digits; if they no longer have it, close their record first",
}

# What to write where nothing is.
WHAT = {
    "scheme": "Write the scheme's key, the name of its folder",
    "practitioner_email": "Write the e-mail address of the practitioner who looks after this person",
    "first_name": "Write what they like to be called",
    "mobile": "Write their mobile number",
    "channel": "Write sms or whatsapp",
    "language": "Write the code of a language, such as en",
    "consent_by": "Write who asked this person whether they want the texts",
    "consent_at": "Write the day on which they agreed, like 2026-11-20",
}


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong on a line (and in a column), and what to do about it."""

    line: int
    column: str
    code: str
    sentence: str

    def __str__(self) -> str:
        place = f"line {self.line}, {self.column}" if self.column else f"line {self.line}"
        return f"{place}: {self.sentence}."


class Refused(Exception):
    """Nothing of a file was taken, and why: every fault, in the order of the lines."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted(set(faults))
        super().__init__("\n".join(map(str, self.faults)))


def fault(line: int, column: str, code: str, **facts: object) -> Fault:
    """The fault with its sentence filled in."""
    shown = {name: shortened(str(value)) for name, value in facts.items()}
    return Fault(line, column, code, SENTENCES[code].format(**shown).removesuffix("."))


def hint(written: str, known: Iterable[str]) -> str:
    """``: did you mean ...?`` where one of the known words is near, else nothing."""
    meant = near(written, known)
    return f" (did you mean {meant}?)" if meant else ""


def shortened(text: str) -> str:
    """Fit to be repeated on a terminal."""
    plain = "".join(each if each.isprintable() else " " for each in text)
    return plain if len(plain) <= 200 else f"{plain[:200]}..."

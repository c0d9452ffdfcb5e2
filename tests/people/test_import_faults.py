"""What can be wrong with a people file: one fault a row of these tables, found with its line and column."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from bot.database import Database
from bot.library import Library
from bot.models import Event, ServiceUser
from bot.people import importing
from bot.people.faults import Refused
from tests.people.conftest import A_TUESDAY, AMINA, HEADER, LEON

Faults = Callable[..., list[str]]

# The column that is wrong, what stands in it, and the words that its fault must have.
VALUES = [
    ("scheme", "", "nothing is written here"),
    ("scheme", "tynside", "did you mean tyneside?"),
    ("scheme", "wearside", "Schemes here: tyneside"),
    ("practitioner_email", "", "nothing is written here"),
    ("practitioner_email", "sma@example.org", "did you mean sam@example.org?"),
    ("practitioner_email", "nobody@elsewhere.org", "practitioners add"),
    ("first_name", "", "what they like to be called"),
    ("first_name", "=HYPERLINK(1)", "not a first name"),
    ("first_name", "07700 900123", "not a first name"),
    ("first_name", "A" * 61, "60 characters"),
    ("mobile", "", "Write their mobile number"),
    ("mobile", "0191 498 0000", "landline"),
    ("mobile", "7.7E+11", "Format the column as Text"),
    ("mobile", "+33612345678", "not a UK one"),
    ("mobile", "07700 90012", "10 digits"),
    ("channel", "", "sms or whatsapp"),
    ("channel", "whatsap", "did you mean whatsapp?"),
    ("channel", "pigeon", "sms or whatsapp"),
    ("language", "", "code of a language"),
    ("language", "cy", "no texts in cy"),
    ("consent_by", "", "who asked"),
    ("consent_at", "", "2026-11-20"),
    ("consent_at", "last week", "not a date"),
    ("consent_at", "11/20/2026", "not a date"),
    ("consent_at", "31/11/2026", "not a date"),
    ("consent_at", "2026-11-25", "has not come yet"),
    ("consent_at", "2026-11-24 11:01", "has not come yet"),
    ("consent_at", "0026-11-20", "very long ago"),
    ("reference", "R" * 61, "60 characters"),
]


@pytest.mark.parametrize(("column", "written", "words"), VALUES)
def test_a_wrong_value_is_found_on_its_line_in_its_column(
    faults: Faults, column: str, written: str, words: str
) -> None:
    cells = AMINA.split(",")
    cells[HEADER.split(",").index(column)] = written
    [sentence] = faults(LEON, ",".join(cells))
    assert sentence.startswith(f"line 3, {column}: ")
    assert words in sentence


# The header that is wrong, and each fault's beginning.
HEADERS = [
    (HEADER.replace("mobile", "phone"), ["line 1, mobile: this column is missing", "line 1, phone: no such column"]),
    (HEADER.replace("practitioner_email", "practicioner_email"), ["(did you mean practitioner_email?)", "missing"]),
    (HEADER.replace("reference", "notes"), ["line 1, notes: no such column"]),
    (HEADER.replace(",consent_by", ""), ["line 1, consent_by: this column is missing"]),
    (HEADER.replace("reference", "mobile"), ["line 1, mobile: this column is there twice"]),
    (HEADER.replace("mobile", ""), ["line 1: a column has no name", "line 1, mobile: this column is missing"]),
]


@pytest.mark.parametrize(("header", "words"), HEADERS)
def test_a_wrong_column_is_named_with_the_near_miss(faults: Faults, header: str, words: list[str]) -> None:
    found = faults(AMINA, header=header)
    assert len(found) == len(words)
    assert all(any(each in sentence for sentence in found) for each in words), found


# A whole file that cannot be read, and its one fault.
FILES = [
    (b"", "line 1: the file is empty"),
    (b"\n\n", "line 1: the file is empty"),
    (HEADER.encode(), "line 1: there is nobody in this file"),
    (b"PK\x03\x04 and so on", "line 1: this is a workbook"),
    (b"\xd0\xcf\x11\xe0 and so on", "line 1: this is a workbook"),
    (b"\x00\x01\x02", "line 1: this is not a text file"),
    (b"\xff\xfea", "line 1: this is not a text file"),
    (f'{HEADER}\n{AMINA}\ntyneside,"sam@example.org,Leon'.encode(), "line 3: a quotation mark"),
    (f"{HEADER}\n{AMINA},more".encode(), "line 2: this line has 10 values and the first line names 9"),
]


@pytest.mark.parametrize(("data", "words"), FILES)
def test_a_file_that_cannot_be_read_says_what_to_do(
    database: Database, library: Library, data: bytes, words: str
) -> None:
    with pytest.raises(Refused) as refused, database.write() as db:
        importing.import_file(db, library, data, A_TUESDAY)
    assert str(refused.value).startswith(words)


def test_a_landline_in_row_three_is_that_rows_error_and_nobody_is_enrolled(faults: Faults, database: Database) -> None:
    [sentence] = faults(AMINA, LEON.replace("07700 900002", "0191 498 0000"))
    assert sentence == "line 3, mobile: this is a landline. Write a mobile, which begins with 07."
    with database.read() as db:
        assert not db.scalar(select(func.count()).select_from(ServiceUser))
        assert not db.scalar(select(func.count()).select_from(Event).where(Event.service_user_id.is_not(None)))


def test_two_people_with_one_number_name_both_rows(faults: Faults) -> None:
    [sentence] = faults(AMINA, LEON, "", AMINA.replace("Amina", "Aisha").replace("07700 900001", "+447700900001"))
    assert sentence.startswith("line 5, mobile: ")
    assert "line 2" in sentence


@pytest.mark.parametrize(
    ("was", "becomes", "column"),
    [
        ("sam@example.org", "jo@example.org", "practitioner_email"),
        ("T-01", "T-02", "reference"),
        ("2026-11-20", "2026-11-19", "consent_at"),
        (",Sam,", ",Jo,", "consent_at"),
    ],
)
def test_two_rows_that_say_different_things_of_one_person_name_both(
    faults: Faults, was: str, becomes: str, column: str
) -> None:
    [sentence] = faults(AMINA, AMINA.replace(was, becomes))
    assert sentence.startswith(f"line 3, {column}: this person is on line 2 too")


def test_a_number_that_is_somebody_elses_is_refused(import_rows: Callable[..., object], faults: Faults) -> None:
    import_rows(AMINA)
    [sentence] = faults(LEON, AMINA.replace("Amina", "Aisha"))
    assert sentence.startswith(
        "line 3, mobile: this number belongs to someone else in this scheme (since 24 November 2026)"
    )


def test_every_fault_is_said_at_once_in_the_order_of_the_lines(faults: Faults) -> None:
    wrong = "tynside,sam@example.org,Amina,0191 498 0000,fax,en,Sam,tomorrow,"
    found = faults(wrong, AMINA, LEON.replace("sam@", "sma@"))
    places = [sentence.partition(":")[0] for sentence in found]
    assert places == [
        "line 2, channel",
        "line 2, consent_at",
        "line 2, mobile",
        "line 2, scheme",
        "line 4, practitioner_email",
    ]


def test_no_fault_repeats_a_name_or_a_number(faults: Faults) -> None:
    said = "\n".join(faults("tyneside,sam@example.org,Ma<ria>,07801 23456,sms,en,Sam,2026-11-20,"))
    assert "ria" not in said.replace("Write", "")
    assert "23456" not in said

"""Which numbers are taken for UK mobiles, and what is said of the others."""

import pytest

from bot.people.mobiles import NotAMobile, mobile

MOBILES = [
    ("07700 900123", "+447700900123"),  # Ofcom's numbers for drama
    ("07700900000", "+447700900000"),
    ("07700 900999", "+447700900999"),
    ("07400 123456", "+447400123456"),
    ("+44 7400 123456", "+447400123456"),
    ("+44 (0)7400 123456", "+447400123456"),
    ("0044 7400-123-456", "+447400123456"),
    ("447400123456", "+447400123456"),  # a spreadsheet has dropped the +
    ("7400123456", "+447400123456"),  # ... or the 0
    ("07400\u2011123\u2011456", "+447400123456"),
    ("07400\xa0123456", "+447400123456"),
    ("٠٧٧٠٠٩٠٠١٢٣", "+447700900123"),
]

OTHERS = [
    ("0191 498 0000", "landline"),
    ("020 7946 0000", "landline"),
    ("07700 901000", "unknown"),  # one past the range
    ("070 1234 5678", "not a mobile"),  # personal numbers
    ("07600 123456", "not a mobile"),  # pagers
    ("0800 1111 111", "not a mobile"),
    ("+33 6 12 34 56 78", "abroad"),
    ("+1 202 555 0123", "abroad"),
    ("07400 12345", "length"),
    ("07400 1234567", "length"),
    ("85258", "length"),
    ("4.47701E+11", "exponent"),
    ("7,7E+11", "exponent"),
    ("7.7e11", "exponent"),
    ("447700900123.0", "decimal"),
    ("ask his mam", "not a number"),
    ("07700 900123 or 07700 900124", "not a number"),
    ("=07700900123", "not a number"),
    ("", "not a number"),
]


@pytest.mark.parametrize(("written", "number"), MOBILES)
def test_a_uk_mobile_is_read_however_it_is_written(written: str, number: str) -> None:
    assert mobile(written) == number


@pytest.mark.parametrize(("written", "code"), OTHERS)
def test_anything_else_is_refused_with_its_reason(written: str, code: str) -> None:
    with pytest.raises(NotAMobile) as refused:
        mobile(written)
    assert refused.value.code == code

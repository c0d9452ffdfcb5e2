"""UK mobile numbers, as people and spreadsheets write them."""

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType

# Ofcom's numbers for drama: nobody's, so trials and tests may use them.
FICTION = re.compile(r"7700900\d{3}")
# What a spreadsheet makes of a number in a column that is not text: digits are lost for good.
EXPONENT = re.compile(r"\d+([.,]\d+)?e\+?\d+", re.IGNORECASE)
DECIMAL = re.compile(r"\+?\d+[.,]\d+")

SENTENCES = {
    "not a number": "this is not a telephone number. Write a UK mobile like 07700 900123",
    "exponent": "the spreadsheet has shortened this number and its digits are lost. "
    "Format the column as Text, write the number in full and save again",
    "decimal": "the spreadsheet has made a decimal number of this. Format the column as Text and save again",
    "length": "this number has {digits} digits; a UK mobile has 11, like 07700 900123",
    "abroad": "this number is not a UK one. Only UK mobiles can be texted",
    "landline": "this is a landline. Write a mobile, which begins with 07",
    "not a mobile": "this number is not a mobile (070 and 076 are not). Write one like 07700 900123",
    "unknown": "no mobile has this number. Look at its digits again",
}


class NotAMobile(ValueError):
    """Why it is not one: a code of ``SENTENCES``; in words, what is wrong and what to write."""

    def __init__(self, code: str, **facts: int) -> None:
        super().__init__(SENTENCES[code].format(**facts))
        self.code = code


def mobile(written: str) -> str:
    """The number in full, such as +447700900123; NotAMobile with the reason if it is not a UK mobile.

    It is read as UK numbers are written: with or without +44 or 0044, with spaces, and without the 0 or
    the + that a spreadsheet has dropped. Ofcom's fiction range 07700 900000-900999 counts as mobile.
    """
    number = _parsed(written.strip())
    national = str(number.national_number)
    if number.country_code != 44:
        raise NotAMobile("abroad")
    if not FICTION.fullmatch(national):
        _must_be_mobile(number, national)
    return f"+44{national}"


def _parsed(written: str) -> PhoneNumber:
    if EXPONENT.fullmatch(written):
        raise NotAMobile("exponent")
    if DECIMAL.fullmatch(written):
        raise NotAMobile("decimal")
    if re.search(r"[^\d\s+().\-\N{EN DASH}\N{NON-BREAKING HYPHEN}/]", written):
        raise NotAMobile("not a number")
    try:
        return phonenumbers.parse(written, "GB")
    except NumberParseException:
        raise NotAMobile("not a number") from None


def _must_be_mobile(number: PhoneNumber, national: str) -> None:
    if len(national) != 10 and not phonenumbers.is_valid_number(number):
        raise NotAMobile("length", digits=len(national) + 1)
    kind = phonenumbers.number_type(number)
    if kind == PhoneNumberType.FIXED_LINE:
        raise NotAMobile("landline")
    if kind not in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE):
        raise NotAMobile("unknown" if kind == PhoneNumberType.UNKNOWN else "not a mobile")

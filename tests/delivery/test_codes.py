"""The table of codes: every code of the channel's notes is there, with what is to be done and words for people."""

import pytest

from bot.channels import Fault
from bot.channels.codes import CODES, OF_FAULT, fault, words

# As CHANNEL's table has it.
TABLE = {
    Fault.OPTED_OUT: ["21610"],
    Fault.BLOCKED: ["63014"],
    Fault.BAD_ADDRESS: ["21211", "21614", "30004", "30005", "30006"],
    Fault.TRY_TOMORROW: ["30003", "30008"],
    Fault.NOT_THERE: ["63003", "63024"],
    Fault.OTHER_CHANNEL: ["63016", "63049"],
    Fault.TEMPORARY: ["30001", "21611", "63018", "63017", "20429", "429"],
    Fault.FILTERED: ["30007"],
    Fault.AUTH: ["401", "403", "404", "20003", "20404"],
    Fault.OURS: ["21408", "21606", "21612", "21617", "21620", "30018", "30019", "11200", "11205", "12100", "12200"]
    + ["63007", "63013", "63027", "63042"],
}


@pytest.mark.parametrize(("code", "meant"), [(code, each) for each, codes in TABLE.items() for code in codes])
def test_what_a_code_is_about(code: str, meant: Fault) -> None:
    assert fault(code) is meant
    assert words(code)


def test_no_code_has_two_meanings_and_none_is_without_words() -> None:
    assert sum(len(codes) for codes in OF_FAULT.values()) == len(CODES)
    assert all(known.words and code.isdigit() for code, known in CODES.items())


def test_a_code_that_nobody_knows_is_about_this_text() -> None:
    assert (fault("never seen"), words("never seen"), words(None)) == (Fault.PERMANENT, "", "")

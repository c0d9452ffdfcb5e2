"""The rules that practitioners read have the scheme's own figures, and are the rules of the kinds."""

from dataclasses import replace

import pytest

from bot import evidence
from bot.conversation import flag_kinds, flag_rules
from bot.conversation.scheme import Thresholds
from bot.database import Database
from bot.library import Library
from bot.settings import ROOT
from tests.flags.conftest import NOW


@pytest.mark.parametrize("kind", flag_kinds.KINDS)
def test_where_a_scheme_has_set_nothing_it_is_the_rule_of_the_kind(kind: str) -> None:
    assert flag_rules.told(kind, Thresholds()) == flag_kinds.KINDS[kind].rule


def test_a_schemes_own_figures_are_in_it() -> None:
    own = Thresholds(quiet_days=20, quiet_days_sooner=9, low_confidence=0, confidence_fall=5)
    assert flag_rules.told("quiet", own).startswith("No reply for 20 days")
    assert "or for 9 if" in flag_rules.told("quiet", own)
    assert flag_rules.told("confidence", own) == "Their number fell by 5 or more, or it is 0."
    assert flag_rules.told("confidence", replace(own, low_confidence=1)).endswith("it is 0 or 1.")


def test_what_a_flag_shows_has_them_too(database_url: str) -> None:
    scheme = Library.load(ROOT / "flows").scheme("tyneside")
    own = replace(scheme, thresholds=replace(scheme.thresholds, quiet_days=20))
    database = Database(database_url)
    with database.read() as db:
        shown = evidence.gather(db, None, "quiet", NOW, why="", scheme=own)
    database.close()
    assert shown["rule"].startswith("No reply for 20 days")

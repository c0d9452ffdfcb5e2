"""What the documents promise is what the code does: the same numbers, files that are there, commands that exist."""

import re
from pathlib import Path

import click
import pytest

from bot import provider_copies
from bot.commands import commands
from bot.conversation.scheme import Scheme
from bot.retention import times
from bot.settings import ROOT

DOCS = ROOT / "docs"
DOCUMENTS = sorted([*DOCS.glob("privacy*.md"), DOCS / "dpia.md", DOCS / "record-of-processing.md"])
RECORD = (DOCS / "record-of-processing.md").read_text()
DEFAULTS = {name: each.default for name, each in Scheme.__dataclass_fields__.items()}
# A row of the table "How long", by how it begins, and every number in its second column.
ROWS = [
    ("Words, name and number of somebody who has left", [DEFAULTS["retention_months"], times.CEILING_MONTHS]),
    ("Name, flag, note and text of a safety matter", [DEFAULTS["safeguarding_months"]]),
    ("Texts of somebody who is still here", [times.CEILING_MONTHS]),
    ("Delivery logs, mails and their files, strangers' texts", [times.LOGS.days]),
    ("The provider's copies of texts", [times.LOGS.days, provider_copies.FIRST_TRY.seconds // 60]),
    ("Links to sign in", [times.TOKENS.days]),
    ("Sign-ins of staff", [times.LOGS.days]),
    ("Log of consents", [times.CONSENT_MONTHS]),
]


@pytest.mark.parametrize(("begins", "numbers"), ROWS)
def test_how_long_is_how_long(begins: str, numbers: list[int]) -> None:
    [row] = [line for line in RECORD.splitlines() if line.startswith(f"| {begins}")]
    assert [int(each) for each in re.findall(r"\d+", row.split("|")[2])] == numbers


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: each.name)
def test_files_commands_and_links_are_there(document: Path) -> None:
    text = document.read_text()
    for file in re.findall(r"`((?:bot|flows|tests|docs)/[\w./-]+)`", text):
        assert (ROOT / file).exists(), file
    for to in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (DOCS / to).exists(), to
    for name in re.findall(r"python -m bot ([a-z]+)", text):
        assert commands.get_command(click.Context(commands), name), name
    for key in re.findall(r"`([a-z]+_[a-z_]+)`", text):
        assert key in {*DEFAULTS, "shared_with", "run_by", "service_user_id"}, key


NIGHT, PROVIDER = "0015-what-is-kept-goes-by-night.md", "0016-an-erasure-reaches-the-provider.md"
DECIDED = [
    (NIGHT, f"`retention_months` ({DEFAULTS['retention_months']}; {times.CEILING_MONTHS} at most)"),
    (NIGHT, f"`safeguarding_months` ({DEFAULTS['safeguarding_months']})"),
    (NIGHT, f"after {times.LOGS.days} days"),
    (NIGHT, f"older than {times.CEILING_MONTHS} months"),
    (NIGHT, f"After {times.CONSENT_MONTHS} months"),
    (PROVIDER, f"after {provider_copies.STUCK_AFTER.days} days"),
    (PROVIDER, "10 minutes, 1 hour, 6 hours and daily"),
]


@pytest.mark.parametrize(("page", "words"), DECIDED)
def test_the_decisions_name_the_numbers_of_the_code(page: str, words: str) -> None:
    assert words in (DOCS / "decisions" / page).read_text()
    assert [wait.total_seconds() for wait in provider_copies.RETRIES] == [600, 3600, 21600, 86400]

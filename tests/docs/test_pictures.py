"""Every picture that the documents show is there, with words for who cannot see it; none lies about unused."""

import re
from pathlib import Path

import pytest

from bot.settings import ROOT

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("**/*.md"))]
SHOWN = re.compile(r"!\[(?P<words>[^\]]*)\]\((?P<file>[^)\s]+)\)")
MOST_BYTES_OF_THE_DESK = 2_500_000


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_picture_is_there_and_is_said_in_words(page: Path) -> None:
    for found in SHOWN.finditer(page.read_text()):
        assert (page.parent / found["file"]).is_file(), f"{page.name} shows {found['file']}, which is not there"
        assert len(found["words"]) > 5, f"{page.name} shows {found['file']} without words"


def test_no_picture_is_unused() -> None:
    shown = {(page.parent / each["file"]).resolve() for page in PAGES for each in SHOWN.finditer(page.read_text())}
    kept = {file.resolve() for file in (DOCS / "images").glob("**/*.*")}
    assert sorted(kept - shown) == []


def test_the_pictures_of_the_desk_are_small() -> None:
    files = list((DOCS / "images" / "desk").glob("*.png"))
    assert files
    assert sum(file.stat().st_size for file in files) < MOST_BYTES_OF_THE_DESK

"""Every visible word of the pages can be translated: none stands bare in a template, and Babel finds them all."""

import re
from collections.abc import Collection, Mapping
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from jinja2 import Environment, nodes

from bot import flag_undo, ladder, outcome_report, promises
from bot.conversation import flag_deeds, flag_kinds, flag_rules, flag_words
from bot.settings import ROOT
from bot.web.desk import report_words
from tests.desk.conftest import Desk

TEMPLATES = sorted((ROOT / "bot" / "web" / "templates" / "desk").glob("*.html"))
SPOKEN = ("alt", "aria-label", "title", "placeholder")
KEYWORDS: Mapping[str, Any] = {"_": None, "gettext": None, "lazy": None, "N_": None, "_n": (1, 2), "ngettext": (1, 2)}


class Bare(HTMLParser):
    """The words of a template that nobody can translate."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        # A macro may write attributes, which stand in no tag of its own.
        words = re.sub(r"""[\w-]+="[^"]*\"""", "", data)
        if re.search(r"[^\W\d_]", words):
            self.found.append(words.strip())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in SPOKEN and value and re.search(r"[^\W\d_]", value)]


def written(source: str) -> str:
    """What a template writes as it stands; what it works out is left out."""
    environment = Environment(extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True)
    found = environment.parse(source).find_all(nodes.TemplateData)
    return "".join(str(each.data) for each in found)


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_no_word_stands_bare_in_a_template(file: Path) -> None:
    bare = Bare()
    bare.feed(written(file.read_text("utf-8")))
    assert bare.found == []


def test_the_test_above_sees_a_bare_word() -> None:
    bare = Bare()
    bare.feed(written("<p>{{ _('fine') }} {% trans %}fine{% endtrans %} bare <b title=\"bare too\">1</b></p>"))
    assert sorted(bare.found) == ["bare", "bare too"]


@pytest.fixture(scope="module")
def found() -> set[str]:
    """What ``make messages`` collects."""
    methods, options = parse_mapping_cfg(StringIO((ROOT / "babel.cfg").read_text("utf-8")))
    texts = extract_from_dir(ROOT, methods, options, KEYWORDS)
    return {word for _, _, text, _, _ in texts for word in ([text] if isinstance(text, str) else text)}


def test_the_command_collects_by_these_keywords() -> None:
    [recipe] = re.findall(r"pybabel -q extract .*", (ROOT / "Makefile").read_text("utf-8"))
    assert all(f"-k {word}" in recipe for word in ("lazy", "N_", "_n:1,2"))


OF_TEMPLATES = re.compile(r"""[^\w.]_\(\s*"([^"]+)"\s*\)""")


def test_the_words_of_every_page_are_collected(found: set[str]) -> None:
    texts = {file.name: OF_TEMPLATES.findall(file.read_text("utf-8")) for file in TEMPLATES}
    missing = [(name, text) for name, of in texts.items() for text in of if text not in found]
    assert missing == []
    assert sum(map(len, texts.values())) > 300


# Words that a page looks up in a table. Each is marked there, by ``N_``, or nobody would be asked to translate it.
TABLES: Mapping[str, Collection[str]] = {
    "barriers": list(flag_words.BARRIERS.values()),
    "silences": list(flag_words.SILENCES.values()),
    "waved away": list(flag_words.WAVED_AWAY.values()),
    "helps": list(flag_words.HELPS.values()),
    "kinds": [words for kind in flag_kinds.KINDS.values() for words in (kind.title, kind.rule, kind.clears)],
    "rules": list(flag_rules.WITH_FIGURES.values()),
    "deeds": list(flag_deeds.SENTENCES.values()),
    "undone": list(flag_undo.SENTENCES.values()),
    "promises": list(promises.WHAT.values()),
    "steps": list(ladder.BECAME.values()),
    "in the way": list(ladder.IN_THE_WAY.values()),
}


@pytest.mark.parametrize("name", TABLES)
def test_words_in_tables_are_marked(found: set[str], name: str) -> None:
    assert [words for words in TABLES[name] if words not in found] == []


def test_every_code_of_the_report_has_words(desk: Desk) -> None:
    codes = {*outcome_report.STEP_BARRIERS, *outcome_report.QUIET_BARRIERS, *outcome_report.QUIET_REASONS}
    with desk.app.test_request_context():
        assert [code for code in codes if report_words.named(code) == code] == []


def test_a_page_is_in_the_language_its_reader_asks_for(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A catalogue in the folder is all it takes."""
    catalog = Catalog(locale="cy")
    catalog.add("How flags are decided", "Sut y penderfynir ar faneri")
    folder = tmp_path / "cy" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalog)
    monkeypatch.setattr(desk.app.extensions["babel"], "translation_directories", [str(tmp_path)])
    client = desk.app.test_client()
    read = {
        asked: client.get("/how-flags-are-decided", headers={"Accept-Language": asked}).text for asked in ("cy", "en")
    }
    assert "<h1>Sut y penderfynir ar faneri</h1>" in read["cy"]
    assert "<h1>How flags are decided</h1>" in read["en"]
    assert "The rules" in read["cy"], "what nobody has translated stays as it is"

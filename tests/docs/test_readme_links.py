"""What the README and the decisions point at is there: files, functions, commands."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bot.commands import commands
from bot.settings import ROOT

PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs" / "decisions").glob("*.md"))]
LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<to>[^)#\s]+)\)")
NAMED = re.compile(r"`(?P<file>[\w/]+\.py):(?P<name>\w+)`")
# A file named in passing, such as `bot/suppression.py`.
FILE = re.compile(r"`((?:bot|flows|tests|docs|migrations)/[\w./-]*)`")
COMMAND = re.compile(r"python -m bot ([a-z][a-z-]*(?: [a-z][a-z-]*)?)")


def links() -> Iterator[tuple[Path, str, str]]:
    for page in PAGES:
        for found in LINK.finditer(page.read_text()):
            if "://" not in found["to"]:
                yield page, found["text"], found["to"]


def defined(file: Path) -> set[str]:
    """The functions, methods and classes of a file."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, kinds)}


@pytest.mark.parametrize(("page", "text", "to"), list(links()))
def test_what_is_linked_is_there(page: Path, text: str, to: str) -> None:
    assert (page.parent / to).exists(), f"{page.name} links to {to}, which is not there"
    named = NAMED.fullmatch(text)
    if named:
        assert named["file"] == to
        assert named["name"] in defined(page.parent / to), f"{to} has no {named['name']}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_named_in_passing_is_there(page: Path) -> None:
    named = set(FILE.findall(page.read_text()))
    assert not [file for file in named if not (ROOT / file).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_named_is_one(page: Path) -> None:
    for words in COMMAND.findall(page.read_text()):
        name, _, sub = words.partition(" ")
        command = commands.get_command(click.Context(commands), name)
        assert command, f"{page.name} names python -m bot {words}"
        if isinstance(command, click.Group) and sub:
            assert sub in command.commands, f"{page.name} names python -m bot {words}"


def test_every_setting_the_readme_names_is_read() -> None:
    named = set(re.findall(r"`([A-Z][A-Z_]{3,})`", (ROOT / "README.md").read_text())) - {"STOP", "START"}
    reader = "".join((ROOT / "bot" / each).read_text() for each in ("settings.py", "settings_reader.py"))
    assert not [name for name in named if f'"{name}"' not in reader]


def test_the_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(page.name[:4]) for page in PAGES[2:]]
    assert numbers == list(range(1, len(numbers) + 1))

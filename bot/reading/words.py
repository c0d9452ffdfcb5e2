"""The word lists of each language, read once from the files beside this one."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parent / "words"
HOME = "en"
_WORD = re.compile(r"(?<![<\w])[^\W\d_]+(?![\w>])")
_STEM = re.compile(r"([^\W\d_]+)\*")
_READERS = ("concern", "keyword", "command", "progress", "choice", "barrier", "plan", "scale", "when")


@dataclass(frozen=True, slots=True)
class Spelling:
    """How words are spelled in one language, and which are known."""

    language: str
    spellings: dict[str, tuple[str, ...]]
    joins: dict[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]]
    before_to: frozenset[str]
    after_to: frozenset[str]
    after_for: frozenset[str]
    vocabulary: frozenset[str]
    ordinary: frozenset[str]
    by_first_letter: dict[str, tuple[str, ...]]
    openers: frozenset[str]
    alone: frozenset[str]


@cache
def emoji() -> dict[str, str]:
    """The word each telling emoji is read as."""
    words: dict[str, str] = yaml.safe_load((_FOLDER / "emoji.yaml").read_text(encoding="utf-8"))
    return words


@cache
def sheet(language: str, name: str) -> dict[str, Any]:
    """One word file of a language; a language that lacks it is read as English."""
    path = _FOLDER / language / f"{name}.yaml"
    # A language code comes from a people file, so it is never trusted as a path.
    if not language.isalpha() or not path.is_file():
        path = _FOLDER / HOME / f"{name}.yaml"
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def learned_lines(language: str, name: str) -> tuple[str, ...]:
    """The lines of a file of learned weights, without its remarks; none where nobody has taught the language."""
    path = _FOLDER / language / f"{name}.txt"
    if not language.isalpha() or not path.is_file():
        return ()
    return tuple(line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("# "))


def safety_sheets(language: str, name: str) -> tuple[dict[str, Any], ...]:
    """The language's own file and the English one: people swap languages when it matters most."""
    own, home = sheet(language, name), sheet(HOME, name)
    return (own,) if own is home or own == home else (own, home)


@cache
def spelling(language: str) -> Spelling:
    """The spellings of a language, with every word its readers look for."""
    table = sheet(language, "spelling")
    spellings = {w: tuple(to.split()) for to, ways in table["words"].items() for w in str(ways).split()}
    vocabulary = _vocabulary(language) | {w for to in spellings.values() for w in to}
    figures = table["figures"]
    return Spelling(
        language=language,
        spellings=spellings,
        joins=_joins(table["joins"]),
        before_to=frozenset(figures["before_to"].split()),
        after_to=frozenset(figures["after_to"].split()),
        after_for=frozenset(figures["after_for"].split()),
        vocabulary=vocabulary,
        ordinary=frozenset(table["ordinary"].split()) | _lookalikes(language),
        by_first_letter=_by_first_letter(vocabulary),
        openers=frozenset(str(table["run_together"]["openers"]).split()),
        alone=frozenset(str(table["run_together"]["alone"]).split()),
    )


def _joins(table: dict[str, Any]) -> dict[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]]:
    runs = [(tuple(run.split()), tuple(to.split())) for to, ways in table.items() for run in ways]
    by_first: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for run, to in sorted(runs, key=lambda pair: -len(pair[0])):
        by_first.setdefault(run[0], []).append((run, to))
    return {first: tuple(found) for first, found in by_first.items()}


def _lookalikes(language: str) -> frozenset[str]:
    path = _FOLDER / language / "lookalikes.txt"
    if not path.is_file():
        return frozenset()
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(w for line in lines if not line.startswith("#") for w in line.split())


def _vocabulary(language: str) -> frozenset[str]:
    """Every word that any reader of this language looks for."""
    found: set[str] = set()
    for name in _READERS:
        found |= set(_words_in(sheet(language, name)))
    page = sheet(language, "concepts")
    endings = ("", *str(page["endings"]).split())
    for words in page["concepts"].values():
        found |= set(_words_in(str(words)))
        # "batter*" stands for a word with each of the endings.
        found |= {stem + ending for stem in _STEM.findall(str(words)) for ending in endings}
    return frozenset(found)


def _words_in(content: Any) -> list[str]:
    if isinstance(content, dict):
        return [w for value in content.values() for w in _words_in(value)]
    if isinstance(content, list):
        return [w for item in content for w in _words_in(item)]
    return _WORD.findall(str(content))


def _by_first_letter(vocabulary: frozenset[str]) -> dict[str, tuple[str, ...]]:
    shelves: dict[str, list[str]] = {}
    for word in sorted(vocabulary):
        if len(word) >= 4:
            shelves.setdefault(word[0], []).append(word)
    return {letter: tuple(words) for letter, words in shelves.items()}

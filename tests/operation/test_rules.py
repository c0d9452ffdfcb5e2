"""Rules of the house that import-linter and ruff cannot see. Each failure names its file and line."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import ROOT

LONGEST_FILE, LONGEST_FUNCTION, LONGEST_TEST_FILE = 300, 60, 350

CLOCK = {
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "func.now"),
    *("time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns", "time.perf_counter"),
}
ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "os.putenv"}
# The second one passes our own surroundings on to the processes it starts.
MAY_READ_THE_ENVIRONMENT = {"bot/settings.py", "bot/local.py"}
UNESCAPED = re.compile(r"\|\s*safe\b|\bMarkup\b|\bautoescape\s+false\b")


def sources(*patterns: str) -> dict[str, str]:
    """The text of each file that one of the patterns matches, by its path in the project."""
    paths = {path for pattern in patterns for path in ROOT.glob(pattern)}
    return {str(path.relative_to(ROOT)): path.read_text() for path in sorted(paths)}


CODE = sources("*.py", "bot/**/*.py")
TESTS = sources("tests/**/*.py")
TEMPLATES = sources("bot/**/*.html", "bot/**/*.j2")


def uses(source: str, names: set[str]) -> Iterator[tuple[int, str]]:
    """Where a name like `time.time` is used, by whatever path, or imported from its module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value).rpartition(".")[2]
            found = [f"{owner}.{node.attr}"]
        elif isinstance(node, ast.ImportFrom):
            found = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from ((node.lineno, name) for name in found if name in names)


def places(names: set[str], excepted: set[str]) -> list[str]:
    """All uses of these names in our code outside the files that may."""
    return [
        f"{path}:{line} {name}"
        for path, source in CODE.items()
        if path not in excepted
        for line, name in uses(source, names)
    ]


def none_of(found: list[str]) -> None:
    """Fail with every finding, one a line."""
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def test_the_finder_finds() -> None:
    source = "import time, datetime as d\nfrom os import environ\nd.datetime.now()\ntime.time\ntime.sleep(1)\n"
    assert {name for _, name in uses(source, CLOCK | ENVIRONMENT)} == {"os.environ", "datetime.now", "time.time"}
    assert "bot/clock.py" in CODE


def test_only_the_clock_reads_the_time() -> None:
    none_of(places(CLOCK, {"bot/clock.py"}))


def test_only_the_settings_read_the_environment() -> None:
    none_of(places(ENVIRONMENT, MAY_READ_THE_ENVIRONMENT))


def test_queries_do_not_commit() -> None:
    queries = {path: source for path, source in CODE.items() if re.match(r"bot/queries\b", path)}
    commits = {"commit", "begin", "rollback"}
    none_of(
        [
            f"{path}:{node.lineno} {node.attr}"
            for path, source in queries.items()
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Attribute) and node.attr in commits
        ]
    )


def test_nothing_is_shown_unescaped() -> None:
    shown = {**TEMPLATES, **{path: source for path, source in CODE.items() if path.startswith("bot/")}}
    none_of(
        [
            f"{path}:{number} {line.strip()}"
            for path, source in shown.items()
            for number, line in enumerate(source.splitlines(), 1)
            if UNESCAPED.search(line)
        ]
    )


def test_files_can_be_read_in_a_sitting() -> None:
    limits = [(CODE, LONGEST_FILE), (TESTS, LONGEST_TEST_FILE)]
    none_of(
        [
            f"{path} has {lines} lines, {limit} are enough"
            for files, limit in limits
            for path, source in files.items()
            if (lines := len(source.splitlines())) > limit
        ]
    )


def test_functions_can_be_read_at_a_glance() -> None:
    none_of(
        [
            f"{path}:{node.lineno} {node.name} has {lines} lines, {LONGEST_FUNCTION} are enough"
            for path, source in {**CODE, **TESTS}.items()
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
        ]
    )


def test_every_module_says_what_it_is_for() -> None:
    silent = {path for path, source in CODE.items() if source.strip() and not ast.get_docstring(ast.parse(source))}
    none_of(sorted(path for path in silent if Path(path).name != "__init__.py"))

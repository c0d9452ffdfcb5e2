"""The words that people and machines type: make, pytest's last lines, and .ci/run."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bot.settings import ROOT

BROWSER_TEST = """
import pytest

@pytest.mark.browser
def test_page(chromium): pass

def test_else(): pass

@pytest.mark.skip(reason="no PostgreSQL was found")
def test_rows(): pass
"""

MAKE = '#!/bin/sh\necho "$* CI=$CI REQUIRED=$STEPALONG_REQUIRE_BROWSER$STEPALONG_REQUIRE_POSTGRESQL"\n'


def run_tests(folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a browser test and two others where no browser is on the path."""
    (folder / "test_page.py").write_text(BROWSER_TEST)
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-c", "pyproject.toml", str(folder)]
    path = {"PATH": str(folder), "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=path | environ, cwd=ROOT, capture_output=True, text=True)


def test_what_was_not_run_stands_in_the_last_lines(tmp_path: Path) -> None:
    done = run_tests(tmp_path)
    assert done.returncode == 0
    *_, browser, rows, closing = done.stdout.splitlines()
    assert browser == "NOT RUN: 1 test: no Chromium was found: apt-get install chromium"
    assert rows == "NOT RUN: 1 test: no PostgreSQL was found"
    assert "1 passed, 2 skipped" in closing


NO_BINARIES = """
def no_binaries(*_, **__):
    raise real_postgresql.NoPostgresql("initdb: not here")

real_postgresql._binaries = no_binaries
"""


@pytest.mark.parametrize(("required", "code"), [("", 0), ("1", 1)])
def test_a_postgresql_that_cannot_run_is_said_or_fails(required: str, code: int, tmp_path: Path) -> None:
    (tmp_path / "no_postgresql.py").write_text("from tests import real_postgresql\n" + NO_BINARIES)
    (tmp_path / "test_rows.py").write_text("def test_row(database_url): pass\ndef test_else(): pass\n")
    plugins = ["-p", "tests.conftest", "-p", "no_postgresql", "-c", "pyproject.toml", "--database=postgresql"]
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, str(tmp_path)],
        env=environ | ({"STEPALONG_REQUIRE_POSTGRESQL": required} if required else {}),
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == code
    assert "PostgreSQL cannot run on this machine: initdb: not here" in "".join(done.stdout.splitlines(True)[-4:])


def test_a_required_browser_that_is_missing_fails(tmp_path: Path) -> None:
    done = run_tests(tmp_path, STEPALONG_REQUIRE_BROWSER="1")
    assert done.returncode == 1
    assert "required here: no Chromium was found" in done.stdout


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        ('echo "=== 3 passed, 1 skipped in 0.50s ==="; echo "=== 2 passed, 1 deselected in 0.50s ==="', 0),
        ('echo "=== 3 passed in 125.50s (0:02:05) ==="; echo "2 passed in 65.50s"', 0),
        ('echo "=== 3 passed in 125.50s (0:02:05) ==="', 1),
        ('echo "=== 1 failed, 2 passed in 0.50s ==="; exit 2', 2),
        ("exit 0", 1),
    ],
)
def test_ci_believes_a_closing_line_only(ending: str, code: int, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    (tools / "make").write_text(MAKE + ending)
    (tools / "chromium").write_text("#!/bin/sh\n")
    for tool in tools.iterdir():
        tool.chmod(0o755)
    environ = {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["bash", ".ci/run"], env=environ, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == code
    assert done.stdout.splitlines()[0] == "test CI=true REQUIRED=11"


def test_make_lists_every_word_it_knows() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    # Under make test another make would say that it is one.
    path = {"PATH": os.environ["PATH"]}
    listed = subprocess.run(["make"], env=path, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert phony
    assert [line.split()[1] for line in listed.splitlines()] == phony[1].split()


def test_hooks_use_what_is_installed() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    hooks = [hook for repo in config["repos"] for hook in repo["hooks"]]
    assert {repo["repo"] for repo in config["repos"]} == {"local"}
    assert all(hook["entry"].startswith((".venv/bin/", "git ")) for hook in hooks)

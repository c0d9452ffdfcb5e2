# Everything by one word each; `make` alone lists them.
.DEFAULT_GOAL := help
BIN := .venv/bin
STAMP := .venv/.installed

# The first of these that is new enough makes the environment; PYTHON=... chooses another.
PYTHON ?= python3
PYTHONS := $(PYTHON) python3 python3.13 python3.12 python3.11

.PHONY: help install run test bench check lint types imports flows format messages pictures seed lock

help: ## List what can be asked for
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

install: $(STAMP) ## Set up .venv with the locked packages

$(STAMP): requirements.lock
	@found=; for python in $(PYTHONS); do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Stepalong needs Python 3.11 or newer, and none was found: install one, or name it: make install PYTHON=/path/to/python3" >&2; exit 1; \
	fi; \
	echo "Setting up .venv; the first time this takes a minute or two."; \
	if ! $$found -m venv .venv; then \
	  echo "$$found cannot make a virtual environment: on Debian and Ubuntu run apt-get install python3-venv, then again make install." >&2; exit 1; \
	fi; \
	if ! $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock; then \
	  echo "The packages could not be installed: the lines above say why. Most often there is no network; once there is, run make install again." >&2; exit 1; \
	fi; \
	touch $(STAMP)

run: install ## Start everything on this machine and print the address (PORT=8000)
	@exec $(BIN)/python -m bot.local

test: check ## Everything that proves the software: check, all tests on SQLite, those with rows on PostgreSQL too
	$(BIN)/pytest -n auto
	$(BIN)/pytest -n auto --database=postgresql -m 'database and not browser'

bench: install ## How fast, as ratios to a floor of the same run
	$(BIN)/python -m bench

check: lint types imports flows ## What has to be right before a commit, in seconds

lint: install ## Style and layout of the code
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: install ## Types
	$(BIN)/mypy

imports: install ## Who may import whom
	$(BIN)/lint-imports --no-logo

flows: install ## The flows and their examples
	$(BIN)/python -m bot check

format: install ## Put the code into its layout
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

messages: install ## Collect the words of the pages for translators, into var/messages.pot
	@mkdir -p var
	$(BIN)/pybabel -q extract -F babel.cfg -k lazy -k N_ -k _n:1,2 --sort-by-file -o var/messages.pot .

pictures: install ## Take the pictures of the pages in docs/ anew (needs a Chromium)
	$(BIN)/pytest -q tests/browser/test_pictures.py --pictures

seed: install ## Put the example cast into the database
	$(BIN)/python -m bot release
	$(BIN)/python -m bot seed

lock: ## Write requirements.lock anew from pyproject.toml (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv, and there is none: see docs.astral.sh/uv" >&2; exit 1; }
	uv pip compile --universal --python-version 3.11 --extra dev --generate-hashes --no-emit-index-url --no-header --output-file requirements.lock pyproject.toml

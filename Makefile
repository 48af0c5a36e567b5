# The two commands of the README, and one that says whether a change may land.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help sweep test check lint types slow bench clean

help: ## Show these targets.
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/installed: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	touch $@

.venv/developing: .venv/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

sweep: .venv/installed ## Run the embedded default: MNIST digits under growing shifts, with a report.
	$(BIN)/shiftprobe sweep

test: .venv/developing ## Run the tests (minutes; the slow ones are left out).
	$(BIN)/pytest --numprocesses auto

check: lint types test ## What CI runs: lint, types, tests.

lint: .venv/developing ## Style and layout.
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: .venv/developing ## mypy, strict.
	$(BIN)/mypy

slow: .venv/developing ## The tests that take minutes each.
	$(BIN)/pytest -m slow

bench: .venv/developing ## Every benchmark; each prints a ratio against a named peer.
	for file in benchmarks/bench_*.py; do $(BIN)/python $$file || exit 1; done

clean: ## Remove the virtual environment and caches, never your runs.
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache build dist

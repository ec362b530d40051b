# Every target works from a fresh clone: the first one called builds .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup demo test check format

setup: .venv/.installed

.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -c constraints.txt -e '.[dev]'
	touch $@

demo: setup
	$(BIN)/nichelens demo

test: setup
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Every target works from a fresh clone: the first one called builds .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup demo test check format results

setup: .venv/.installed

.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -c constraints.txt -e '.[dev]'
	touch $@

demo: setup
	$(BIN)/nichelens demo

test: setup
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

# SLIDES: the files that docs/results.sh names; without them only what needs no slide is measured.
results: setup
	docs/results.sh $(SLIDES)

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

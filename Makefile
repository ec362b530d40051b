# Every target works from a fresh clone: the first one that you call creates .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup demo test test-slow check format results truth-report across-report embedding-report bench-niches field-tasks wheel

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.installed ## install NicheLens and its tools into .venv

.venv/.installed: pyproject.toml setup.py constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -c constraints.txt -e '.[dev]'
	touch $@

demo: setup ## serve the web page on http://127.0.0.1:7860
	$(BIN)/nichelens demo

test: setup ## run the tests in two processes, those of a file in one because they share fixtures
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow"

test-slow: setup ## run the tests that start programs or take long: the README's commands, the wheel, benchmarks, more families
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile -m slow

check: setup ## check lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup ## fix lint and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

results: setup ## measure everything in docs/results.md; SLIDES="a.h5ad b.h5ad" names the slides of docs/results.sh
	docs/results.sh $(SLIDES)

truth-report: setup ## compare the marker rule with Wilcoxon over sections and donors, for docs/truth.md; SLIDES="a.h5ad b.h5ad"
	$(BIN)/python docs/truth_report.py $(SLIDES)

across-report: setup ## measure matching and comparisons across slides, for docs/across.md; SETS='--set "NAME" a.h5ad b.h5ad'
	$(BIN)/python docs/across_report.py $(SETS)

bench-niches: setup ## compare ways to find niches, for docs/niches_peers.md; SLIDES="a.h5ad b.h5ad"; needs `pip install -c constraints.txt -e '.[peers]'`
	$(BIN)/python -m tests.benchmarks.niche_bench $(SLIDES) --page docs/niches_peers.md

embedding-report: setup ## measure vectors of genes, spots and niches, for docs/embeddings.md; SETS='--set "NAME" a.h5ad b.h5ad'
	$(BIN)/python docs/embedding_report.py $(SETS)

field-tasks: setup ## measure annotation, imputation and deconvolution, for docs/field_tasks.md; SLIDES="a.h5ad b.h5ad"; peers need '.[peers]'
	$(BIN)/python docs/field_tasks.py $(SLIDES)

wheel: setup ## build the source distribution and the wheel in dist/
	$(BIN)/python -c "from setuptools import build_meta; build_meta.build_sdist('dist')"
	$(BIN)/pip wheel --no-deps --no-build-isolation --wheel-dir dist dist/nichelens-*.tar.gz

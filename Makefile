# Two commands: `make demo` and `make test`. Each sets up all it needs in .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
PYTEST := env -u PYTHONDONTWRITEBYTECODE $(BIN)/pytest --numprocesses auto --dist loadfile --max-worker-restart 0

.PHONY: help demo test test-all viewer lint wheel format bundle pins clean
.DEFAULT_GOAL := help

help:
	@echo "make demo      draw sample posters, make a map of them, serve it"
	@echo "make test      viewer, formatting, lint, types, layers, wheel, tests, browser"
	@echo "make test-all  the same, and the optional back ends"
	@echo "make format    put Python and TypeScript into shape"
	@echo "make bundle    build the viewer's bundle from site/src"
	@echo "make clean     remove what these commands made"

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(not (3, 11) <= v < (3, 14) and f"mapmaker needs Python 3.11 to 3.13, {sys.executable} is {v[0]}.{v[1]}: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing mapmaker into $(VENV); the first time this takes some minutes."
	$(INSTALL) --editable ".[tensorflow]"
	@touch $@

$(VENV)/test.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(INSTALL) --editable ".[tensorflow,jax,torch,umap,parquet,ray,milvus,dev]"
	@touch $@

$(VENV)/test-all.installed: $(VENV)/test.installed
	$(INSTALL) --editable ".[tensorflow,jax,torch,umap,parquet,ray,milvus,lapjv,dev]"
	@touch $@

demo: $(VENV)/demo.installed
	$(BIN)/mapmaker demo demo --serve

# What keeps one core busy goes two at a time, then all cores share the tests. A process that waits for another gives its
# core away at once, or as many threads as there are cores, in each of as many processes, would mostly wait at full speed.
test: export OPENBLAS_THREAD_TIMEOUT = 4
test: export OMP_WAIT_POLICY = passive
test:
	$(MAKE) --no-print-directory --jobs 2 $(VENV)/test.installed viewer
	$(MAKE) --no-print-directory --jobs 2 lint wheel
	$(PYTEST) --ignore tests/browser
	$(PYTEST) tests/browser

viewer:
	tests/viewer.sh

lint: $(VENV)/test.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

wheel: $(VENV)/test.installed
	$(BIN)/python tests/wheel.py

test-all: $(VENV)/test-all.installed test

format: $(VENV)/test.installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	cd site && npm ci && npm run format

bundle:
	cd site && npm ci && npm run build

pins: $(VENV)/test-all.installed
	@echo "# The versions that the tests and the demo run with; \`make pins\` writes them anew, on Python 3.11." > constraints.new
	$(BIN)/python -m pip freeze --exclude-editable --all --exclude pip >> constraints.new
	mv constraints.new constraints.txt

clean:
	rm -rf $(VENV) demo dist site/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

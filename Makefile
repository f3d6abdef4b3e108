# Everything that a developer or the continuous integration runs. `make` alone lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

# The first Python on the path that gradc supports; `make PYTHON=…` names another.
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	if $$python -c '$(SUPPORTED)' 2>/dev/null; then echo $$python; break; fi; done)

BIN := .venv/bin
# Tests start hundreds of processes: where Python keeps no bytecode, each would compile gradc again.
COMPILED := $(BIN)/python -m compileall -q -j 0 gradc
EXAMPLES := $(wildcard examples/*/*.graph)
ARGS ?=

.PHONY: help demo test slow check bless docs site mutate fuzz bench playground clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

demo: .venv/core ## compile one linear unit and print its gradients (needs only the core packages)
	@mkdir -p build/demo
	$(BIN)/gradc compile examples/linear_unit/linear_unit.graph -o build/demo/linear_unit.py
	@cd build/demo && ../../$(BIN)/python -c "$$DEMO"

define DEMO
import linear_unit
J, gradients = linear_unit.value_and_grad({'w': 2.0, 'b': 8.0}, x=-2.0, y=2.0)
print(f'J = {J:g}')
for name, gradient in gradients.items():
    print(f'dJ/d{name} = {gradient:g}')
endef
export DEMO

test: .venv/test ## run the tests; ARGS="-k relu" passes arguments to pytest
	@$(COMPILED)
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not slow" $(ARGS)

slow: .venv/test ## run the tests that take long: recipes, environments, long trainings, more seeds and levels
	@$(COMPILED)
	$(BIN)/python -m pytest -n auto --dist worksteal -m slow $(ARGS)

mutate: .venv/test ## plant faults in rules and passes, and see which go unnoticed; ARGS="--sample 60" of each
	$(BIN)/python -m tests.mutate rules $(ARGS)
	$(BIN)/python -m tests.mutate passes $(or $(ARGS),--sample 100)

check: .venv/test ## style, types, layout of the graphs, and whether every derived file is current
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/gradc fmt --check $(EXAMPLES)
	$(BIN)/gradc compile --check $(EXAMPLES)
	$(BIN)/python -m tests.bless --check

bless: .venv/test ## write the golden files and the other derived files again
	$(BIN)/python -m tests.bless

docs: .venv/test ## write the generated pages of docs/ again
	$(BIN)/python -m tests.bless docs

site: .venv/docs ## build the documentation as a site: build/site/index.html
	$(BIN)/sphinx-build -q -E -W --keep-going -d build/doctrees -c docs/site . build/site

fuzz: .venv/test ## make the long runs, some hours on two cores, and write their figures into the docs
	$(BIN)/python -m tests.long

bench: .venv/bench ## measure against NumPy by hand and other systems, and write benchmarks/RESULTS.md (half an hour)
	$(BIN)/python -m benchmarks --write

playground: build/npm/installed ## build the page that compiles in a browser (needs node and npm)
	$(BIN)/python docs/playground/build.py build/npm/node_modules build/playground
	@echo "It needs a server, which may be this one: $(BIN)/python -m http.server -b 127.0.0.1 -d build/playground"

clean: ## remove the environment and everything that can be made again
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environments are one folder: `core` is what a user installs, `test` adds the developer's tools, `docs` Sphinx,
# `bench` those whom the benchmarks measure against.
.venv/core: pyproject.toml
	@test -n "$(PYTHON)" || { echo "gradc needs Python 3.11, 3.12, 3.13 or 3.14: make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/test: .venv/core
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	@touch $@

.venv/bench: .venv/core
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	@touch $@

.venv/docs: .venv/core
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	@touch $@

# Pyodide, in the version and with the digest that the lock file names.
build/npm/installed: docs/playground/package-lock.json .venv/core
	@mkdir -p build/npm
	@cp docs/playground/package.json docs/playground/package-lock.json build/npm
	npm ci --prefix build/npm --ignore-scripts --no-audit --no-fund
	@touch $@

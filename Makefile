# make run   the main job: sets up .venv, searches configs/baseline.yaml, shows the front
# make test  all tests
# make help  everything else
.DEFAULT_GOAL := help
.PHONY: help run test lint docs bench bench-quality bench-ranking mutants reliability validate tables readme architecture tutorial reference peers wheel-check clean

# The first Python that runs and is new enough.
SYSTEM_PYTHON = $(shell for name in python3 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && \
	{ echo "$$name"; break; }; done)
VENV := .venv
PYTHON := $(VENV)/bin/python
PIP := $(PYTHON) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
CONFIG ?= configs/baseline.yaml
# test,browser drives the explorer in a real Chromium as well.
TEST_EXTRAS ?= test
# Each process begins with one half of the files, and takes from the other when it is done.
PYTEST_OPTIONS ?= --numprocesses auto --dist worksteal

help:  ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(PYTHON):
	@test -n "$(SYSTEM_PYTHON)" || { echo "Python 3.11 or newer is needed"; exit 1; }
	$(SYSTEM_PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml constraints.txt | $(PYTHON)
	$(PIP) --editable .
	@touch $@

$(VENV)/.test: pyproject.toml constraints.txt | $(PYTHON)
	$(PIP) --editable '.[$(TEST_EXTRAS)]'
	@touch $@ $(VENV)/.run

$(VENV)/.dev: pyproject.toml constraints.txt | $(PYTHON)
	$(PIP) --editable '.[dev,$(TEST_EXTRAS)]'
	@touch $@ $(VENV)/.run $(VENV)/.test

$(VENV)/.docs: pyproject.toml constraints.txt | $(PYTHON)
	$(PIP) --editable '.[docs]'
	@touch $@ $(VENV)/.run

$(VENV)/.tables: pyproject.toml constraints.txt | $(PYTHON)
	$(PIP) --editable '.[tables]'
	@touch $@ $(VENV)/.run

$(VENV)/.reliability: pyproject.toml constraints.txt | $(PYTHON)
	$(PIP) --editable '.[browser,fast,gpu,numba,test]'
	@touch $@ $(VENV)/.run $(VENV)/.test

$(VENV)/.peers: pyproject.toml constraints.txt | $(PYTHON)
	$(PIP) --editable '.[test,export-peers,tables,verify]'
	@touch $@ $(VENV)/.run $(VENV)/.test

run: $(VENV)/.run  ## Search configs/baseline.yaml (CONFIG=... for another) and show the front
	$(VENV)/bin/heliofront run $(CONFIG)

# Every core has a worker already; and the tests start a hundred processes, which would each
# compile the package anew where bytecode may not be written.
test: $(VENV)/.test  ## Run all tests
	OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= $(PYTHON) -m pytest $(PYTEST_OPTIONS)

lint: $(VENV)/.dev  ## Style, types, import rules and spelling
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/codespell

docs: $(VENV)/.docs  ## Build the documentation as a site that works offline, build/docs/index.html
	rm -rf build/docs
	$(PYTHON) -m sphinx --quiet --fail-on-warning --jobs auto --doctree-dir build/doctrees \
		--builder html docs build/docs
	@echo "build/docs/index.html"

bench: $(VENV)/.run  ## Speed of model and engine beside their peers (minutes)
	$(PYTHON) -m optimize.benchmark.speed

bench-quality: $(VENV)/.run  ## Fronts of the engine beside pymoo's on known fronts (an hour)
	$(PYTHON) -m optimize.benchmark.speed.quality

# Needs a version of the benchmark that this model runs; says which two commands make one.
bench-ranking: $(VENV)/.run  ## Rank searches on the newest frozen benchmark, docs/benchmark.md (minutes)
	$(PYTHON) -m optimize.benchmark.frozen.ranking

mutants: $(VENV)/.dev  ## Change the code in 200 small ways: do the tests notice? (an hour or two)
	$(PYTHON) -m tests.mutants

# Starts a database server and the editor's language server where they can be installed.
reliability: $(VENV)/.reliability  ## Kill, starve and fuzz it for long, docs/reliability.md (20 minutes)
	rm -rf build/reliability
	HELIOFRONT_RELIABILITY=long HELIOFRONT_RELIABILITY_RECORD=build/reliability \
		$(PYTHON) -m pytest $(PYTEST_OPTIONS) --timeout 7200 -m "promise or long" tests
	$(PYTHON) -m tests.reliability.page build/reliability

validate: $(VENV)/.run  ## Every published point against the model
	$(VENV)/bin/heliofront validate

tables: $(VENV)/.tables  ## Regenerate the environment tables of problems/data (minutes)
	$(PYTHON) -m problems.data.build.atmosphere
	$(PYTHON) -m problems.data.build.eclipse
	$(PYTHON) -m problems.data.build.radiation

readme: $(VENV)/.run  ## Write what README and pages say of reference run, model and validation
	$(PYTHON) -m docs.make readme

architecture: $(VENV)/.run  ## Draw the plan of the house and write the tables of docs/architecture.md
	$(PYTHON) -m docs.make architecture

tutorial: $(VENV)/.dev  ## Run the commands of docs/tutorial.md and fill in figures and numbers (minutes)
	$(PYTHON) -m docs.make tutorial

reference: $(VENV)/.run  ## Make the run that the README shows again
	rm -rf build/reference
	$(VENV)/bin/heliofront run configs/baseline.yaml --generations 750 \
		--set algorithm.population=400 --set output.evaluations=false --set backend=numpy \
		--out build/reference
	$(PYTHON) -m docs.make readme --reference build/reference/*

# All peers in one process need more static thread-local storage than glibc reserves.
peers: $(VENV)/.peers  ## Read every export with the heavy tools (CAD, Java runtime, LibreOffice)
	GLIBC_TUNABLES=glibc.rtld.optional_static_tls=65536 \
		$(PYTHON) -m pytest tests/peers -p no:xdist --timeout 3600 -rs -v

wheel-check: $(VENV)/.run  ## Build the wheel and use it from outside the repository
	.ci/wheel-check $(PYTHON)

clean:  ## Remove the environment and everything built
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

